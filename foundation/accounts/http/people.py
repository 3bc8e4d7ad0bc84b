"""Routes of signing in, people, regions, tokens and security events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Final, cast
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler
from msgspec import Meta
from sqlalchemy import select

from foundation.accounts import absences, actions, permissions, queries, rates, security, signing_in
from foundation.accounts.authenticating import Authenticated
from foundation.accounts.cookies import session_cookie, session_cookie_gone
from foundation.accounts.errors import SignInDelayed
from foundation.accounts.models import ApiToken, Region, User
from foundation.accounts.roles import EVERYWHERE, Actor
from foundation.accounts.schemas import (
    NewPassword,
    OwnAbsence,
    OwnPassword,
    RegionAnswer,
    RegionWish,
    SecurityEventAnswer,
    SessionAnswer,
    SignInWish,
    TokenAnswer,
    TokenWish,
    UserAnswer,
    UserChange,
    UserWish,
)
from foundation.database.session import ReadSession, Sessions, WriteSession, reading, unit_of_work
from foundation.wire import Cursor, Page, PageSize, cursor_id, cursor_parts, page

#: Part of a login or a name.
Search = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00]*$")]
#: Tries of the present password by somebody signed in: so many at once, then one in this time.
TRIES: Final = 10
TRY_EVERY: Final = timedelta(minutes=1)


@post("/session", operation_id="signIn", sync_to_thread=True, opt={"public": "this is where one signs in"})
def sign_in(
    data: SignInWish, request: Request[object, object, State], sessions: Sessions, now: datetime
) -> Response[SessionAnswer]:
    """Open a session; the answer's cookie carries it, and its `csrf` goes into the header of unsafe requests."""
    made = signing_in.sign_in(
        sessions, login=data.login, password=data.password, user_agent=request.headers.get("user-agent"),
        address=request.client.host if request.client else None, now=now,
    )  # fmt: skip
    with reading(sessions) as look:
        regions = None if made.role in EVERYWHERE else sorted(queries.regions_of(look, made.user_id))
    answer = SessionAnswer(
        user_id=made.user_id, login=made.login, name=made.name, role=made.role, language=made.language,
        regions=regions, csrf=made.csrf,
    )  # fmt: skip
    return Response(answer, status_code=201, cookies=[session_cookie(made.token, secure=_secure(request))])


@get("/session", operation_id="readSession", sync_to_thread=False, opt={"permission": permissions.BE_HERE})
def read_session(request: Request[object, object, State], actor: Actor) -> SessionAnswer:
    """Whoever is signed in."""
    found = cast("Authenticated", request.scope["auth"])
    return SessionAnswer(
        user_id=cast("UUID", actor.id), login=actor.label, name=found.name, role=str(actor.role),
        language=actor.language or "", regions=None if actor.regions is None else sorted(actor.regions),
        csrf=found.csrf,
    )  # fmt: skip


@delete(
    "/session", operation_id="signOut", status_code=204, sync_to_thread=True,
    opt={"permission": permissions.BE_HERE},
)  # fmt: skip
def sign_out(request: Request[object, object, State], sessions: Sessions, now: datetime) -> Response[None]:
    """End the session for good."""
    found = cast("Authenticated", request.scope["auth"])
    with unit_of_work(sessions) as db:
        signing_in.sign_out(db, found.session_id, now=now)
    return Response(None, status_code=204, cookies=[session_cookie_gone(secure=_secure(request))])


@put(
    "/session/password", operation_id="changeOwnPassword", status_code=204, sync_to_thread=True,
    opt={"permission": permissions.CHANGE_OWN_PASSWORD},
)  # fmt: skip
def change_own_password(  # noqa: PLR0917 -- the framework fills them by name
    data: OwnPassword, request: Request[object, object, State], sessions: Sessions, db: WriteSession, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """Choose another password; every other session of yours ends."""
    found = cast("Authenticated", request.scope["auth"])
    _count_try(sessions, actor, now=request.app.state.clock.machine_now())
    actions.change_own_password(
        db, cast("UUID", actor.id), old=data.old, new=data.new, session_id=found.session_id, actor=actor, now=now
    )


@put(
    "/session/absence", operation_id="goAway", status_code=204, sync_to_thread=True,
    opt={"permission": permissions.OWN_ABSENCE},
)  # fmt: skip
def go_away(data: OwnAbsence, db: WriteSession, actor: Actor, now: datetime) -> None:
    """I am away until then; my deputy answers."""
    absences.go_away(db, until=data.until, deputy_id=data.deputy_id, actor=actor, now=now)


@delete(
    "/session/absence", operation_id="comeBack", status_code=204, sync_to_thread=True,
    opt={"permission": permissions.OWN_ABSENCE},
)  # fmt: skip
def come_back(db: WriteSession, actor: Actor, now: datetime) -> None:
    """I am back."""
    absences.come_back(db, actor=actor, now=now)


def _count_try(sessions: Sessions, actor: Actor, *, now: datetime) -> None:
    """Whoever found an open session may not try passwords in it. Counted whatever becomes of the request."""
    with unit_of_work(sessions) as db:
        wait = rates.spend(db, f"password:{actor.id}", every=TRY_EVERY, burst=TRIES, now=now)
    if wait is not None:
        raise SignInDelayed(retry_after_s=ceil(wait.total_seconds()))


@get("/regions", operation_id="listRegions", sync_to_thread=True, opt={"permission": permissions.READ_REGIONS})
def list_regions(look: ReadSession) -> list[RegionAnswer]:
    """All regions."""
    return [_region(found) for found in queries.regions(look)]


@post("/regions", operation_id="addRegion", sync_to_thread=True, opt={"permission": permissions.MANAGE_REGIONS})
def add_region(data: RegionWish, db: WriteSession, actor: Actor, now: datetime) -> RegionAnswer:
    """Add a region."""
    made = actions.add_region(
        db, data.code, name_zh=data.name_zh, name_en=data.name_en, timezone=data.timezone, actor=actor, now=now
    )
    return _region(made)


@get("/users", operation_id="listUsers", sync_to_thread=True, opt={"permission": permissions.MANAGE_USERS})
def list_users(
    look: ReadSession, limit: PageSize = 50, cursor: Cursor | None = None, q: Search | None = None
) -> Page[UserAnswer]:
    """People by login; `q` is part of a login or a name."""
    after = cursor_parts(cursor, count=1)
    people = queries.people(look, asked=q, after=after[0] if after else None, limit=limit + 1)
    regions = queries.regions_by_user(look, [person.id for person in people])
    return page(
        people, size=limit, shape=lambda person: _user(person, regions.get(person.id, ())),
        key=lambda person: (person.login,),
    )  # fmt: skip


@post("/users", operation_id="addUser", sync_to_thread=True, opt={"permission": permissions.MANAGE_USERS})
def add_user(data: UserWish, db: WriteSession, actor: Actor, now: datetime) -> UserAnswer:
    """Add a person."""
    made = actions.add_user(
        db, data.login, name=data.name, role=data.role, regions=data.regions, password=data.password,
        language=data.language, email=data.email, phone=data.phone, deputy_id=data.deputy_id, actor=actor, now=now,
    )  # fmt: skip
    return _user(made, data.regions)


@patch("/users/{user_id:uuid}", operation_id="changeUser", sync_to_thread=True,
       opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def change_user(user_id: UUID, data: UserChange, db: WriteSession, actor: Actor, now: datetime) -> UserAnswer:
    """Change a person's name, role, regions, language, how they are reached, deputy, absence; close or reopen the
    account. What isn't named stays; null takes away phone, address, deputy or absence.
    """
    person = actions.change_user(
        db, user_id, active=data.active, role=data.role, regions=data.regions, name=data.name, phone=data.phone,
        email=data.email, language=data.language, channels=data.channels, deputy_id=data.deputy_id,
        away_until=data.away_until, actor=actor, now=now,
    )  # fmt: skip
    return _user(person, queries.regions_of(db, user_id))


@put("/users/{user_id:uuid}/password", operation_id="setPassword", status_code=204, sync_to_thread=True,
     opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def set_password(user_id: UUID, data: NewPassword, db: WriteSession, actor: Actor, now: datetime) -> None:
    """Give somebody a new password; all their sessions end."""
    actions.set_password(db, user_id, data.password, actor=actor, now=now)


@delete("/users/{user_id:uuid}/absence", operation_id="endAbsence", status_code=204, sync_to_thread=True,
        opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def end_absence(user_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """Somebody who was away is back; their deputy answers no more."""
    actions.come_back(db, user_id, actor=actor, now=now)


@get("/tokens", operation_id="listTokens", sync_to_thread=True, opt={"permission": permissions.MANAGE_TOKENS})
def list_tokens(look: ReadSession) -> list[TokenAnswer]:
    """All API tokens, without their secrets."""
    return [_token(token) for token in look.scalars(select(ApiToken).order_by(ApiToken.created_at.desc()).limit(500))]


@post("/tokens", operation_id="addToken", sync_to_thread=True, opt={"permission": permissions.MANAGE_TOKENS})
def add_token(
    data: TokenWish, request: Request[object, object, State], db: WriteSession, actor: Actor, now: datetime
) -> TokenAnswer:
    """Make an API token. Its secret is in this answer and nowhere else."""
    made = actions.add_token(
        db, data.name, powers=data.powers, regions=data.regions, expires_at=data.expires_at,
        known_powers=request.app.state.get("powers"), actor=actor, now=now,
    )  # fmt: skip
    db.flush()  # so that the row is there to be read
    return _token(db.get_one(ApiToken, made.id), secret=made.secret)


@delete("/tokens/{token_id:uuid}", operation_id="revokeToken", status_code=204, sync_to_thread=True,
        opt={"permission": permissions.MANAGE_TOKENS})  # fmt: skip
def revoke_token(token_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """End a token for good."""
    actions.revoke_token(db, token_id, actor=actor, now=now)


@get("/security-events", operation_id="listSecurityEvents", sync_to_thread=True,
     opt={"permission": permissions.READ_SECURITY_EVENTS})  # fmt: skip
def list_security_events(
    look: ReadSession, limit: PageSize = 50, cursor: Cursor | None = None
) -> Page[SecurityEventAnswer]:
    """Security events, newest first."""
    rows = security.latest(look, before=cursor_id(cursor), limit=limit + 1)
    return page(
        rows, size=limit, key=lambda event: (str(event.id),),
        shape=lambda event: SecurityEventAnswer(
            id=event.id, kind=event.kind, at=event.at, actor=event.actor_label, facts=event.facts
        ),
    )  # fmt: skip


def _secure(request: Request[object, object, State]) -> bool:
    return bool(request.app.state.get("secure_cookies", True))


def _region(found: Region) -> RegionAnswer:
    return RegionAnswer(code=found.code, name_zh=found.name_zh, name_en=found.name_en, timezone=found.timezone)


def _user(person: User, regions: Sequence[str] | frozenset[str]) -> UserAnswer:
    return UserAnswer(
        id=person.id, login=person.login, name=person.name, role=person.role, regions=sorted(regions),
        language=person.language, channels=person.channels, active=person.active, deputy_id=person.deputy_id,
        away_until=person.away_until,
    )  # fmt: skip


def _token(token: ApiToken, *, secret: str | None = None) -> TokenAnswer:
    return TokenAnswer(
        id=token.id, name=token.name, powers=token.powers, regions=token.regions, created_at=token.created_at,
        expires_at=token.expires_at, revoked_at=token.revoked_at, secret=secret,
    )  # fmt: skip


ROUTES: Final[list[ControllerRouterHandler]] = [
    sign_in, read_session, sign_out, list_regions, add_region, list_users, add_user, change_user, set_password,
    end_absence, change_own_password, go_away, come_back, list_tokens,
    add_token, revoke_token, list_security_events,
]  # fmt: skip
