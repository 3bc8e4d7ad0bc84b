"""Hotline intake: a call is taken in the order of the talk, with everything known about it beside.

The page works as a plain form; its scripts only spare the agent keys, and keep the call when the browser or the server
fails. What is shown while the caller speaks and what is logged comes from the same functions as the API's answers.
"""

from datetime import datetime
from typing import Annotated, Final

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from foundation.wire import page as cut
from intake import actions, boards, namesakes, permissions, queries
from intake.calls import ForeseeCall, TakeCall
from intake.http.complaints import after
from intake.schemas import NoteIn
from web import forms, responses
from web.forms import Form
from web.pages import call_views, calling, refusals
from web.pages.rendering import page, part
from web.reader import Answer, PageRequest, language_of

Asked = Annotated[str, Parameter(max_length=100)]
#: Lines of one page of the list.
LINES: Final = 50


@get("/intake", opt={"permission": permissions.LOG}, include_in_schema=False, sync_to_thread=True)
def take(
    request: PageRequest, look: ReadSession, *, actor: Actor, now: datetime, foresee_call: ForeseeCall,
    caller: Asked = "",
) -> Template:  # fmt: skip
    """The empty form, or with the number and name of whoever rings (`caller`, as the telephone exchange gives it)."""
    form = call_views.rung(look, caller, actor=actor)
    seen = call_views.intake(look, form, foresee=foresee_call, actor=actor, now=now)
    return page(request, "intake.html", here="intake", call=seen)


@get("/intake/callers", opt={"permission": permissions.READ_REGISTERS}, include_in_schema=False, sync_to_thread=True)
def callers(request: PageRequest, look: ReadSession, actor: Actor, q: Asked = "") -> Template:
    """Whom the words or digits typed so far mean, as options."""
    return part(request, "intake_callers.html", matches=call_views.matches(look, q, actor=actor))


@post(
    "/intake/aside", opt={"permission": permissions.LOG}, include_in_schema=False, status_code=200, sync_to_thread=True
)
def aside(
    request: PageRequest, form: Form, look: ReadSession, *, actor: Actor, now: datetime, foresee_call: ForeseeCall
) -> Template:
    """What there is to say to the fields as they stand; nothing is kept. A body, since a caller's words fit no address."""
    seen = call_views.intake(look, form, foresee=foresee_call, actor=actor, now=now)
    return part(request, "intake_parts.html", call=seen)


@post("/intake", opt={"permission": permissions.LOG}, include_in_schema=False, status_code=303, sync_to_thread=True)
def log_call(
    request: PageRequest, form: Form, db: WriteSession, *, actor: Actor, now: datetime, take_call: TakeCall,
    foresee_call: ForeseeCall,
) -> Answer:  # fmt: skip
    """Log the call; refused or possibly a duplicate, it is shown again as it was entered."""
    seen = call_views.intake(db, form, foresee=foresee_call, actor=actor, now=now)
    if seen.alike and not seen.is_apart:
        return page(request, "intake.html", here="intake", call=seen, to_decide=True)
    with forms.attempt(db) as made:
        taken = take_call(db, calling.sent(form), actor=actor, now=now)
    if made.problem is not None:
        return _refused(request, seen, made.problem)
    return Redirect(f"/intake/logged/{taken.logged.number}", status_code=303)


@post(
    "/intake/notes", opt={"permission": permissions.NOTE}, include_in_schema=False, status_code=303, sync_to_thread=True
)
def add_to_case(
    request: PageRequest, form: Form, db: WriteSession, *, actor: Actor, now: datetime, foresee_call: ForeseeCall
) -> Answer:
    """The call is about a complaint that is open already: what the caller says becomes a note there."""
    number = form.get("to", "")
    found = queries.id_for_change(db, number)
    with forms.attempt(db) as made:
        note = forms.shaped({"note": calling.as_note(form)}, NoteIn).note
        actions.add_note(db, found, note=note, actor=actor, now=now)
    if made.problem is not None:
        return _refused(request, call_views.intake(db, form, foresee=foresee_call, actor=actor, now=now), made.problem)
    return Redirect(f"/complaints/{number}", status_code=303)


@get("/intake/logged/{number:str}", opt={"permission": permissions.READ}, include_in_schema=False, sync_to_thread=True)
def logged(request: PageRequest, look: ReadSession, actor: Actor, number: str) -> Template:
    """What the caller is told now, and what is still to be asked."""
    return page(
        request, "intake_logged.html", here="intake", case=call_views.logged_call(look, number),
        gives_links=may(actor, permissions.GIVE_LINK),
    )  # fmt: skip


@get("/intake/to-complete", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def to_complete(request: PageRequest, look: ReadSession, cursor: Asked = "") -> Template:
    """Open complaints whose unit or place is not known yet, the most urgent first."""
    found = boards.incomplete(look, limit=LINES + 1, after=after(cursor))
    lines = cut(
        found, size=LINES, shape=lambda line: line,
        key=lambda line: (line.next_due_at.isoformat() if line.next_due_at else "", str(line.id)),
    )  # fmt: skip
    waiting = [line.id for line in found if line.to_be_identified]
    return page(
        request, "intake_to_complete.html", here="intake", lines=lines, namesakes=namesakes.of(look, waiting)
    )  # fmt: skip


def _refused(request: PageRequest, seen: call_views.Intake, problem: Problem) -> Template:
    """The form as it was sent, with what was wrong."""
    return page(
        request, "intake.html", here="intake", call=seen, problem=problem, said=refusals.said(problem, language_of(request)),
        status=responses.status_of(problem),
    )  # fmt: skip


ROUTES: Final = [take, callers, aside, log_call, add_to_case, logged, to_complete]
