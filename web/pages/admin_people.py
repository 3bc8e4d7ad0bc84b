"""People: who signs in as what, for which regions, with which deputy; and the API tokens of other systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template
from msgspec import UNSET
from sqlalchemy import select

from foundation.accounts import actions, permissions, queries
from foundation.accounts.models import ApiToken, User
from foundation.accounts.roles import Actor, Role
from foundation.accounts.schemas import NewPassword, TokenWish, UserChange, UserWish
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotFound, Problem
from foundation.wire import Cursor, cursor_of, cursor_parts
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: People of one page.
PEOPLE: Final = 50
TOKENS: Final = 200

Ticked = Mapping[str, Sequence[str]]
Search = Annotated[str | None, Parameter(max_length=100)]


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody as the list and the form show them; no phone, no address, as in the API."""

    id: UUID
    login: str
    name: str
    role: str
    regions: Sequence[str]
    active: bool
    deputy_id: UUID | None
    away_until: datetime | None


@get("/admin/people", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False, sync_to_thread=True)
def people(
    request: PageRequest, look: ReadSession, q: Search = None, cursor: Cursor | None = None, saved: str = ""
) -> Template:
    """People by login, and the form for another."""
    return _list(request, look, q=q, cursor=cursor, saved=bool(saved), entered={}, problem=None)


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
    return _list(request, db, q=None, cursor=None, saved=False, entered=form, problem=tried.problem)


@get("/admin/people/{user_id:uuid}", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def person(request: PageRequest, user_id: UUID, look: ReadSession, saved: str = "") -> Template:
    """One person. Raises NotFound."""
    return _person(request, look, user_id, saved=bool(saved), problem=None)


@post("/admin/people/{user_id:uuid}", opt={"permission": permissions.MANAGE_USERS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def change(
    *, request: PageRequest, user_id: UUID, form: Form, ticked: Ticked, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Change role, regions, deputy, absence; close or reopen the account; give a new password; end the absence."""
    with forms.attempt(db) as tried:
        match form.get("do"):
            case "password":
                given = forms.shaped({"password": form.get("password", "")}, NewPassword)
                actions.set_password(db, user_id, given.password, actor=actor, now=now)
            case "back":
                actions.come_back(db, user_id, actor=actor, now=now)
            case _:
                _change(db, user_id, form, ticked, actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"/admin/people/{user_id}?saved=1", status_code=303)
    return _person(request, db, user_id, saved=False, problem=tried.problem)


def _change(db: WriteSession, user_id: UUID, form: Form, ticked: Ticked, *, actor: Actor, now: datetime) -> None:
    """Keep what the form says. Only what differs is given on: a role that stays must not end anybody's sessions."""
    before = queries.user(db, user_id)
    if before is None:
        raise NotFound(user=user_id)
    regions = sorted(ticked.get("regions", ()))
    away = form.get("away_until", "")
    said: dict[str, object] = {
        "active": (form.get("do") != "close") if form.get("do") in {"close", "reopen"} else None,
        "role": form.get("role") if form.get("role") != before.role else None,
        "deputy_id": form.get("deputy_id"),
        "away_until": forms.wall_time(away, field="away_until", zone=COMPANY_ZONE) if away else None,
    }
    wish = forms.shaped(said, UserChange)
    actions.change_user(
        db, user_id, active=wish.active, role=wish.role, away_until=wish.away_until,
        deputy_id=None if form.get("deputy_id") == "" else wish.deputy_id,
        regions=regions if regions != sorted(queries.regions_of(db, user_id)) and "role" in form else UNSET,
        actor=actor, now=now,
    )  # fmt: skip


def _no_regions(ticked: Ticked) -> dict[str, object]:
    """Nobody ticked is an answer, too: heads and administrators have none."""
    return {} if ticked.get("regions") else {"regions": ()}


def _list(
    request: PageRequest, look: ReadSession, *, q: str | None, cursor: str | None, saved: bool, entered: Form,
    problem: Problem | None,
) -> Template:  # fmt: skip
    after = cursor_parts(cursor, count=1)
    found = queries.people(look, asked=q, after=after[0] if after else None, limit=PEOPLE + 1)
    regions = queries.regions_by_user(look, [each.id for each in found])
    return page(
        request, "admin_people.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        people=[_view(each, regions.get(each.id, ())) for each in found[:PEOPLE]], q=q or "", saved=saved,
        onward=cursor_of(found[PEOPLE - 1].login) if len(found) > PEOPLE else None, problem=problem, entered=entered,
        roles=list(Role), regions=[region.code for region in queries.regions(look)],
    )  # fmt: skip


def _person(
    request: PageRequest, look: ReadSession, user_id: UUID, *, saved: bool, problem: Problem | None
) -> Template:
    found = queries.user(look, user_id)
    if found is None:
        raise NotFound(user=user_id)
    others = look.scalars(
        select(User).where(User.role == found.role, User.id != found.id, User.active).order_by(User.login)
    )
    return page(
        request, "admin_person.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        person=_view(found, sorted(queries.regions_of(look, user_id))), deputies=list(others), saved=saved,
        problem=problem, roles=list(Role), regions=[region.code for region in queries.regions(look)],
    )  # fmt: skip


def _view(person: User, regions: Sequence[str]) -> PersonView:
    return PersonView(
        person.id, person.login, person.name, person.role, regions, person.active, person.deputy_id, person.away_until
    )


@get("/admin/tokens", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False, sync_to_thread=True)
def tokens(request: PageRequest, look: ReadSession, saved: str = "") -> Template:
    """All API tokens without their secrets, and the form for another."""
    return _tokens(request, look, saved=bool(saved), secret=None, entered={}, problem=None)


@post("/admin/tokens", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False, sync_to_thread=True)
def add_token(
    *, request: PageRequest, form: Form, ticked: Ticked, db: WriteSession, actor: Actor, now: datetime
) -> Template:
    """Make a token. Its secret is in this answer and nowhere else: no redirection, no second look."""
    secret = None
    with forms.attempt(db) as tried:
        regions = list(ticked.get("regions", ())) or None
        wish = forms.shaped(
            {"name": form.get("name"), "powers": list(ticked.get("powers", ())), "regions": regions}, TokenWish
        )
        made = actions.add_token(
            db, wish.name, powers=wish.powers, regions=wish.regions, known_powers=request.app.state.get("powers"),
            actor=actor, now=now,
        )  # fmt: skip
        secret = made.secret
    return _tokens(request, db, saved=False, secret=secret, entered=form, problem=tried.problem)


@post("/admin/tokens/{token_id:uuid}/end", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def end_token(
    *, request: PageRequest, token_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """End a token for good."""
    del form
    with forms.attempt(db) as tried:
        actions.revoke_token(db, token_id, actor=actor, now=now)
    if tried.problem is None:
        return Redirect("/admin/tokens?saved=1", status_code=303)
    return _tokens(request, db, saved=False, secret=None, entered={}, problem=tried.problem)


def _tokens(
    request: PageRequest, look: ReadSession, *, saved: bool, secret: str | None, entered: Form, problem: Problem | None
) -> Template:
    found = look.scalars(select(ApiToken).order_by(ApiToken.created_at.desc()).limit(TOKENS))
    return page(
        request, "admin_tokens.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        tokens=list(found), powers=sorted(request.app.state.get("powers", ())), secret=secret, entered=entered,
        regions=[region.code for region in queries.regions(look)], saved=saved, problem=problem,
    )  # fmt: skip


ROUTES: Final = [people, add, person, change, tokens, add_token, end_token]
