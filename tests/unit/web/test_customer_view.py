"""What the customer's page says, from facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.schemas import Coming
from intake.clocks import Kind
from intake.lifecycle import Stage, Step
from intake.register_schemas import CustomerCase, CustomerStep
from intake.schemas import DeadlineOut
from web.pages import customer_view as views

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NOBODY = Coming(technician=None, code=None, expected_at=None, arrived_at=None)


def coming(*, expected: timedelta, arrived: timedelta | None = None) -> Coming:
    return Coming(
        technician="陆堃",
        code="T-0142",
        expected_at=NOW + expected,
        arrived_at=None if arrived is None else NOW + arrived,
    )


def case(*steps: tuple[str, int], promises: tuple[DeadlineOut, ...] = ()) -> CustomerCase:
    return CustomerCase(
        number="2026-000001", purpose="follow", stage="logged", language="zh-CN", called_at=NOW, sentence="停了",
        serial_number=None, promises=promises, ledger_head="",
        steps=[CustomerStep(step=step, at=NOW + timedelta(minutes=minutes)) for step, minutes in steps],
    )  # fmt: skip


def promised(kind: str, *, opened: int) -> DeadlineOut:
    at = NOW + timedelta(hours=opened)
    return DeadlineOut(
        kind=kind, due_at=at + timedelta(hours=24), opened_at=at, closed_at=None, closed_how=None, fired_at=None, why={}
    )


def test_a_forecast_that_has_passed_is_not_promised_again() -> None:
    ahead = views.expectation(Stage.EN_ROUTE, coming(expected=timedelta(minutes=5)), now=NOW)
    passed = views.expectation(Stage.EN_ROUTE, coming(expected=timedelta(minutes=-5)), now=NOW)
    assert ahead is not None
    assert passed is not None
    assert (ahead.kind, passed.kind) == ("expected", "late")


@pytest.mark.parametrize("stage", [Stage.DISPATCHING, Stage.REPAIRED, Stage.CLOSED, Stage.SUSPENDED])
def test_nobody_is_expected_who_does_not_come(stage: Stage) -> None:
    assert views.expectation(stage, coming(expected=timedelta(hours=1)), now=NOW) is None
    assert views.expectation(Stage.ASSIGNED, NOBODY, now=NOW) is None


def test_who_is_there_is_said_with_the_time_of_arrival() -> None:
    there = views.expectation(Stage.ON_SITE, coming(expected=timedelta(), arrived=timedelta(minutes=-9)), now=NOW)
    assert there == views.Expectation("arrived", NOW - timedelta(minutes=9))


def test_every_stage_has_its_place_on_the_way_or_is_off_it() -> None:
    off = {Stage.REROUTED, Stage.MERGED, Stage.WITHDRAWN}
    for stage in Stage:
        way = views.path(stage, case())
        assert bool(way) == (stage not in off), stage
        assert [one.state for one in way].count("now") <= 1


def test_a_handed_back_case_loses_the_stations_it_had_reached() -> None:
    way = views.path(Stage.DISPATCHING, case((Step.ACCEPT, 5), (Step.SET_OFF, 9)))
    assert [one.state for one in way] == ["now", "later", "later", "later", "later", "later"]
    assert [one.at for one in way[1:]] == [None] * 5


def test_a_reopened_case_begins_its_way_again() -> None:
    way = views.path(Stage.ASSIGNED, case((Step.ACCEPT, 5), (Step.FINISH, 60), (Step.REOPEN, 90), (Step.ACCEPT, 95)))
    assert way[1].at == NOW + timedelta(minutes=95)
    assert way[4].state == "later"


def test_the_promise_shown_is_that_of_the_present_round() -> None:
    first, second = promised(Kind.ON_SITE_PROMISE, opened=0), promised(Kind.ON_SITE_PROMISE, opened=30)
    shown = views.promise(case(promises=(first, promised(Kind.RESOLVE, opened=40), second)))
    assert shown is second
    assert views.promise(case()) is None


def test_only_a_link_given_for_signing_signs_and_only_what_is_finished() -> None:
    assert views.to_sign(Stage.REPAIRED, purpose="feedback")
    assert not views.to_sign(Stage.REPAIRED, purpose="follow")
    assert not views.to_sign(Stage.ON_SITE, purpose="feedback")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613800138000", "138****8000"), ("+862112345678;ext=12", "211***5678"), ("110", "***"), (None, None), ("", None),
    ],
)  # fmt: skip
def test_a_number_is_known_again_by_its_owner_and_rung_by_nobody(number: str | None, shown: str | None) -> None:
    assert views.masked(number) == shown
