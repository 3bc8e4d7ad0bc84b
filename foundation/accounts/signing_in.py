"""Signing in and out.

A failure is counted before the password is looked at, in a transaction of its own: neither a rollback nor a hundred
attempts at once make it cheaper. Delays grow; nobody is locked out, so nobody can lock somebody else out for ever.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text, update

from foundation.accounts import passwords, secrets, security
from foundation.accounts.errors import SignInDelayed, SignInFailed
from foundation.accounts.models import EntryLink, SignInDelay, User, UserSession
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, unit_of_work

#: A session ends after this long without a request, and in any case after the second.
IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
#: Failures that cost nothing yet, and the longest wait.
FREE_FAILURES: Final = 3
LONGEST_DELAY_S: Final = 300
#: Failures older than this are forgotten.
FORGOTTEN_AFTER: Final = timedelta(hours=24)
#: A session's row is kept for this long after its end, for whoever asks who was signed in when.
KEPT_FOR: Final = timedelta(days=30)
AGENT_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` goes into the cookie and is known nowhere else."""

    token: str
    csrf: str
    session_id: UUID
    user_id: UUID
    login: str
    name: str
    role: str
    language: str
    expires_at: datetime


#: Counts the failure that this attempt is until it succeeds. No row comes back while the login has to wait.
_ATTEMPT = text(
    """
    INSERT INTO sign_in_delays (login, failures, not_before, failed_at) VALUES (:login, 1, :now, :now)
    ON CONFLICT (login) DO UPDATE SET
        failures = CASE WHEN sign_in_delays.failed_at < :forgotten THEN 1 ELSE sign_in_delays.failures + 1 END,
        not_before = CASE WHEN sign_in_delays.failed_at < :forgotten THEN :now ELSE
            CAST(:now AS timestamptz) + make_interval(secs =>
                CASE WHEN sign_in_delays.failures + 1 <= :free THEN 0
                ELSE LEAST(:longest, power(2, LEAST(sign_in_delays.failures + 1 - :free, 20))) END) END,
        failed_at = :now
    WHERE sign_in_delays.not_before <= :now OR sign_in_delays.failed_at < :forgotten
    RETURNING failures
    """
)
_PRUNE_SESSIONS = text(
    """
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expires_at < :before ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    """
)
_PRUNE_DELAYS = text(
    """
    DELETE FROM sign_in_delays WHERE login IN (
        SELECT login FROM sign_in_delays WHERE failed_at < :before AND not_before < :now
        ORDER BY failed_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    """
)


def sign_in(
    sessions: Sessions, *, login: str, password: str, user_agent: str | None, now: datetime, address: str | None = None
) -> SignedIn:
    """Open a session for the person. Raises SignInFailed; SignInDelayed with `retry_after_s`.

    Opens its own short transactions and holds none while the password is computed.
    """
    login = login.strip().casefold()[:AGENT_LENGTH]
    with unit_of_work(sessions) as db:
        _count_attempt(db, login, now=now)
        person = db.scalars(select(User).where(User.login == login)).one_or_none()
    if not passwords.matches(person.password_hash if person else None, password) or person is None or not person.active:
        with unit_of_work(sessions) as db:
            security.note(db, "sign-in.failed", actor=None, facts={"login": login}, now=now)
        raise SignInFailed
    fresh_hash = passwords.hashed(password) if passwords.is_outdated(person.password_hash) else None
    with unit_of_work(sessions) as db:
        db.execute(delete(SignInDelay).where(SignInDelay.login == login))
        if fresh_hash is not None:
            db.execute(update(User).where(User.id == person.id).values(password_hash=fresh_hash))
        return open_session(db, person, user_agent=user_agent, address=address, now=now)


def open_session(
    db: WriteSession,
    person: User,
    *,
    user_agent: str | None,
    now: datetime,
    address: str | None = None,
    about_id: UUID | None = None,
    until: datetime | None = None,
) -> SignedIn:
    """A session with a fresh id, whatever the browser sent before: a planted cookie is never adopted.

    `about_id` limits it to that matter, `until` ends it earlier than others.
    """
    token = secrets.fresh()
    made = UserSession(
        id=new_id(), user_id=person.id, token_hash=secrets.stored(token), created_at=now, last_seen_at=now,
        expires_at=until or now + LONGEST, about_id=about_id, address=masked(address),
        user_agent=(user_agent or "").replace("\x00", "")[:AGENT_LENGTH] or None,
    )  # fmt: skip
    db.add(made)
    return SignedIn(
        token=token, csrf=secrets.csrf_of(token), session_id=made.id, user_id=person.id, login=person.login,
        name=person.name, role=person.role, language=person.language, expires_at=made.expires_at,
    )  # fmt: skip


def masked(address: str | None) -> str | None:
    """An IP address as it may be kept: its network, without the part that names one line. None for what is no address."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return ".".join([*str(found).split(".")[:2], "*", "*"])
    return ":".join([*found.exploded.split(":")[:3], "*"])


def sign_out(db: WriteSession, session_id: UUID, *, now: datetime) -> None:
    """Revoke the session; it never works again."""
    db.execute(
        update(UserSession).where(UserSession.id == session_id, UserSession.revoked_at.is_(None)).values(revoked_at=now)
    )


def sign_out_everywhere(db: WriteSession, user_id: UUID, *, now: datetime, but: UUID | None = None) -> None:
    """Revoke all sessions of a person: password changed, account closed. `but` is the one that may stay.

    The links in their letters open nothing more either.
    """
    links = update(EntryLink).where(EntryLink.user_id == user_id, EntryLink.expires_at > now)
    db.execute(links.values(expires_at=now))
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    db.execute((ending if but is None else ending.where(UserSession.id != but)).values(revoked_at=now))


def prune_sessions(db: WriteSession, *, now: datetime, limit: int) -> int:
    """Forget up to `limit` sessions that ended long ago; returns how many. A revoked one goes when it would have ended."""
    return int(getattr(db.execute(_PRUNE_SESSIONS, {"before": now - KEPT_FOR, "limit": limit}), "rowcount", 0))


def prune_delays(db: WriteSession, *, now: datetime, limit: int) -> int:
    """Forget up to `limit` logins whose failures count no more; returns how many."""
    given = {"before": now - FORGOTTEN_AFTER, "now": now, "limit": limit}
    return int(getattr(db.execute(_PRUNE_DELAYS, given), "rowcount", 0))


def _count_attempt(db: WriteSession, login: str, *, now: datetime) -> None:
    counted = db.execute(
        _ATTEMPT,
        {
            "login": login, "now": now, "forgotten": now - FORGOTTEN_AFTER,
            "free": FREE_FAILURES, "longest": LONGEST_DELAY_S,
        },
    ).one_or_none()  # fmt: skip
    if counted is not None:
        return
    until = db.scalars(select(SignInDelay.not_before).where(SignInDelay.login == login)).one()
    raise SignInDelayed(retry_after_s=max(1, math.ceil((until - now).total_seconds())))
