"""What follows if nobody answers, as it is shown ahead of time."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation import outlook
from escalation.ladder import SHIPPED, Call, Level, Reason, Silence, next_call
from escalation.outlook import Ahead
from foundation.accounts.roles import Role
from intake.grades import Grade

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def minutes(after: float) -> datetime:
    return AT + timedelta(minutes=after)


def silence(*, level: Level = Level.MANAGER, has_deputy: bool = True, with_deputy: bool = False) -> Silence:
    return Silence(
        level=level, reason=Reason.MAJOR, grade=Grade.MAJOR, opened_at=AT, answer_due_at=minutes(30),
        has_deputy=has_deputy, with_deputy=with_deputy,
    )  # fmt: skip


def test_an_unanswered_manager_is_followed_by_the_deputy_and_then_by_the_head() -> None:
    assert outlook.of_silence(SHIPPED, silence()) == [
        Ahead(minutes(20), Call.DEPUTY, Level.MANAGER, Role.MANAGER),
        Ahead(minutes(30), Call.RAISE, Level.HEAD, Role.HEAD),
    ]


@pytest.mark.parametrize(("has_deputy", "with_deputy"), [(False, False), (True, True)])
def test_a_deputy_who_is_none_or_was_called_is_not_called_again(*, has_deputy: bool, with_deputy: bool) -> None:
    ahead = outlook.of_silence(SHIPPED, silence(has_deputy=has_deputy, with_deputy=with_deputy))
    assert [each.call for each in ahead] == [Call.RAISE]


def test_the_top_of_the_ladder_has_nobody_above_it() -> None:
    assert outlook.of_silence(SHIPPED, silence(level=Level.HEAD, has_deputy=False)) == []


def test_what_is_shown_ahead_is_what_the_sweep_does() -> None:
    case = silence()
    for each in outlook.of_silence(SHIPPED, case):
        assert next_call(SHIPPED, case, now=each.at).call is each.call


def test_a_missed_deadline_climbs_from_the_level_that_it_opens() -> None:
    ahead = outlook.of_deadline(SHIPPED, "accept", due_at=AT, grade=Grade.MAJOR)
    assert [(each.level, each.at) for each in ahead] == [
        (Level.DISPATCHER, AT), (Level.MANAGER, minutes(15)), (Level.HEAD, minutes(45)),
    ]  # fmt: skip


def test_a_deadline_that_opens_no_case_calls_nobody() -> None:
    assert outlook.of_deadline(SHIPPED, "unheard-of", due_at=AT, grade=Grade.MAJOR) == []
