"""For me: calls that are due, letters to ask after, messages; read here, and said to be read or done here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.notifications import actions, permissions
from foundation.notifications.http import TaskOutcome
from foundation.problems import FieldWrong, Problem
from web import forms, responses
from web.forms import Form
from web.pages import refusals, waiting
from web.pages.matters import Show, matters
from web.pages.places import MESSAGES
from web.pages.rendering import page, part
from web.reader import Answer, PageRequest, language_of

#: What the page says after something was done, as `messages.said.<word>`.
SAID: Final = frozenset({"read", "all-read", "outcome"})
Asked = Annotated[str, Parameter(max_length=400)]


@get(MESSAGES.path, opt={"permission": permissions.READ_OWN}, include_in_schema=False, sync_to_thread=True)
def show_messages(  # noqa: PLR0917 -- the framework fills them by name
    request: PageRequest, look: ReadSession, actor: Actor, now: datetime, show: Show = "all", cursor: Asked = "",
    said: str = "",
) -> Template:  # fmt: skip
    """What needs me first, then what I have read; `show` with a `cursor` goes on with one of the lists of messages."""
    return _page(request, look, actor, now=now, show=show, cursor=cursor, said=said if said in SAID else "")


@get(f"{MESSAGES.path}/waiting", opt={"permission": permissions.READ_OWN}, include_in_schema=False, sync_to_thread=True)
def how_much_waits(request: PageRequest, look: ReadSession, now: datetime) -> Template:
    """Only the figure, for pages that stay open."""
    del look  # Read by the figure.
    return part(request, "waiting.html", waiting=waiting.for_reader(request, now=now), most_waiting=waiting.MOST)


@post(f"{MESSAGES.path}/acknowledgement", opt={"permission": permissions.ACKNOWLEDGE_OWN}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def acknowledge(
    form: Form, ticked: Mapping[str, Sequence[str]], db: WriteSession, actor: Actor, now: datetime
) -> Redirect:
    """I have read it: the message whose button was pressed, or all that were shown. Raises MessageNotFound for others'."""
    wanted = [form["only"]] if form.get("only") else ticked.get("message", ())
    ids = sorted({forms.id_in({"message": text}, "message") for text in wanted})
    if not ids:
        raise FieldWrong(field="message", reason="missing")
    for message_id in ids:
        actions.acknowledge(db, message_id, actor=actor, now=now)
    return Redirect(f"{MESSAGES.path}?said={'read' if form.get('only') else 'all-read'}", status_code=303)


@post(f"{MESSAGES.path}/tasks/{{task_id:uuid}}/outcome", opt={"permission": permissions.SETTLE_TASKS},
      include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
def settle(*, request: PageRequest, task_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """What became of a letter; refused, it is asked again with what was entered."""
    with forms.attempt(db) as tried:
        outcome = forms.shaped(form, TaskOutcome).outcome
        actions.settle_task(db, task_id, outcome=outcome, actor=actor, now=now)
    if tried.problem is not None:
        return _page(request, db, actor, now=now, problem=tried.problem, about=task_id, entered=form)
    return Redirect(f"{MESSAGES.path}?said=outcome", status_code=303)


def _page(
    request: PageRequest, look: ReadSession, actor: Actor, *, now: datetime, show: Show = "all", cursor: str = "",
    said: str = "", problem: Problem | None = None, about: UUID | None = None, entered: Form | None = None,
) -> Template:  # fmt: skip
    language = language_of(request)
    return page(
        request, "messages.html", status=200 if problem is None else responses.status_of(problem), here=MESSAGES.name,
        matters=matters(look, actor=actor, language=language, now=now, show=show, cursor=cursor), show=show, said=said,
        alert=refusals.said(problem, language) if problem else "", about=about, entered=entered or {},
    )  # fmt: skip


ROUTES: Final = [show_messages, how_much_waits, acknowledge, settle]
