"""A held ladder: nothing is called meanwhile, everything follows as much later, and the trace says who and why."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from escalation import actions, errors, holding, invariants, queries, raising, sweeping
from escalation.ladder import Reason
from escalation.models import EscalationCase
from foundation.ledger.models import Announcement, LedgerEntry
from intake.models import Complaint
from tests.integration.escalation.conftest import Town

SAFE = {"injury": "none", "people_in_danger": False, "property_loss": "large"}


def before_the_manager(town: Town, **answers: object) -> tuple[Complaint, EscalationCase]:
    complaint = town.complaint(grade="major", rules=("M4",))
    complaint.grade_facts = {**SAFE, **answers}
    return complaint, raising.open_case(town.db, complaint.id, Reason.MAJOR, facts={}, now=town.now)


def hold(town: Town, case: EscalationCase, who: str = "manager") -> None:
    holding.hold(town.db, case.id, reason="The crew is at the gate.", actor=town.people[who], now=town.now)


def sweep(town: Town, *, minutes: float) -> int:
    return sweeping.answer_silence(town.db, now=town.push(minutes=minutes)).moved


def test_a_held_ladder_calls_everybody_a_quarter_of_an_hour_later(town: Town) -> None:
    complaint, case = before_the_manager(town)
    town.push(minutes=5)
    hold(town, case)
    assert sweep(town, minutes=19) == 0, "the repeat that was due after ten minutes comes after 25"
    assert sweep(town, minutes=1) == 1
    assert (town.owner(case), sweep(town, minutes=9)) == ("manager", 0)
    assert sweep(town, minutes=1) == 1
    assert town.owner(case) == "second manager", "the deputy after 35"
    assert (sweep(town, minutes=9), case.level) == (0, 2)
    assert (sweep(town, minutes=1), case.level, town.owner(case)) == (1, 4, "head")
    steps = [step for step in town.ledger(complaint) if step.startswith("escalation.")]
    assert steps == [f"escalation.{step}" for step in ("opened", "held", "repeated", "to_deputy", "raised")]


def test_it_is_held_once_whoever_asks_and_on_whatever_level(town: Town) -> None:
    _, case = before_the_manager(town)
    hold(town, case)
    with pytest.raises(errors.HeldBefore):
        hold(town, case)
    actions.raise_by_hand(town.db, case.id, reason="Above me.", actor=town.people["manager"], now=town.push(minutes=1))
    with pytest.raises(errors.HeldBefore):
        hold(town, case, "head")


def test_only_its_owner_holds_a_case(town: Town) -> None:
    _, case = before_the_manager(town)
    with pytest.raises(errors.NotYours):
        hold(town, case, "head")
    with pytest.raises(errors.NotYours):
        hold(town, case, "dispatcher")


@pytest.mark.parametrize(
    "answers", [{"injury": "suspected"}, {"injury": "yes"}, {"people_in_danger": True}, {"injury": None}]
)
def test_where_people_may_be_in_danger_nothing_is_held(town: Town, answers: dict[str, object]) -> None:
    _, case = before_the_manager(town, **answers)
    with pytest.raises(errors.PeopleInDanger):
        hold(town, case)


def test_danger_that_becomes_known_lets_the_ladder_go_on_at_once(town: Town) -> None:
    complaint, case = before_the_manager(town)
    town.push(minutes=9)
    hold(town, case)
    town.push(minutes=5)
    assert holding.let_go(town.db, complaint.id, now=town.now) == 0, "nobody is in danger yet"
    complaint.grade_facts = {**SAFE, "people_in_danger": True}
    assert holding.let_go(town.db, complaint.id, now=town.now) == 1
    assert holding.let_go(town.db, complaint.id, now=town.now) == 0
    assert "escalation.let_go" in town.ledger(complaint)
    assert town.rung(case).answer_due_at == case.opened_at + timedelta(minutes=35), "half an hour and the five held"
    assert sweep(town, minutes=1) == 1, "the repeat that was held back comes now"


def test_what_is_owed_after_an_acknowledgement_is_held_too_and_a_fresh_time_is_not(town: Town) -> None:
    _, case = before_the_manager(town)
    actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.now)
    due = town.rung(case).act_due_at
    hold(town, case)
    assert town.rung(case).act_due_at == due + holding.HELD_FOR  # type: ignore[operator]
    assert queries.held_for(case, town.rung(case)) == holding.HELD_FOR
    actions.report_progress(town.db, case.id, text="On site.", actor=town.people["manager"], now=town.push(minutes=1))
    assert town.rung(case).held_until is None


def test_the_hold_is_announced_and_the_reason_stands_in_the_ledger(town: Town) -> None:
    complaint, case = before_the_manager(town)
    hold(town, case)
    entry = town.db.scalars(
        select(LedgerEntry).where(LedgerEntry.subject_id == complaint.id, LedgerEntry.step == "escalation.held")
    ).one()
    assert entry.facts["text"] == "The crew is at the gate."
    announced = town.db.scalars(select(Announcement).where(Announcement.kind == "escalation.held")).one()
    assert announced.payload["case_id"] == str(case.id)
    listed = queries.detail(town.db, case.id)
    assert (listed.held_by, case.held_why) == ("manager", "The crew is at the gate.")


def test_the_database_keeps_no_hold_without_a_reason_or_longer_than_a_quarter_of_an_hour(town: Town) -> None:
    _, case = before_the_manager(town)
    hold(town, case)
    town.db.flush()
    for change in ("held_why = NULL", "held_until = held_at + interval '16 minutes'"):
        with pytest.raises(IntegrityError), town.db.begin_nested():
            town.db.execute(text(f"UPDATE cases SET {change} WHERE id = :id"), {"id": case.id})


def test_the_invariant_sees_a_ladder_held_over_people_in_danger(town: Town) -> None:
    complaint, case = before_the_manager(town)
    query = text(invariants.INVARIANTS["escalation: no ladder is held while people are in danger"])
    hold(town, case)
    town.db.flush()
    assert town.db.execute(query, {"now": town.now}).all() == []
    complaint.injury_or_danger = True
    town.db.flush()
    assert len(town.db.execute(query, {"now": town.now}).all()) == 1
