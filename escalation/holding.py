"""An owner holds the ladder of a case for a quarter of an hour, once, with a reason: they know something that it doesn't.

Nothing is lost but that time: what would have followed silence follows it as much later. Where somebody is hurt or in
danger, or nobody knows yet whether somebody is, no ladder is held; one that is held is let go when it becomes known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from escalation import queries, raising
from escalation.errors import CaseEnded, HeldBefore, NotYours, PeopleInDanger
from escalation.events import CaseHeld
from escalation.models import EscalationCase, Rung
from foundation.accounts.roles import Actor, system
from foundation.database.session import WriteSession
from foundation.ledger.announcing import announce
from foundation.problems import Problem
from intake import queries as complaints
from intake.grades import Injury
from intake.models import Complaint

#: How long a ladder is held, and there is no second time.
HELD_FOR: Final = timedelta(minutes=15)
_DANGER: Final = system("danger to people")


@dataclass(frozen=True, slots=True)
class Running:
    """The times of a rung that run: until when it must be answered or finished, and when the ladder looks next."""

    answer_due_at: datetime | None
    act_due_at: datetime | None
    next_notice_at: datetime | None


def endangers(answers: Mapping[str, object]) -> bool:
    """Whether people are hurt or in danger by these answers of the grading; unknown counts as the worse. Pure."""
    return answers.get("injury") != Injury.NONE or answers.get("people_in_danger") is not False


def bar(case: EscalationCase, rung: Rung, *, actor_id: UUID | None, endangered: bool) -> Problem | None:
    """What stands against holding the case, the gravest first; None if it may be held. Pure."""
    if case.ended_at is not None:
        return CaseEnded(outcome=str(case.outcome), ended_at=case.ended_at)
    if endangered:
        return PeopleInDanger(level=rung.level)
    if actor_id is None or rung.owner_user_id != actor_id:
        return NotYours(level=rung.level, owner=rung.owner_user_id)
    if case.held_at is not None:
        return HeldBefore(at=case.held_at)
    return None


def shifted(running: Running, *, by: timedelta, now: datetime) -> Running:
    """The same times so much later, or earlier (`by` negative); what was due already counts from now. Pure."""

    def shift(at: datetime | None) -> datetime | None:
        if at is None:
            return None
        return max(at, now) + by if by > timedelta(0) else max(at + by, now)

    return Running(shift(running.answer_due_at), shift(running.act_due_at), shift(running.next_notice_at))


def hold(db: WriteSession, case_id: UUID, *, reason: str, actor: Actor, now: datetime) -> EscalationCase:
    """Hold the case's ladder from now on. Raises CaseEnded, PeopleInDanger, NotYours, HeldBefore, NotAllowed."""
    held = queries.for_change(db, case_id)
    case, rung = held.case, held.rung
    refusal = bar(case, rung, actor_id=actor.id, endangered=endangers(held.complaint.grade_facts))
    if refusal is not None:
        raise refusal
    until = now + HELD_FOR
    case.held_at, case.held_until, case.held_by, case.held_why = now, until, actor.id, reason
    rung.held_until = until
    _shift(rung, by=HELD_FOR, now=now)
    facts = {"text": reason, "held_until": until, "next_notice_at": rung.next_notice_at}
    raising.note(db, "escalation.held", held.complaint, case, rung, facts=facts, actor=actor, now=now)
    announce(db, CaseHeld(subject_id=held.complaint.id, case_id=case.id, level=rung.level, until=until), now=now)
    return case


def let_go(db: WriteSession, complaint_id: UUID, *, now: datetime) -> int:
    """End what is held about a complaint of which danger has become known; returns how many ladders run on at once.

    A second run finds nothing that is held.
    """
    complaint = complaints.for_change(db, complaint_id)
    if not endangers(complaint.grade_facts):
        return 0
    let = 0
    for case in queries.open_of(db, complaint.id):
        rung = queries.standing(db, case)
        if rung.held_until is not None and rung.held_until > now:
            _let_go(db, complaint, case, rung, left=rung.held_until - now, now=now)
            let += 1
    return let


def _let_go(
    db: WriteSession, complaint: Complaint, case: EscalationCase, rung: Rung, *, left: timedelta, now: datetime
) -> None:
    case.held_until = rung.held_until = now
    _shift(rung, by=-left, now=now)
    raising.note(db, "escalation.let_go", complaint, case, rung, facts={}, actor=_DANGER, now=now)


def _shift(rung: Rung, *, by: timedelta, now: datetime) -> None:
    running = shifted(Running(rung.answer_due_at, rung.act_due_at, rung.next_notice_at), by=by, now=now)
    if rung.acknowledged_at is None:
        rung.answer_due_at = running.answer_due_at
    rung.act_due_at, rung.next_notice_at = running.act_due_at, running.next_notice_at
