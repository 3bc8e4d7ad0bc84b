"""The manager's inbox: what needs somebody now, answered in one tap; and one case with everything that can be done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Template

from escalation import actions, holding, permissions, queries, reassigning, schemas
from escalation.models import EscalationCase
from escalation.outcomes import Outcome
from foundation.accounts import absences
from foundation.accounts import permissions as accounts
from foundation.accounts.roles import Actor, Permission
from foundation.accounts.schemas import OwnAbsence
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, Problem
from intake import queries as complaints
from web import forms, responses
from web.forms import Form
from web.pages import inbox
from web.pages.rendering import COMPANY_ZONE, page, part
from web.reader import Answer, PageRequest

Doing: TypeAlias = Callable[[WriteSession, UUID, Form, Actor, datetime], EscalationCase]
#: What the pages say after something was done, as `inbox.said.<word>`.
SAID: Final = frozenset(
    {
        "acknowledgement",
        "hold",
        "owner",
        "take-over",
        "assignment",
        "progress",
        "appraisal",
        "return",
        "raising",
        "outcome",
        "annulment",
        "several",
        "away",
        "back",
    }
)


@get("/escalations", opt={"permission": permissions.LOOK}, include_in_schema=False, sync_to_thread=True)
def show_inbox(  # noqa: PLR0917 -- the framework fills them by name
    request: PageRequest, look: ReadSession, actor: Actor, now: datetime, show: str = "", said: str = ""
) -> Template:
    """What needs me now; `show=all` adds the open cases of others that I may see."""
    return _inbox(request, look, actor=actor, now=now, show=show, said=said)


@get("/escalations/rows", opt={"permission": permissions.LOOK}, include_in_schema=False, sync_to_thread=True)
def rows(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, show: str = "") -> Template:
    """Only the cases, when an event says that something changed."""
    seen = inbox.inbox(look, actor=actor, now=now, everything=show == "all")
    return part(request, "escalations_rows.html", inbox=seen, show=show)


@post("/escalations/acknowledgement", opt={"permission": permissions.ACKNOWLEDGE}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def take_several(
    *,
    request: PageRequest,
    form: Form,
    ticked: Mapping[str, Sequence[str]],
    db: WriteSession,
    actor: Actor,
    now: datetime,
) -> Answer:
    """I take it: the case whose button was pressed, or all that were ticked; a refusal of one stops no other."""
    wanted = [form["only"]] if form.get("only") else list(ticked.get("case", ()))
    refused: Problem | None = None if wanted else FieldWrong(field="case", reason="missing")
    for text in wanted:
        with forms.attempt(db) as tried:
            actions.acknowledge(db, _case_id(text), actor=actor, on_behalf=False, now=now)
        refused = tried.problem or refused
    if refused is not None:
        return _inbox(request, db, actor=actor, now=now, show=form.get("show", ""), problem=refused)
    said = "acknowledgement" if len(wanted) == 1 else "several"
    return Redirect(f"/escalations?said={said}", status_code=303)


@get("/escalations/{case_id:uuid}", opt={"permission": permissions.LOOK}, include_in_schema=False, sync_to_thread=True)
def show_case(  # noqa: PLR0917 -- the framework fills them by name
    request: PageRequest, case_id: UUID, look: ReadSession, actor: Actor, now: datetime, said: str = ""
) -> Template:
    """One case. Raises NotFound for one this reader may not see."""
    return _case(request, look, case_id, actor=actor, now=now, said=said)


@post("/escalations/absence", opt={"permission": accounts.OWN_ABSENCE}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def go_away(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """I am away until then; my deputy answers."""
    with forms.attempt(db) as tried:
        until = forms.wall_time(form.get("until", ""), field="until", zone=COMPANY_ZONE)
        data = forms.shaped({"until": until, "deputy_id": form.get("deputy_id", "")}, OwnAbsence)
        absences.go_away(db, until=data.until, deputy_id=data.deputy_id, actor=actor, now=now)
    if tried.problem is not None:
        return _inbox(request, db, actor=actor, now=now, show="", problem=tried.problem)
    return Redirect("/escalations?said=away#absence", status_code=303)


@post("/escalations/presence", opt={"permission": accounts.OWN_ABSENCE}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def come_back(form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """I am back."""
    del form  # Its token was compared.
    absences.come_back(db, actor=actor, now=now)
    return Redirect("/escalations?said=back", status_code=303)


def _inbox(
    request: PageRequest, look: ReadSession, *, actor: Actor, now: datetime, show: str, said: str = "",
    problem: Problem | None = None,
) -> Template:  # fmt: skip
    seen = inbox.inbox(look, actor=actor, now=now, everything=show == "all")
    return page(
        request, "escalations.html", status=_status(problem), here="escalations", inbox=seen, show=show,
        said=said if said in SAID else "", problem=problem, absence=inbox.absence(look, actor=actor, now=now),
    )  # fmt: skip


def _case(
    request: PageRequest, look: ReadSession, case_id: UUID, *, actor: Actor, now: datetime, said: str = "",
    form: Form | None = None, doing: str = "", problem: Problem | None = None,
) -> Template:  # fmt: skip
    card = inbox.card(look, queries.detail(look, case_id), actor=actor, now=now)
    complaint = complaints.by_number(look, card.line.number)
    people = inbox.sendable(look, complaint, now=now) if "assignment" in card.acts else []
    return page(
        request, "escalation.html", status=_status(problem), here="escalations", card=card, people=people,
        colleagues=inbox.colleagues(look, card, complaint, now=now),
        words=inbox.words(look, complaint.id, actor=actor), outcomes=inbox.OUTCOMES, entered=form or {}, doing=doing,
        said=said if said in SAID else "", problem=problem,
    )  # fmt: skip


def _status(problem: Problem | None) -> int:
    return 200 if problem is None else responses.status_of(problem)


def _case_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FieldWrong(field="case", reason="unreadable") from None


def _acknowledge(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Acknowledging)
    return actions.acknowledge(db, case_id, actor=actor, on_behalf=data.on_behalf, now=now)


def _hold(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.WithReason)
    return holding.hold(db, case_id, reason=data.reason, actor=actor, now=now)


def _reassign(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Reassigning)
    return reassigning.reassign(db, case_id, to=data.owner_id, reason=data.reason, actor=actor, now=now)


def _take_over(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.WithReason)
    return actions.take_over(db, case_id, actor=actor, reason=data.reason, now=now)


def _assign(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Assigning)
    return actions.assign_by_hand(
        db, case_id, technician_id=data.technician_id, reason=data.reason, actor=actor, now=now
    )


def _report(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Progress)
    return actions.report_progress(db, case_id, text=data.text, actor=actor, now=now)


def _ask(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.AskingAppraisal)
    return actions.ask_for_appraisal(
        db, case_id, appraiser_id=data.appraiser_id, question=data.question, actor=actor, now=now
    )


def _return(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.WithReason)
    return actions.return_case(db, case_id, reason=data.reason, actor=actor, now=now)


def _raise(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.WithReason)
    return actions.raise_by_hand(db, case_id, reason=data.reason, actor=actor, now=now)


def _end(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Ending)
    return actions.end(db, case_id, outcome=Outcome(data.outcome), text=data.text, actor=actor, now=now)


def _annul(db: WriteSession, case_id: UUID, form: Form, actor: Actor, now: datetime) -> EscalationCase:
    data = forms.shaped(form, schemas.Annulling)
    return actions.annul(db, case_id, note=data.note, actor=actor, now=now)


def _route(name: str, permission: Permission, do: Doing) -> HTTPRouteHandler:
    """The page's twin of an API route: the same permission and action; back to the case, or to it with the refusal."""

    @post(f"/escalations/{{case_id:uuid}}/{name}", name=f"page-escalation-{name}", opt={"permission": permission},
          include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
    def act(
        *, request: PageRequest, case_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
    ) -> Answer:
        with forms.attempt(db) as tried:
            do(db, case_id, form, actor, now)
        if tried.problem is not None:
            return _case(request, db, case_id, actor=actor, now=now, form=form, doing=name, problem=tried.problem)
        # Whoever gave the case away, or ended it, may not see it any more.
        place = f"/escalations/{case_id}" if queries.is_visible(db, case_id) else "/escalations"
        return Redirect(f"{place}?said={name}", status_code=303)

    return act


ROUTES: Final = [
    show_inbox, rows, take_several, show_case, go_away, come_back,
    _route("acknowledgement", permissions.ACKNOWLEDGE, _acknowledge),
    _route("hold", permissions.HOLD, _hold),
    _route("owner", permissions.REASSIGN, _reassign),
    _route("take-over", permissions.TAKE_OVER, _take_over),
    _route("assignment", permissions.ASSIGN, _assign),
    _route("progress", permissions.REPORT, _report),
    _route("appraisal", permissions.APPRAISE, _ask),
    _route("return", permissions.RETURN, _return),
    _route("raising", permissions.RAISE, _raise),
    _route("outcome", permissions.END, _end),
    _route("annulment", permissions.ANNUL, _annul),
]  # fmt: skip
