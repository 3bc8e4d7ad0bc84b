"""What goes over the wire about feedback, beside the forms themselves."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, cast
from uuid import UUID

import msgspec
from msgspec import Meta

from dispatch.models import Assignment
from feedback.answers import PERCEPTIONS
from feedback.entries import RefusedForm, SignedForm
from feedback.models import CustomerFeedback, Document, FollowUp, LateFeedback
from foundation.wire import Aside, Text, Wire
from intake.models import Complaint
from technicians.models import Technician

#: The secret of a customer's link.
Token = Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_\-]+$")]


class Reached(StrEnum):
    """Why a call did not reach the customer."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    CALL_BACK = "call_back"


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown before it is signed: the very text and its hash, which has to come back with the signature."""

    shown_text: str
    shown_sha256: str


class FeedbackView(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer said."""

    id: UUID
    version: int
    round: int
    state: str
    via: str
    satisfaction: int | None
    quality: int | None
    speed: int | None
    attitude: int | None
    information: int | None
    safety: int | None
    remarks: str | None
    signer_name: str | None
    signer_role: str | None
    refusal_reason: str | None
    witness: str | None
    record_sha256: str
    signed_at: datetime
    received_at: datetime
    #: Null for the feedback of the case; else why it came too late (already_signed, moved_on, earlier_round, job_lost):
    #: it is kept beside the case and changes nothing of it.
    late: str | None = None


class LateView(FeedbackView, Aside, frozen=True, kw_only=True):
    """What was kept beside the case."""


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the case."""

    id: UUID
    kind: str
    version: int
    language: str
    size: int
    sha256: str
    made_at: datetime
    replaces_id: UUID | None


class FollowUpView(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up call of a case."""

    id: UUID
    number: str
    due_at: datetime
    state: str
    attempts: int
    solved: bool | None
    outcome: str | None
    stage: str


class FollowUps(msgspec.Struct, frozen=True, kw_only=True):
    """Calls to be made, the longest due first."""

    items: list[FollowUpView]


class CaseFeedback(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the customer said about a case, and the documents made of it."""

    feedback: list[FeedbackView]
    documents: list[DocumentView]
    follow_ups: list[FollowUpView]
    #: What the customer said too late for it to be the feedback of its round.
    late: list[FeedbackView]


class Attempt(Wire, frozen=True, kw_only=True):
    """A call that reached nobody."""

    reached: Reached


class CallAnswer(Wire, frozen=True, kw_only=True):
    """What the customer answered."""

    solved: bool
    words: Text | None = None


class Reopening(Wire, frozen=True, kw_only=True):
    """Why it is not solved."""

    reason: Text


class Link(Wire, frozen=True, kw_only=True):
    """A customer's link by its secret."""

    token: Token


class SignByLink(Wire, frozen=True, kw_only=True):
    """A form signed on the customer's own phone."""

    token: Token
    form: SignedForm


class RefuseByLink(Wire, frozen=True, kw_only=True):
    """The customer would rather not sign and says so themselves: their own name stands for the witness."""

    token: Token
    form: RefusedForm


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes and when, as the customer may know it; all empty while nobody has accepted."""

    technician: str | None
    code: str | None
    expected_at: datetime | None
    arrived_at: datetime | None


class ReopenByLink(Wire, frozen=True, kw_only=True):
    """The customer says that it is not solved."""

    token: Token
    reason: Text


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link on which the customer signs; its secret is shown this once."""

    token: str
    expires_at: datetime


class RecordKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper's hash proves: that this record is kept here, for which case, and since when."""

    number: str
    state: str
    #: Who signed, or would not, as the paper says.
    signer_name: str | None
    signed_at: datetime
    received_at: datetime
    document_sha256: list[str]


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """Where the case stands after an action."""

    number: str
    stage: str


def feedback_view(row: CustomerFeedback | LateFeedback) -> FeedbackView:
    """The feedback as readers see it, without strokes and record; a late one has no version of its own."""
    if isinstance(row, CustomerFeedback):
        return msgspec.convert(row, FeedbackView, from_attributes=True)
    answers = cast("Mapping[str, object]", row.form.get("answers") or {})
    said = {name: row.form.get(name) for name in ("signer_name", "signer_role", "witness")}
    plain = {name: getattr(row, name) for name in FeedbackView.__struct_fields__ if hasattr(row, name)}
    given = {name: answers.get(name) for name in ("satisfaction", *PERCEPTIONS, "remarks")}
    late: dict[str, object] = {"version": 0, "refusal_reason": row.form.get("reason"), "late": row.why}
    return msgspec.convert({**plain, **given, **said, **late}, LateView)


def document_view(row: Document) -> DocumentView:
    """The document as readers see it."""
    return msgspec.convert(row, DocumentView, from_attributes=True)


def follow_up_view(call: FollowUp, complaint: Complaint) -> FollowUpView:
    """The call as its maker sees it."""
    return FollowUpView(
        id=call.id, number=complaint.number, due_at=call.due_at, state=call.state, attempts=len(call.attempts),
        solved=call.solved, outcome=call.outcome, stage=complaint.stage,
    )  # fmt: skip


def record_known(row: CustomerFeedback, complaint: Complaint, hashes: list[str]) -> RecordKnown:
    """What whoever holds the paper may know of its record."""
    return RecordKnown(
        number=complaint.number, state=row.state, signer_name=row.signer_name or row.witness, signed_at=row.signed_at,
        received_at=row.received_at, document_sha256=hashes,
    )  # fmt: skip


def coming(lead: tuple[Assignment, Technician] | None) -> Coming:
    """The lead as the customer sees them: name, badge and times, no number."""
    if lead is None:
        return Coming(technician=None, code=None, expected_at=None, arrived_at=None)
    assignment, technician = lead
    return Coming(
        technician=technician.name, code=technician.code, expected_at=assignment.arrive_at,
        arrived_at=assignment.arrived_at,
    )  # fmt: skip


def stood(complaint: Complaint) -> Stood:
    """Where the case stands."""
    return Stood(number=complaint.number, stage=complaint.stage)
