"""Signing on and off, and the positions that are taken only between the two."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from foundation.accounts.roles import Role
from foundation.clock import HandClock
from foundation.database.session import Sessions, WriteSession, unit_of_work
from foundation.jobs.job import JobContext
from foundation.ledger.models import Announcement, LedgerEntry
from foundation.problems import FieldWrong
from technicians import actions, jobs, people, positions, queries, reach
from technicians.errors import TechnicianInactive
from technicians.models import LastPosition
from technicians.positions import Report
from technicians.words import DutyState, PositionSource
from tests.integration.technicians.conftest import CENTRE, DESK, add_technician, add_user


def report(db: WriteSession, technician_id: UUID, *, at: datetime, now: datetime, latitude: float = 31.3) -> Report:
    return positions.report(
        db,
        technician_id,
        latitude=latitude,
        longitude=121.5,
        accuracy_m=20,
        at=at,
        now=now,
    )


def kept(db: WriteSession, technician_id: UUID) -> tuple[float, datetime] | None:
    row = db.execute(
        select(LastPosition.latitude, LastPosition.at).where(LastPosition.technician_id == technician_id)
    ).one_or_none()
    return (row.latitude, row.at) if row else None


def test_signing_on_is_witnessed_and_told_to_whoever_waits(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actor = add_user(db, Role.TECHNICIAN, now=now)
    actions.duty_on(db, technician.id, actor=actor, now=now)
    db.flush()
    (entry,) = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "duty.on"))
    assert (entry.subject_id, entry.subject_kind, entry.actor_id) == (technician.id, "technician", actor.id)
    (told,) = db.scalars(select(Announcement).where(Announcement.kind == "duty.changed"))
    assert (told.subject_id, told.payload["state"]) == (technician.id, "on")


def test_signing_on_twice_is_signing_on_once(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now + timedelta(hours=1))
    db.flush()
    assert len(db.scalars(select(LedgerEntry).where(LedgerEntry.step == "duty.on")).all()) == 1
    (state,) = queries.field(db, [technician.id], now + timedelta(hours=1))
    assert state.duty_since == now


def test_time_on_call_is_no_working_time(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now, state=DutyState.ON_CALL)
    actions.duty_on(db, technician.id, actor=DESK, now=now + timedelta(hours=8))
    actions.duty_off(db, technician.id, actor=DESK, now=now + timedelta(hours=11))
    db.flush()
    (state,) = queries.field(db, [technician.id], now + timedelta(hours=12))
    assert state.hours_worked_24h == pytest.approx(3)
    assert state.rested_since == now + timedelta(hours=11)


def test_somebody_who_left_cannot_sign_on(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    people.set_active(db, technician.id, active=False, actor=DESK, now=now)
    with pytest.raises(TechnicianInactive):
        actions.duty_on(db, technician.id, actor=DESK, now=now)


def test_somebody_who_leaves_is_signed_off(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    people.set_active(db, technician.id, active=False, actor=DESK, now=now + timedelta(hours=1))
    db.flush()
    (state,) = queries.field(db, [technician.id], now + timedelta(hours=1))
    assert (state.duty, state.active) == (DutyState.OFF, False)


def test_nobodys_position_is_taken_off_duty(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    assert report(db, technician.id, at=now, now=now) is Report.OFF_DUTY
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    actions.duty_off(db, technician.id, actor=DESK, now=now + timedelta(hours=1))
    assert report(db, technician.id, at=now, now=now + timedelta(hours=2)) is Report.OFF_DUTY
    assert kept(db, technician.id) is None


def test_where_somebody_was_before_signing_on_is_their_own_matter(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    assert report(db, technician.id, at=now - timedelta(minutes=1), now=now) is Report.TOO_OLD
    assert kept(db, technician.id) is None


def test_a_late_report_never_replaces_a_newer_one(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    newer, older = now + timedelta(minutes=30), now + timedelta(minutes=10)
    assert report(db, technician.id, at=newer, now=newer, latitude=31.5) is Report.KEPT
    assert report(db, technician.id, at=older, now=newer, latitude=31.1) is Report.TOO_OLD
    assert kept(db, technician.id) == (31.5, newer)
    (found,) = queries.nearest(db, family="tower crane", latitude=31.5, longitude=121.5, at=newer)
    assert found.distance_km == pytest.approx(0, abs=0.01)
    assert found.position.age_s(newer + timedelta(minutes=5)) == 300


@pytest.mark.parametrize(
    ("place", "ahead_min", "reason"),
    [
        pytest.param((0.0, 0.0), 0, "not-a-place", id="an empty field"),
        pytest.param((31.0, 121.0), 30, "future", id="a phone half an hour ahead"),
    ],
)
def test_a_position_that_cannot_be_is_refused(
    db: WriteSession, now: datetime, place: tuple[float, float], ahead_min: int, reason: str
) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    with pytest.raises(FieldWrong) as refused:
        positions.report(
            db,
            technician.id,
            latitude=place[0],
            longitude=place[1],
            accuracy_m=5,
            at=now + timedelta(minutes=ahead_min),
            now=now,
        )
    assert refused.value.facts["reason"] == reason


def test_a_phone_a_little_ahead_is_believed_but_not_its_clock(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    assert report(db, technician.id, at=now + timedelta(minutes=2), now=now) is Report.KEPT
    assert kept(db, technician.id) == (31.3, now)


def test_positions_stand_in_no_ledger_and_no_announcement(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    db.flush()
    count = text("SELECT (SELECT count(*) FROM ledger_entries) + (SELECT count(*) FROM announcements)")
    before = db.scalar(count)
    report(db, technician.id, at=now, now=now)
    assert db.scalar(count) == before


def test_a_stale_position_sends_people_home_on_the_map(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    report(db, technician.id, at=now, now=now)
    assert reach.send_stale_home(db, now=now + timedelta(hours=11)) == 0
    later = now + timedelta(hours=13)
    assert reach.send_stale_home(db, now=later) == 1
    assert reach.send_stale_home(db, now=later) == 0
    (found,) = queries.nearest(db, family="tower crane", latitude=CENTRE.latitude, longitude=CENTRE.longitude, at=later)
    assert found.distance_km == pytest.approx(0, abs=0.01)
    assert found.position.source is PositionSource.HOME


@pytest.mark.committed
def test_positions_are_forgotten_after_thirty_days(sessions: Sessions, hand_clock: HandClock) -> None:
    now = hand_clock.now()
    with unit_of_work(sessions) as db:
        old, new = add_technician(db, now=now, code="OLD"), add_technician(db, now=now, code="NEW")
        for technician in (old, new):
            actions.duty_on(db, technician.id, actor=DESK, now=now)
        report(db, old.id, at=now, now=now)
        later = now + timedelta(days=29)
        report(db, new.id, at=later, now=later)
    hand_clock.push(days=30, minutes=1)
    context = JobContext(sessions=sessions, clock=hand_clock)
    assert jobs.forget_positions(context) == 1
    assert jobs.forget_positions(context) == 0
    with unit_of_work(sessions) as db:
        assert kept(db, old.id) is None
        assert kept(db, new.id) is not None
    assert jobs.send_stale_home(context) == 1
