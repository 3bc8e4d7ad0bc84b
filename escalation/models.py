"""Tables of escalation: versions of the ladder, cases beside complaints, and the rungs each case stood on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.ladder import Level, Reason
from escalation.outcomes import Outcome
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id

_LEVELS = f"BETWEEN {min(Level).value} AND {max(Level).value}"


class LadderVersion(Base):
    """One version of the ladder; the newest that is valid is in force for cases opened from then on."""

    __tablename__ = "ladders"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    document: Mapped[dict[str, object]] = mapped_column(Json)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class EscalationCase(Base):
    """One reason brought in front of people; ends only with an outcome."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    reason: Mapped[str]
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    grade: Mapped[str]
    level: Mapped[int]
    opened_level: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    #: Its owner held the ladder, once: from when until when, who, and why.
    held_at: Mapped[datetime | None] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    held_why: Mapped[str | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None]
    outcome_text: Mapped[str | None]
    policy_version: Mapped[int]
    policy: Mapped[dict[str, object]] = mapped_column(Json)

    __table_args__ = (
        words_check("reason", Reason),
        words_check("outcome", Outcome),
        CheckConstraint(f"level {_LEVELS} AND opened_level {_LEVELS}", name="levels"),
        CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL) AND (outcome IS NULL) = (outcome_text IS NULL)",
            name="ends_with_an_outcome",
        ),
        CheckConstraint("num_nonnulls(held_at, held_until, held_by, held_why) IN (0, 4)", name="held_by_somebody"),
        CheckConstraint(
            "held_until - held_at BETWEEN interval '0 minutes' AND interval '15 minutes'", name="held_briefly"
        ),
        Index("uq_cases_one_open", "complaint_id", "reason", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(None, "complaint_id"),
        Index("ix_cases_open", "opened_at", "id", postgresql_where=text("ended_at IS NULL")),
    )


class Rung(Base):
    """One level of one case with the person who must acknowledge there.

    The rung the case stands on is neither raised nor returned. `owner_user_id` is empty only when nobody at all could
    be appointed, which an invariant reports. `answer_due_at` is until when it must be acknowledged, `act_due_at` until
    when something must come of the acknowledgement; `next_notice_at` is when the sweep has to look.
    """

    __tablename__ = "rungs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    level: Mapped[int]
    owner_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    deputy_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    appointed_as: Mapped[str | None]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    answer_due_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    act_due_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    next_notice_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The owner held these times until then; empty again as soon as they are fresh.
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    notices: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[UUID | None]
    raised_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("case_id", "level"),
        CheckConstraint(f"level {_LEVELS}", name="level"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_by_somebody"),
        CheckConstraint("(acknowledged_at IS NULL) = (act_due_at IS NULL)", name="acknowledged_owes"),
        CheckConstraint("isfinite(answer_due_at) AND isfinite(act_due_at) AND isfinite(next_notice_at)", name="finite"),
        Index("ix_rungs_due", "next_notice_at", "id", postgresql_where=text("next_notice_at IS NOT NULL")),
        Index("ix_rungs_owner", "owner_user_id"),
    )


class MajorReport(Base):
    """A version of the report that went up about a major complaint, with the facts as they were; amended only by another."""

    __tablename__ = "major_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    version: Mapped[int]
    answers: Mapped[dict[str, object]] = mapped_column(Json)
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    to_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("complaint_id", "version"), CheckConstraint("version > 0", name="version"))


class ReportDraft(Base):
    """What somebody has written of such a report so far."""

    __tablename__ = "report_drafts"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    answers: Mapped[dict[str, object]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(Instant)
