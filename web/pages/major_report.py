"""The major complaint report: five steps on the phone, each kept as it is left, and the versions that went up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from escalation import permissions
from escalation.reporting import facts, steps, writing
from escalation.reporting.steps import STEPS, Answers, Draft
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from intake import queries
from web import forms, responses
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest

_PATH: Final = "/complaints/{number:str}/major-report"
_Step = Annotated[int, Parameter(ge=0, le=len(STEPS))]


@get(_PATH, opt={"permission": permissions.MAJOR_REPORT_LOOK}, include_in_schema=False, sync_to_thread=True)
def show_report(request: PageRequest, look: ReadSession, actor: Actor, number: str, step: _Step = 0) -> Template:
    """The step that is asked for, else the first that a draft leaves open. Raises NotFound for a case one may not see."""
    return _page(request, look, number, actor=actor, step=step)


@post(_PATH, opt={"permission": permissions.MAJOR_REPORT_WRITE}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def write_report(
    *, request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime, number: str
) -> Answer:
    """Keep the step and go to the one that was asked for; from the last one, send the report up."""
    step, going = _number(form.get("step")), form.get("go", "")
    with forms.attempt(db) as tried:
        draft = _merged(writing.draft_of(db, queries.by_number(db, number), actor=actor), form)
        if going == "send":
            answers = forms.shaped(msgspec.to_builtins(draft), Answers)
            writing.submit(db, number, answers, based_on=_number(form.get("based_on")), actor=actor, now=now)
        else:
            writing.keep_draft(db, number, draft, actor=actor, now=now)
    if tried.problem is not None:
        return _page(request, db, number, actor=actor, step=step, entered=form, problem=tried.problem)
    onward = "#versions" if going == "send" else f"?step={_number(going)}"
    return Redirect(f"{writing.page_of(number)}{onward}", status_code=303)


def _page(
    request: PageRequest, look: ReadSession, number: str, *, actor: Actor, step: int, entered: Form | None = None,
    problem: Problem | None = None,
) -> Template:  # fmt: skip
    complaint = queries.by_number(look, number)
    draft = _merged(writing.draft_of(look, complaint, actor=actor), entered or {})
    sent = writing.versions(look, complaint.id)
    writes = writing.may_be_written(complaint) and may(actor, permissions.MAJOR_REPORT_WRITE)
    begun = writing.is_begun(look, complaint, actor=actor)
    shown = (step or (steps.first_open(draft) if begun else 1)) if writes else 0
    return page(
        request, "major_report.html", status=responses.status_of(problem) if problem else 200, complaint=complaint,
        known=facts.known(look, complaint), draft=draft, sent=sent[::-1], latest=len(sent), step=shown, steps=STEPS,
        problem=problem, missing=[name for name in STEPS if not getattr(draft, name)],
    )  # fmt: skip


def _merged(draft: Draft, form: Form) -> Draft:
    """The draft with what the form says of it."""
    said: Mapping[str, object] = {name: form[name].strip() or None for name in STEPS if name in form}
    return forms.converted({**msgspec.to_builtins(draft), **said}, Draft)


def _number(text: str | None) -> int:
    """A number that our own form wrote; anything else is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004


ROUTES: Final = [show_report, write_report]
