"""Row-level security: people are seen by their region and themselves, and by name where a case brought them together."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from foundation.accounts import access
from foundation.accounts.roles import Role
from foundation.database.session import Scope, WriteSession
from foundation.problems import NotAllowed
from technicians import actions, listing, people, positions, queries
from technicians.models import Technician
from technicians.positions import Report
from tests.integration.intake.conftest import add_complaint
from tests.integration.technicians.conftest import CENTRE, DESK, add_technician, add_user

_ENTER = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")
OF_ONE = ("skills", "certificates", "shifts", "absences", "duty", "duty_periods", "positions", "technician_reach")


def enter(db: WriteSession, scope: Scope) -> None:
    db.flush()
    db.expunge_all()
    db.execute(_ENTER, scope.settings())


def region(code: str) -> Scope:
    return Scope(regions=frozenset({code}))


def seen(db: WriteSession) -> set[str]:
    return set(db.scalars(select(Technician.code)))


def on_duty_somewhere(db: WriteSession, now: datetime, *, user_id: UUID | None = None) -> tuple[Technician, Technician]:
    """One in the east, one in the west, both signed on with a position."""
    east = add_technician(db, now=now, code="EAST", region="east", user_id=user_id)
    west = add_technician(db, now=now, code="WEST", region="west")
    for technician in (east, west):
        actions.duty_on(db, technician.id, actor=DESK, now=now)
        positions.report(db, technician.id, latitude=31.3, longitude=121.5, accuracy_m=9, at=now, now=now)
    return east, west


def test_without_a_scope_nobody_is_seen(db: WriteSession, now: datetime) -> None:
    on_duty_somewhere(db, now)
    enter(db, Scope(regions=frozenset()))
    assert seen(db) == set()
    for table in OF_ONE:
        assert db.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_staff_see_the_people_of_their_region_and_where_these_are(db: WriteSession, now: datetime) -> None:
    east, west = on_duty_somewhere(db, now)
    enter(db, region("east"))
    assert seen(db) == {"EAST"}
    assert set(db.scalars(text("SELECT technician_id FROM positions"))) == {east.id}
    assert set(db.scalars(text("SELECT technician_id FROM technician_reach"))) == {east.id}
    assert [state.code for state in queries.field(db, [east.id, west.id], now)] == ["EAST"]


def test_technicians_see_themselves(db: WriteSession, now: datetime) -> None:
    actor = add_user(db, Role.TECHNICIAN, now=now)
    on_duty_somewhere(db, now, user_id=actor.id)
    enter(db, actor.scope)
    assert seen(db) == {"EAST"}
    assert queries.of_user(db, actor.id).code == "EAST"


def test_technicians_sign_themselves_on_and_nobody_else(db: WriteSession, now: datetime) -> None:
    actor = add_user(db, Role.TECHNICIAN, now=now)
    own = add_technician(db, now=now, user_id=actor.id)
    other = add_technician(db, now=now)
    enter(db, actor.scope)
    actions.duty_on(db, own.id, actor=actor, now=now)
    assert (
        positions.report(
            db, own.id, latitude=CENTRE.latitude, longitude=CENTRE.longitude, accuracy_m=5, at=now, now=now
        )
        is Report.KEPT
    )
    with pytest.raises(NotAllowed):
        actions.duty_on(db, other.id, actor=actor, now=now)
    assert (
        positions.report(
            db, other.id, latitude=CENTRE.latitude, longitude=CENTRE.longitude, accuracy_m=5, at=now, now=now
        )
        is Report.OFF_DUTY
    )


def test_a_borrowed_technician_is_known_by_name_where_the_case_is_seen_and_not_by_place(
    db: WriteSession, now: datetime
) -> None:
    actor = add_user(db, Role.TECHNICIAN, now=now)
    borrowed, _ = on_duty_somewhere(db, now, user_id=actor.id)
    complaint = add_complaint(db, now=now, region="north")
    assert actor.id is not None
    access.grant(db, complaint.id, actor.id, reason="offer", now=now)
    enter(db, region("north"))
    assert seen(db) == {"EAST"}
    assert db.scalar(text("SELECT count(*) FROM positions")) == 0
    assert listing.technician_ids(db, region=None, after="", limit=10) == []
    assert not listing.is_listed(db, borrowed.id)
    enter(db, Scope(regions=None))
    access.end(db, complaint.id, actor.id, now=now + timedelta(hours=1))
    enter(db, region("north"))
    assert seen(db) == {"EAST"}  # The case's history still has names.
    enter(db, region("south"))
    assert seen(db) == set()


def test_nobody_puts_people_into_another_region(db: WriteSession, now: datetime) -> None:
    technician = add_technician(db, now=now, region="east")
    add_technician(db, now=now, region="west")
    enter(db, region("east"))
    person = people.Person(
        code="MOVED", name="x", region_code="west", outlet_id=technician.outlet_id, families={"hoist": 2}
    )
    with pytest.raises(ProgrammingError, match="row-level security"):
        people.change_technician(db, technician.id, person, actor=DESK, now=now)
