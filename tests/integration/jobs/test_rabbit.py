"""The same errands over RabbitMQ: a real server, real workers, a kill -9 on either side, a broker that goes and comes."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

import pytest
from sqlalchemy import text

from app.clockwork import turning
from app.worker import working
from foundation.clock import MachineClock, stopwatch
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs import broker as queue
from foundation.jobs import watching
from foundation.jobs.doorbell import Doorbell
from foundation.jobs.job import Job, JobContext
from foundation.jobs.rabbit_queue import RabbitQueue, patient
from foundation.jobs.subscribing import Jobs, by_name, subscriptions
from foundation.ledger import relay
from foundation.ledger.announcing import Event, announce
from tests import rabbit
from tests.integration.jobs.dying_worker import ParcelCame, carry
from tests.rabbit import Rabbit
from tools.rabbit import SENTENCE, ensure

pytestmark = pytest.mark.committed

ROOT: Final = Path(__file__).resolve().parents[3]
#: Seconds that anything may take on a loaded machine before it counts as never.
NEVER_S: Final = 60
#: Seconds in which whoever is told to stop must have.
STOP_S: Final = 5


class FireSeen(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "fire.seen"


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A broker for all tests of this file, which its tier leaves out where none can be had, but never where CI is set."""
    script = ensure()
    assert script is not None, SENTENCE
    with rabbit.running(script, tmp_path_factory.mktemp("rabbit")) as running:
        yield running


@pytest.fixture(scope="module")
def server(launched: Rabbit) -> Rabbit:
    """The same, taking connections."""
    launched.await_start()
    return launched


@pytest.fixture
def broker_url(server: Rabbit, database_url: str) -> str:
    """The broker's address, with nothing in its queues."""
    with connected(server.url, database_url) as broker:
        for name in (queue.URGENT, queue.QUEUE):
            broker.declare_queue(name, ensure=True)
        broker.flush_all()
    return server.url


@contextmanager
def connected(broker_url: str, database_url: str) -> Iterator[RabbitQueue]:
    broker = queue.broker_for(broker_url, database_url=database_url)
    assert isinstance(broker, RabbitQueue)
    try:
        yield broker
    finally:
        broker.close()


@contextmanager
def at_work(context: JobContext, jobs: Jobs, broker_url: str, database_url: str, *, threads: int = 2) -> Iterator[None]:
    """A worker and a clockwork, each with its own way to the broker."""
    worked = queue.broker_for(broker_url, database_url=database_url)
    with (
        connected(broker_url, database_url) as relayed,
        working(context, jobs=jobs, broker=worked, threads=threads),
        turning(
            context, subscriptions=subscriptions(jobs), ring=queue.ring_on(relayed, jobs), recurring=[],
            database_url=database_url,
        ),
    ):  # fmt: skip
        yield


@pytest.fixture
def context(sessions: Sessions, database_url: str) -> Iterator[JobContext]:
    """As the system has it, with a doorbell that wakes the relay."""
    doorbell = Doorbell(database_url)
    yield JobContext(sessions=replace(sessions, poke=doorbell.ring), clock=MachineClock())
    doorbell.close()


def until(there: Callable[[], bool]) -> None:
    """Look again until it is so."""
    waiting, began = threading.Event(), stopwatch()
    while not there():
        assert stopwatch() - began < NEVER_S, "it never became so"
        waiting.wait(0.05)


def say(context: JobContext, event: Event) -> None:
    with unit_of_work(context.sessions) as db:
        announce(db, event, now=context.now())


def relay_with(broker: RabbitQueue, context: JobContext, jobs: Jobs) -> None:
    """What a clockwork does once; nothing is rung a second time afterwards."""
    ring = queue.ring_on(broker, jobs)
    relay.relay_once(context.sessions, subscriptions=subscriptions(jobs), ring=ring, now=context.clock.machine_now())


def one(sessions: Sessions, question: str) -> object:
    with reading(sessions) as look:
        return look.execute(text(question)).scalar_one()


def all_done(sessions: Sessions) -> bool:
    return one(sessions, "SELECT count(*) FROM announcements a LEFT JOIN errands e ON e.announcement_id = a.id "
                         "WHERE e.state IS DISTINCT FROM 'done'") == 0  # fmt: skip


def troubled(context: JobContext) -> dict[str, str]:
    """What the health page would say, by loop."""
    with reading(context.sessions) as look:
        found = watching.health(look, now=context.clock.machine_now()).troubled
    return dict(each.split(": ", 1) for each in found)


def carrying() -> Jobs:
    return by_name([Job(name="parcel.carry", hears=ParcelCame, run=lambda db, *_: carry(db))])


def test_worker_and_clockwork_start_and_stop_in_time_without_the_broker(
    context: JobContext, database_url: str, launched: Rabbit
) -> None:
    assert launched.process is not None  # It needs some seconds to start, and this test is about being without one.
    nowhere = f"amqp://guest:guest@127.0.0.1:{rabbit.free_port()}/"
    with at_work(context, carrying(), nowhere, database_url):
        until(lambda: {"relay", "ring-again"} <= troubled(context).keys())
        stopping = stopwatch()
    assert stopwatch() - stopping < STOP_S


def test_a_message_carries_a_name_and_an_id_and_the_one_that_comes_back_says_so(
    context: JobContext, broker_url: str, database_url: str
) -> None:
    parcel = ParcelCame(subject_id=new_id())
    say(context, parcel)
    with connected(broker_url, database_url) as broker:
        relay_with(broker, context, carrying())
        ring = ("parcel.carry", str(one(context.sessions, "SELECT id FROM announcements")))
        for args in (ring, (*ring, None, True)):
            consumer = broker.consume(queue.QUEUE, prefetch=8, timeout=5000)
            message = next(consumer)
            assert message is not None
            assert message.args == args
            assert parcel.label not in message.encode().decode()
            consumer.close()  # Without a word of having done it.


def test_errands_travel_over_rabbitmq(context: JobContext, broker_url: str, database_url: str) -> None:
    with at_work(context, carrying(), broker_url, database_url):
        for _ in range(20):
            say(context, ParcelCame(subject_id=new_id()))
        until(lambda: all_done(context.sessions))
        assert troubled(context) == {}
        stopping = stopwatch()
    assert stopwatch() - stopping < STOP_S
    assert one(context.sessions, "SELECT count(*) FROM regions") == 20
    with connected(broker_url, database_url) as broker:
        for name in (queue.URGENT, queue.QUEUE):
            assert broker.get_queue_message_counts(name) == (0, 0, 0)


def test_what_is_urgent_finds_a_thread_however_long_everything_else_takes(
    context: JobContext, broker_url: str, database_url: str
) -> None:
    begun, go_on, done = threading.Semaphore(0), threading.Event(), threading.Event()

    def wait(db: WriteSession, event: ParcelCame, now: object) -> None:
        begun.release()
        go_on.wait(NEVER_S)

    slow = [Job(name=f"parcel.wait_{number}", hears=ParcelCame, run=wait) for number in range(3)]
    urgent = Job(name="fire.call", hears=FireSeen, run=lambda *_: done.set(), urgent=True)
    with at_work(context, by_name([*slow, urgent]), broker_url, database_url, threads=3):
        say(context, ParcelCame(subject_id=new_id()))
        assert begun.acquire(timeout=NEVER_S)
        assert begun.acquire(timeout=NEVER_S)
        say(context, FireSeen(subject_id=new_id()))
        assert done.wait(NEVER_S), "both others wait for something"
        go_on.set()
        assert begun.acquire(timeout=NEVER_S)


def test_a_worker_killed_in_the_middle_leaves_one_effect(
    context: JobContext, broker_url: str, database_url: str
) -> None:
    jobs = carrying()
    say(context, ParcelCame(subject_id=new_id()))
    with connected(broker_url, database_url) as broker:
        relay_with(broker, context, jobs)
    program = [sys.executable, "-m", "tests.integration.jobs.dying_worker", broker_url, database_url]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "begun\n"
        dying.kill()
    assert not all_done(context.sessions)
    # No clockwork runs, so nobody rings again: it is the broker that brings the message back.
    with working(context, jobs=jobs, broker=queue.broker_for(broker_url, database_url=database_url), threads=2):
        until(lambda: all_done(context.sessions))
    assert one(context.sessions, "SELECT count(*) FROM regions") == 1
    assert one(context.sessions, "SELECT attempts FROM errands") == 1


def test_a_broker_that_is_killed_and_comes_back_loses_nothing_and_nobody_is_started_again(
    context: JobContext, server: Rabbit, broker_url: str, database_url: str
) -> None:
    with at_work(context, carrying(), broker_url, database_url):
        say(context, ParcelCame(subject_id=new_id()))
        until(lambda: all_done(context.sessions))
        server.kill()
        until(lambda: {"relay", "ring-again"} <= troubled(context).keys())
        assert "QueueAway: ALARM the queue can't be reached" in troubled(context)["relay"]
        for _ in range(10):
            say(context, ParcelCame(subject_id=new_id()))
        until(lambda: one(context.sessions, "SELECT count(*) FROM errands WHERE state = 'waiting'") == 10)
        server.launch()
        server.await_start()
        until(lambda: troubled(context) == {})
        with unit_of_work(context.sessions) as db:  # They would be rung again within 15 s.
            db.execute(text("UPDATE errands SET next_ring_at = clock_timestamp() WHERE state = 'waiting'"))
        say(context, ParcelCame(subject_id=new_id()))
        until(lambda: all_done(context.sessions))
    assert one(context.sessions, "SELECT count(*) FROM regions") == 12


def test_every_wait_for_the_broker_has_an_end_unless_the_address_says_another() -> None:
    assert patient("amqp://a:b@c/%2f?heartbeat=60;amqps://d") == (
        "amqp://a:b@c/%2f?heartbeat=60&blocked_connection_timeout=4&socket_timeout=5&stack_timeout=8;"
        "amqps://d?heartbeat=15&blocked_connection_timeout=4&socket_timeout=5&stack_timeout=8"
    )
