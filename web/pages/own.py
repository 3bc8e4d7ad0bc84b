"""Oneself: where one is signed in, one's password, and who answers while one is away."""

from datetime import datetime
from math import ceil
from typing import Final, cast
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from foundation.accounts import absences, actions, permissions, rates, security, sessions
from foundation.accounts.errors import SignInDelayed
from foundation.accounts.http.people import TRIES, TRY_EVERY
from foundation.accounts.http.sessions import open_sessions
from foundation.accounts.http.sessions import person as person_of
from foundation.accounts.roles import Actor
from foundation.accounts.schemas import OwnAbsence, OwnPassword
from foundation.database.session import ReadSession, Sessions, WriteSession, unit_of_work
from foundation.problems import Problem
from web import forms, responses
from web.forms import Form
from web.pages import inbox
from web.pages.devices import device
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest


@get("/me", opt={"permission": permissions.BE_HERE}, include_in_schema=False, sync_to_thread=True)
def show(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, saved: str = "") -> Template:
    """Oneself."""
    return _page(request, look, actor, now=now, saved=bool(saved), problem=None)


@post("/me/sessions", opt={"permission": permissions.BE_HERE}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def end_sessions(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """End one session of one's own, or all but this one."""
    own = cast("UUID", actor.id)
    with forms.attempt(db) as tried:
        if form.get("do") == "end-all":
            sessions.end_all(db, own, but=forms.session_of(request), actor=actor, now=now)
        else:
            sessions.end(db, own, forms.id_in(form, "session_id"), actor=actor, now=now)
    return _onward(request, db, actor, now=now, problem=tried.problem)


@post("/me/absence", opt={"permission": permissions.OWN_ABSENCE}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def absence(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """I am away until then and my deputy answers; or I am back."""
    with forms.attempt(db) as tried:
        if form.get("do") == "back":
            absences.come_back(db, actor=actor, now=now)
        else:
            until = forms.wall_time(form.get("until", ""), field="until", zone=COMPANY_ZONE)
            data = forms.shaped({"until": until, "deputy_id": form.get("deputy_id", "")}, OwnAbsence)
            absences.go_away(db, until=data.until, deputy_id=data.deputy_id, actor=actor, now=now)
    return _onward(request, db, actor, now=now, problem=tried.problem)


@post("/me/password", opt={"permission": permissions.CHANGE_OWN_PASSWORD}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def password(
    *, request: PageRequest, form: Form, sessions: Sessions, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Choose another password; every other session of one's own ends. Tries are counted as by the API."""
    try:
        _count_try(sessions, actor, now=request.app.state.clock.machine_now())
        given = forms.converted({name: form.get(name, "") for name in ("old", "new")}, OwnPassword)
        this = cast("UUID", forms.session_of(request))
        with db.begin_nested():
            actions.change_own_password(
                db, cast("UUID", actor.id), old=given.old, new=given.new, session_id=this, actor=actor, now=now
            )
    except Problem as problem:
        security.note(db, f"refused.{problem.code}", actor=actor, facts={"path": "/me/password"}, now=now)
        return _onward(request, db, actor, now=now, problem=problem)
    return Redirect("/me?saved=1", status_code=303)


def _count_try(sessions: Sessions, actor: Actor, *, now: datetime) -> None:
    with unit_of_work(sessions) as db:
        wait = rates.spend(db, f"password:{actor.id}", every=TRY_EVERY, burst=TRIES, now=now)
    if wait is not None:
        raise SignInDelayed(retry_after_s=ceil(wait.total_seconds()))


def _onward(request: PageRequest, db: WriteSession, actor: Actor, *, now: datetime, problem: Problem | None) -> Answer:
    if problem is None:
        return Redirect("/me?saved=1", status_code=303)
    return _page(request, db, actor, now=now, saved=False, problem=problem)


def _page(
    request: PageRequest, look: ReadSession, actor: Actor, *, now: datetime, saved: bool, problem: Problem | None
) -> Template:
    own = cast("UUID", actor.id)
    return page(
        request, "own.html", status=200 if problem is None else responses.status_of(problem), saved=saved,
        problem=problem, entered={}, ticked={}, person=person_of(look, own), device=device,
        absence=inbox.absence(look, actor=actor, now=now),
        sessions=open_sessions(look, own, this=forms.session_of(request), now=now),
    )  # fmt: skip


ROUTES: Final = [show, end_sessions, absence, password]
