"""What the desk does about visits: suspend, resume, guide by telephone, approve an arrival that was taken by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

import dispatch.queries
import intake.lifecycle
import intake.progress
import intake.queries
from dispatch.models import Assignment
from dispatch.snapshot import CrewRole
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.database.widening import seeing_everything
from foundation.ledger import recording
from foundation.notifications import sending
from foundation.notifications.models import Urgency
from intake.grades import Grade
from intake.lifecycle import Step
from intake.models import Complaint
from technicians.models import Technician
from visits import actions, queries, reports, waiting
from visits.errors import ApprovalNotNeeded, GuidanceNotEnough
from visits.models import ServiceReport, Suspension, Visit
from visits.phone import Report
from visits.waiting import Wait

#: Entry of an arrival by hand that a manager approved.
ARRIVAL_APPROVED: Final = "arrival.approved"


def suspend(db: WriteSession, complaint_id: UUID, wait: Wait, *, actor: Actor, now: datetime) -> Complaint:
    """Let work wait as the lead's phone can: only this stops the resolve clock, the promise to be on site runs on.

    The crew is told. Raises StepNotAllowed, FieldWrong for a date that can't be.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    intake.lifecycle.move_for(complaint.stage, Step.SUSPEND)  # Before a row is written, of which one may be open only.
    crew = dispatch.queries.live_assignments(db, complaint_id)
    lead = next((each for each in crew if each.crew_role == CrewRole.LEAD), None)
    visit = queries.open_visit(db, lead.id) if lead is not None else None
    begun = waiting.begin(db, complaint, visit, wait, at=now)
    intake.progress.advance(db, complaint, Step.SUSPEND, actor=actor, now=now, facts=wait.facts)
    _tell_crew(db, complaint, crew, begun, now=now)
    return complaint


def resume(db: WriteSession, complaint_id: UUID, *, note: str | None, actor: Actor, now: datetime) -> Complaint:
    """Let suspended work go on; the resolve clock runs again. Raises StepNotAllowed."""
    complaint = intake.queries.for_change(db, complaint_id)
    intake.progress.advance(db, complaint, Step.RESUME, actor=actor, now=now, facts={"note": note})
    waiting.end(db, complaint_id, how="resumed", at=now)
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


def _tell_crew(
    db: WriteSession, complaint: Complaint, crew: Sequence[Assignment], begun: Suspension, *, now: datetime
) -> None:
    """Somebody may be on the road already, and their phone shows the case only when they look."""
    facts = {
        "number": complaint.number, "address": complaint.address or "", "reason": begun.reason,
        "resume_at": begun.resume_at, "note": begun.note or "",
    }  # fmt: skip
    whom = select(Technician.user_id).where(Technician.id.in_([each.technician_id for each in crew]))
    with seeing_everything(db):  # The desk sees its own region's people, and one of the crew may be borrowed.
        for user_id in db.scalars(whom.where(Technician.user_id.is_not(None)).order_by(Technician.id)).all():
            sending.tell(
                db, recipient_user_id=user_id, template="work-waits", facts=facts, case_id=complaint.id,
                urgency=Urgency.ALARM, dedup_key=f"work-waits:{begun.id}", now=now,
            )  # fmt: skip
