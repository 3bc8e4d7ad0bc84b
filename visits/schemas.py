"""What goes over the wire about visits, beside the phone's commands."""

from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

from foundation.wire import AwareTime, Line, Text, Wire
from visits.models import Photo, ServiceReport, Suspension, Visit
from visits.own_work import Job
from visits.phone import Answer, Report, SuspensionReason


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The receipts of a batch, in its order; `server_time` lets the phone measure its skew."""

    answers: list[Answer]
    server_time: datetime


class Note(Wire, frozen=True, kw_only=True):
    """A word with an action."""

    note: Text | None = None


class Waiting(Wire, frozen=True, kw_only=True):
    """Why work has to wait, and when it goes on: at most 60 days later."""

    reason: SuspensionReason
    resume_at: AwareTime
    note: Text | None = None


class Reason(Wire, frozen=True, kw_only=True):
    """Why."""

    reason: Text


class Agreement(Wire, frozen=True, kw_only=True):
    """Who agreed to be guided by telephone first."""

    agreed_by: Line


class RemoteReport(Wire, frozen=True, kw_only=True):
    """What was found and done by telephone."""

    report: Report


class PhotoView(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of the case; the place where it was taken is not handed on."""

    id: UUID
    role: str
    taken_at: datetime
    received_at: datetime
    sha256: str
    size: int
    width: int
    height: int


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with the proof of its arrival."""

    id: UUID
    technician_id: UUID
    set_off_at: datetime | None
    arrived_at: datetime | None
    arrival_grade: str | None
    arrival_facts: dict[str, object] | None
    approval_needed: bool
    approved_at: datetime | None
    finished_at: datetime | None
    left_at: datetime | None
    left_how: str | None


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a service report."""

    id: UUID
    version: int
    round: int
    cause_component: str
    cause_symptom: str
    cause_category: str
    work_done: str
    parts: list[dict[str, object]]
    works_again: str
    advice: str | None
    written_at: datetime
    received_at: datetime


class SuspensionView(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which work had to wait."""

    reason: str
    note: str | None
    from_at: datetime
    resume_at: datetime
    resumed_at: datetime | None


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened on the way and on site."""

    visits: list[VisitView]
    reports: list[ReportView]
    photos: list[PhotoView]
    suspension: SuspensionView | None


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """Where the case stands after an action."""

    number: str
    stage: str


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job of one's own; `next_move` is what to do next."""

    assignment_id: UUID
    number: str
    grade: str
    stage: str
    crew_role: str
    next_move: str
    sentence: str
    site: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    caller_name: str | None
    caller_phone: str | None
    access_notes: str | None
    accepted_at: datetime
    arrive_at: datetime
    leave_by_at: datetime
    set_off_at: datetime | None
    arrived_at: datetime | None
    resume_at: datetime | None
    next_due_at: datetime | None
    next_due_kind: str | None


class Jobs(msgspec.Struct, frozen=True, kw_only=True):
    """One's own jobs, the one accepted first on top."""

    items: list[JobView]


def job_view(job: Job) -> JobView:
    """The job as the technician sees it: who called is their business."""
    case, work = job.complaint, job.assignment
    return JobView(
        assignment_id=work.id, number=case.number, grade=case.grade, stage=case.stage, crew_role=work.crew_role,
        next_move=job.next_move, sentence=case.sentence, site=job.site_name, address=case.address,
        latitude=case.latitude, longitude=case.longitude, caller_name=case.caller_name,
        caller_phone=case.call_back_phone or case.caller_phone, access_notes=case.access_notes,
        accepted_at=work.accepted_at, arrive_at=work.arrive_at, leave_by_at=work.leave_by_at,
        set_off_at=job.visit.set_off_at if job.visit else None, arrived_at=job.visit.arrived_at if job.visit else None,
        resume_at=job.suspension.resume_at if job.suspension else None, next_due_at=case.next_due_at,
        next_due_kind=case.next_due_kind,
    )  # fmt: skip


def photo_view(photo: Photo) -> PhotoView:
    """The photo as readers see it."""
    return msgspec.convert(photo, PhotoView, from_attributes=True)


def visit_view(visit: Visit) -> VisitView:
    """The visit as readers see it; the arrival code is the customer's."""
    return msgspec.convert(visit, VisitView, from_attributes=True)


def report_view(report: ServiceReport) -> ReportView:
    """The report as readers see it."""
    return msgspec.convert(report, ReportView, from_attributes=True)


def suspension_view(suspension: Suspension | None) -> SuspensionView | None:
    """The suspension that is on."""
    return cast("SuspensionView | None", msgspec.convert(suspension, SuspensionView | None, from_attributes=True))
