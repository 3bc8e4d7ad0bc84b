"""Where somebody is signed in: the sessions that still work, and ending them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from foundation.accounts import security, signing_in
from foundation.accounts.errors import SessionNotFound
from foundation.accounts.models import User, UserSession
from foundation.accounts.roles import Actor
from foundation.accounts.signing_in import IDLE
from foundation.database.session import ReadSession, WriteSession


def live(look: ReadSession, user_id: UUID, *, now: datetime) -> Sequence[UserSession]:
    """The sessions of the person with which a request would be let in, the one seen last first."""
    return look.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now,
            UserSession.last_seen_at > now - IDLE,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id)
    ).all()  # fmt: skip


def end(db: WriteSession, user_id: UUID, session_id: UUID, *, actor: Actor, now: datetime) -> None:
    """End one session of the person for good; once is enough. Raises SessionNotFound for one of somebody else."""
    found = db.get(UserSession, session_id)
    if found is None or found.user_id != user_id:
        raise SessionNotFound(session=session_id)
    if found.revoked_at is None:
        signing_in.sign_out(db, session_id, now=now)
        _note(db, user_id, "session.ended", actor=actor, now=now)


def end_all(db: WriteSession, user_id: UUID, *, actor: Actor, now: datetime, but: UUID | None = None) -> None:
    """End every session of the person; `but` is the one in which it is asked for. Raises SessionNotFound."""
    if db.get(User, user_id) is None:
        raise SessionNotFound(user=user_id)
    signing_in.sign_out_everywhere(db, user_id, now=now, but=but)
    _note(db, user_id, "sessions.ended", actor=actor, now=now)


def _note(db: WriteSession, user_id: UUID, kind: str, *, actor: Actor, now: datetime) -> None:
    security.note(db, kind, actor=actor, facts={"login": db.get_one(User, user_id).login}, now=now)
