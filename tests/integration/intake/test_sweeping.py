from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, text

from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.clock import HandClock
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.ledger.models import Announcement
from foundation.notifications.models import Message
from intake import actions, geocoding, jobs, sweeping
from intake.calls import Call
from intake.corrections import Correction
from intake.events import ComplaintLogged, DeadlineFired
from intake.geocoding import Found, GeocoderAway
from intake.invariants import INVARIANTS
from intake.models import Complaint, Deadline
from tests.integration.intake.conftest import add_region, add_user, take

START = datetime(2026, 11, 24, tzinfo=UTC)
PBX = Actor(kind=ActorKind.TOKEN, id=None, label="pbx", regions=frozenset({"north"}))

pytestmark = pytest.mark.committed


def log_some(sessions: Sessions, count: int) -> None:
    with unit_of_work(sessions) as db:
        add_region(db)
        for turn in range(count):
            at = START + timedelta(seconds=turn)
            take(db, Call(caller_phone="13800000001", sentence="停了", called_at=at), actor=PBX, now=at)


def fired(sessions: Sessions) -> list[DeadlineFired]:
    with reading(sessions) as look:
        wanted = select(Announcement.payload).where(Announcement.kind == DeadlineFired.kind)
        rows = look.scalars(wanted.order_by(Announcement.announced_at, Announcement.id))
        return [msgspec.convert(row, DeadlineFired) for row in rows]


def test_deadlines_fire_once_in_order_and_not_before_their_time(sessions: Sessions) -> None:
    log_some(sessions, 5)
    clock = HandClock(START + timedelta(minutes=15, seconds=2))
    tick = sweeping.RECURRING[0].tick
    assert tick(JobContext(sessions, clock)) == 3
    assert tick(JobContext(sessions, clock)) == 0
    clock.push(hours=100)
    assert tick(JobContext(sessions, clock)) == 5 * 5 - 3
    heard = fired(sessions)
    assert len({one.deadline_id for one in heard}) == 25
    assert [one.due_at for one in heard] == sorted(one.due_at for one in heard)
    with reading(sessions) as look:
        assert look.scalars(select(Deadline).where(Deadline.fired_at.is_(None))).all() == []
        first = look.get_one(Deadline, heard[0].deadline_id)
        assert datetime.fromisoformat(heard[0].due_at) == first.due_at


def test_two_sweeps_at_once_share_the_work_and_repeat_nothing(sessions: Sessions) -> None:
    log_some(sessions, 40)
    now = START + timedelta(hours=200)

    def sweep(_: int) -> int:
        with unit_of_work(sessions) as db:
            return sweeping.fire_deadlines(db, now=now, limit=50)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweep, range(12))) == 200
    heard = [one.deadline_id for one in fired(sessions)]
    assert len(heard) == len(set(heard)) == 200


def test_a_deadline_that_somebody_holds_keeps_no_other_waiting_and_is_told_after_a_minute(sessions: Sessions) -> None:
    log_some(sessions, 3)
    clock = HandClock(START + timedelta(minutes=16))
    context, tick = JobContext(sessions, clock), sweeping.RECURRING[0].tick
    unfired = "intake: a deadline overdue for more than a minute has not fired"

    def told() -> int:
        with reading(sessions) as look:
            return len(look.execute(text(INVARIANTS[unfired]), {"now": clock.now()}).all())

    with unit_of_work(sessions) as db:
        first = select(Deadline).where(Deadline.due_at <= clock.now()).order_by(Deadline.due_at).limit(1)
        held = db.scalars(first.with_for_update()).one()
        assert tick(context) == 2
        clock.at = held.due_at + timedelta(seconds=60)
        assert (tick(context), told()) == (0, 0)
        clock.push(seconds=1)
        assert (tick(context), told()) == (0, 1)
    assert (tick(context), told()) == (1, 0)


def test_a_network_geocoder_betters_a_district_and_never_a_person(sessions: Sessions) -> None:
    asked: list[str] = []

    def street(address: str) -> Found | None:
        asked.append(address)
        return Found(32.06, 118.77, 500.0, "nominatim", "somewhere")

    with unit_of_work(sessions) as db:
        add_region(db)
        lost = take(db, Call(caller_phone="13800000001", sentence="停了", address="南京市鼓楼区"), actor=PBX, now=START)
        placed = take(
            db, Call(caller_phone="13800000001", sentence="停了", address="x", latitude=1.0, longitude=1.0), actor=PBX,
            now=START,
        )  # fmt: skip
    context = JobContext(sessions, HandClock(START))
    run = jobs.placing(street)
    for complaint_id in (lost.id, placed.id, lost.id):
        run(context, ComplaintLogged(subject_id=complaint_id, grade="serious"))
    assert asked == ["南京市鼓楼区"]
    with reading(sessions) as look:
        complaint = look.get_one(Complaint, lost.id)
        assert (complaint.latitude, complaint.position_source, complaint.to_be_placed) == (32.06, "nominatim", False)
        announced = look.scalars(select(Announcement.kind).where(Announcement.subject_id == lost.id))
        assert sorted(announced) == ["complaint.logged", "complaint.placed"]
    assert jobs.jobs()[0].name == "intake.place_on_map"
    assert geocoding.gazetteer("x") is None


def test_a_geocoder_that_is_away_or_too_late_hushes_up_nothing_and_moves_nothing(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_region(db)
        dispatcher = add_user(db, Role.DISPATCHER, now=START)
        db.execute(text("INSERT INTO user_regions (user_id, region_code) VALUES (:id, 'north')"), {"id": dispatcher.id})
        lost = take(db, Call(caller_phone="13800000001", sentence="停了", address="南京市鼓楼区"), actor=PBX, now=START)
    context, event = JobContext(sessions, HandClock(START)), ComplaintLogged(subject_id=lost.id, grade="serious")

    def away(address: str) -> Found | None:
        raise GeocoderAway(address)

    def late(address: str) -> Found | None:
        with unit_of_work(sessions) as db:
            correction = Correction(address="长沙市岳麓区")
            actions.correct(db, lost.id, correction=correction, reason="misheard", actor=dispatcher, now=START)
        return Found(32.06, 118.77, 500.0, "nominatim", address)

    for _ in range(2):
        with pytest.raises(GeocoderAway):
            jobs.placing(away)(context, event)
    jobs.placing(late)(context, event)
    with reading(sessions) as look:
        given = sorted(look.scalars(select(Message.template).where(Message.case_id == lost.id)))
        assert given == ["task-identify", "task-place"]
        assert look.get_one(Complaint, lost.id).position_source == "gazetteer", "the answer was to the address before"
