"""Who is asking: a session's cookie or an API token turned into an Actor, one statement each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text

from foundation.accounts import secrets
from foundation.accounts.roles import EVERYWHERE, Actor, ActorKind, Role
from foundation.accounts.signing_in import IDLE
from foundation.database.session import ReadSession, WriteSession, swiftly

#: How stale `last_seen_at` may get before it is written again: one write in five minutes instead of one per request.
SEEN_AGAIN_AFTER: Final = timedelta(minutes=5)

_SESSION = text(
    """
    SELECT s.id, s.last_seen_at, s.about_id, u.id AS user_id, u.login, u.name, u.role, u.language,
           ARRAY(SELECT r.region_code FROM user_regions r WHERE r.user_id = u.id) AS regions
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = :hash AND s.revoked_at IS NULL AND s.expires_at > :now AND s.last_seen_at > :idle_since
      AND u.active
    """
)
_TOKEN = text(
    """
    SELECT id, name, powers, regions FROM api_tokens
    WHERE token_hash = :hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
    """
)
#: Never backwards, and never for a session that was revoked in between.
_SEEN = text("UPDATE sessions SET last_seen_at = :now WHERE id = :id AND revoked_at IS NULL AND last_seen_at < :now")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A person with a live session."""

    actor: Actor
    name: str
    session_id: UUID
    csrf: str
    #: `last_seen_at` is due to be written (`seen`).
    is_stale: bool


def by_session(look: ReadSession, token: str, *, now: datetime) -> Authenticated | None:
    """The person whose session this is; None if it is unknown, revoked, idle for too long or over."""
    row = look.execute(_SESSION, {"hash": secrets.stored(token), "now": now, "idle_since": now - IDLE}).one_or_none()
    if row is None:
        return None
    return Authenticated(
        actor=_person(row), name=row.name, session_id=row.id, csrf=secrets.csrf_of(token),
        is_stale=row.last_seen_at <= now - SEEN_AGAIN_AFTER,
    )  # fmt: skip


def seen(db: WriteSession, session_id: UUID, *, now: datetime) -> None:
    """Note that the session is in use."""
    db.execute(_SEEN, {"id": session_id, "now": now})


def by_token(look: ReadSession, token: str, *, now: datetime) -> Actor | None:
    """The system whose API token this is; None if it is unknown, revoked or over."""
    row = swiftly(look, _TOKEN, {"hash": secrets.stored(token), "now": now}).one_or_none()
    if row is None:
        return None
    return Actor(
        kind=ActorKind.TOKEN, id=row.id, label=row.name, powers=frozenset(row.powers),
        regions=None if row.regions is None else frozenset(row.regions),
    )  # fmt: skip


def _person(row: Row[tuple[object, ...]]) -> Actor:
    role = Role(row.role)
    return Actor(
        kind=ActorKind.USER, id=row.user_id, label=row.login, role=role,
        regions=None if role in EVERYWHERE else frozenset(row.regions), language=row.language,
        limited_to=row.about_id,
    )  # fmt: skip
