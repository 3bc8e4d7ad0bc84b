"""Questions about feedback; one function each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, or_, select, text

from dispatch.models import Assignment
from dispatch.snapshot import CrewRole
from dispatch.words import EndedHow
from feedback.closing import Standing
from feedback.models import CustomerFeedback, Document, FollowUp, LateFeedback, RefusalAnswer, State
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotFound
from intake.models import Complaint, Customer, Equipment, Site
from technicians.models import Technician
from visits.models import ServiceReport, Visit

_STANDING = text(
    """
    SELECT
      EXISTS (SELECT 1 FROM service_reports r WHERE r.complaint_id = :id AND r.round = :round) AS report,
      EXISTS (SELECT 1 FROM feedbacks f WHERE f.complaint_id = :id AND f.round = :round AND f.state = 'signed') AS signed,
      EXISTS (SELECT 1 FROM feedbacks f WHERE f.complaint_id = :id AND f.round = :round AND f.state = 'refused') AS refused,
      EXISTS (
        SELECT 1 FROM feedbacks f JOIN refusal_answers a ON a.feedback_id = f.id
        WHERE f.complaint_id = :id AND f.round = :round
      ) AS refusal_answered,
      (SELECT u.state FROM follow_ups u WHERE u.complaint_id = :id AND u.round = :round) AS follow_up
    """
)
_IS_TECHNICIAN = text("SELECT 1 FROM technicians WHERE user_id = :user_id")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a feedback form shows, read together."""

    complaint: Complaint
    customer: Customer | None
    site: Site | None
    equipment: Equipment | None
    report: ServiceReport | None
    visit: Visit | None
    technician: Technician | None
    accepted_at: datetime | None
    timezone: str


def sheet(look: ReadSession, complaint: Complaint) -> Sheet:
    """The case as the form shows it: with the latest report of its round and the lead of this round's work.

    Nobody is named who was there before the case was reopened or gave the work back; nobody at all when the advice by
    telephone was enough.
    """
    report = look.scalars(
        select(ServiceReport)
        .where(ServiceReport.complaint_id == complaint.id, ServiceReport.round == complaint.reopened_count)
        .order_by(ServiceReport.version.desc())
        .limit(1)
    ).one_or_none()
    lead = _lead(look, complaint)
    visit = look.scalars(
        select(Visit)
        .where(Visit.complaint_id == complaint.id, Visit.assignment_id == (lead[0].id if lead else None))
        .order_by(Visit.id.desc())
        .limit(1)
    ).one_or_none()
    return Sheet(
        complaint=complaint,
        customer=look.get(Customer, complaint.customer_id) if complaint.customer_id else None,
        site=look.get(Site, complaint.site_id) if complaint.site_id else None,
        equipment=look.get(Equipment, complaint.equipment_id) if complaint.equipment_id else None,
        report=report,
        visit=visit,
        technician=lead[1] if lead else None,
        accepted_at=lead[0].accepted_at if lead else None,
        timezone=look.get_one(Region, complaint.region_code).timezone,
    )


def lead_of(look: ReadSession, complaint_id: UUID) -> tuple[Assignment, Technician] | None:
    """Who leads the work now, with the assignment."""
    row = look.execute(
        select(Assignment, Technician)
        .join(Technician, Technician.id == Assignment.technician_id)
        .where(Assignment.complaint_id == complaint_id, Assignment.crew_role == "lead", Assignment.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _lead(look: ReadSession, complaint: Complaint) -> Row[Assignment, Technician] | None:
    """Who leads the work of this round, or led it to its end, with their assignment."""
    at_work = or_(Assignment.ended_at.is_(None), Assignment.ended_how == EndedHow.FINISHED)
    return look.execute(
        select(Assignment, Technician)
        .join(Technician, Technician.id == Assignment.technician_id)
        .where(
            Assignment.complaint_id == complaint.id,
            Assignment.crew_role == CrewRole.LEAD,
            Assignment.accepted_at >= complaint.promise_started_at,
            at_work,
        )
        .order_by(Assignment.accepted_at.desc())
        .limit(1)
    ).one_or_none()


def standing(look: ReadSession, complaint: Complaint) -> Standing:
    """What the case has of what closing needs; one statement."""
    row = look.execute(_STANDING, {"id": complaint.id, "round": complaint.reopened_count}).one()
    return Standing(
        report=row.report, signed=row.signed, refused=row.refused, refusal_answered=row.refusal_answered,
        follow_up=row.follow_up,
    )  # fmt: skip


def feedback_of(look: ReadSession, complaint: Complaint, state: State) -> CustomerFeedback | None:
    """The signed or refused feedback of this round of work."""
    return look.scalars(
        select(CustomerFeedback).where(
            CustomerFeedback.complaint_id == complaint.id,
            CustomerFeedback.round == complaint.reopened_count,
            CustomerFeedback.state == state,
        )
    ).one_or_none()


def is_kept(look: ReadSession, number: str, form_id: str) -> bool:
    """Whether the form with this id is kept with the case, as its feedback or beside it."""
    try:
        wanted = UUID(form_id)
    except ValueError:
        return False
    rows = (
        select(table.id).join(Complaint, Complaint.id == table.complaint_id)
        .where(table.id == wanted, Complaint.number == number)
        for table in (CustomerFeedback, LateFeedback)
    )  # fmt: skip
    return any(look.scalar(row) is not None for row in rows)


def feedbacks_of(look: ReadSession, complaint_id: UUID) -> list[CustomerFeedback]:
    """Everything the customer said, first one first."""
    return list(
        look.scalars(
            select(CustomerFeedback)
            .where(CustomerFeedback.complaint_id == complaint_id)
            .order_by(CustomerFeedback.version)
        )
    )


def next_version(look: ReadSession, complaint_id: UUID) -> int:
    """The version the next feedback gets; the complaint must be locked."""
    last = look.scalar(select(func.max(CustomerFeedback.version)).where(CustomerFeedback.complaint_id == complaint_id))
    return (last or 0) + 1


def answer_of(look: ReadSession, feedback_id: UUID) -> RefusalAnswer | None:
    """Who answered for a refusal."""
    return look.get(RefusalAnswer, feedback_id)


def documents_of(look: ReadSession, complaint_id: UUID) -> list[Document]:
    """The documents of a case, first one first."""
    return list(
        look.scalars(
            select(Document).where(Document.complaint_id == complaint_id).order_by(Document.made_at, Document.id)
        )
    )


def document(look: ReadSession, complaint_id: UUID, document_id: UUID) -> Document:
    """One document of a case. Raises NotFound."""
    found = look.scalars(
        select(Document).where(Document.id == document_id, Document.complaint_id == complaint_id)
    ).one_or_none()
    if found is None:
        raise NotFound(document=document_id)
    return found


def follow_up_for_change(db: WriteSession, complaint: Complaint) -> FollowUp | None:
    """The follow-up call of this round, locked."""
    return db.scalars(
        select(FollowUp)
        .where(FollowUp.complaint_id == complaint.id, FollowUp.round == complaint.reopened_count)
        .with_for_update(key_share=True)
    ).one_or_none()


def follow_ups_of(look: ReadSession, complaint_id: UUID) -> list[FollowUp]:
    """The follow-up calls of a case, first one first."""
    return list(look.scalars(select(FollowUp).where(FollowUp.complaint_id == complaint_id).order_by(FollowUp.round)))


def due_follow_ups(look: ReadSession, *, until: datetime, limit: int) -> list[tuple[FollowUp, Complaint]]:
    """Calls to be made until an instant, the longest due first."""
    rows = look.execute(
        select(FollowUp, Complaint)
        .join(Complaint, Complaint.id == FollowUp.complaint_id)
        .where(FollowUp.state == "open", FollowUp.due_at <= until)
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def is_of_the_field(look: ReadSession, *, actor: Actor) -> bool:
    """Whether the actor works as a technician, of whatever outlet, and so can't ask the customer independently."""
    return look.execute(_IS_TECHNICIAN, {"user_id": actor.id}).first() is not None


def by_record(look: ReadSession, sha256: str) -> tuple[CustomerFeedback, Complaint, list[str]]:
    """The feedback whose record has this hash, its case and the hashes of its documents. Raises NotFound."""
    row = look.scalars(select(CustomerFeedback).where(CustomerFeedback.record_sha256 == sha256)).one_or_none()
    if row is None:
        raise NotFound(record=sha256)
    hashes = look.scalars(select(Document.sha256).where(Document.feedback_id == row.id).order_by(Document.version))
    return row, look.get_one(Complaint, row.complaint_id), list(hashes)
