"""Who is likely to come, as told on the telephone: the decision's own ranking, in one statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import event

from dispatch import actions, explaining, forecast
from foundation.database.session import WriteSession
from intake import deadlines
from intake.calls import Commitment, Likely, Logged, Position
from intake.clocks import Kind
from intake.grades import Grade
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician
from tests.integration.dispatch.test_wishes import exclude, of_a_customer


def logged(complaint: Complaint, *, placed: bool = True, family: str | None = "tower_crane") -> Logged:
    assert complaint.latitude is not None
    assert complaint.longitude is not None
    place = Position(latitude=complaint.latitude, longitude=complaint.longitude, radius_m=10, source="site")
    minutes = deadlines.minutes_of(complaint)
    kinds = (Kind.ACCEPT, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE)
    return Logged(
        id=complaint.id, number=complaint.number, stage=complaint.stage, region_code="east", family=family,
        position=place if placed else None, link_token="", to_complete=(),
        commitments=tuple(
            Commitment(kind, complaint.promise_started_at + timedelta(minutes=minutes[kind]), minutes[kind])
            for kind in kinds
        ),
    )  # fmt: skip


def likely(db: WriteSession, call: Logged, *, customer_id: UUID | None = None) -> list[Likely]:
    return forecast.likely(db, call, grade=Grade.GENERAL, customer_id=customer_id, now=AT)


@contextmanager
def counted(db: WriteSession) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(db.get_bind(), "before_cursor_execute", note)
    yield said
    event.remove(db.get_bind(), "before_cursor_execute", note)


def test_the_three_named_are_the_first_of_the_decisions_ranking_in_one_statement(db: WriteSession) -> None:
    for number, km in enumerate((30, 5, 12, 60, 90), start=1):
        add_technician(db, number, km=km, region="west" if number == 2 else "east", certified=number != 3)
    busy = add_complaint(db)
    actions.decide(db, busy.id, actor=DESK, now=AT)
    complaint = add_complaint(db)
    _, chosen = explaining.preview(db, complaint, now=AT)
    with counted(db) as said:
        found = likely(db, logged(complaint))
    assert [each.technician for each in found] == [each.code for each in chosen.ranking.ranked[:3]]
    assert len(found) == 3
    assert len(said) == 1


def test_nobody_is_named_whom_the_customer_refuses(db: WriteSession) -> None:
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    complaint, customer_id = of_a_customer(db)
    exclude(db, customer_id, near)
    found = likely(db, logged(complaint), customer_id=customer_id)
    assert [each.technician for each in found] == [far.code]


def test_nobody_is_named_without_a_place_or_a_machine(db: WriteSession) -> None:
    add_technician(db, 1)
    complaint = add_complaint(db)
    assert likely(db, logged(complaint, placed=False)) == []
    assert likely(db, logged(complaint, family=None)) == []
