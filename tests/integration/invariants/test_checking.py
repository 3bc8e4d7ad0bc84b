"""The minute's check tells the administrators, and the outside watchdog hears nothing until all is well again."""

from datetime import datetime

import pytest
from sqlalchemy import text

from app import invariants, watchdog
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs import watching
from foundation.jobs.job import JobContext

pytestmark = pytest.mark.committed


@pytest.fixture
def context(sessions: Sessions, hand_clock: HandClock) -> JobContext:
    with unit_of_work(sessions) as db:
        db.execute(
            text(
                "INSERT INTO users (id, login, name, role, password_hash, language, active, channels, created_at) "
                """VALUES (:id, 'admin', 'admin', 'admin', 'x', 'en', true, '["in_app"]', :now)"""
            ),
            {"id": new_id(), "now": hand_clock.now()},
        )
    return JobContext(sessions=sessions, clock=hand_clock)


def violate(sessions: Sessions, at: datetime) -> None:
    with unit_of_work(sessions) as db:
        db.execute(text("INSERT INTO ledger_heads VALUES (:id, 'complaint', 2, '', :at)"), {"id": new_id(), "at": at})


def beat(context: JobContext, trouble: str | None = None) -> None:
    with unit_of_work(context.sessions) as db:
        watching.ticked(db, "invariants", every_s=60, moved=0, trouble=trouble, now=context.clock.machine_now())


def test_a_healthy_system_violates_nothing_and_is_heard_outside(context: JobContext) -> None:
    assert invariants.tick(context) == 0
    beat(context)
    heard: list[str] = []
    assert watchdog.tell_outside(context, url="https://watch.example/1", ping=heard.append) == 1
    assert heard == ["https://watch.example/1"]


def test_a_violation_alarms_the_administrators_once_an_hour_and_silences_the_sign_of_life(
    context: JobContext, hand_clock: HandClock
) -> None:
    violate(context.sessions, hand_clock.now())
    for _ in range(3):
        with pytest.raises(invariants.InvariantsViolated, match="a chain has no gap"):
            invariants.tick(context)
    with reading(context.sessions) as look:
        assert look.scalar(text("SELECT count(*) FROM messages WHERE template = 'invariant-violated'")) == 1
    beat(context, trouble="InvariantsViolated")
    heard: list[str] = []
    assert watchdog.tell_outside(context, url="https://watch.example/1", ping=heard.append) == 0
    assert heard == []


def test_a_loop_that_stopped_is_noticed_outside_within_ninety_seconds(
    context: JobContext, hand_clock: HandClock
) -> None:
    beat(context)
    hand_clock.push(seconds=91)
    heard: list[str] = []
    assert watchdog.tell_outside(context, url="https://watch.example/1", ping=heard.append) == 0


def test_without_an_address_nobody_is_told(context: JobContext) -> None:
    assert watchdog.tick(context, url=None) == 0
