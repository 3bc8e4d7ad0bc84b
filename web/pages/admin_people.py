"""People: who signs in as what, for which regions, how they are reached, with which deputy, and where they are signed in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template
from msgspec import UNSET
from sqlalchemy import select

from foundation.accounts import actions, permissions, queries, sessions
from foundation.accounts.http.sessions import open_sessions
from foundation.accounts.http.sessions import person as person_of
from foundation.accounts.models import User
from foundation.accounts.roles import Actor, Role
from foundation.accounts.schemas import NewPassword, PersonAnswer, UserChange, UserWish
from foundation.database.session import ReadSession, WriteSession
from foundation.language import Language
from foundation.notifications.models import ChannelName
from foundation.problems import Problem
from foundation.wire import Cursor, cursor_of, cursor_parts
from web import forms, responses
from web.forms import Form
from web.pages.devices import device
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: People of one page.
PEOPLE: Final = 50

Ticked = Mapping[str, Sequence[str]]
Search = Annotated[str | None, Parameter(max_length=100)]


@get("/admin/people", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False, sync_to_thread=True)
def people(
    request: PageRequest, look: ReadSession, q: Search = None, cursor: Cursor | None = None, saved: str = ""
) -> Template:
    """People by login, and the form for another."""
    return _list(request, look, q=q, cursor=cursor, saved=bool(saved), entered={}, ticked={}, problem=None)


@post("/admin/people", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(*, request: PageRequest, form: Form, ticked: Ticked, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Add a person."""
    with forms.attempt(db) as tried:
        wish = forms.shaped({**form, "regions": list(ticked.get("regions", ()))} | _no_regions(ticked), UserWish)
        actions.add_user(
            db, wish.login, name=wish.name, role=wish.role, regions=wish.regions, password=wish.password,
            language=wish.language, email=wish.email, phone=wish.phone, deputy_id=wish.deputy_id, actor=actor, now=now,
        )  # fmt: skip
    if tried.problem is None:
        return Redirect("/admin/people?saved=1", status_code=303)
    return _list(
        request, db, q=None, cursor=None, saved=False, entered=form, ticked=ticked, problem=tried.problem
    )  # fmt: skip


@get("/admin/people/{user_id:uuid}", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def person(request: PageRequest, user_id: UUID, look: ReadSession, now: datetime, saved: str = "") -> Template:
    """One person. Raises NotFound."""
    return _person(request, look, user_id, now=now, saved=bool(saved), problem=None)


@post("/admin/people/{user_id:uuid}", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def change(
    *, request: PageRequest, user_id: UUID, form: Form, ticked: Ticked, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Change what the form says; close or reopen the account; give a new password; end the absence; end sessions."""
    with forms.attempt(db) as tried:
        _do(db, user_id, form, ticked, actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"/admin/people/{user_id}?saved=1", status_code=303)
    return _person(request, db, user_id, now=now, saved=False, entered=form, ticked=ticked, problem=tried.problem)


def _do(db: WriteSession, user_id: UUID, form: Form, ticked: Ticked, *, actor: Actor, now: datetime) -> None:
    """What the pressed button means."""
    match form.get("do"):
        case "password":
            given = forms.shaped({"password": form.get("password", "")}, NewPassword)
            actions.set_password(db, user_id, given.password, actor=actor, now=now)
        case "back":
            actions.come_back(db, user_id, actor=actor, now=now)
        case "close" | "reopen" as word:
            actions.change_user(db, user_id, active=word == "reopen", actor=actor, now=now)
        case "end-all":
            sessions.end_all(db, user_id, actor=actor, now=now)
        case "end":
            sessions.end(db, user_id, forms.id_in(form, "session_id"), actor=actor, now=now)
        case _:
            _change(db, user_id, form, ticked, actor=actor, now=now)


def _change(db: WriteSession, user_id: UUID, form: Form, ticked: Ticked, *, actor: Actor, now: datetime) -> None:
    """Keep what the form says. Only what differs is given on: a role that stays must not end anybody's sessions."""
    before = person_of(db, user_id)
    wish = forms.converted(_differing(before, form, ticked), UserChange, strict=False)
    given = {name: value for name in UserChange.__struct_fields__ if (value := getattr(wish, name)) is not UNSET}
    if given:
        actions.change_user(db, user_id, **given, actor=actor, now=now)


def _differing(before: PersonAnswer, form: Form, ticked: Ticked) -> dict[str, object]:
    """The fields of the form that say something else than is known; an empty one of those that may be takes away."""
    said: dict[str, object] = {name: form[name] for name in ("name", "role", "language") if name in form}
    said |= {name: form[name] or None for name in ("phone", "email", "deputy_id") if name in form}
    if "channels" in ticked:
        said["channels"] = list(dict.fromkeys(filter(None, ticked["channels"])))
    if "role" in form:
        said["regions"] = sorted(ticked.get("regions", ()))
    if form.get("away_until"):
        said["away_until"] = forms.wall_time(form["away_until"], field="away_until", zone=COMPANY_ZONE)
    known = {name: str(value) if isinstance(value, UUID) else value for name, value in _fields(before).items()}
    return {name: value for name, value in said.items() if value != known.get(name)}


def _fields(answer: PersonAnswer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in answer.__struct_fields__}


def _no_regions(ticked: Ticked) -> dict[str, object]:
    """Nobody ticked is an answer, too: heads and administrators have none."""
    return {} if ticked.get("regions") else {"regions": ()}


def _list(
    request: PageRequest, look: ReadSession, *, q: str | None, cursor: str | None, saved: bool, entered: Form,
    ticked: Ticked, problem: Problem | None,
) -> Template:  # fmt: skip
    after = cursor_parts(cursor, count=1)
    found = queries.people(look, asked=q, after=after[0] if after else None, limit=PEOPLE + 1)
    regions = queries.regions_by_user(look, [each.id for each in found])
    return page(
        request, "admin_people.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        people=[(each, sorted(regions.get(each.id, ()))) for each in found[:PEOPLE]], q=q or "", saved=saved,
        onward=cursor_of(found[PEOPLE - 1].login) if len(found) > PEOPLE else None, problem=problem, entered=entered,
        ticked=ticked, roles=list(Role), languages=list(Language), regions=queries.regions(look),
    )  # fmt: skip


def _person(
    request: PageRequest, look: ReadSession, user_id: UUID, *, now: datetime, saved: bool, problem: Problem | None,
    entered: Form | None = None, ticked: Ticked | None = None,
) -> Template:  # fmt: skip
    found = person_of(look, user_id)
    others = look.scalars(
        select(User).where(User.role == found.role, User.id != found.id, User.active).order_by(User.name, User.id)
    )
    return page(
        request, "admin_person.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        person=found, deputies=_deputies(look, list(others), found.deputy_id), saved=saved, problem=problem,
        entered=entered or {}, ticked=ticked or {}, roles=list(Role), languages=list(Language),
        channels=list(ChannelName), regions=queries.regions(look), device=device,
        sessions=open_sessions(look, user_id, this=forms.session_of(request), now=now),
    )  # fmt: skip


def _deputies(look: ReadSession, others: list[User], deputy_id: UUID | None) -> list[User]:
    """Whoever may be chosen, and whoever is chosen now."""
    chosen = queries.user(look, deputy_id) if deputy_id and deputy_id not in {each.id for each in others} else None
    return others if chosen is None else [chosen, *others]


ROUTES: Final = [people, add, person, change]
