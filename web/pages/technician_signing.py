"""The customer's form on the technician's screen: what is signed for, the answers, the signature; or why there is none."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import get, post
from litestar.response import Redirect, Template

import feedback.permissions
import feedback.queries
import intake.queries
from feedback import collecting, record, sheets
from feedback.answers import PERCEPTIONS
from feedback.entries import RefusedForm, SignedForm
from feedback.http import FORM_LIMIT
from feedback.models import LateFeedback
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, Problem
from web import forms, responses
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest

#: Steps of every answer, 1 very dissatisfied to 7 very satisfied.
STEPS: Final = range(1, 8)
#: Characters of a signature's strokes in a form.
STROKES_LENGTH: Final = 400_000


@get("/t/feedback/{number:str}", opt={"permission": feedback.permissions.COLLECT}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def signing(request: PageRequest, number: str, look: ReadSession) -> Template:
    """What is given to the customer. Raises NotFound for a case this reader may not see."""
    return _page(request, look, number, entered={}, problem=None)


@post("/t/feedback/{number:str}", opt={"permission": feedback.permissions.COLLECT, "field_length": STROKES_LENGTH},
      include_in_schema=False, status_code=303, sync_to_thread=True, request_max_body_size=FORM_LIMIT)  # fmt: skip
def sign(*, request: PageRequest, number: str, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """The customer signed; or the same page again with everything that was entered."""
    if feedback.queries.is_kept(db, number, form.get("id", "")):
        return Redirect("/t?said=signed", status_code=303)  # A second tap: it is the same signature.
    row = None
    with forms.attempt(db) as tried:
        signed = forms.shaped(_signed(form, now=now), SignedForm)
        row = collecting.collect(db, number, signed, actor=actor, now=now)
    if tried.problem is not None:
        return _page(request, db, number, entered=form, problem=tried.problem)
    said = "kept" if isinstance(row, LateFeedback) else "signed"
    return Redirect(f"/t?said={said}", status_code=303)


@post("/t/feedback/{number:str}/refusal", opt={"permission": feedback.permissions.COLLECT}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def refuse(*, request: PageRequest, number: str, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """The customer would not sign: why, and who saw it."""
    if feedback.queries.is_kept(db, number, form.get("id", "")):
        return Redirect("/t?said=refusal", status_code=303)
    with forms.attempt(db) as tried:
        refused = forms.shaped({**form, "refused_at": now, "skew_s": 0.0}, RefusedForm)
        collecting.collect(db, number, refused, actor=actor, now=now)
    if tried.problem is not None:
        return _page(request, db, number, entered=form, problem=tried.problem)
    return Redirect("/t?said=refusal", status_code=303)


def _signed(form: Form, *, now: datetime) -> dict[str, object]:
    """The form's fields as the API's own document. Raises FieldWrong for strokes that can't be read."""
    said = forms.nested({name: value for name, value in form.items() if name != "csrf"})
    try:
        strokes = msgspec.json.decode(str(said.get("signature") or '{"width":1,"height":1,"strokes":[]}'))
    except msgspec.DecodeError:
        raise FieldWrong(field="signature", reason="unreadable") from None
    return {**said, "signature": strokes, "signed_at": now, "skew_s": 0.0}


def _page(request: PageRequest, look: ReadSession, number: str, *, entered: Form, problem: Problem | None) -> Template:
    complaint = intake.queries.by_number(look, number)
    sheet = sheets.content(feedback.queries.sheet(look, complaint))
    return page(
        request, "technician_signing.html", status=200 if problem is None else responses.status_of(problem),
        here="technician", sheet=sheet, shown_sha256=record.digest(record.text_of(sheet)), form_id=entered.get("id") or new_id(),
        questions=("satisfaction", *PERCEPTIONS), steps=STEPS, entered=entered, problem=problem,
        signer=complaint.signer_name or complaint.caller_name or "",
    )  # fmt: skip


ROUTES: Final = [signing, sign, refuse]
