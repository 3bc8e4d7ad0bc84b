"""A case goes to a colleague: of the same level and region, with a reason, and no later than it was due."""

from datetime import timedelta

import pytest

from escalation import actions, errors, raising, reassigning, sweeping
from escalation.ladder import Reason, Times
from escalation.models import EscalationCase
from foundation.accounts.roles import Role
from intake.models import Complaint
from tests.integration.escalation.conftest import Town


@pytest.fixture
def colleague(town: Town) -> str:
    """Another manager of the Bronx; the one of the usual people is from Queens."""
    town.person("third manager", Role.MANAGER)
    return "third manager"


def before_the_manager(town: Town) -> tuple[Complaint, EscalationCase]:
    complaint = town.complaint(grade="major", rules=("M4",))
    case = raising.open_case(town.db, complaint.id, Reason.MAJOR, facts={}, now=town.now)
    manager = town.people["manager"].id
    town.rung(case).owner_user_id = manager
    return complaint, case


def give(town: Town, case: EscalationCase, to: str, *, who: str = "manager") -> None:
    target = town.people[to].id
    assert target is not None
    reassigning.reassign(
        town.db, case.id, to=target, reason="She knows the site.", actor=town.people[who], now=town.now
    )


def test_the_colleague_is_told_and_must_answer_by_the_time_that_ran(town: Town, colleague: str) -> None:
    complaint, case = before_the_manager(town)
    due = town.rung(case).answer_due_at
    town.push(minutes=25)
    give(town, case, colleague)
    rung = town.rung(case)
    assert (town.owner(case), rung.acknowledged_at, rung.answer_due_at) == (colleague, None, due)
    assert town.told(colleague) == ["escalation-reassigned"]
    assert "escalation.reassigned" in town.ledger(complaint)
    for _ in range(4):
        sweeping.answer_silence(town.db, now=town.push(minutes=2))
    assert case.level == 4, "the head is called when they would have been called"


def test_what_was_acknowledged_is_asked_of_the_colleague_anew(town: Town, colleague: str) -> None:
    _, case = before_the_manager(town)
    actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.now)
    give(town, case, colleague)
    assert town.rung(case).acknowledged_at is None


@pytest.mark.parametrize("to", ["manager", "second manager", "dispatcher", "head", "agent"])
def test_nobody_else_gets_it(town: Town, to: str) -> None:
    _, case = before_the_manager(town)
    with pytest.raises(errors.NoColleague):
        give(town, case, to)


def test_nobody_gives_it_to_somebody_who_is_away(town: Town) -> None:
    town.person("absent manager", Role.MANAGER, away_for_h=8)
    _, case = before_the_manager(town)
    with pytest.raises(errors.NoColleague):
        give(town, case, "absent manager")


def test_whoever_stands_below_gives_nothing_away(town: Town, colleague: str) -> None:
    _, case = before_the_manager(town)
    with pytest.raises(errors.StandsAbove):
        give(town, case, colleague, who="dispatcher")


def test_a_time_that_is_over_binds_no_new_owner(town: Town) -> None:
    fresh = Times(town.now + timedelta(minutes=30), town.now + timedelta(minutes=10))
    assert reassigning.no_later(fresh, due=town.now, now=town.now) == fresh
    assert reassigning.no_later(fresh, due=None, now=town.now) == fresh
    soon = town.now + timedelta(minutes=4)
    assert reassigning.no_later(fresh, due=soon, now=town.now) == Times(soon, soon)
