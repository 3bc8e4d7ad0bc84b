"""Every announced job happens once, whatever dies in between; what never ends is parked and seen."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from dramatiq.middleware.time_limit import TimeLimitExceeded
from sqlalchemy import event, text

from app.invariants import violations
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs import parked
from foundation.jobs.job import Effect, Job, JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import JobNameTaken, Jobs, by_name, subscriptions
from foundation.ledger import pruning, relay
from foundation.ledger.announcing import Event, announce
from foundation.ledger.invariants import INVARIANTS
from foundation.ledger.relay import Errand

pytestmark = pytest.mark.committed


class BellRang(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "bell.rang"
    loud: int


class LampLit(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "lamp.lit"
    colour: str = "white"
    dimmed: bool = False


@dataclass
class House:
    """A queue that keeps its rings in a list, and jobs that count."""

    sessions: Sessions
    clock: HandClock
    rung: list[Errand] = field(default_factory=list)
    ran: list[int] = field(default_factory=list)
    fail: Callable[[], None] = lambda: None
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = by_name(
            [
                Job(name="house.count", hears=BellRang, run=self.count, max_attempts=3),
                Effect(name="house.shout", hears=BellRang, run=self.shout, max_attempts=3),
            ]
        )

    def count(self, db: WriteSession, event: BellRang, now: object) -> None:
        db.execute(text("INSERT INTO regions VALUES (:code, 'x', 'x', 'UTC')"), {"code": str(new_id())})
        self.fail()
        self.ran.append(event.loud)

    def shout(self, context: JobContext, event: BellRang) -> None:
        self.fail()
        self.ran.append(-event.loud)

    @property
    def context(self) -> JobContext:
        return JobContext(sessions=self.sessions, clock=self.clock)

    def announce(self, *events: Event) -> None:
        for each in events:
            with unit_of_work(self.sessions) as db:
                announce(db, each, now=self.clock.now())

    def relay(self, limit: int = 200) -> int:
        return relay.relay_once(
            self.sessions,
            subscriptions=subscriptions(self.jobs),
            ring=self.rung.extend,
            now=self.clock.machine_now(),
            limit=limit,
        )

    def ring_again(self) -> int:
        return relay.ring_again(self.sessions, ring=self.rung.extend, now=self.clock.machine_now())

    def run(self) -> list[bool]:
        """Run what was rung."""
        rung, self.rung = self.rung, []
        return [run_errand(self.context, self.jobs, *errand) for errand in rung]

    def one(self, sql: str) -> object:
        with reading(self.sessions) as look:
            return look.execute(text(sql)).scalar_one()

    def violated(self) -> set[str]:
        with reading(self.sessions) as look:
            return set(violations(look, now=self.clock.now())) & set(INVARIANTS)


@pytest.fixture
def statements(sessions: Sessions) -> Iterator[list[str]]:
    """Every statement sent over these sessions."""
    sent: list[str] = []

    def keep(_: object, __: object, statement: str, *more: object) -> None:
        sent.append(statement)

    event.listen(sessions.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(sessions.engine, "before_cursor_execute", keep)


@pytest.fixture
def house(sessions: Sessions, hand_clock: HandClock) -> House:
    return House(sessions=sessions, clock=hand_clock)


def bell(loud: int = 1) -> BellRang:
    return BellRang(subject_id=new_id(), loud=loud)


def test_an_announcement_runs_every_job_that_hears_it_once(house: House) -> None:
    house.announce(bell(3), LampLit(subject_id=new_id()))
    assert house.relay() == 2
    assert house.run() == [True, True]
    assert sorted(house.ran) == [-3, 3]
    assert house.relay() == 0
    assert house.ring_again() == 0
    assert house.violated() == set()


def test_no_errand_is_made_for_a_job_that_the_content_leaves_nothing_to_do(house: House) -> None:
    def listen(name: str, **only: list[str | bool]) -> Job[LampLit]:
        return Job(name=name, hears=LampLit, run=lambda *_: None, only=only)

    house.jobs = by_name(
        [
            listen("house.any"),
            listen("house.red", colour=["red", "pink"]),
            listen("house.green", colour=["green"]),
            listen("house.dim", dimmed=[True]),
            listen("house.bright_red", colour=["red"], dimmed=[False]),
            listen("house.bright_green", colour=["green"], dimmed=[False]),
            listen("house.of_an_earlier_version", shape=["round"]),
        ]
    )
    house.announce(LampLit(subject_id=new_id(), colour="red", dimmed=False))
    assert house.relay() == 1
    assert {errand.job for errand in house.rung} == {
        "house.any", "house.red", "house.bright_red", "house.of_an_earlier_version",
    }  # fmt: skip
    assert house.one("SELECT count(*) FROM errands") == 4
    assert house.run() == [True] * 4


def test_announcements_are_relayed_in_the_order_they_were_made(house: House) -> None:
    house.announce(*(bell(number) for number in range(1, 6)))
    while house.relay(limit=2):
        pass
    house.run()
    assert [loud for loud in house.ran if loud > 0] == [1, 2, 3, 4, 5]


def test_a_job_rung_twice_runs_once(house: House) -> None:
    house.announce(bell())
    house.relay()
    house.rung *= 3
    house.run()
    assert sorted(house.ran) == [-1, 1]


def test_two_relays_at_once_relay_everything_once(house: House) -> None:
    house.announce(*(bell() for _ in range(40)))
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while house.relay(limit=3):
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.relay()
    assert len(house.rung) == len(set(house.rung)) == 80


def test_a_ring_that_gets_lost_is_rung_again(house: House) -> None:
    house.announce(bell())
    house.relay()
    house.rung.clear()
    assert house.ring_again() == 0
    house.clock.push(seconds=16)
    assert house.ring_again() == 2
    house.run()
    assert sorted(house.ran) == [-1, 1]


def test_a_queue_that_is_away_loses_nothing(house: House) -> None:
    house.announce(bell())

    def broken(errands: Sequence[Errand]) -> None:
        raise ConnectionError("no queue")

    with pytest.raises(relay.QueueAway, match="the queue can't be reached: ConnectionError"):
        relay.relay_once(
            house.sessions, subscriptions=subscriptions(house.jobs), ring=broken, now=house.clock.machine_now()
        )
    assert house.relay() == 0
    house.clock.push(seconds=16)
    assert house.ring_again() == 2


def test_a_queue_that_cannot_keep_up_is_not_filled_with_rings_for_the_same_errands(house: House) -> None:
    house.announce(bell())
    house.relay()
    rings = 0
    for _ in range(60):
        house.clock.push(seconds=15)
        rings += house.ring_again()
    assert house.one("SELECT count(*) FROM errands WHERE state = 'waiting'") == 2
    assert 2 * 3 <= rings <= 2 * 6  # a quarter of an hour: after 15 s, then each time as late as it is


def test_a_queue_that_was_away_for_long_is_rung_soon_after_it_is_back(house: House) -> None:
    house.announce(bell())
    house.relay()
    house.rung.clear()

    def broken(errands: Sequence[Errand]) -> None:
        raise ConnectionError("no queue")

    for _ in range(60):
        house.clock.push(seconds=15)
        with pytest.raises(relay.QueueAway):
            relay.ring_again(house.sessions, ring=broken, now=house.clock.machine_now())
    house.clock.push(seconds=16)
    assert house.ring_again() == 2


def test_a_failed_job_leaves_no_trace_and_is_tried_again_later(house: House) -> None:
    def fail() -> None:
        raise ValueError("no\x00pe")

    house.fail = fail
    house.announce(bell())
    house.relay()
    assert house.run() == [False, False]
    assert house.one("SELECT count(*) FROM regions") == 0
    assert house.one("SELECT min(trouble) FROM errands") == "ValueError: no\N{REPLACEMENT CHARACTER}pe"
    assert house.ring_again() == 0
    house.fail = lambda: None
    house.clock.push(seconds=2)
    assert house.ring_again() == 2
    assert house.run() == [True, True]
    assert house.one("SELECT count(*) FROM errands WHERE trouble IS NOT NULL") == 0


def test_back_off_grows_until_the_dead_letter_is_parked_and_seen(house: House) -> None:
    def fail() -> None:
        raise ValueError("never")

    house.fail = fail
    house.announce(bell())
    house.relay()
    for wait in (1, 5):
        house.run()
        house.clock.push(seconds=wait - 0.1)
        assert house.ring_again() == 0
        house.clock.push(seconds=0.2)
        assert house.ring_again() == 2
    house.run()
    house.clock.push(hours=1)
    assert house.ring_again() == 0
    assert "a dead letter has been seen by a person" in house.violated()
    with unit_of_work(house.sessions) as db:
        found = parked.all_parked(db)
        assert {letter.job for letter in found} == {"house.count", "house.shout"}
        for letter in found:
            parked.see(db, letter.announcement_id, letter.job, now=house.clock.now())
    assert house.violated() == set()
    house.fail = lambda: None
    with unit_of_work(house.sessions) as db:
        for letter in found:
            parked.revive(db, letter.announcement_id, letter.job, now=house.clock.now())
    assert house.ring_again() == 2
    assert house.run() == [True, True]


def ring_of(house: House, job: str) -> Errand:
    """The last ring for this job."""
    return [errand for errand in house.rung if errand.job == job][-1]


def die() -> None:
    raise SystemExit(9)  # as abrupt as it gets inside one process: nothing behind it runs


def test_a_job_that_kills_its_process_is_parked_after_its_last_attempt(house: House) -> None:
    house.fail = die
    house.announce(bell())
    house.relay()
    killer = next(errand for errand in house.rung if errand.job == "house.count")
    with pytest.raises(SystemExit):
        run_errand(house.context, house.jobs, *killer)  # the first attempt is counted only if it ends
    assert house.one("SELECT attempts FROM errands WHERE job = 'house.count'") == 0
    house.clock.push(seconds=16)
    house.rung.clear()
    house.ring_again()
    for attempt in (1, 2, 3):
        with pytest.raises(SystemExit):
            run_errand(house.context, house.jobs, *ring_of(house, "house.count"))
        assert house.one("SELECT attempts FROM errands WHERE job = 'house.count'") == attempt
        house.clock.push(seconds=36)  # Nobody else begins before the time of the attempt is over.
        house.ring_again()
    assert run_errand(house.context, house.jobs, *ring_of(house, "house.count")) is False
    assert house.one("SELECT state FROM errands WHERE job = 'house.count'") == "parked"


def test_a_killer_whose_first_ring_comes_back_kills_nobody_any_more_once_it_was_rung_for_again(house: House) -> None:
    house.fail = die
    house.announce(bell())
    house.relay()
    first = ring_of(house, "house.count")
    house.clock.push(seconds=16)
    house.ring_again()
    with pytest.raises(SystemExit):
        run_errand(house.context, house.jobs, *ring_of(house, "house.count"))
    for _ in range(3):  # a broker that doesn't say that it brings a message for the second time
        assert run_errand(house.context, house.jobs, *first) is False
    assert house.one("SELECT attempts FROM errands WHERE job = 'house.count'") == 1


def test_an_effect_that_kills_its_process_is_counted_from_the_first_ring_on(house: House) -> None:
    house.fail = die
    house.announce(bell())
    house.relay()
    for attempt in (1, 2, 3):
        with pytest.raises(SystemExit):
            run_errand(house.context, house.jobs, *ring_of(house, "house.shout"))
        assert house.one("SELECT attempts FROM errands WHERE job = 'house.shout'") == attempt
        house.clock.push(seconds=66)
        house.ring_again()
    assert run_errand(house.context, house.jobs, *ring_of(house, "house.shout")) is False
    assert house.one("SELECT state FROM errands WHERE job = 'house.shout'") == "parked"


@pytest.mark.parametrize("job", ["house.count", "house.shout"])
def test_rings_that_come_twice_are_one_attempt_and_wait_for_the_back_off_like_everybody(house: House, job: str) -> None:
    def fail() -> None:
        raise ValueError("not now")

    house.fail = fail
    house.announce(bell())
    house.relay()
    for attempt, wait in ((1, 1), (2, 5)):
        ring = ring_of(house, job)
        for _ in range(4):
            assert run_errand(house.context, house.jobs, *ring) is False
        house.clock.push(seconds=wait + 1)
        assert run_errand(house.context, house.jobs, *ring) is False, "it is used up"
        assert house.one(f"SELECT attempts FROM errands WHERE job = '{job}'") == attempt
        assert house.one(f"SELECT state FROM errands WHERE job = '{job}'") == "waiting"
        house.ring_again()
    house.fail = lambda: None
    assert run_errand(house.context, house.jobs, *ring_of(house, job)) is True


def test_a_ring_that_the_queue_brought_late_is_still_good_for_an_attempt_that_nobody_made(house: House) -> None:
    house.announce(bell())
    house.relay()
    house.clock.push(seconds=16)
    house.ring_again()
    late = ring_of(house, "house.shout")
    house.clock.push(minutes=5)
    house.ring_again()
    assert run_errand(house.context, house.jobs, *late) is True
    assert run_errand(house.context, house.jobs, *ring_of(house, "house.shout")) is False
    assert house.ran == [-1]


def test_an_effect_is_not_begun_a_second_time_while_the_first_may_still_run(house: House) -> None:
    house.announce(bell())
    house.relay()
    first = ring_of(house, "house.shout")
    doubled: list[bool] = []

    def doubling() -> None:
        house.fail = lambda: None
        doubled.append(run_errand(house.context, house.jobs, *first))

    house.fail = doubling
    assert run_errand(house.context, house.jobs, *first) is True
    assert (doubled, house.ran) == ([False], [-1])


@pytest.mark.parametrize("job", ["house.count", "house.shout"])
def test_what_a_dead_worker_had_begun_is_begun_again_as_soon_as_its_ring_is_back_and_once(
    house: House, job: str
) -> None:
    house.fail = die
    house.announce(bell())
    house.relay()
    ring = ring_of(house, job)
    with pytest.raises(SystemExit):
        run_errand(house.context, house.jobs, *ring)
    with pytest.raises(SystemExit):
        run_errand(house.context, house.jobs, *ring, is_back=True)
    if job == "house.count":  # The first attempt of a job is counted only if it ends, so its ring has one more.
        with pytest.raises(SystemExit):
            run_errand(house.context, house.jobs, *ring, is_back=True)
    assert run_errand(house.context, house.jobs, *ring, is_back=True) is False
    assert house.one(f"SELECT attempts FROM errands WHERE job = '{job}'") == 2


def test_a_ring_that_comes_back_after_its_attempt_has_failed_waits_for_the_back_off(house: House) -> None:
    def fail() -> None:
        raise ValueError("not now")

    house.fail = fail
    house.announce(bell())
    house.relay()
    rings = list(house.rung)
    house.run()
    assert [run_errand(house.context, house.jobs, *ring, is_back=True) for ring in rings] == [False, False]
    assert house.one("SELECT max(attempts) FROM errands") == 1


def test_an_attempt_that_fails_after_its_time_leaves_the_errand_to_the_later_one(house: House) -> None:
    house.announce(bell())
    house.relay()

    def overtaken() -> None:
        house.clock.push(seconds=66)
        house.ring_again()
        house.fail = die
        with pytest.raises(SystemExit):
            run_errand(house.context, house.jobs, *ring_of(house, "house.shout"))
        raise ValueError("too late")

    house.fail = overtaken
    assert run_errand(house.context, house.jobs, *ring_of(house, "house.shout")) is False
    assert house.one("SELECT attempts FROM errands WHERE job = 'house.shout'") == 2
    house.clock.push(seconds=64)
    house.rung.clear()
    house.ring_again()
    assert "house.shout" not in {errand.job for errand in house.rung}, "the second attempt may still run"


def test_an_errand_that_only_waited_is_not_counted_however_often_it_was_rung(house: House) -> None:
    house.announce(bell())
    house.relay()
    for _ in range(20):
        house.clock.push(minutes=10)
        assert house.ring_again() in {0, 2}
    assert house.one("SELECT max(attempts) FROM errands") == 0
    assert house.one("SELECT count(*) FROM errands WHERE state = 'waiting'") == 2
    rings = len(house.rung)
    assert house.run().count(True) == 2 < rings
    assert sorted(house.ran) == [-1, 1]
    assert house.one("SELECT max(attempts) FROM errands") == 1


def test_the_first_ring_of_an_errand_that_only_waited_still_costs_one_transaction(
    house: House, statements: list[str]
) -> None:
    house.announce(bell())
    house.relay()
    first = next(errand for errand in house.rung if errand.job == "house.count")
    for _ in range(3):
        house.clock.push(minutes=10)
        house.ring_again()
    statements.clear()
    assert run_errand(house.context, house.jobs, *first) is True
    assert sum("errands" in statement for statement in statements) == 1


def test_a_second_worker_with_a_second_ring_leaves_the_errand_to_the_first(house: House) -> None:
    house.announce(bell())
    house.relay()
    errand = next(errand for errand in house.rung if errand.job == "house.count")
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        go_on.wait(5)

    house.fail = wait
    first = threading.Thread(target=run_errand, args=(house.context, house.jobs, *errand))
    first.start()
    inside.wait(5)
    house.clock.push(minutes=2)
    assert house.ring_again() == 1, "the one that nobody has begun"
    assert run_errand(house.context, house.jobs, *errand._replace(after=0)) is False
    go_on.set()
    first.join()
    assert run_errand(house.context, house.jobs, *errand._replace(after=0)) is False
    assert house.ran == [1]
    assert house.one("SELECT attempts FROM errands WHERE job = 'house.count'") == 1


def test_a_time_limit_counts_as_a_failed_attempt(house: House) -> None:
    def exceed() -> None:
        raise TimeLimitExceeded

    house.fail = exceed
    house.announce(bell())
    house.relay()
    assert house.run() == [False, False]
    assert house.one("SELECT count(*) FROM errands WHERE trouble LIKE 'TimeLimitExceeded%'") == 2


def test_two_workers_with_one_errand_run_it_once(house: House) -> None:
    house.announce(bell())
    house.relay()
    errand = next(errand for errand in house.rung if errand[0] == "house.count")
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        go_on.wait(5)

    house.fail = wait
    first = threading.Thread(target=run_errand, args=(house.context, house.jobs, *errand))
    first.start()
    inside.wait(5)
    assert run_errand(house.context, house.jobs, *errand) is False
    go_on.set()
    first.join()
    assert house.ran == [1]


def test_an_errand_for_an_unknown_job_is_parked(house: House) -> None:
    house.announce(bell())
    house.relay()
    job, announcement_id, _ = house.rung[0]
    assert run_errand(house.context, {}, job, announcement_id) is False
    assert house.one(f"SELECT state FROM errands WHERE job = '{job}'") == "parked"


def test_an_event_that_no_longer_fits_its_job_is_kept_and_parked(house: House) -> None:
    house.announce(bell())
    with unit_of_work(house.sessions) as db:
        db.execute(text("UPDATE announcements SET payload = payload - 'loud'"))
    house.relay()
    assert house.run() == [False, False]
    assert "ValidationError" in str(house.one("SELECT min(trouble) FROM errands"))


def test_two_jobs_can_not_share_a_name(house: House) -> None:
    with pytest.raises(JobNameTaken):
        by_name([*house.jobs.values(), *house.jobs.values()])


@pytest.mark.parametrize(
    ("invariant", "planting"),
    [
        (
            "an announcement is relayed within 60 s",
            (
                "INSERT INTO announcements (id, kind, subject_id, payload, announced_at) "
                "VALUES ('01900000-0000-7000-8000-000000000000', 'x', gen_random_uuid(), '{}', now())"
            ),
        ),
        (
            "an errand that is due is rung again within 60 s",
            "UPDATE errands SET next_ring_at = :now - interval '61 s'",
        ),
        ("a dead letter has been seen by a person", "UPDATE errands SET state = 'parked'"),
        (
            "no loop is silent",
            "INSERT INTO loops (name, ticked_at, every_s, moved) VALUES ('x', :now - interval '31 s', 1, 0)",
        ),
    ],
)
def test_a_planted_violation_is_found(house: House, invariant: str, planting: str) -> None:
    house.announce(bell())
    house.relay()
    assert house.violated() == set()
    with unit_of_work(house.sessions) as db:
        db.execute(text(planting), {"now": house.clock.now()} if ":now" in planting else {})
    assert house.violated() == {invariant}


def kept(house: House) -> tuple[int, int]:
    """Announcements and errands that are there."""
    rows = "SELECT count(*) FROM {}"
    return int(str(house.one(rows.format("announcements")))), int(str(house.one(rows.format("errands"))))


def test_what_was_done_ninety_days_ago_is_forgotten_in_batches(house: House) -> None:
    house.announce(*[bell() for _ in range(5)], LampLit(subject_id=new_id()))
    house.relay()
    house.run()
    house.clock.push(days=89)
    house.announce(bell())
    house.relay()
    house.run()
    assert pruning.prune(house.sessions, now=house.clock.machine_now(), limit=2) == 0
    house.clock.push(days=1, seconds=1)
    assert pruning.prune(house.sessions, now=house.clock.machine_now(), limit=2) == 6
    assert kept(house) == (1, 2)


def test_what_still_waits_or_was_done_only_lately_is_kept(house: House) -> None:
    house.announce(bell())
    house.relay()
    house.clock.push(days=91)
    house.announce(bell(2))  # not even relayed
    assert pruning.prune(house.sessions, now=house.clock.machine_now()) == 0
    house.run()
    assert pruning.prune(house.sessions, now=house.clock.machine_now()) == 0, "it was done only now"
    house.clock.push(days=91)
    assert pruning.prune(house.sessions, now=house.clock.machine_now()) == 1
    assert kept(house) == (1, 0)


def test_a_dead_letter_is_kept_until_somebody_has_seen_it_and_lets_younger_ones_go(house: House) -> None:
    house.announce(bell(), bell(), bell())
    house.relay()
    with unit_of_work(house.sessions) as db:
        db.execute(
            text(
                "UPDATE errands SET state = 'parked' WHERE announcement_id = (SELECT min(id::text)::uuid FROM announcements)"
            )
        )
    house.run()
    house.clock.push(days=400)
    assert pruning.prune(house.sessions, now=house.clock.machine_now(), limit=1) == 2
    with reading(house.sessions) as look:
        letters = parked.all_parked(look)
    with unit_of_work(house.sessions) as db:
        for letter in letters:
            parked.see(db, letter.announcement_id, letter.job, now=house.clock.machine_now())
    assert pruning.prune(house.sessions, now=house.clock.machine_now()) == 0, "it was seen only now"
    house.clock.push(days=91)
    assert pruning.prune(house.sessions, now=house.clock.machine_now()) == 1
    assert kept(house) == (0, 0)
