"""Tables of visits, phone commands, suspensions, service reports and photos."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from visits.arrival import EvidenceGrade
from visits.phone import CauseCategory, SuspensionReason, WorksAgain
from visits.reconciling import Kind, Outcome


class LeftHow(StrEnum):
    """How a visit ended."""

    FINISHED = "finished"
    SUSPENDED = "suspended"
    HANDED_BACK = "handed_back"
    JOB_ENDED = "job_ended"


class PhotoRole(StrEnum):
    """What a photo shows."""

    BEFORE = "before"
    AFTER = "after"
    NAME_PLATE = "name_plate"
    EVIDENCE = "evidence"


class Visit(Base):
    """One journey of one technician to the site; a job that was suspended has several. Times are corrected phone times."""

    __tablename__ = "visits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignments.id"))
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), index=True)
    #: Shown to the customer, who tells it to the technician at the gate: the arrival's proof of grade C.
    arrival_code: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    set_off_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    arrival_grade: Mapped[str | None]
    arrival_facts: Mapped[dict[str, object] | None] = mapped_column(Json)
    approval_needed: Mapped[bool] = mapped_column(default=False)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    left_how: Mapped[str | None]

    __table_args__ = (
        words_check("arrival_grade", EvidenceGrade),
        words_check("left_how", LeftHow),
        CheckConstraint("(arrived_at IS NULL) = (arrival_grade IS NULL)", name="arrival_has_grade"),
        CheckConstraint("(left_at IS NULL) = (left_how IS NULL)", name="left_has_how"),
        CheckConstraint("finished_at IS NULL OR left_how = 'finished'", name="finished_has_left"),
        Index("uq_visits_open", "assignment_id", unique=True, postgresql_where=text("left_at IS NULL")),
        Index("ix_visits_unapproved", "id", postgresql_where=text("approval_needed AND approved_at IS NULL")),
    )


class PhoneCommand(Base):
    """One command of a phone under the phone's own id, with the answer it got; the same id gets the same answer."""

    __tablename__ = "phone_commands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignments.id"))
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    kind: Mapped[str]
    sequence: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Instant)
    counted_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    skew_s: Mapped[float | None]
    position: Mapped[dict[str, object] | None] = mapped_column(Json)
    body: Mapped[dict[str, object]] = mapped_column(Json)
    body_sha256: Mapped[str]
    outcome: Mapped[str]
    answer: Mapped[dict[str, object]] = mapped_column(Json)

    __table_args__ = (
        words_check("kind", Kind),
        words_check("outcome", (Outcome.APPLIED, Outcome.NOTED, Outcome.REFUSED)),
        Index(None, "assignment_id", "sequence"),
        Index("ix_phone_commands_position", "received_at", postgresql_where=text("position IS NOT NULL")),
    )


class Suspension(Base):
    """A time in which work has to wait; the only thing that stops the resolve clock."""

    __tablename__ = "suspensions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))
    reason: Mapped[str]
    note: Mapped[str | None]
    from_at: Mapped[datetime] = mapped_column(Instant)
    resume_at: Mapped[datetime] = mapped_column(Instant)
    resumed_at: Mapped[datetime | None] = mapped_column(Instant)
    resumed_how: Mapped[str | None]

    __table_args__ = (
        words_check("reason", SuspensionReason),
        words_check("resumed_how", ("resumed", "handed_back")),
        CheckConstraint("resume_at > from_at", name="resumes_later"),
        CheckConstraint("(resumed_at IS NULL) = (resumed_how IS NULL)", name="resumed_has_how"),
        Index("uq_suspensions_open", "complaint_id", unique=True, postgresql_where=text("resumed_at IS NULL")),
        Index(None, "complaint_id"),
    )


class ServiceReport(Base):
    """What was found and done, in versions; earlier versions stay. `round` counts how often the case was reopened."""

    __tablename__ = "service_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))
    round: Mapped[int]
    version: Mapped[int]
    cause_component: Mapped[str]
    cause_symptom: Mapped[str]
    cause_category: Mapped[str]
    work_done: Mapped[str]
    parts: Mapped[list[dict[str, object]]] = mapped_column(Json)
    works_again: Mapped[str]
    advice: Mapped[str | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        words_check("cause_category", CauseCategory),
        words_check("works_again", WorksAgain),
        UniqueConstraint("complaint_id", "version"),
    )


class Photo(Base):
    """A photo of the case, under the phone's id for it; the file is kept by the hash of what was redrawn from it."""

    __tablename__ = "photos"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))
    command_id: Mapped[UUID | None]
    role: Mapped[str]
    sent_sha256: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        words_check("role", PhotoRole),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_place"),
        Index("ix_photos_place", "received_at", postgresql_where=text("latitude IS NOT NULL")),
    )
