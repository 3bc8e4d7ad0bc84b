"""The nearest qualified are found exactly, with the state that a decision needs."""

import random
from datetime import date, datetime, timedelta

import psycopg
import pytest
from geopy.distance import great_circle
from sqlalchemy import text

from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from technicians import actions, people, positions, queries, roster, seeding
from technicians.hours import Period, WorkingTime
from technicians.people import Person, Place
from technicians.seeding import Plan, Spot
from technicians.words import DutyState, PositionSource, ShiftKind
from tests.integration.technicians.conftest import CENTRE, DESK, add_outlet, add_region, add_technician

FAMILIES = ("tower crane", "hoist", "platform", "pump")


def seeded(db: WriteSession, n: int, *, now: datetime, **plan: object) -> seeding.Seeded:
    add_region(db)
    spot = Spot("east", CENTRE.latitude, CENTRE.longitude, spread_km=120)
    return seeding.generate(db, n, spots=[spot], plan=Plan(families=FAMILIES, **plan), now=now)  # type: ignore[arg-type]


def test_the_nearest_are_those_that_measuring_everybody_finds(db: WriteSession, now: datetime) -> None:
    everybody = queries.field(db, seeded(db, 800, now=now).technician_ids, now)
    dice = random.Random(7)
    for _ in range(15):
        here = (CENTRE.latitude + dice.gauss(0, 1.5), CENTRE.longitude + dice.gauss(0, 1.5))
        family = dice.choice(FAMILIES)
        found = queries.nearest(db, family=family, latitude=here[0], longitude=here[1], at=now, limit=12)
        far = {
            one.id: great_circle(here, (one.position.latitude, one.position.longitude)).km
            for one in everybody
            if family in one.families
        }
        assert [one.id for one in found] == sorted(far, key=far.__getitem__)[:12]
        assert [one.distance_km for one in found] == pytest.approx([far[one.id] for one in found], rel=2e-3)


@pytest.mark.parametrize(
    ("here", "near", "far"),
    [
        pytest.param((30.0, 179.99), (30.0, -179.9), (30.0, 179.0), id="across the date line"),
        pytest.param((89.9, 0.0), (89.9, 180.0), (88.0, 0.0), id="across the pole"),
        pytest.param((60.0, 10.0), (60.0, 11.0), (60.8, 10.0), id="where degrees of longitude are short"),
    ],
)
def test_near_is_near_on_the_sphere(
    db: WriteSession, now: datetime, here: tuple[float, float], near: tuple[float, float], far: tuple[float, float]
) -> None:
    add_technician(db, now=now, code="FAR", home=Place(*far))
    add_technician(db, now=now, code="NEAR", home=Place(*near))
    found = queries.nearest(db, family="tower crane", latitude=here[0], longitude=here[1], at=now)
    assert [one.code for one in found] == ["NEAR", "FAR"]


def codes(db: WriteSession, at: datetime, **sieves: object) -> list[str]:
    place = {"latitude": CENTRE.latitude, "longitude": CENTRE.longitude}
    found = queries.nearest(db, family="tower crane", at=at, **place, **sieves)  # type: ignore[arg-type]
    return [one.code for one in found]


def north(km: float) -> Place:
    return Place(CENTRE.latitude + km / 111.2, CENTRE.longitude)


def test_only_people_who_work_on_the_family_are_found(db: WriteSession, now: datetime) -> None:
    add_technician(db, now=now, code="HOIST", families={"hoist": 3})
    add_technician(db, now=now, code="CRANE", home=north(50))
    assert codes(db, now) == ["CRANE"]


def test_somebody_who_left_is_no_longer_found_and_is_again_when_taken_back(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now, code="T1")
    people.set_active(db, technician.id, active=False, actor=DESK, now=now)
    assert codes(db, now) == []
    people.set_active(db, technician.id, active=True, actor=DESK, now=now)
    assert codes(db, now) == ["T1"]


def test_sieves_leave_people_out_before_they_are_counted(db: WriteSession, now: datetime) -> None:
    today = now.date()
    signed_on = add_technician(db, now=now, code="ON", home=north(30))
    rostered = add_technician(db, now=now, code="SOON", home=north(20))
    add_technician(db, now=now, code="HOME", home=north(1))
    elsewhere = add_technician(db, now=now, code="WEST", region="west", home=north(10))
    actions.duty_on(db, signed_on.id, actor=DESK, now=now)
    shift = Period(now + timedelta(hours=2), now + timedelta(hours=9))
    roster.add_shift(db, rostered.id, during=shift, kind=ShiftKind.DUTY, actor=DESK, now=now)
    for technician, until in ((signed_on, today), (elsewhere, today - timedelta(days=1))):
        roster.grant_certificate(
            db,
            technician.id,
            family="tower crane",
            kind="operator",
            number="1",
            valid_until=until,
            actor=DESK,
            now=now,
        )
    db.flush()
    assert codes(db, now) == ["HOME", "WEST", "SOON", "ON"]
    assert codes(db, now, limit=1) == ["HOME"]
    assert codes(db, now, limit=1, region_code="west") == ["WEST"]
    assert codes(db, now, limit=1, askable_within=timedelta(hours=1)) == ["ON"]
    assert codes(db, now, limit=2, askable_within=timedelta(hours=3)) == ["SOON", "ON"]
    assert codes(db, now, limit=1, certified_on=today) == ["ON"]
    assert codes(db, now, besides=[signed_on.id, elsewhere.id]) == ["HOME", "SOON"]


def test_the_state_says_everything_that_a_decision_needs(db: WriteSession, now: datetime) -> None:
    outlet_id = add_outlet(db, now=now, place=north(5))
    van = people.add_vehicle(db, outlet_id=outlet_id, plate="沪A1", carries_heavy=True, actor=DESK, now=now)
    person = Person(
        code="T9",
        name="李娜",
        region_code="east",
        outlet_id=outlet_id,
        vehicle_id=van.id,
        senior=True,
        families={"hoist": 1, "tower crane": 3},
        limits=WorkingTime(10, 44, 12),
    )
    technician = people.add_technician(db, person, actor=DESK, now=now)
    for number, until in (("old", date(2026, 1, 1)), ("new", date(2027, 1, 1))):
        roster.grant_certificate(
            db, technician.id, family="hoist", kind="operator", number=number, valid_until=until, actor=DESK, now=now
        )
    actions.duty_on(db, technician.id, actor=DESK, now=now - timedelta(hours=30))
    actions.duty_off(db, technician.id, actor=DESK, now=now - timedelta(hours=22))
    actions.duty_on(db, technician.id, actor=DESK, now=now - timedelta(hours=2))
    absence = Period(now + timedelta(hours=30), now + timedelta(hours=40))
    roster.add_absence(
        db, technician.id, start_at=absence.start, end_at=absence.end, reason="training", actor=DESK, now=now
    )
    night = Period(now + timedelta(hours=20), now + timedelta(hours=29))
    roster.add_shift(db, technician.id, during=night, kind=ShiftKind.ON_CALL, actor=DESK, now=now)
    db.flush()
    (state,) = queries.field(db, [technician.id], now)
    assert state.families == ("hoist", "tower crane")
    assert state.certificates == {"hoist": date(2027, 1, 1)}
    assert (state.senior, state.carries_heavy, state.active) == (True, True, True)
    assert (state.region_code, state.timezone) == ("east", "Asia/Shanghai")
    assert (state.duty, state.duty_since) == (DutyState.ON, now - timedelta(hours=2))
    assert state.position.source is PositionSource.OUTLET
    assert [(shift.during, shift.kind) for shift in state.shifts] == [(night, ShiftKind.ON_CALL)]
    assert state.absences == (absence,)
    assert state.limits == WorkingTime(10, 44, 12)
    assert state.hours_worked_24h == pytest.approx(4)
    assert state.hours_worked_7d == pytest.approx(10)


def test_an_absence_until_further_notice_never_ends(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now)
    roster.add_absence(db, technician.id, start_at=now, end_at=None, reason="ill", actor=DESK, now=now)
    db.flush()
    (state,) = queries.field(db, [technician.id], now)
    assert state.absences[0].end > now + timedelta(days=36500)


def place_of(db: WriteSession, now: datetime) -> float | None:
    """How far from the centre the only technician is found."""
    (found,) = queries.nearest(db, family="tower crane", latitude=CENTRE.latitude, longitude=CENTRE.longitude, at=now)
    return round(found.distance_km, 1) if found.distance_km is not None else None


def test_people_are_found_at_their_position_while_it_is_fresh_and_at_home_afterwards(
    db: WriteSession, now: datetime
) -> None:
    technician = add_technician(db, now=now, home=north(40))
    assert place_of(db, now) == pytest.approx(40, rel=0.01)
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    positions.report(
        db, technician.id, latitude=north(10).latitude, longitude=CENTRE.longitude, accuracy_m=15, at=now, now=now
    )
    assert place_of(db, now) == pytest.approx(10, rel=0.01)
    later = now + timedelta(hours=13)
    (state,) = queries.field(db, [technician.id], later)
    assert state.position.source is PositionSource.HOME


def test_signing_off_takes_people_home_on_the_map(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now, home=north(40))
    actions.duty_on(db, technician.id, actor=DESK, now=now)
    positions.report(
        db, technician.id, latitude=north(10).latitude, longitude=CENTRE.longitude, accuracy_m=15, at=now, now=now
    )
    actions.duty_off(db, technician.id, actor=DESK, now=now + timedelta(hours=1))
    assert place_of(db, now + timedelta(hours=1)) == pytest.approx(40, rel=0.01)


@pytest.mark.committed
def test_the_nearest_are_looked_up_by_index_alone(sessions: Sessions, owner_url: str, now: datetime) -> None:
    # A sort over everybody would be right too, and a thousand times slower with a million people.
    with unit_of_work(sessions) as db:
        seeded(db, 3000, now=now)
    with psycopg.connect(owner_url, autocommit=True) as owner:  # as autovacuum does within a minute
        owner.execute("ANALYZE technician_reach")
    statement = queries._NEAR.format(sieves="", limit=24) + "SELECT * FROM near"
    place = {"family": "hoist", "latitude": CENTRE.latitude, "longitude": CENTRE.longitude}
    with reading(sessions) as look:
        plan = "\n".join(look.scalars(text("EXPLAIN " + statement), place))
    assert "ix_technician_reach_near" in plan
    assert "Sort" not in plan


def homes(db: WriteSession) -> list[object]:
    return [tuple(row) for row in db.execute(text("SELECT code, name, home_latitude FROM technicians ORDER BY code"))]


def test_invented_people_are_the_same_for_the_same_seed(db: WriteSession, now: datetime) -> None:
    with db.begin_nested() as first:
        seeded(db, 50, now=now, days=3)
        made = homes(db)
        first.rollback()
    seeded(db, 50, now=now, days=3)
    assert len(made) == 50
    assert homes(db) == made


def test_invented_people_have_everything_that_real_ones_have(db: WriteSession, now: datetime) -> None:
    made = seeded(db, 60, now=now, days=5, on_duty=0.5)
    states = queries.field(db, made.technician_ids, now)
    assert {state.duty for state in states} == {DutyState.ON, DutyState.OFF}
    assert any(state.shifts for state in states)
    assert any(state.certificates for state in states)
    assert all(len(state.families) == 2 for state in states)
    measured = [state for state in states if state.position.source is PositionSource.PHONE]
    assert len(measured) == sum(state.duty is DutyState.ON for state in states)
