"""Several clockworks, slow managers and fast ones: every rung is moved once."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from escalation import actions, jobs, raising, sweeping
from escalation.ladder import Reason
from escalation.models import EscalationCase
from foundation.accounts.roles import Actor
from foundation.clock import HandClock
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs.job import JobContext
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
        moved.extend(jobs.answer_silence(context) for _ in range(5))

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


def test_silences_that_fail_do_not_keep_the_later_ones_waiting(
    sessions: Sessions, hand_clock: HandClock, manager: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    with unit_of_work(sessions) as db:
        broken = list(db.scalars(select(EscalationCase).order_by(EscalationCase.opened_at, EscalationCase.id)))[:25]
        for case in broken:
            case.policy = {}
        first = {"ids": [case.id for case in broken], "early": hand_clock.now()}
        db.execute(text("UPDATE rungs SET next_notice_at = :early WHERE case_id = ANY(:ids)"), first)
    hand_clock.push(hours=6)
    context = JobContext(sessions=sessions, clock=hand_clock)
    assert jobs.answer_silence(context) == CASES - 25
    assert "ALARM the silence of rung" in caplog.text
    with reading(sessions) as look:
        still = look.scalar(text("SELECT count(*) FROM rungs WHERE next_notice_at <= :now"), {"now": hand_clock.now()})
    assert still == 25, "what failed stays due, where the invariants see it"
