"""Rosters that people can live with, certificates that run out, and people who are kept with their history."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger.models import LedgerEntry, PrivateFact
from foundation.problems import FieldWrong, NotAllowed
from technicians import listing, people, roster
from technicians.errors import CodeTaken, RestTooShort, ShiftOverlaps
from technicians.hours import Period
from technicians.models import Outlet, Shift, Skill, Technician
from technicians.people import Person, Place
from technicians.words import OutletKind, ShiftKind
from tests.integration.technicians.conftest import CENTRE, DESK, add_outlet, add_technician


def on(now: datetime, start: float, end: float) -> Period:
    return Period(now + timedelta(hours=start), now + timedelta(hours=end))


def rostered(
    db: WriteSession,
    technician: Technician,
    during: Period,
    *,
    now: datetime,
    kind: ShiftKind = ShiftKind.DUTY,
    reason: str | None = None,
) -> Shift:
    return roster.add_shift(db, technician.id, during=during, kind=kind, actor=DESK, now=now, reason=reason)


def test_a_shift_may_cross_midnight(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    rostered(db, technician, on(now, 22, 31), now=now)
    db.flush()
    (shift,) = roster.shifts_of(db, technician.id, since=now + timedelta(hours=25), until=now + timedelta(hours=26))
    assert roster.period_of(shift) == on(now, 22, 31)


def test_two_shifts_of_one_person_never_overlap(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    rostered(db, technician, on(now, 8, 16), now=now)
    with pytest.raises(ShiftOverlaps):
        rostered(db, technician, on(now, 15, 20), now=now, kind=ShiftKind.ON_CALL)
    rostered(db, technician, on(now, 16, 30), now=now, kind=ShiftKind.ON_CALL)


def test_the_database_refuses_overlapping_and_empty_shifts_whatever_the_code_does(
    db: WriteSession, now: datetime
) -> None:
    technician = add_technician(db, now=now)
    rostered(db, technician, on(now, 8, 16), now=now)
    for start, end in ((10, 12), (20, 20)):
        during = Range(now + timedelta(hours=start), now + timedelta(hours=end))
        shift = Shift(id=new_id(), technician_id=technician.id, during=during, kind=ShiftKind.DUTY)
        with pytest.raises(IntegrityError), db.begin_nested():
            db.add(shift)


def test_a_roster_that_leaves_too_little_rest_needs_a_reason(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    rostered(db, technician, on(now, 14, 22), now=now)
    with pytest.raises(RestTooShort) as refused:
        rostered(db, technician, on(now, 30, 33), now=now)
    assert refused.value.facts["limit"] == "rest"
    rostered(db, technician, on(now, 30, 33), now=now, reason="storm")
    db.flush()
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "shift.added").order_by(LedgerEntry.seq)).all()[-1]
    assert entry.facts["reason"] == "storm"


@pytest.mark.parametrize(
    ("hours", "kind", "reason"),
    [
        pytest.param((8, 8), ShiftKind.DUTY, "not-after-start", id="no extent"),
        pytest.param((8, 6), ShiftKind.DUTY, "not-after-start", id="ends before it starts"),
        pytest.param((0, 17), ShiftKind.DUTY, "too-long", id="seventeen hours of duty"),
        pytest.param((0, 200), ShiftKind.ON_CALL, "too-long", id="more than a week on call"),
    ],
)
def test_a_shift_that_nobody_can_work_is_refused(
    db: WriteSession, now: datetime, hours: tuple[int, int], kind: ShiftKind, reason: str
) -> None:
    technician = add_technician(db, now=now)
    with pytest.raises(FieldWrong) as refused:
        rostered(db, technician, on(now, *hours), now=now, kind=kind)
    assert refused.value.facts["reason"] == reason


def test_a_shift_moves_and_goes_with_its_old_time_kept(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    shift = rostered(db, technician, on(now, 8, 16), now=now)
    db.flush()
    roster.move_shift(db, shift.id, during=on(now, 9, 17), actor=DESK, now=now)
    db.flush()
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "shift.moved")).one()
    assert str(entry.facts["was_start"]).startswith((now + timedelta(hours=8)).strftime("%Y-%m-%dT%H"))
    roster.remove_shift(db, shift.id, actor=DESK, now=now)
    db.flush()
    assert roster.shifts_of(db, technician.id, since=now, until=now + timedelta(days=2)) == []
    with pytest.raises(NotAllowed):
        roster.remove_shift(db, shift.id, actor=DESK, now=now)


def granted(db: WriteSession, technician: Technician, *, until: date, now: datetime, number: str = "1") -> None:
    roster.grant_certificate(
        db, technician.id, family="hoist", kind="operator", number=number, valid_until=until, actor=DESK, now=now
    )
    db.flush()


def test_the_same_number_again_is_a_renewal(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    granted(db, technician, until=date(2026, 12, 1), now=now)
    granted(db, technician, until=date(2027, 12, 1), now=now)
    rows = listing.expiring(db, until=date(2030, 1, 1))
    assert [(row.valid_until, code) for row, code in rows] == [(date(2027, 12, 1), technician.code)]


def test_certificates_that_run_out_are_listed_the_first_first_and_only_of_people_who_work(
    db: WriteSession, now: datetime
) -> None:
    soon, gone, late, left = (add_technician(db, now=now, code=code) for code in ("SOON", "GONE", "LATE", "LEFT"))
    granted(db, soon, until=date(2026, 12, 10), now=now)
    granted(db, gone, until=date(2026, 11, 1), now=now)
    granted(db, late, until=date(2027, 12, 1), now=now)
    granted(db, left, until=date(2026, 12, 1), now=now)
    people.set_active(db, left.id, active=False, actor=DESK, now=now)
    db.flush()
    assert [code for _, code in listing.expiring(db, until=date(2026, 12, 24))] == ["GONE", "SOON"]


def test_a_withdrawn_certificate_counts_no_longer_and_says_why(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    granted(db, technician, until=date(2026, 12, 1), now=now)
    ((certificate, _),) = listing.expiring(db, until=date(2030, 1, 1))
    roster.withdraw_certificate(db, technician.id, certificate.id, reason="fraud", actor=DESK, now=now)
    db.flush()
    assert listing.expiring(db, until=date(2030, 1, 1)) == []
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "certificate.withdrawn")).one()
    assert entry.facts["reason"] == "fraud"


def test_changing_somebody_keeps_these_skills_and_no_others(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now, code="T1", families={"hoist": 1, "pump": 2})
    person = Person(
        code="T2", name="李", region_code="east", outlet_id=technician.outlet_id, families={"hoist": 3, "crane": 1}
    )
    people.change_technician(db, technician.id, person, actor=DESK, now=now)
    db.flush()
    skills = db.execute(select(Skill.family, Skill.level).where(Skill.technician_id == technician.id)).all()
    assert {(row.family, row.level) for row in skills} == {("hoist", 3), ("crane", 1)}
    assert technician.code == "T2"


def test_names_phones_and_homes_enter_the_ledger_as_digests_only(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    db.flush()
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.subject_id == technician.id)).one()
    said = str(entry.facts)
    assert technician.name not in said
    assert "13800000002" not in said
    assert str(CENTRE.latitude) not in said
    hidden = {fact.name: fact.value for fact in db.scalars(select(PrivateFact).where(PrivateFact.entry_id == entry.id))}
    assert hidden == {"name": "王伟", "phone": "+8613800000002", "home": "31.23,121.47"}


def test_codes_plates_and_names_of_outlets_are_used_once(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now, code="T1")
    with pytest.raises(CodeTaken):
        add_technician(db, now=now, code="T1")
    people.add_vehicle(db, outlet_id=technician.outlet_id, plate="沪A1", carries_heavy=False, actor=DESK, now=now)
    db.flush()
    with pytest.raises(CodeTaken):
        people.add_vehicle(db, outlet_id=technician.outlet_id, plate="沪A1", carries_heavy=True, actor=DESK, now=now)
    outlet_id = add_outlet(db, now=now)
    name = db.scalars(select(Outlet.name).where(Outlet.id == outlet_id)).one()
    with pytest.raises(CodeTaken):
        people.add_outlet(db, name=name, kind=OutletKind.OWN, region_code="east", place=CENTRE, actor=DESK, now=now)


def test_an_empty_field_is_no_place() -> None:
    with pytest.raises(FieldWrong):
        Place(0, 0)
