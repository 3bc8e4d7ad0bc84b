"""Tables of feedback: what the customer said, its documents, answers to refusals, follow-up calls."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.lateness import Late
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from intake.lifecycle import Stage


class State(StrEnum):
    """What the customer did."""

    SIGNED = "signed"
    REFUSED = "refused"


class Via(StrEnum):
    """Where the customer did it."""

    PHONE = "phone"
    LINK = "link"


class DocumentKind(StrEnum):
    """What a document is."""

    FEEDBACK = "feedback"


class CallState(StrEnum):
    """How far a follow-up call is."""

    OPEN = "open"
    ANSWERED = "answered"
    GIVEN_UP = "given_up"


class CustomerFeedback(Base):
    """What the customer entered. UPDATE, DELETE and TRUNCATE are refused by the database: nobody amends a customer.

    `round` counts how often the case was reopened. `record` is the very text whose hash is `record_sha256`.
    """

    __tablename__ = "feedbacks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))
    round: Mapped[int]
    version: Mapped[int]
    state: Mapped[str]
    via: Mapped[str]
    satisfaction: Mapped[int | None]
    quality: Mapped[int | None]
    speed: Mapped[int | None]
    attitude: Mapped[int | None]
    information: Mapped[int | None]
    safety: Mapped[int | None]
    remarks: Mapped[str | None]
    signer_name: Mapped[str | None]
    signer_role: Mapped[str | None]
    strokes: Mapped[dict[str, object] | None] = mapped_column(Json)
    refusal_reason: Mapped[str | None]
    witness: Mapped[str | None]
    record: Mapped[str]
    record_sha256: Mapped[str]
    body_sha256: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    author_id: Mapped[UUID | None]
    author_label: Mapped[str]

    __table_args__ = (
        words_check("state", State),
        words_check("via", Via),
        *(
            CheckConstraint(f"{name} BETWEEN 1 AND 7", name=f"{name}_steps")
            for name in ("satisfaction", "quality", "speed", "attitude", "information", "safety")
        ),
        CheckConstraint(
            "state <> 'signed' OR (num_nulls(satisfaction, quality, speed, attitude, information, safety, signer_name,"
            " strokes) = 0)",
            name="signed_is_whole",
        ),
        CheckConstraint(
            "state <> 'refused' OR num_nulls(refusal_reason, witness) = 0", name="refusal_has_reason_and_witness"
        ),
        # A second signature in the same round would put one answer in the place of another.
        UniqueConstraint("complaint_id", "round", "state"),
        UniqueConstraint("complaint_id", "version"),
    )


class LateFeedback(Base):
    """What the customer entered and what came too late to be the case's feedback. Never changed, like `CustomerFeedback`.

    `round` and `stage` are the case's when it arrived; `form` is all of what came, strokes and answers.
    """

    __tablename__ = "late_feedbacks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    round: Mapped[int]
    stage: Mapped[str]
    why: Mapped[str]
    state: Mapped[str]
    via: Mapped[str]
    satisfaction: Mapped[int | None]
    form: Mapped[dict[str, object]] = mapped_column(Json)
    record: Mapped[str]
    record_sha256: Mapped[str]
    body_sha256: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    author_id: Mapped[UUID | None]
    author_label: Mapped[str]

    __table_args__ = (
        words_check("stage", Stage),
        words_check("why", Late),
        words_check("state", State),
        words_check("via", Via),
        CheckConstraint("satisfaction BETWEEN 1 AND 7", name="satisfaction_steps"),
    )


class RefusalAnswer(Base):
    """Who answered for a refusal, after it was escalated, and with which outcome."""

    __tablename__ = "refusal_answers"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedbacks.id"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    outcome: Mapped[str]
    answered_at: Mapped[datetime] = mapped_column(Instant)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class Document(Base):
    """A made document, kept by the hash of its bytes; an amended one is a new version that names the one before."""

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedbacks.id"))
    kind: Mapped[str]
    version: Mapped[int]
    sha256: Mapped[str]
    size: Mapped[int]
    language: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    checked_at: Mapped[datetime] = mapped_column(Instant, index=True)
    damaged_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        words_check("kind", DocumentKind),
        UniqueConstraint("feedback_id", "kind", "version"),
        Index("ix_documents_damaged", "id", postgresql_where=text("damaged_at IS NOT NULL")),
    )


class FollowUp(Base):
    """An independent question to the customer: is it really solved? One per round of work."""

    __tablename__ = "follow_ups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    round: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(default=CallState.OPEN)
    attempts: Mapped[list[dict[str, object]]] = mapped_column(Json, default=list)
    solved: Mapped[bool | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None]

    __table_args__ = (
        words_check("state", CallState),
        CheckConstraint("(state = 'answered') = (solved IS NOT NULL)", name="answered_says_solved"),
        CheckConstraint("state <> 'given_up' OR jsonb_array_length(attempts) >= 3", name="given_up_after_three"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        UniqueConstraint("complaint_id", "round"),
        Index("ix_follow_ups_open", "due_at", postgresql_where=text("state = 'open'")),
    )
