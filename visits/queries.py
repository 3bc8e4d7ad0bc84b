"""Questions about visits; one function each."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from dispatch.models import Assignment
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotAllowed, NotFound
from technicians.models import Technician
from visits.models import Photo, ServiceReport, Suspension, Visit


def own_assignment(db: WriteSession, assignment_id: UUID, *, actor: Actor) -> tuple[Assignment, Technician]:
    """The assignment with its technician, who must be the one who asks. Raises NotAllowed, also when there is none."""
    row = db.execute(
        select(Assignment, Technician)
        .join(Technician, Technician.id == Assignment.technician_id)
        .where(Assignment.id == assignment_id, Technician.user_id == actor.id)
    ).one_or_none()
    # Without an id the comparison above would find technicians who have no user.
    if row is None or actor.id is None:
        raise NotAllowed(assignment=assignment_id)
    return row[0], row[1]


def complaints_of(look: ReadSession, assignment_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The complaint of each assignment that is known."""
    rows = look.execute(select(Assignment.id, Assignment.complaint_id).where(Assignment.id.in_(assignment_ids)))
    return {row.id: row.complaint_id for row in rows}


def had_job(look: ReadSession, complaint_id: UUID, *, actor: Actor) -> bool:
    """Whether the actor is or was assigned to the complaint."""
    found = look.scalar(
        select(Assignment.id)
        .join(Technician, Technician.id == Assignment.technician_id)
        .where(Assignment.complaint_id == complaint_id, Technician.user_id == actor.id)
        .limit(1)
    )
    return found is not None and actor.id is not None


def lost_job(look: ReadSession, complaint_id: UUID, *, actor: Actor) -> bool:
    """Whether the actor was assigned to the complaint and has no work on it now."""
    live = look.scalar(
        select(func.bool_or(Assignment.ended_at.is_(None)))
        .join(Technician, Technician.id == Assignment.technician_id)
        .where(Assignment.complaint_id == complaint_id, Technician.user_id == actor.id)
    )
    return live is False and actor.id is not None


def held_by_other(look: ReadSession, assignment: Assignment) -> bool:
    """Whether somebody else has the same place in the crew now."""
    found = look.scalar(
        select(Assignment.id).where(
            Assignment.complaint_id == assignment.complaint_id,
            Assignment.crew_role == assignment.crew_role,
            Assignment.technician_id != assignment.technician_id,
            Assignment.ended_at.is_(None),
        )
    )
    return found is not None


def open_visit(look: ReadSession, assignment_id: UUID) -> Visit | None:
    """The visit of the job that has not ended."""
    return look.scalars(
        select(Visit).where(Visit.assignment_id == assignment_id, Visit.left_at.is_(None))
    ).one_or_none()


def latest_visit(look: ReadSession, assignment_id: UUID) -> Visit | None:
    """The job's last visit, ended or not."""
    return look.scalars(
        select(Visit).where(Visit.assignment_id == assignment_id).order_by(Visit.id.desc()).limit(1)
    ).one_or_none()


def visits_of(look: ReadSession, complaint_id: UUID) -> list[Visit]:
    """All visits of a case, first one first."""
    return list(look.scalars(select(Visit).where(Visit.complaint_id == complaint_id).order_by(Visit.id)))


def arrival_code(look: ReadSession, complaint_id: UUID) -> str | None:
    """The code the customer tells the technician at the gate; None while nobody is on the way."""
    return look.scalar(
        select(Visit.arrival_code)
        .where(Visit.complaint_id == complaint_id, Visit.left_at.is_(None), Visit.arrived_at.is_(None))
        .order_by(Visit.id.desc())
        .limit(1)
    )


def visit_for_change(db: WriteSession, visit_id: UUID) -> Visit:
    """The visit, locked. Raises NotAllowed when there is none for this actor."""
    visit = db.scalars(select(Visit).where(Visit.id == visit_id).with_for_update(key_share=True)).one_or_none()
    if visit is None:
        raise NotAllowed(visit=visit_id)
    return visit


def open_suspension(look: ReadSession, complaint_id: UUID) -> Suspension | None:
    """The suspension that is on."""
    return look.scalars(
        select(Suspension).where(Suspension.complaint_id == complaint_id, Suspension.resumed_at.is_(None))
    ).one_or_none()


def report_of(look: ReadSession, complaint_id: UUID, *, round_: int) -> ServiceReport | None:
    """The latest version of the service report of this round of work."""
    return look.scalars(
        select(ServiceReport)
        .where(ServiceReport.complaint_id == complaint_id, ServiceReport.round == round_)
        .order_by(ServiceReport.version.desc())
        .limit(1)
    ).one_or_none()


def reports_of(look: ReadSession, complaint_id: UUID) -> list[ServiceReport]:
    """All versions of the service reports, first one first."""
    return list(
        look.scalars(
            select(ServiceReport).where(ServiceReport.complaint_id == complaint_id).order_by(ServiceReport.version)
        )
    )


def next_report_version(look: ReadSession, complaint_id: UUID) -> int:
    """The version number the next report gets; the complaint must be locked."""
    last = look.scalar(select(func.max(ServiceReport.version)).where(ServiceReport.complaint_id == complaint_id))
    return (last or 0) + 1


def photos_of(look: ReadSession, complaint_id: UUID) -> list[Photo]:
    """The photos of a case, in the order they were taken."""
    return list(
        look.scalars(select(Photo).where(Photo.complaint_id == complaint_id).order_by(Photo.taken_at, Photo.id))
    )


def photo(look: ReadSession, complaint_id: UUID, photo_id: UUID) -> Photo:
    """One photo of a case. Raises NotFound."""
    found = look.scalars(select(Photo).where(Photo.id == photo_id, Photo.complaint_id == complaint_id)).one_or_none()
    if found is None:
        raise NotFound(photo=photo_id)
    return found


def live_assignment_of_offer(db: WriteSession, offer_id: UUID) -> Assignment | None:
    """The job that an offer became, locked, unless it has ended."""
    return db.scalars(
        select(Assignment)
        .where(Assignment.offer_id == offer_id, Assignment.ended_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
