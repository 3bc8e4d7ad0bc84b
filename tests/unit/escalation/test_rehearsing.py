"""A dry run says who is called when, in order, and admits where nobody is."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from dispatch.policy import SHIPPED as DISPATCH
from escalation import ladder
from escalation.ladder import Level
from escalation.rehearsal import rehearsing
from escalation.rehearsal.rehearsing import Supposed
from foundation.accounts.queries import OnCall
from foundation.accounts.roles import Role
from intake.grades import Grade
from severity.policy import TABLE_2

NIGHT = datetime(2026, 10, 1, 19, 10, tzinfo=UTC)
MAJOR = Supposed(
    grade=Grade.MAJOR, at=NIGHT, region_code="HD", promises=TABLE_2.major, rules=DISPATCH.major, ladder=ladder.SHIPPED
)
OWNERS: dict[Level, list[OnCall]] = {level: [] for level in Level} | {
    Level.MANAGER: [OnCall(uuid4(), "严立群", Role.MANAGER, uuid4())],
    Level.HEAD: [OnCall(uuid4(), "夏国平", Role.HEAD, None)],
}


def test_a_major_complaint_calls_the_manager_at_once_then_the_deputy_then_the_head() -> None:
    called = [
        (event.at - NIGHT, event.what, event.who)
        for event in rehearsing.foreseen(MAJOR, rostered=("陆建国",), owners=OWNERS)
        if event.about == "major"
    ]
    assert called == [
        (timedelta(0), "called", ("严立群",)),
        (timedelta(minutes=20), "deputy", ()),
        (timedelta(minutes=30), "called", ("夏国平",)),
    ]


def test_everything_stands_in_the_order_of_time() -> None:
    events = rehearsing.foreseen(MAJOR, rostered=(), owners=OWNERS)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {event.about for event in events if event.what == "due"} == set(rehearsing.FROM_THE_CALL)


def test_a_level_without_anybody_is_called_all_the_same_and_shows_it() -> None:
    events = rehearsing.foreseen(MAJOR, rostered=(), owners={level: [] for level in Level})
    assert all(event.who == () for event in events)
    assert any(event.what == "called" for event in events)
