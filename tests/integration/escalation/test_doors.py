"""Who sees a complaint because of an escalation: whoever answers for one of its cases, for as long as they do."""

from sqlalchemy import text

from escalation import actions, raising, reassigning, sweeping
from escalation.ladder import Reason
from escalation.models import EscalationCase
from escalation.outcomes import Outcome
from foundation.accounts.roles import Role
from intake.models import Complaint
from tests.integration.escalation.conftest import Town


def escalated(town: Town, reason: Reason, *, of: Complaint | None = None) -> tuple[Complaint, EscalationCase]:
    complaint = of or town.complaint(rules=("M4",))
    return complaint, raising.open_case(town.db, complaint.id, reason, facts={}, now=town.now)


def sees(town: Town, complaint: Complaint) -> set[str]:
    """By name, for whom an escalation holds the door open."""
    town.db.flush()
    held = {
        row.user_id
        for row in town.db.execute(
            text("SELECT user_id FROM case_access WHERE case_id = :id AND reason = :why AND ended_at IS NULL"),
            {"id": complaint.id, "why": raising.ACCESS},
        )
    }
    return {name for name, actor in town.people.items() if actor.id in held}


def give(town: Town, case: EscalationCase, to: str) -> None:
    target = town.people[to].id
    assert target is not None
    reassigning.reassign(town.db, case.id, to=target, reason="On site.", actor=town.people["manager"], now=town.now)


def test_whoever_gave_the_case_away_no_longer_sees_it(town: Town) -> None:
    town.person("third manager", Role.MANAGER)
    complaint, case = escalated(town, Reason.PROMISE_BROKEN)
    give(town, case, "third manager")
    assert "manager" not in sees(town, complaint)
    assert "third manager" in sees(town, complaint)


def test_whoever_owns_another_case_of_the_complaint_goes_on_seeing_it(town: Town) -> None:
    town.person("third manager", Role.MANAGER)
    complaint, case = escalated(town, Reason.PROMISE_BROKEN)
    escalated(town, Reason.HANDED_BACK, of=complaint)
    give(town, case, "third manager")
    assert {"manager", "third manager"} <= sees(town, complaint)


def test_a_case_taken_over_takes_the_door_of_the_owner_before(town: Town) -> None:
    town.person("third manager", Role.MANAGER)
    complaint, case = escalated(town, Reason.PROMISE_BROKEN)
    actions.take_over(town.db, case.id, actor=town.people["third manager"], reason="On site.", now=town.now)
    assert "manager" not in sees(town, complaint)
    assert "third manager" in sees(town, complaint)


def test_whoever_was_silent_goes_on_seeing_what_their_deputy_answers_for_until_it_is_given_on(town: Town) -> None:
    town.person("third manager", Role.MANAGER)
    complaint, case = escalated(town, Reason.PROMISE_BROKEN)
    while town.owner(case) == "manager":
        sweeping.answer_silence(town.db, now=town.push(minutes=10))
    assert town.owner(case) == "second manager"
    assert {"manager", "second manager"} <= sees(town, complaint)
    give(town, case, "third manager")
    assert sees(town, complaint) & {"manager", "second manager", "third manager"} == {"third manager"}


def test_an_ended_case_closes_every_door_it_opened(town: Town) -> None:
    complaint, case = escalated(town, Reason.PROMISE_BROKEN)
    assert sees(town, complaint)
    actions.end(town.db, case.id, outcome=Outcome.REMEDIED, text="Done.", actor=town.people["head"], now=town.now)
    assert sees(town, complaint) == set()
