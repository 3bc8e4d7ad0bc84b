"""One effect per Idempotency-Key: the answer is kept in the transaction of the effect and given again.

While the first request runs its key is locked, so a second one hears 409 at once instead of waiting. If it slips in
between the first one's commit and its own look, the primary key refuses its record, and with it its effect.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from foundation.accounts.errors import IdempotencyInFlight, IdempotencyKeyReused
from foundation.database import conflicts
from foundation.database.session import WriteSession

#: How long an answer is given again.
KEPT_FOR: Final = timedelta(days=30)

conflicts.means("pk_idempotency", IdempotencyInFlight)

_BEGIN = text(
    """
    WITH lock AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(hashtextextended(:actor_key || chr(31) || :key, 0)) AS taken
    )
    SELECT lock.taken, i.route, i.body_sha256, i.status, i.headers, i.response
    FROM lock LEFT JOIN idempotency i ON lock.taken AND i.key = :key AND i.actor_key = :actor_key
    """
)
_FINISH = text(
    """
    INSERT INTO idempotency (key, actor_key, route, body_sha256, status, headers, response, created_at)
    VALUES (:key, :actor_key, :route, :body_sha256, :status, CAST(:headers AS jsonb), :response, :now)
    """
)
_PRUNE = text(
    """
    DELETE FROM idempotency WHERE (key, actor_key) IN (
        SELECT key, actor_key FROM idempotency WHERE created_at < :before
        ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    """
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that carries a key; `actor_key` keeps two actors' keys apart, `route` is method and path."""

    key: str
    actor_key: str
    route: str
    body_sha256: bytes


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that was given to the first request."""

    status: int
    headers: dict[str, str]
    body: bytes


def begin(db: WriteSession | Connection, asked: Asked) -> Replay | None:
    """The earlier answer, or None if this is the first request; then the key is locked until the transaction ends.

    Raises IdempotencyInFlight, IdempotencyKeyReused.
    """
    row = db.execute(_BEGIN, {"key": asked.key, "actor_key": asked.actor_key}).one()
    if not row.taken:
        raise IdempotencyInFlight(key=asked.key)
    if row.route is None:
        return None
    if row.route != asked.route or bytes(row.body_sha256) != asked.body_sha256:
        raise IdempotencyKeyReused(key=asked.key)
    return Replay(status=row.status, headers=dict(row.headers or {}), body=bytes(row.response or b""))


def finish(
    db: WriteSession | Connection, asked: Asked, *, status: int, headers: str, body: bytes, now: datetime
) -> None:
    """Keep the answer in this transaction. `headers` is a JSON object of those worth giving again."""
    db.execute(
        _FINISH,
        {
            "key": asked.key, "actor_key": asked.actor_key, "route": asked.route, "body_sha256": asked.body_sha256,
            "status": status, "headers": headers, "response": body, "now": now,
        },
    )  # fmt: skip


def prune(db: WriteSession, *, now: datetime, limit: int = 5000) -> int:
    """Forget answers older than they are promised; returns how many."""
    done = db.execute(_PRUNE, {"before": now - KEPT_FOR, "limit": limit})
    return int(getattr(done, "rowcount", 0))
