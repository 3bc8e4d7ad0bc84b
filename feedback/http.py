"""Routes of feedback: forms, signatures, documents, follow-up calls, closing; and the customer's own by link."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

import intake.queries
from feedback import actions, calls, collecting, customers, late, permissions, queries, record, schemas, sheets
from feedback.entries import RefusedForm, SignedForm
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.problems import NotFound
from foundation.wire import PageSize, Sha256
from intake.models import Complaint

#: Bytes: a signature of many strokes and the text that was shown.
FORM_LIMIT: Final = 1_000_000
#: What a form that came too late is answered with.
_LATE: Final = {
    202: ResponseSpec(
        schemas.LateView, generate_examples=False, description="It came too late and is kept beside the case."
    )
}
_BY_LINK: Final = {"public": "the customer's link is the key and travels in the body"}
#: What changes something is done once for each Idempotency-Key of the link in this field of the body.
_ONCE_BY_LINK: Final = {**_BY_LINK, "link": "token"}


@get(
    "/complaints/{number:str}/feedback-form", operation_id="showFeedbackForm", sync_to_thread=True,
    opt={"permission": permissions.LOOK},
)  # fmt: skip
def show_form(number: str, look: ReadSession) -> schemas.FormView:
    """What the customer's screen is made from; its hash comes back with the signature."""
    return _form(look, intake.queries.by_number(look, number))


@post(
    "/complaints/{number:str}/feedback", operation_id="signFeedback", responses=_LATE, sync_to_thread=True,
    request_max_body_size=FORM_LIMIT, opt={"permission": permissions.COLLECT},
)  # fmt: skip
def sign(number: str, data: SignedForm, db: WriteSession, actor: Actor, now: datetime) -> schemas.FeedbackView:
    """The customer signed on the technician's screen. 202: it came too late and is kept beside the case."""
    return schemas.feedback_view(collecting.collect(db, number, data, actor=actor, now=now))


@post(
    "/complaints/{number:str}/feedback-refusal", operation_id="refuseFeedback", responses=_LATE, sync_to_thread=True,
    opt={"permission": permissions.COLLECT},
)  # fmt: skip
def refuse(number: str, data: RefusedForm, db: WriteSession, actor: Actor, now: datetime) -> schemas.FeedbackView:
    """The customer would not sign. 202: it came too late and is kept beside the case."""
    return schemas.feedback_view(collecting.collect(db, number, data, actor=actor, now=now))


@post(
    "/complaints/{number:str}/feedback-invitation", operation_id="inviteFeedback", sync_to_thread=True,
    opt={"permission": permissions.INVITE},
)  # fmt: skip
def invite(number: str, db: WriteSession, actor: Actor, now: datetime) -> schemas.Invitation:
    """A link on which the customer signs on a phone of their own."""
    complaint_id = intake.queries.id_for_change(db, number)
    token, expires_at = customers.invite(db, complaint_id, actor=actor, now=now)
    return schemas.Invitation(token=token, expires_at=expires_at)


@get(
    "/complaints/{number:str}/feedback", operation_id="showFeedback", sync_to_thread=True,
    opt={"permission": permissions.LOOK},
)  # fmt: skip
def show_feedback(number: str, look: ReadSession) -> schemas.CaseFeedback:
    """Everything the customer said about a case, with documents and follow-up calls."""
    complaint = intake.queries.by_number(look, number)
    return schemas.CaseFeedback(
        feedback=[schemas.feedback_view(row) for row in queries.feedbacks_of(look, complaint.id)],
        documents=[schemas.document_view(row) for row in queries.documents_of(look, complaint.id)],
        follow_ups=[schemas.follow_up_view(call, complaint) for call in queries.follow_ups_of(look, complaint.id)],
        late=[schemas.feedback_view(row) for row in late.late_of(look, complaint.id)],
    )


@get(
    "/complaints/{number:str}/documents/{document_id:uuid}", operation_id="getDocument", sync_to_thread=True,
    media_type="application/pdf", opt={"permission": permissions.LOOK},
)  # fmt: skip
def get_document(number: str, document_id: UUID, look: ReadSession, files: FileStore) -> Response[bytes]:
    """The document itself, read with its hash compared; who may see the case is asked at each reading."""
    complaint = intake.queries.by_number(look, number)
    row = queries.document(look, complaint.id, document_id)
    return _pdf(files.read(row.sha256), name=f"{complaint.number}-{row.kind}-{row.version}.pdf")


@get("/follow-ups", operation_id="listFollowUps", sync_to_thread=True, opt={"permission": permissions.FOLLOW_UP})
def list_follow_ups(look: ReadSession, now: datetime, size: PageSize = 50) -> schemas.FollowUps:
    """Calls to be made now and in the next hours, the longest due first."""
    due = queries.due_follow_ups(look, until=now + calls.AHEAD, limit=size)
    return schemas.FollowUps(items=[schemas.follow_up_view(call, complaint) for call, complaint in due])


@post(
    "/complaints/{number:str}/follow-up/attempts", operation_id="recordCallAttempt", status_code=200,
    sync_to_thread=True, opt={"permission": permissions.FOLLOW_UP},
)  # fmt: skip
def record_attempt(
    number: str, data: schemas.Attempt, db: WriteSession, actor: Actor, now: datetime
) -> schemas.FollowUpView:
    """A call reached nobody; the third that counts gives it up and closes the case."""
    complaint_id = intake.queries.id_for_change(db, number)
    call = calls.record_attempt(db, complaint_id, reached=data.reached, actor=actor, now=now)
    return schemas.follow_up_view(call, db.get_one(Complaint, complaint_id))


@post(
    "/complaints/{number:str}/follow-up/answer", operation_id="answerFollowUp", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.FOLLOW_UP},
)  # fmt: skip
def answer(
    number: str, data: schemas.CallAnswer, db: WriteSession, actor: Actor, now: datetime
) -> schemas.FollowUpView:
    """The customer answered: solved closes the case, not solved opens it again."""
    complaint_id = intake.queries.id_for_change(db, number)
    call = calls.answer(db, complaint_id, solved=data.solved, words=data.words, actor=actor, now=now)
    return schemas.follow_up_view(call, db.get_one(Complaint, complaint_id))


@post(
    "/complaints/{number:str}/closure", operation_id="closeComplaint", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.CLOSE},
)  # fmt: skip
def close(number: str, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """Close a case that has everything closing needs."""
    complaint_id = intake.queries.id_for_change(db, number)
    return schemas.stood(calls.close_by_desk(db, complaint_id, actor=actor, now=now))


@post(
    "/complaints/{number:str}/reopening", operation_id="reopenComplaint", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.REOPEN},
)  # fmt: skip
def reopen(number: str, data: schemas.Reopening, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """It is not solved: a new round of work, within 30 days of closing."""
    complaint_id = intake.queries.id_for_change(db, number)
    return schemas.stood(calls.reopen(db, complaint_id, reason=data.reason, actor=actor, now=now))


@post("/customer/feedback-form", operation_id="customerForm", status_code=200, sync_to_thread=True, opt=_BY_LINK)
def customer_form(data: schemas.Link, db: WriteSession, now: datetime) -> schemas.FormView:
    """What the customer signs, on their own phone."""
    actor = customers.actor_of(db, data.token, purposes=customers.TO_SIGN, now=now)
    return _form(db, customers.case_of(db, actor))


@post(
    "/customer/feedback", operation_id="customerSigns", responses=_LATE, sync_to_thread=True, request_max_body_size=FORM_LIMIT,
    opt=_ONCE_BY_LINK,
)  # fmt: skip
def customer_signs(data: schemas.SignByLink, db: WriteSession, now: datetime) -> schemas.FeedbackView:
    """The customer signed on their own phone. 202: it came too late and is kept beside the case."""
    actor = customers.actor_of(db, data.token, purposes=customers.TO_SIGN, now=now)
    complaint = customers.case_of(db, actor)
    return schemas.feedback_view(actions.sign(db, complaint.id, data.form, actor=actor, now=now))


@post(
    "/customer/feedback-refusal", operation_id="customerRefuses", sync_to_thread=True, opt=_ONCE_BY_LINK,
)  # fmt: skip
def customer_refuses(data: schemas.RefuseByLink, db: WriteSession, now: datetime) -> schemas.FeedbackView:
    """The customer would rather not sign, and says why. 202: it came too late and is kept beside the case."""
    actor = customers.actor_of(db, data.token, purposes=customers.TO_SIGN, now=now)
    complaint = customers.case_of(db, actor)
    return schemas.feedback_view(actions.refuse(db, complaint.id, data.form, actor=actor, now=now))


@post("/customer/arrival", operation_id="customerArrival", status_code=200, sync_to_thread=True, opt=_BY_LINK)
def customer_arrival(data: schemas.Link, db: WriteSession, now: datetime) -> schemas.Coming:
    """Who comes to the customer, and when."""
    actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
    return schemas.coming(queries.lead_of(db, customers.case_of(db, actor).id))


@post("/customer/reopening", operation_id="customerReopens", status_code=200, sync_to_thread=True, opt=_ONCE_BY_LINK)
def customer_reopens(data: schemas.ReopenByLink, db: WriteSession, now: datetime) -> schemas.Stood:
    """The customer says that it is not solved."""
    actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
    complaint = customers.case_of(db, actor)
    return schemas.stood(calls.reopen(db, complaint.id, reason=data.reason, actor=actor, now=now))


@post(
    "/customer/document", operation_id="customerDocument", status_code=200, sync_to_thread=True,
    media_type="application/pdf", opt=_BY_LINK,
    response_headers={"Cache-Control": "private, no-store", "Content-Disposition": 'inline; filename="feedback.pdf"'},
)  # fmt: skip
def customer_document(data: schemas.Link, db: WriteSession, files: FileStore, now: datetime) -> bytes:
    """The customer's copy of the latest document."""
    actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
    complaint = customers.case_of(db, actor)
    made = queries.documents_of(db, complaint.id)
    if not made:
        raise NotFound(document=None)
    return files.read(made[-1].sha256)


@get(
    "/records/{sha256:str}", operation_id="verifyRecord", sync_to_thread=True,
    opt={"public": "whoever holds the paper holds its hash, and learns no more than the paper says",
         "key_is_enough": True},
)  # fmt: skip
def verify_record(
    sha256: Annotated[Sha256, Parameter(description="The record's hash, as printed on the paper.")], look: ReadSession
) -> schemas.RecordKnown:
    """Whether a paper's record is kept here unchanged."""
    row, complaint, hashes = queries.by_record(look, sha256)
    if record.digest(row.record) != sha256:
        raise NotFound(record=sha256)
    return schemas.record_known(row, complaint, hashes)


def _form(look: ReadSession, complaint: Complaint) -> schemas.FormView:
    text = record.text_of(sheets.content(queries.sheet(look, complaint)))
    return schemas.FormView(shown_text=text, shown_sha256=record.digest(text))


def _pdf(content: bytes, *, name: str) -> Response[bytes]:
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


ROUTES: Final[list[ControllerRouterHandler]] = [
    show_form, sign, refuse, invite, show_feedback, get_document, list_follow_ups, record_attempt, answer, close, reopen,
    customer_form, customer_signs, customer_refuses, customer_arrival, customer_reopens, customer_document, verify_record,
]  # fmt: skip
