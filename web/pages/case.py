"""The case page: everything about one complaint that its reader may see, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from intake import lifecycle, namesakes, permissions, queries
from visits.phone import CauseCategory, WorksAgain
from web import forms, responses
from web.forms import Form
from web.pages import dossier, giving, maps, refusals, shown
from web.pages.acts import ALL, Act
from web.pages.rendering import page
from web.reader import Answer, PageRequest, language_of

_OF_THE_CASE: Final = {"permission": permissions.READ}
#: How guidance by telephone ends with a report; where the machine doesn't work at all, somebody is sent instead.
REMOTE_OUTCOMES: Final = (WorksAgain.YES, WorksAgain.PARTLY)


@dataclass(frozen=True, slots=True)
class Entered:
    """A form that was refused: which one, what was entered, what is said about it and which field is wrong."""

    act: str
    values: Mapping[str, str]
    said: str
    field: str


@get("/complaints/{number:str}", opt=_OF_THE_CASE, include_in_schema=False, sync_to_thread=True)
def case(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, number: str) -> Template:
    """Everything about one complaint so far. Raises NotFound for one this reader may not see."""
    return _case(request, look, number, actor=actor, now=now)


def _case(
    request: PageRequest, look: ReadSession, number: str, *, actor: Actor, now: datetime, entered: Entered | None = None,
    status: int = 200,
) -> Template:  # fmt: skip
    complaint, language = queries.by_number(look, number), language_of(request)
    found = shown.shown(look, complaint, actor=actor, language=language, now=now)
    more = dossier.dossier(look, complaint, deadlines=found.deadlines, actor=actor, language=language)
    drawing = maps.of_case(request, look, found, actor=actor, language=language, now=now)
    waits = complaint.to_be_identified and lifecycle.is_open(complaint.stage)
    namesake = namesakes.of(look, [complaint.id]).get(complaint.id) if waits else None
    return page(
        request, "case.html", status=status, shown=found, more=more, drawing=drawing, entered=entered,
        namesake=namesake, causes=tuple(CauseCategory), remote_outcomes=REMOTE_OUTCOMES,
    )  # fmt: skip


def _take(act: Act) -> HTTPRouteHandler:
    """The route of an act: done in a savepoint, and back to where the person was; a refusal shows its form again.

    A link that was made is shown in the answer itself, which is the only place where its secret may stand.
    """

    def handle(
        *, request: PageRequest, number: str, form: Form, db: WriteSession, actor: Actor, now: datetime
    ) -> Answer:
        complaint_id = queries.id_for_change(db, number)
        with forms.attempt(db) as made:
            done = act.do(db, complaint_id, form, actor, now)
        if made.problem is None:
            back = forms.local_path(form.get("back") or f"/complaints/{number}")
            if isinstance(done, giving.Given):
                return giving.shown(request, number, done, back=back)
            return Redirect(back, status_code=303)
        entered = _entered(request, act, form, made.problem)
        status = responses.status_of(made.problem)
        return _case(request, db, number, actor=actor, now=now, entered=entered, status=status)

    handle.__name__ = f"take_{act.name.replace('-', '_')}"
    options: dict[str, object] = {"permission": act.permission, "api": act.route}
    return post(
        f"/complaints/{{number:str}}/{act.name}", opt=options, include_in_schema=False, sync_to_thread=True,
        status_code=303,
    )(handle)  # fmt: skip


def _entered(request: PageRequest, act: Act, form: Form, problem: Problem) -> Entered:
    said = refusals.said(problem, language_of(request))
    return Entered(act.name, form, said, str(problem.facts.get("field", "")))


ROUTES: Final[Sequence[ControllerRouterHandler]] = [case, *(_take(act) for act in ALL)]
