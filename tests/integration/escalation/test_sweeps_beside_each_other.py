"""Several clockworks, slow managers and fast ones: every rung is moved once."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app import clockwork, invariants
from app.clockwork import Pulse
from escalation import actions, jobs, raising, sweeping
from escalation.ladder import Reason
from escalation.models import EscalationCase
from foundation.accounts.roles import Actor
from foundation.clock import HandClock
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.jobs.setbacks import Setbacks, SweepIncomplete
from tests.integration.escalation.conftest import Town

pytestmark = pytest.mark.committed

CASES = 30


@pytest.fixture
def manager(sessions: Sessions, hand_clock: HandClock, people_of: Callable[[Town], Town]) -> Actor:
    with unit_of_work(sessions) as db:
        town = people_of(Town(db, hand_clock.now()))
        for _ in range(CASES):
            complaint = town.complaint()
            raising.open_case(db, complaint.id, Reason.ACCEPT_MISSED, facts={}, now=town.now)
        return town.people["manager"]


def together(*works: Callable[[], None]) -> None:
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 -- a thread's fault must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert faults == []


def test_four_clockworks_raise_each_case_once(sessions: Sessions, hand_clock: HandClock, manager: Actor) -> None:
    context = JobContext(sessions=sessions, clock=hand_clock)
    hand_clock.push(hours=6)
    moved: list[int] = []

    def sweep() -> None:
        setbacks = Setbacks("silence")
        moved.extend(jobs.answer_silence(context, setbacks=setbacks) for _ in range(5))

    together(sweep, sweep, sweep, sweep)
    assert sum(moved) == CASES
    with reading(sessions) as look:
        assert set(look.scalars(select(EscalationCase.level))) == {2}
        raised = look.scalar(text("SELECT count(*) FROM ledger_entries WHERE step = 'escalation.raised'"))
        assert raised == CASES


def test_acknowledging_and_raising_at_once_do_one_or_the_other(
    sessions: Sessions, hand_clock: HandClock, manager: Actor
) -> None:
    hand_clock.push(hours=6)
    with reading(sessions) as look:
        ids = list(look.scalars(select(EscalationCase.id)))

    def acknowledge() -> None:
        for case_id in ids:
            with unit_of_work(sessions) as db:
                actions.acknowledge(db, case_id, actor=manager, on_behalf=True, now=hand_clock.now())

    def sweep() -> None:
        for _ in range(20):
            with unit_of_work(sessions) as db:
                sweeping.answer_silence(db, now=hand_clock.now(), limit=3)

    together(acknowledge, sweep, sweep)
    with reading(sessions) as look:
        wrong = look.execute(
            text(
                "SELECT k.id FROM cases k JOIN rungs r ON r.case_id = k.id AND r.level = k.level "
                "WHERE r.raised_at IS NOT NULL OR r.next_notice_at IS NULL"
            )
        ).all()
        assert wrong == []
        late = look.scalar(
            text("SELECT count(*) FROM rungs WHERE raised_at IS NOT NULL AND acknowledged_at IS NOT NULL")
        )
        assert late == 0


def break_first(sessions: Sessions, many: int, *, at: datetime) -> list[UUID]:
    """Cases whose policy can't be read, the longest due of all; their rungs."""
    with unit_of_work(sessions) as db:
        broken = list(db.scalars(select(EscalationCase).order_by(EscalationCase.opened_at, EscalationCase.id)))[:many]
        for case in broken:
            case.policy = {}
        first = {"ids": [case.id for case in broken], "early": at}
        rows = db.scalars(
            text("UPDATE rungs SET next_notice_at = :early WHERE case_id = ANY(:ids) RETURNING id"), first
        )
        return list(rows)


def mend(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        whole = "(SELECT policy FROM cases WHERE policy <> '{}' LIMIT 1)"
        db.execute(text(f"UPDATE cases SET policy = {whole} WHERE policy = '{{}}'"))


def overdue(sessions: Sessions, clock: HandClock) -> int:
    with reading(sessions) as look:
        return int(
            look.execute(
                text("SELECT count(*) FROM rungs WHERE next_notice_at <= :now"), {"now": clock.now()}
            ).scalar_one()
        )


def test_silences_that_fail_do_not_keep_the_later_ones_waiting(
    sessions: Sessions, hand_clock: HandClock, manager: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    break_first(sessions, 25, at=hand_clock.now())
    hand_clock.push(hours=6)
    with pytest.raises(SweepIncomplete, match="25 failed"):
        jobs.answer_silence(JobContext(sessions=sessions, clock=hand_clock), setbacks=Setbacks("silence"))
    assert "ALARM silence failed for" in caplog.text
    assert overdue(sessions, hand_clock) == 25, "what failed stays due, where the invariants see it"


def test_a_silence_that_fails_is_tried_again_later_each_time_and_holds_nobody_up(
    sessions: Sessions, hand_clock: HandClock, manager: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    [broken] = break_first(sessions, 1, at=hand_clock.now())
    context, setbacks = JobContext(sessions=sessions, clock=hand_clock), Setbacks("silence")
    hand_clock.push(hours=6)
    for _ in range(300):  # Ten minutes of ticks.
        with pytest.raises(SweepIncomplete, match=str(broken)):
            jobs.answer_silence(context, setbacks=setbacks)
        assert overdue(sessions, hand_clock) == 1, "only the broken one"
        hand_clock.push(seconds=2)
    tries = caplog.text.count("ALARM silence failed for")
    assert 6 + 8 <= tries <= 6 + 9  # At 0, 2, 4, 8, 16, 32, 64 s, then every minute.
    mend(sessions)
    hand_clock.push(seconds=60)
    assert jobs.answer_silence(context, setbacks=setbacks) == 1
    assert setbacks.of == {}


def test_a_failing_silence_that_a_person_has_answered_is_no_trouble_any_more(
    sessions: Sessions, hand_clock: HandClock, manager: Actor
) -> None:
    break_first(sessions, 1, at=hand_clock.now())
    context, setbacks = JobContext(sessions=sessions, clock=hand_clock), Setbacks("silence")
    hand_clock.push(hours=6)
    with pytest.raises(SweepIncomplete):
        jobs.answer_silence(context, setbacks=setbacks)
    with unit_of_work(sessions) as db:
        db.execute(text("UPDATE rungs SET next_notice_at = :later"), {"later": hand_clock.now() + timedelta(hours=6)})
    hand_clock.push(seconds=2)
    assert jobs.answer_silence(context, setbacks=setbacks) == 0


def test_a_failing_silence_is_seen_in_its_loop_at_once_and_by_the_invariants_after_a_minute(
    sessions: Sessions, hand_clock: HandClock, manager: Actor
) -> None:
    break_first(sessions, 1, at=hand_clock.now() + timedelta(hours=6))
    context, [loop], pulse = JobContext(sessions=sessions, clock=hand_clock), jobs.recurring(), Pulse()
    late = "escalation: silence is answered within a minute"
    hand_clock.push(hours=6)
    for _ in range(31):
        clockwork.tick(context, loop, pulse)
        with reading(sessions) as look:
            assert "SweepIncomplete: 1 failed" in str(look.scalar(text("SELECT trouble FROM loops")))
            assert late not in invariants.violations(look, now=hand_clock.now())
        hand_clock.push(seconds=2)
    clockwork.tick(context, loop, pulse)
    with reading(sessions) as look:
        assert len(invariants.violations(look, now=hand_clock.now())[late]) == 1
    with pytest.raises(invariants.InvariantsViolated, match=late):
        invariants.tick(context)
    mend(sessions)
    hand_clock.push(seconds=60)
    clockwork.tick(context, loop, pulse)
    with reading(sessions) as look:
        assert look.scalar(text("SELECT trouble FROM loops")) is None
        assert late not in invariants.violations(look, now=hand_clock.now())
