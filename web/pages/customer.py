"""The customer's page: where their case stands, who comes and when, what they contest; reads without a script.

The secret of the link is the last part of the address. Every change is a POST; nothing of the page is cached or referred.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from litestar import Response, get, post
from litestar.response import Redirect, Template

import feedback.queries
from escalation import contesting
from escalation import queries as escalations
from escalation import schemas as escalation_schemas
from escalation.schemas import ContestByLink
from feedback import customers, record, sheets
from feedback.answers import PERCEPTIONS
from feedback.customers import case_of
from feedback.schemas import coming
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.problems import NotFound, Problem
from intake import customer_position, customer_view, lifecycle
from intake.errors import LinkDead
from intake.lifecycle import Stage
from intake.register_schemas import PositionByLink
from web import forms, responses
from web.forms import Form
from web.pages import customer_view as views
from web.pages.rendering import page
from web.reader import Answer, PageRequest

#: Routes whose path carries the secret; whoever knows it is the customer.
BY_LINK: Final = {"public": "the secret in the address is the customer's key", "secret_path": True}
#: Addresses of these pages are told to nobody, and found by no search.
DISCREET: Final[Mapping[str, str]] = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
#: Steps of every answer, 1 very dissatisfied to 7 very satisfied.
STEPS: Final = range(1, 8)
#: What the page says after something was done, as `customer.said.<word>`.
SAID: Final = frozenset({"contest", "position", "signed", "kept", "refused"})


@get("/c/{token:str}", opt=BY_LINK, include_in_schema=False, sync_to_thread=True)
def follow(request: PageRequest, token: str, look: ReadSession, now: datetime, said: str = "") -> Template:
    """The whole page; an unknown or expired link says so kindly."""
    return shown(request, look, token, now=now, said=said)


@get(
    "/c", opt={"public": "says what to do with a link that was cut off"}, include_in_schema=False, sync_to_thread=False
)
def without_link(request: PageRequest) -> Template:
    """A link that lost its end on the way."""
    return dead(request)


@post("/c/{token:str}/contest", opt=BY_LINK, include_in_schema=False, status_code=303, sync_to_thread=True)
def contest(request: PageRequest, token: str, form: Form, db: WriteSession, now: datetime) -> Answer:
    """The customer contests what the case says; it is before the manager from now on."""
    with forms.attempt(db) as tried:
        data = forms.shaped({**form, "token": token}, ContestByLink)
        actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
        case = case_of(db, actor)
        contesting.contest(db, case.id, data.contest, words=data.words, actor=actor, now=now)
    return answered(request, db, token, tried.problem, form=form, now=now, said="contest")


@post("/c/{token:str}/position", opt=BY_LINK, include_in_schema=False, status_code=303, sync_to_thread=True)
def position(request: PageRequest, token: str, form: Form, db: WriteSession, now: datetime) -> Answer:
    """The customer's phone says where it is."""
    with forms.attempt(db) as tried:
        data = forms.shaped({**form, "token": token}, PositionByLink)
        actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
        customer_position.send(
            db, actor, latitude=data.latitude, longitude=data.longitude, accuracy_m=data.accuracy_m, now=now
        )
    return answered(request, db, token, tried.problem, form=form, now=now, said="position")


@get("/c/{token:str}/paper", opt=BY_LINK, include_in_schema=False, sync_to_thread=True)
def paper(request: PageRequest, token: str, look: ReadSession, files: FileStore, now: datetime) -> Response[bytes]:
    """The customer's copy of the latest document. Raises LinkDead, NotFound."""
    del request
    case = case_of(look, customers.actor_of(look, token, purposes=customers.ANY, now=now))
    made = feedback.queries.documents_of(look, case.id)
    if not made:
        raise NotFound(document=None)
    name = f"{case.number}-{made[-1].kind}-{made[-1].version}.pdf"
    headers = {**DISCREET, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(files.read(made[-1].sha256), media_type="application/pdf", headers=headers)


def answered(
    request: PageRequest, db: WriteSession, token: str, problem: Problem | None, *, form: Form, now: datetime, said: str
) -> Answer:
    """Back to the page with a word that it is done, or the same page with what was refused and what was entered."""
    if problem is not None:
        return shown(request, db, token, now=now, entered=form, problem=problem)
    return Redirect(f"/c/{token}?said={said}", status_code=303, headers=dict(DISCREET))


def shown(
    request: PageRequest, look: ReadSession, token: str, *, now: datetime, said: str = "",
    entered: Form | None = None, problem: Problem | None = None,
) -> Template:  # fmt: skip
    """The page as it stands for this link."""
    try:
        facts = _facts(look, token, now=now)
    except LinkDead:
        return dead(request)
    status = 200 if problem is None else responses.status_of(problem)
    return page(
        request, "customer.html", status=status, headers=DISCREET, token=token, problem=problem, entered=entered or {},
        said=said if said in SAID else "", hotline=request.app.state.hotline, house=request.app.state.house,
        contests=tuple(contesting.Contest), questions=("satisfaction", *PERCEPTIONS), steps=STEPS, form_id=new_id(),
        **facts,
    )  # fmt: skip


def dead(request: PageRequest) -> Template:
    """The page of a link that opens nothing: what it may be, and whom to call."""
    return page(
        request, "customer_gone.html", status=404, headers=DISCREET, hotline=request.app.state.hotline,
        house=request.app.state.house,
    )  # fmt: skip


def _facts(look: ReadSession, token: str, *, now: datetime) -> dict[str, object]:
    """Everything the page shows of the case. Raises LinkDead."""
    seen = customer_view.case(look, token, now=now)
    case = case_of(look, customers.actor_of(look, token, purposes=customers.ANY, now=now))
    lead = coming(feedback.queries.lead_of(look, case.id))
    sheet = sheets.content(feedback.queries.sheet(look, case))
    stage = Stage(case.stage)
    said = feedback.queries.feedbacks_of(look, case.id)
    return {
        "case": seen,
        "grade": case.grade,
        "rules": case.grade_rules,
        "coming": lead,
        "expectation": views.expectation(stage, lead, now=now),
        "promise": views.promise(seen),
        "path": views.path(stage, seen),
        "open": lifecycle.is_open(stage),
        "before_arrival": stage in views.BEFORE_ARRIVAL,
        "call_back": views.masked(case.call_back_phone or case.caller_phone),
        "signer": case.signer_name or case.caller_name or "",
        "purpose": seen.purpose,
        "to_sign": views.to_sign(stage, purpose=seen.purpose),
        "finished": stage is Stage.REPAIRED,
        "refused": any(row.state == "refused" and row.round == case.reopened_count for row in said),
        "sheet": sheet,
        "shown_sha256": record.digest(record.text_of(sheet)),
        "papers": feedback.queries.documents_of(look, case.id),
        "verify": said[-1].record_sha256 if said else None,
        "escalated": [
            escalation_schemas.contested(each, rung)
            for each, rung in escalations.of_reasons(look, case.id, contesting.OF_CUSTOMERS)
        ],
    }


ROUTES: Final = [follow, without_link, contest, position, paper]
