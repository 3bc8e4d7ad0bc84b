"""A technician's own work: the jobs they have, and the one thing to do next in each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select

from dispatch.models import Assignment
from dispatch.snapshot import CrewRole
from dispatch.words import EndedHow
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession
from intake.lifecycle import Stage
from intake.models import Complaint, Site
from technicians.models import Technician
from visits import queries
from visits.models import Suspension, Visit


class NextMove(StrEnum):
    """What a technician does next in a job; the words of the one large button."""

    SET_OFF = "set_off"
    ARRIVE = "arrive"
    REPORT = "report"
    LEAVE = "leave"
    SIGN = "sign"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its case, the visit under way, the wait that is on, and what comes next."""

    assignment: Assignment
    complaint: Complaint
    site_name: str | None
    visit: Visit | None
    suspension: Suspension | None
    next_move: NextMove


def own_jobs(look: ReadSession, *, actor: Actor) -> list[Job]:
    """The jobs that this technician has or whose customer has not signed yet, the one accepted first on top.

    One accepted for another round of work by the same person is shown once: the job that runs.
    """
    rows = look.execute(
        select(Assignment, Complaint, Site.name)
        .join(Technician, Technician.id == Assignment.technician_id)
        .join(Complaint, Complaint.id == Assignment.complaint_id)
        .outerjoin(Site, Site.id == Complaint.site_id)
        .where(Technician.user_id == actor.id, or_(Assignment.ended_at.is_(None), _waits_for_signature()))
        .order_by(Assignment.accepted_at, Assignment.id)
    )
    found = {row[1].id: _job(look, row[0], row[1], row[2]) for row in rows}
    return list(found.values())


def next_move(*, stage: str, crew_role: str, is_over: bool, set_off_at: datetime | None, is_there: bool) -> NextMove:
    """What comes next, by where the case stands and how far this person's own visit is. Pure."""
    if is_over:
        return NextMove.SIGN
    if stage == Stage.SUSPENDED:
        return NextMove.RESUME
    if set_off_at is None:
        return NextMove.SET_OFF
    if not is_there:
        return NextMove.ARRIVE
    return NextMove.REPORT if crew_role == CrewRole.LEAD else NextMove.LEAVE


def _job(look: ReadSession, assignment: Assignment, complaint: Complaint, site_name: str | None) -> Job:
    visit = queries.open_visit(look, assignment.id)
    suspended = complaint.stage == Stage.SUSPENDED
    move = next_move(
        stage=complaint.stage,
        crew_role=assignment.crew_role,
        is_over=assignment.ended_at is not None,
        set_off_at=visit.set_off_at if visit else None,
        is_there=visit is not None and visit.arrived_at is not None,
    )
    wait = queries.open_suspension(look, complaint.id) if suspended else None
    return Job(assignment, complaint, site_name, visit, wait, move)


def _waits_for_signature() -> ColumnElement[bool]:
    """The lead's work is done and the customer has not said anything."""
    return and_(
        Assignment.ended_how == EndedHow.FINISHED,
        Assignment.crew_role == CrewRole.LEAD,
        Complaint.stage == Stage.REPAIRED,
    )
