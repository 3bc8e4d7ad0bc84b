"""Routes of open sessions: one's own, and those of the people one looks after."""

from datetime import datetime
from typing import Final, cast
from uuid import UUID

from litestar import Request, delete, get
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from foundation.accounts import permissions, queries, sessions
from foundation.accounts.authenticating import Authenticated
from foundation.accounts.errors import UserNotFound
from foundation.accounts.models import UserSession
from foundation.accounts.roles import Actor
from foundation.accounts.schemas import OpenSession, PersonAnswer
from foundation.database.session import ReadSession, WriteSession

Asked = Request[object, object, State]


@get("/sessions", operation_id="listOwnSessions", sync_to_thread=True, opt={"permission": permissions.BE_HERE})
def list_own(request: Asked, look: ReadSession, actor: Actor, now: datetime) -> list[OpenSession]:
    """Where you are signed in, the browser seen last first."""
    return open_sessions(look, cast("UUID", actor.id), this=_this(request), now=now)


@delete("/sessions", operation_id="endOwnSessions", status_code=204, sync_to_thread=True,
        opt={"permission": permissions.BE_HERE})  # fmt: skip
def end_own_others(request: Asked, db: WriteSession, actor: Actor, now: datetime) -> None:
    """End every session of yours but this one."""
    sessions.end_all(db, cast("UUID", actor.id), but=_this(request), actor=actor, now=now)


@delete("/sessions/{session_id:uuid}", operation_id="endOwnSession", status_code=204, sync_to_thread=True,
        opt={"permission": permissions.BE_HERE})  # fmt: skip
def end_own(session_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """End one session of yours."""
    sessions.end(db, cast("UUID", actor.id), session_id, actor=actor, now=now)


@get("/users/{user_id:uuid}", operation_id="readUser", sync_to_thread=True,
     opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def read_user(user_id: UUID, look: ReadSession) -> PersonAnswer:
    """One person, with how they are reached."""
    return person(look, user_id)


@get("/users/{user_id:uuid}/sessions", operation_id="listSessions", sync_to_thread=True,
     opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def list_sessions(request: Asked, user_id: UUID, look: ReadSession, now: datetime) -> list[OpenSession]:
    """Where a person is signed in, the browser seen last first."""
    if queries.user(look, user_id) is None:
        raise UserNotFound(user_id=user_id)
    return open_sessions(look, user_id, this=_this(request), now=now)


@delete("/users/{user_id:uuid}/sessions", operation_id="endSessions", status_code=204, sync_to_thread=True,
        opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def end_sessions(user_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """End every session of a person."""
    sessions.end_all(db, user_id, actor=actor, now=now)


@delete("/users/{user_id:uuid}/sessions/{session_id:uuid}", operation_id="endSession", status_code=204,
        sync_to_thread=True, opt={"permission": permissions.MANAGE_USERS})  # fmt: skip
def end_session(user_id: UUID, session_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """End one session of a person."""
    sessions.end(db, user_id, session_id, actor=actor, now=now)


def person(look: ReadSession, user_id: UUID) -> PersonAnswer:
    """The person as the administration sees them. Raises UserNotFound."""
    found = queries.user(look, user_id)
    if found is None:
        raise UserNotFound(user_id=user_id)
    return PersonAnswer(
        id=found.id, login=found.login, name=found.name, role=found.role, language=found.language,
        regions=sorted(queries.regions_of(look, user_id)), channels=found.channels, active=found.active,
        deputy_id=found.deputy_id, away_until=found.away_until, phone=found.phone, email=found.email,
    )  # fmt: skip


def open_sessions(look: ReadSession, user_id: UUID, *, this: UUID | None, now: datetime) -> list[OpenSession]:
    """The person's live sessions as they are sent and shown."""
    return [_view(each, this=this) for each in sessions.live(look, user_id, now=now)]


def _view(session: UserSession, *, this: UUID | None) -> OpenSession:
    return OpenSession(
        id=session.id, begun_at=session.created_at, last_seen_at=session.last_seen_at, user_agent=session.user_agent,
        address=session.address, is_this=session.id == this,
        by_link=session.about_id is not None,
    )  # fmt: skip


def _this(request: Asked) -> UUID | None:
    """The session that asks."""
    auth = cast("Authenticated | None", request.scope.get("auth"))
    return auth.session_id if auth else None


ROUTES: Final[list[ControllerRouterHandler]] = [
    list_own, end_own_others, end_own, read_user, list_sessions, end_sessions, end_session,
]  # fmt: skip
