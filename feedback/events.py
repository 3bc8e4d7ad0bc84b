"""Facts that feedback announces."""

from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event


class FeedbackSigned(Event, frozen=True, kw_only=True):
    """The customer signed; `satisfaction` is 1–7."""

    kind: ClassVar[str] = "feedback.signed"
    feedback_id: UUID
    satisfaction: int


class FeedbackRefused(Event, frozen=True, kw_only=True):
    """The customer refused to sign; the case stays open until somebody answers for it."""

    kind: ClassVar[str] = "feedback.refused"
    feedback_id: UUID
    reason: str


class DocumentMade(Event, frozen=True, kw_only=True):
    """The paper of a feedback is made and kept."""

    kind: ClassVar[str] = "document.made"
    document_id: UUID
    feedback_id: UUID


class FeedbackPoor(Event, frozen=True, kw_only=True):
    """The customer signed and is not satisfied; `poor` names the answers that say so."""

    kind: ClassVar[str] = "feedback.poor"
    feedback_id: UUID
    satisfaction: int
    poor: tuple[str, ...]


class FeedbackLate(Event, frozen=True, kw_only=True):
    """A signature or refusal came too late and is kept beside the case; `poor` names what says the customer is not content."""

    kind: ClassVar[str] = "feedback.late"
    feedback_id: UUID
    why: str
    satisfaction: int | None
    poor: tuple[str, ...]


class RefusalAnswered(Event, frozen=True, kw_only=True):
    """A refusal was escalated and answered; the case goes on to the follow-up call."""

    kind: ClassVar[str] = "feedback.refusal_answered"
    feedback_id: UUID


class FollowUpAnswered(Event, frozen=True, kw_only=True):
    """The independent question was answered or given up; `outcome` is solved, not_solved or unreached."""

    kind: ClassVar[str] = "feedback.follow_up"
    follow_up_id: UUID
    outcome: str


class ComplaintReopened(Event, frozen=True, kw_only=True):
    """It is not solved: the case starts a new round of work; `why` is follow_up, customer or desk."""

    kind: ClassVar[str] = "complaint.reopened"
    why: str
