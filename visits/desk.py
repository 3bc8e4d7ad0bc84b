"""What the desk does about visits: resume, guide by telephone, approve an arrival that was taken by hand."""

from datetime import datetime
from typing import Final
from uuid import UUID

import intake.progress
import intake.queries
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from intake.grades import Grade
from intake.lifecycle import Step
from intake.models import Complaint
from visits import actions, queries, reports
from visits.errors import ApprovalNotNeeded, GuidanceNotEnough
from visits.models import ServiceReport, Visit
from visits.phone import Report

#: Entry of an arrival by hand that a manager approved.
ARRIVAL_APPROVED: Final = "arrival.approved"


def resume(db: WriteSession, complaint_id: UUID, *, note: str | None, actor: Actor, now: datetime) -> Complaint:
    """Let suspended work go on; the resolve clock runs again. Raises StepNotAllowed."""
    complaint = intake.queries.for_change(db, complaint_id)
    intake.progress.advance(db, complaint, Step.RESUME, actor=actor, now=now, facts={"note": note})
    actions.end_suspension(db, complaint_id, how="resumed", at=now)
    return complaint


def guide(db: WriteSession, complaint_id: UUID, *, agreed_by: str, actor: Actor, now: datetime) -> Complaint:
    """Try a general complaint by telephone first, if the customer agrees; the 24 hours run on.

    Raises GuidanceNotEnough for a graver one, for which nobody may stop looking for somebody to send; StepNotAllowed.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    if complaint.grade != Grade.GENERAL:
        raise GuidanceNotEnough(number=complaint.number, grade=complaint.grade)
    intake.progress.advance(db, complaint, Step.GUIDE, actor=actor, now=now, facts={"agreed_by": agreed_by})
    return complaint


def finish_remotely(
    db: WriteSession, complaint_id: UUID, report: Report, *, actor: Actor, now: datetime
) -> ServiceReport:
    """Guidance made the machine work again. Raises StepNotAllowed, MachineNotWorking."""
    complaint = intake.queries.for_change(db, complaint_id)
    row = reports.write(db, complaint, report, visit_id=None, actor=actor, at=now, now=now)
    facts = actions.works_again(db, complaint)
    intake.progress.advance(db, complaint, Step.FINISH, actor=actor, now=now, facts={**facts, "remote": True})
    return row


def send_after_all(db: WriteSession, complaint_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Complaint:
    """Guidance did not help: somebody is sent. Raises StepNotAllowed."""
    complaint = intake.queries.for_change(db, complaint_id)
    intake.progress.advance(db, complaint, Step.DISPATCH, actor=actor, now=now, facts={"reason": reason})
    return complaint


def approve_arrival(db: WriteSession, visit_id: UUID, *, note: str | None, actor: Actor, now: datetime) -> Visit:
    """A manager vouches for an arrival by hand (grade D); the grade stays D. Raises ApprovalNotNeeded."""
    visit = queries.visit_for_change(db, visit_id)
    if not visit.approval_needed or visit.approved_at is not None:
        raise ApprovalNotNeeded(visit=visit_id)
    visit.approved_at, visit.approved_by = now, actor.id
    facts = {"visit_id": visit.id, "grade": visit.arrival_grade, "note": note}
    recording.record(db, visit.complaint_id, ARRIVAL_APPROVED, actor=actor, facts=facts, now=now)
    return visit
