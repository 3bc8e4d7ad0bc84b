"""Regrading: anybody raises, few lower and say why; deadlines follow the case's own rule book."""

from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, text

from foundation.accounts.roles import Role
from foundation.database.session import WriteSession
from foundation.ledger.models import Announcement, LedgerEntry
from foundation.problems import FieldWrong, NotAllowed
from intake.errors import StepNotAllowed
from intake.grades import Grade, GradeFacts, Injury, MachineState
from intake.lifecycle import Stage
from intake.models import Complaint, Deadline
from severity import actions
from severity.errors import LoweringNotAllowed
from severity.invariants import INVARIANTS
from severity.policy import TABLE_2
from tests.integration.intake.conftest import add_complaint, add_user
from tests.integration.technicians.conftest import DESK

ALL_WELL = GradeFacts(
    injury=Injury.NONE, people_in_danger=False, structure_or_load=False, machine_state=MachineState.WORKING
)
STOPPED = msgspec.structs.replace(ALL_WELL, machine_state=MachineState.STOPPED)


def a_complaint(db: WriteSession, now: datetime, **changes: object) -> Complaint:
    """Serious because its machine stopped, everything answered."""
    complaint = add_complaint(db, now=now)
    complaint.grade_facts = msgspec.to_builtins(STOPPED)
    for name, value in changes.items():
        setattr(complaint, name, value)
    db.flush()
    return complaint


def due(db: WriteSession, complaint: Complaint) -> dict[str, datetime]:
    rows = db.execute(
        select(Deadline.kind, Deadline.due_at).where(
            Deadline.complaint_id == complaint.id, Deadline.closed_at.is_(None)
        )
    )
    return {row.kind: row.due_at for row in rows}


@pytest.mark.parametrize("role", [Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.TECHNICIAN])
def test_anybody_on_the_case_may_raise_the_grade(db: WriteSession, now: datetime, role: Role) -> None:
    complaint = a_complaint(db, now)
    actor = add_user(db, role, now=now)
    graded = actions.regrade(db, complaint.id, GradeFacts(injury=Injury.SUSPECTED), actor=actor, reason="", now=now)
    assert (graded.grade, graded.rules) == (Grade.MAJOR, ("M1", "S1"))
    assert (complaint.grade, complaint.grade_rules) == ("major", ["M1", "S1"])
    assert due(db, complaint)["on_site_target"] == now + timedelta(hours=6)


@pytest.mark.parametrize("role", [Role.AGENT, Role.TECHNICIAN])
def test_few_may_lower_it(db: WriteSession, now: datetime, role: Role) -> None:
    complaint = a_complaint(db, now)
    actor = add_user(db, role, now=now)
    with pytest.raises(LoweringNotAllowed) as refused:
        actions.regrade(db, complaint.id, ALL_WELL, actor=actor, reason="it runs again", now=now)
    assert refused.value.facts == {"grade": "serious", "wanted": Grade.GENERAL}


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.HEAD])
def test_a_dispatcher_lowers_it_with_a_reason(db: WriteSession, now: datetime, role: Role) -> None:
    complaint = a_complaint(db, now)
    actor = add_user(db, role, now=now)
    with pytest.raises(FieldWrong) as refused:
        actions.regrade(db, complaint.id, ALL_WELL, actor=actor, reason="  ", now=now)
    assert refused.value.facts["field"] == "reason"
    actions.regrade(db, complaint.id, ALL_WELL, actor=actor, reason="it runs again", now=now)
    db.flush()
    assert complaint.grade == "general"
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "GRADE")).one()
    assert (entry.facts["was"], entry.facts["grade"], entry.facts["reason"]) == ("serious", "general", "it runs again")
    assert entry.actor_id == actor.id
    (told,) = db.scalars(select(Announcement).where(Announcement.kind == "complaint.regraded"))
    assert told.payload["was"] == "serious"


def test_a_person_may_choose_another_grade_than_the_rules_and_says_why(db: WriteSession, now: datetime) -> None:
    complaint = a_complaint(db, now)
    agent = add_user(db, Role.AGENT, now=now)
    with pytest.raises(FieldWrong):
        actions.regrade(db, complaint.id, GradeFacts(), actor=agent, reason="", now=now, wanted=Grade.MAJOR)
    graded = actions.regrade(
        db, complaint.id, GradeFacts(), actor=agent, reason="the caller panics", now=now, wanted=Grade.MAJOR
    )
    assert (graded.grade, graded.rules) == (Grade.MAJOR, ("S1", "HAND"))


def test_answers_that_are_left_open_stay_as_they_were_given(db: WriteSession, now: datetime) -> None:
    complaint = a_complaint(db, now)
    agent = add_user(db, Role.AGENT, now=now)
    actions.regrade(db, complaint.id, GradeFacts(work_halted=True), actor=agent, reason="", now=now)
    assert complaint.grade_rules == ["S1", "S3"]
    assert complaint.grade_facts["machine_state"] == "stopped"


def test_what_the_system_knew_at_the_call_still_counts(db: WriteSession, now: datetime) -> None:
    complaint = a_complaint(db, now, grade="major", grade_rules=["S1", "S4"])
    agent = add_user(db, Role.AGENT, now=now)
    graded = actions.regrade(db, complaint.id, GradeFacts(work_halted=True), actor=agent, reason="", now=now)
    assert (graded.grade, graded.rules) == (Grade.MAJOR, ("S1", "S3", "S4"))


def test_a_running_case_keeps_the_rule_book_of_its_call(db: WriteSession, now: datetime) -> None:
    complaint = a_complaint(db, now)
    quicker = msgspec.structs.replace(TABLE_2, major=msgspec.structs.replace(TABLE_2.major, on_site_target=60))
    actions.save_policy(db, levels=quicker, based_on=1, valid_from=now, actor=DESK, now=now)
    agent = add_user(db, Role.AGENT, now=now)
    graded = actions.regrade(db, complaint.id, GradeFacts(injury=Injury.YES), actor=agent, reason="", now=now)
    assert (graded.policy_version, graded.minutes["on_site_target"]) == (1, 360)


def test_an_appraiser_looks_and_a_closed_case_rests(db: WriteSession, now: datetime) -> None:
    complaint = a_complaint(db, now)
    with pytest.raises(NotAllowed):
        actions.regrade(
            db,
            complaint.id,
            GradeFacts(injury=Injury.YES),
            actor=add_user(db, Role.APPRAISER, now=now),
            reason="",
            now=now,
        )
    closed = add_complaint(db, now=now, stage=Stage.WITHDRAWN)
    with pytest.raises(StepNotAllowed):
        actions.regrade(db, closed.id, GradeFacts(injury=Injury.YES), actor=DESK, reason="", now=now)


def test_a_grade_without_reason_or_rule_book_breaks_an_invariant(db: WriteSession, now: datetime) -> None:
    a_complaint(db, now, grade_rules=[], grade_policy_version=9)
    found = {name for name, query in INVARIANTS.items() if db.execute(text(query), {"now": now}).first() is not None}
    assert found == {"grade-without-reason", "grade-without-policy"}
