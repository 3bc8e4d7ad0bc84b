"""The customer's word on their own phone: answers, remark and signature, or why they would rather not sign."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import post

import feedback.queries
from feedback import actions, customers
from feedback.entries import RefusedForm, SignedForm
from feedback.http import FORM_LIMIT
from feedback.models import LateFeedback
from foundation.database.session import WriteSession
from foundation.problems import FieldWrong
from web import forms
from web.forms import Form
from web.pages.customer import BY_LINK, answered
from web.reader import Answer, PageRequest

#: Characters of a signature's strokes in the form.
STROKES_LENGTH: Final = 400_000
#: What a form without strokes sends.
_NO_STROKES: Final = '{"width":1,"height":1,"strokes":[]}'


@post(
    "/c/{token:str}/feedback", opt={**BY_LINK, "field_length": STROKES_LENGTH}, include_in_schema=False,
    status_code=303, sync_to_thread=True, request_max_body_size=FORM_LIMIT,
)  # fmt: skip
def sign(request: PageRequest, token: str, form: Form, db: WriteSession, now: datetime) -> Answer:
    """The customer signed; or the same page again with everything that was entered."""
    said = "signed"
    with forms.attempt(db) as tried:
        actor = customers.actor_of(db, token, purposes=customers.TO_SIGN, now=now)
        case = customers.case_of(db, actor)
        signed = forms.shaped(_signed(form, now=now), SignedForm)
        # A second tap sends the same form a moment later: it is the same signature.
        if all(row.id != signed.id for row in feedback.queries.feedbacks_of(db, case.id)):
            row = actions.sign(db, case.id, signed, actor=actor, now=now)
            said = "kept" if isinstance(row, LateFeedback) else "signed"
    return answered(request, db, token, tried.problem, form=form, now=now, said=said)


@post("/c/{token:str}/refusal", opt=BY_LINK, include_in_schema=False, status_code=303, sync_to_thread=True)
def refuse(request: PageRequest, token: str, form: Form, db: WriteSession, now: datetime) -> Answer:
    """The customer would rather not sign, and says why; it is before the manager."""
    with forms.attempt(db) as tried:
        actor = customers.actor_of(db, token, purposes=customers.TO_SIGN, now=now)
        case = customers.case_of(db, actor)
        said = {name: form.get(name, "") for name in ("id", "reason", "witness")}
        refused = forms.shaped({**said, "refused_at": now, "skew_s": 0.0}, RefusedForm)
        if all(row.id != refused.id for row in feedback.queries.feedbacks_of(db, case.id)):
            actions.refuse(db, case.id, refused, actor=actor, now=now)
    return answered(request, db, token, tried.problem, form=form, now=now, said="refused")


def _signed(form: Form, *, now: datetime) -> dict[str, object]:
    """The form's fields as the API's own document. Raises FieldWrong for strokes that can't be read."""
    said = forms.nested({name: value for name, value in form.items() if name not in forms.OWN_FIELDS})
    try:
        strokes = msgspec.json.decode(str(said.get("signature") or _NO_STROKES))
    except msgspec.DecodeError:
        raise FieldWrong(field="signature", reason="unreadable") from None
    return {**said, "signature": strokes, "signed_at": now, "skew_s": 0.0}


ROUTES: Final = [sign, refuse]
