"""One-time links in letters: whoever was written to opens the one matter that it is about, without a password, once.

The session that begins so is limited: it reads that matter and takes it. Whatever else the person may do asks for their
password first. Of a link only its hash is kept, like of every secret; it ends with its matter, or after a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from foundation.accounts import secrets, security, signing_in
from foundation.accounts.models import EntryLink, User, UserSession
from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.accounts.signing_in import SignedIn
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession

#: How long a link may be used, and how long the session that it opens may last, from the letter on.
LIFE: Final = timedelta(hours=24)
#: Used by whoever comes first; nobody closed may come.
_USE = text(
    """
    UPDATE entry_links SET used_at = :now
    WHERE token_hash = :hash AND used_at IS NULL AND expires_at > :now
      AND EXISTS (SELECT 1 FROM users u WHERE u.id = entry_links.user_id AND u.active)
    RETURNING user_id, about_id, path, expires_at
    """
)
_PRUNE = text(
    """
    DELETE FROM entry_links WHERE id IN (
        SELECT id FROM entry_links WHERE expires_at < :before ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    """
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A limited session that has begun, and the page it is for."""

    session: SignedIn
    path: str


def issue(
    db: WriteSession, user_id: UUID, *, about_id: UUID, path: str, now: datetime, letter_id: UUID | None = None
) -> str:
    """A new link for this person to this matter; its secret, which is known only now.

    The link of a letter has the letter's key: written anew because the letter did not arrive, it takes the place of the
    one before, whose secret opens nothing any more.
    """
    token = secrets.fresh()
    fresh = {
        "user_id": user_id, "about_id": about_id, "path": path, "token_hash": secrets.stored(token), "created_at": now,
        "expires_at": now + LIFE, "used_at": None,
    }  # fmt: skip
    made = insert(EntryLink).values(id=letter_id or new_id(), **fresh)
    db.execute(made.on_conflict_do_update(index_elements=["id"], set_=fresh))
    return token


def path_of(token: str) -> str:
    """Where somebody goes with the secret."""
    return f"/e/{token}"


def leads_to(look: ReadSession, token: str) -> str | None:
    """The page that a link is for, whatever has become of it; None for what was never one."""
    return look.scalar(select(EntryLink.path).where(EntryLink.token_hash == secrets.stored(token)))


def enter(
    db: WriteSession, token: str, *, user_agent: str | None, address: str | None, now: datetime
) -> Entered | None:
    """Use the link up and begin its limited session; None when it was used, is over or never was. Both are noted."""
    row = db.execute(_USE, {"hash": secrets.stored(token), "now": now}).one_or_none()
    if row is None:
        _note_refusal(db, token, now=now)
        return None
    person = db.get_one(User, row.user_id)
    opened = signing_in.open_session(
        db, person, user_agent=user_agent, address=address, now=now, about_id=row.about_id, until=row.expires_at
    )
    actor = Actor(kind=ActorKind.USER, id=person.id, label=person.login, role=Role(person.role))
    security.note(db, "link.opened", actor=actor, facts={"path": row.path}, now=now)
    return Entered(opened, row.path)


def end(db: WriteSession, about_id: UUID, *, now: datetime) -> None:
    """The matter is over: its links open nothing more, and the sessions that came by one end."""
    links = update(EntryLink).where(EntryLink.about_id == about_id, EntryLink.expires_at > now)
    db.execute(links.values(expires_at=now))
    came = update(UserSession).where(UserSession.about_id == about_id, UserSession.revoked_at.is_(None))
    db.execute(came.values(revoked_at=now))


def prune(db: WriteSession, *, now: datetime, limit: int) -> int:
    """Forget up to `limit` links that were over long ago; returns how many."""
    given = {"before": now - signing_in.KEPT_FOR, "limit": limit}
    return int(getattr(db.execute(_PRUNE, given), "rowcount", 0))


def _note_refusal(db: WriteSession, token: str, *, now: datetime) -> None:
    found = db.scalars(select(EntryLink).where(EntryLink.token_hash == secrets.stored(token))).one_or_none()
    why = "unknown" if found is None else "used" if found.used_at is not None else "over"
    facts = {"why": why, **({} if found is None else {"path": found.path, "user_id": found.user_id})}
    security.note(db, "link.refused", actor=None, facts=facts, now=now)
