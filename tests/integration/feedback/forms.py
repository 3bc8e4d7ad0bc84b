"""Builders for feedback: a repaired complaint, signed and refused forms."""

import math
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from feedback import actions, queries, record, sheets
from feedback.answers import PERCEPTIONS, Answers
from feedback.entries import RefusedForm, SignedForm
from feedback.models import CustomerFeedback
from feedback.strokes import Point, Signature
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from intake.models import Complaint
from tests.integration.dispatch.field import AT
from tests.integration.visits.site import Job, a_job

#: When the customer signs: two hours and ten minutes after the call.
SIGNED_AT = AT + timedelta(minutes=130)


def repaired(db: WriteSession, number: int = 1) -> Job:
    """A job whose work is finished, reported and waiting for the customer."""
    job = a_job(db, number)
    job.repairs(db)
    return job


def a_signature() -> Signature:
    wave = [Point(x=20 + 6.0 * step, y=75 + 30 * math.sin(step / 3), t=16.0 * step) for step in range(40)]
    return Signature(width=400, height=150, strokes=[wave])


def shown(db: WriteSession, complaint: Complaint) -> str:
    """The text the customer's screen is made from."""
    db.flush()
    return record.text_of(sheets.content(queries.sheet(db, complaint)))


def signed_form(
    text: str,
    *,
    satisfaction: int = 6,
    at: datetime = SIGNED_AT,
    form_id: UUID | None = None,
    offline: bool = False,
    signature: Signature | None = None,
    **perceptions: int,
) -> SignedForm:
    """What a customer signs who saw this text."""
    answers = msgspec.convert({"satisfaction": satisfaction, **dict.fromkeys(PERCEPTIONS, 6), **perceptions}, Answers)
    return SignedForm(
        id=form_id or new_id(), answers=answers, signer_name="赵龑", signer_role="机管员",
        signature=signature or a_signature(), shown_sha256=record.digest(text), shown_text=text if offline else None,
        signed_at=at, skew_s=0.0,
    )  # fmt: skip


def refused_form(*, reason: str = "Disagrees with the costs.", witness: str = "Foreman Wang") -> RefusedForm:
    return RefusedForm(id=new_id(), reason=reason, witness=witness, refused_at=SIGNED_AT, skew_s=0.0)


def signs(db: WriteSession, job: Job, *, actor: Actor | None = None, **wanted: object) -> CustomerFeedback:
    """The customer signs on the technician's screen."""
    form = signed_form(shown(db, job.complaint), **wanted)  # type: ignore[arg-type]
    row = actions.sign(db, job.complaint.id, form, actor=actor or job.actor, now=SIGNED_AT)
    assert isinstance(row, CustomerFeedback), "it came too late"
    db.flush()
    return row
