"""The queue over PostgreSQL: the pinned library's tables, a real worker, a real clockwork, the doorbell."""

import threading
from typing import ClassVar
from uuid import UUID

import dramatiq
import psycopg
import pytest
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq_postgres import generate_init_sql
from psycopg import sql
from sqlalchemy import text

from app.clockwork import turning
from app.worker import working
from foundation.clock import HandClock, MachineClock, stopwatch
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs import broker as queue
from foundation.jobs import watching
from foundation.jobs.database_queue import DatabaseQueue
from foundation.jobs.doorbell import Doorbell, listen
from foundation.jobs.job import Job, JobContext, Recurring
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.jobs.sweeps import sweep_leftovers
from foundation.ledger.announcing import Event, announce

pytestmark = pytest.mark.committed

#: The shape of a schema: tables with columns, types, defaults, keys; its indexes; its enumerations.
SHAPE = """
    SELECT 'column', table_name || '.' || column_name || ' ' || data_type || ' ' || udt_name || ' ' || is_nullable || ' '
           || COALESCE(replace(column_default, %(schema)s, ''), '') || COALESCE(identity_generation, '')
    FROM information_schema.columns WHERE table_schema = %(schema)s
    UNION ALL SELECT 'index', replace(indexdef, %(schema)s || '.', '') FROM pg_indexes WHERE schemaname = %(schema)s
    UNION ALL SELECT 'word', e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
              JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = %(schema)s
    ORDER BY 1, 2
"""


class DoorRang(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "door.rang"


class FireSeen(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "fire.seen"


def test_the_queues_tables_are_those_of_the_pinned_library(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute(sql.SQL(generate_init_sql(schema="pinned")))
        ours, theirs = (
            [row[1].replace(f"{schema}.", "") for row in connection.execute(SHAPE, {"schema": schema})]
            for schema in ("dramatiq", "pinned")
        )
        assert ours == theirs
        assert len(ours) > 15
        connection.rollback()


def a_message(queue_name: str = "errands") -> dramatiq.Message[object]:
    return dramatiq.Message(queue_name, "errand", ("a.job", "x"), {}, {"time_limit": 5000})


def test_many_messages_put_in_at_once_are_the_rows_that_the_library_writes(
    sessions: Sessions, database_url: str
) -> None:
    broker = queue.broker_for(None, database_url=database_url)
    assert isinstance(broker, DatabaseQueue)
    first, second = (a_message() for _ in range(2))
    broker.enqueue(first)
    broker.enqueue_all([second])
    broker.close()
    with reading(sessions) as look:
        rows = look.execute(text("SELECT * FROM dramatiq.queue ORDER BY position")).mappings().all()
    its, ours = (
        {name: value for name, value in row.items() if name not in {"message_id", "position", "mtime", "available_at"}}
        for row in rows
    )
    assert [row["message_id"] for row in rows] == [UUID(first.message_id), UUID(second.message_id)]
    assert its.pop("message") == first.asdict() | {"args": ["a.job", "x"]}
    assert ours.pop("message") == second.asdict() | {"args": ["a.job", "x"]}
    assert its == ours


def taken(consumer: Consumer) -> list[MessageProxy]:
    """What a consumer gives until it has nothing at once."""
    return [message for message in (next(consumer), next(consumer), next(consumer)) if message is not None]


def rows_by_state(sessions: Sessions) -> dict[str, int]:
    with reading(sessions) as look:
        return {
            row.state: row.n
            for row in look.execute(text("SELECT CAST(state AS varchar), count(*) AS n FROM dramatiq.queue GROUP BY 1"))
        }


def test_what_is_done_is_ticked_off_with_the_next_look_and_when_the_worker_stops(
    sessions: Sessions, database_url: str
) -> None:
    broker = queue.broker_for(None, database_url=database_url)
    assert isinstance(broker, DatabaseQueue)
    broker.enqueue_all([a_message("urgent") for _ in range(3)])
    consumer = broker.consume("urgent", prefetch=2, timeout=1)
    first, second = taken(consumer)
    assert rows_by_state(sessions) == {"consumed": 2, "queued": 1}
    consumer.ack(first)
    (third,) = taken(consumer)
    assert rows_by_state(sessions) == {"consumed": 2}
    consumer.ack(second)
    consumer.ack(third)
    consumer.close()
    broker.close()
    assert rows_by_state(sessions) == {}


def test_ticks_outlive_a_consumer_that_lost_the_database(sessions: Sessions, database_url: str) -> None:
    broker = queue.broker_for(None, database_url=database_url)
    assert isinstance(broker, DatabaseQueue)
    broker.enqueue_all([a_message(), a_message()])
    consumer = broker.consume("errands", prefetch=8, timeout=1)
    for message in taken(consumer):
        consumer.ack(message)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'dramatiq-postgres' AND datname = current_database()"
        )
    consumer.close()
    assert rows_by_state(sessions) == {"consumed": 2}
    after = broker.consume("errands", prefetch=8, timeout=1)
    assert taken(after) == []
    assert rows_by_state(sessions) == {}
    after.close()
    broker.close()


def test_a_message_that_comes_back_from_a_dead_worker_says_that_it_was_rung_before(
    sessions: Sessions, database_url: str
) -> None:
    dead, alive = (queue.broker_for(None, database_url=database_url) for _ in range(2))
    assert isinstance(dead, DatabaseQueue)
    assert isinstance(alive, DatabaseQueue)
    dead.enqueue_all([a_message()])
    (message,) = taken(dead.consume("errands", prefetch=8, timeout=1))
    assert message.args == ("a.job", "x")
    with unit_of_work(sessions) as db:
        db.execute(text("UPDATE dramatiq.worker SET heartbeat_at = heartbeat_at - interval '1 h'"))
    consumer = alive.consume("errands", prefetch=8, timeout=1)
    (back,) = taken(consumer)
    assert back.message_id == message.message_id
    assert back.args == ("a.job", "x", None, True)
    consumer.close()
    for broker in (dead, alive):
        broker.close()


def wait_until(condition: threading.Event, seconds: float = 10) -> bool:
    return condition.wait(seconds)


def test_a_job_runs_soon_after_its_announcement(sessions: Sessions, database_url: str) -> None:
    doorbell = Doorbell(database_url)
    poked = Sessions(engine=sessions.engine, poke=doorbell.ring)
    context = JobContext(sessions=poked, clock=MachineClock())
    done = threading.Event()

    def ring(db: WriteSession, event: DoorRang, now: object) -> None:
        done.set()

    jobs = by_name([Job(name="door.open", hears=DoorRang, run=ring)])
    relayed = queue.broker_for(None, database_url=database_url)
    worked = queue.broker_for(None, database_url=database_url)
    with (
        working(context, jobs=jobs, broker=worked, threads=2),
        turning(
            context,
            subscriptions=subscriptions(jobs),
            ring=queue.ring_on(relayed, jobs),
            recurring=[],
            database_url=database_url,
        ),
    ):
        started = stopwatch()
        for _ in range(3):  # the first one also waits for everybody to be there
            done.clear()
            started = stopwatch()
            with unit_of_work(poked) as db:
                announce(db, DoorRang(subject_id=new_id()), now=context.now())
            assert wait_until(done)
        assert stopwatch() - started < 2
        stopping = stopwatch()
    assert stopwatch() - stopping < 6
    relayed.close()
    doorbell.close()
    with reading(sessions) as look:
        assert look.execute(text("SELECT count(*) FROM errands WHERE state <> 'done'")).scalar_one() == 0
        assert watching.health(look, now=MachineClock().machine_now()).is_well


def test_what_is_urgent_finds_a_thread_however_long_everything_else_takes(
    sessions: Sessions, database_url: str
) -> None:
    context = JobContext(sessions=sessions, clock=MachineClock())
    begun, go_on, done = threading.Semaphore(0), threading.Event(), threading.Event()

    def wait(db: WriteSession, event: DoorRang, now: object) -> None:
        begun.release()
        go_on.wait(20)

    slow = [Job(name=f"door.wait_{number}", hears=DoorRang, run=wait) for number in range(3)]
    urgent = Job(name="fire.call", hears=FireSeen, run=lambda *_: done.set(), urgent=True)
    jobs = by_name([*slow, urgent])
    relayed, worked = (queue.broker_for(None, database_url=database_url) for _ in range(2))
    with (
        working(context, jobs=jobs, broker=worked, threads=3),
        turning(
            context, subscriptions=subscriptions(jobs), ring=queue.ring_on(relayed, jobs), recurring=[],
            database_url=None,
        ),
    ):  # fmt: skip
        with unit_of_work(sessions) as db:
            announce(db, DoorRang(subject_id=new_id()), now=context.now())
        assert begun.acquire(timeout=10)
        assert begun.acquire(timeout=10)
        with unit_of_work(sessions) as db:
            announce(db, FireSeen(subject_id=new_id()), now=context.now())
        assert wait_until(done), "both others wait for something"
        go_on.set()
        assert begun.acquire(timeout=10)
    relayed.close()


def test_a_loop_in_trouble_says_so_and_goes_on(sessions: Sessions) -> None:
    context = JobContext(sessions=sessions, clock=MachineClock())
    ticks: list[int] = []
    third = threading.Event()

    def tick(_: JobContext) -> int:
        ticks.append(1)
        if len(ticks) >= 3:
            third.set()
        raise ValueError("out of oil")

    with turning(
        context, subscriptions={}, ring=lambda *_: None, recurring=[Recurring("mill", 0.01, tick)], database_url=None
    ):
        assert wait_until(third)
    with reading(sessions) as look:
        health = watching.health(look, now=context.clock.machine_now())
    assert not health.is_well
    assert health.troubled == ("mill: ValueError: out of oil",)


def test_a_loop_that_this_version_does_not_have_keeps_nobody_unwell(sessions: Sessions) -> None:
    context = JobContext(sessions=sessions, clock=MachineClock())
    with unit_of_work(sessions) as db:
        for name in ("windmill", "mill"):
            watching.ticked(db, name, every_s=1, moved=0, trouble="out of wind", now=context.clock.machine_now())
    ticked = threading.Event()

    def tick(_: JobContext) -> int:
        ticked.set()
        return 0

    with turning(
        context, subscriptions={}, ring=lambda *_: None, recurring=[Recurring("mill", 60, tick)], database_url=None
    ):
        assert wait_until(ticked)
    with reading(sessions) as look:
        names = {beat.name for beat in watching.health(look, now=context.clock.machine_now()).beats}
    assert "windmill" not in names
    assert "mill" in names


def test_the_watchdog_notices_clocks_that_differ_and_loops_that_are_silent(sessions: Sessions) -> None:
    from_elsewhere = JobContext(sessions=sessions, clock=HandClock())
    with pytest.raises(watching.ClocksDiffer):
        watching.watch(from_elsewhere)
    context = JobContext(sessions=sessions, clock=MachineClock())
    assert watching.watch(context) == 0
    with unit_of_work(sessions) as db:
        db.execute(
            text("INSERT INTO loops (name, ticked_at, every_s, moved) VALUES ('mill', now() - interval '1 min', 1, 0)")
        )
    with pytest.raises(watching.LoopsSilent, match="mill"):
        watching.watch(context)


def test_the_doorbell_is_heard_and_many_rings_become_few(database_url: str) -> None:
    heard, stopped = threading.Event(), threading.Event()
    listener = threading.Thread(target=listen, args=(database_url, heard, stopped), daemon=True)
    listener.start()
    assert wait_until(heard)
    heard.clear()
    doorbell = Doorbell(database_url)
    doorbell.ring()
    assert wait_until(heard, 5)
    for _ in range(1000):
        doorbell.ring()
    doorbell.close()
    stopped.set()
    listener.join(timeout=5)
    assert not listener.is_alive()


def test_the_listener_connects_again_when_its_connection_is_cut(database_url: str, owner_url: str) -> None:
    heard, stopped = threading.Event(), threading.Event()
    listener = threading.Thread(target=listen, args=(database_url, heard, stopped), daemon=True)
    listener.start()
    assert wait_until(heard)
    heard.clear()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'callout-listen' AND datname = current_database()"
        )
    assert wait_until(heard)
    stopped.set()
    listener.join(timeout=5)


def test_leftovers_of_the_queue_are_swept(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        db.execute(
            text(
                "INSERT INTO dramatiq.queue (message_id, queue_name, state, mtime) VALUES "
                "(gen_random_uuid(), 'errands', 'consumed', now() - interval '2 h'), "
                "(gen_random_uuid(), 'errands', 'consumed', now()), "
                "(gen_random_uuid(), 'errands', 'queued', now() - interval '2 h')"
            )
        )
    assert sweep_leftovers(JobContext(sessions=sessions, clock=MachineClock())) == 1


def test_other_brokers_are_chosen_by_their_url(database_url: str) -> None:
    rabbit = queue.broker_for("amqp://guest:guest@127.0.0.1:5672/", database_url=database_url)
    valkey = queue.broker_for("valkey://127.0.0.1:6379/0", database_url=database_url)
    assert isinstance(rabbit, RabbitmqBroker)
    assert rabbit.confirm_delivery
    assert isinstance(valkey, RedisBroker)
    with pytest.raises(queue.BrokerUnknown):
        queue.broker_for("http://127.0.0.1", database_url=database_url)
