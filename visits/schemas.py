"""What goes over the wire about visits, beside the phone's commands."""

from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

from foundation.wire import Line, Text, Wire
from visits.models import Photo, ServiceReport, Suspension, Visit
from visits.phone import Answer, Report


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The receipts of a batch, in its order; `server_time` lets the phone measure its skew."""

    answers: list[Answer]
    server_time: datetime


class Note(Wire, frozen=True, kw_only=True):
    """A word with an action."""

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
