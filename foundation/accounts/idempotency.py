"""One effect per Idempotency-Key: the answer is kept in the transaction of the effect and given again.

While the first request runs its key is locked, so a second one hears 409 at once instead of waiting. If it slips in
between the first one's commit and its own look, the primary key refuses its record, and with it its effect.

Of the key only a hash is stored, and the answer encrypted under the key (`sealing`).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from foundation.accounts import sealing
from foundation.accounts.errors import IdempotencyInFlight, IdempotencyKeyReused
from foundation.database import conflicts
from foundation.database.session import WriteSession

#: How long an answer is given again.
KEPT_FOR: Final = timedelta(days=30)

conflicts.means("pk_idempotency", IdempotencyInFlight)

_BEGIN = text(
    """
    WITH lock AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(:lock) AS taken
    )
    SELECT lock.taken, i.route, i.body_mark, i.status, i.headers, i.response
    FROM lock LEFT JOIN idempotency i ON lock.taken AND i.key_sha256 = :key_sha256
    """
)
_FINISH = text(
    """
    INSERT INTO idempotency (key_sha256, actor_key, route, body_mark, status, headers, response, made, created_at)
    VALUES (:key_sha256, :actor_key, :route, :body_mark, :status, CAST(:headers AS jsonb), :response, :made, :now)
    """
)
_PRUNE = text(
    """
    DELETE FROM idempotency WHERE key_sha256 IN (
        SELECT key_sha256 FROM idempotency WHERE created_at < :before
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

    @property
    def name(self) -> bytes:
        """What is stored of the key."""
        return sealing.name_of(self.actor_key, self.key)

    @property
    def seal(self) -> sealing.Seal:
        """What closes and opens the answer."""
        return sealing.seal_of(self.actor_key, self.key)

    @property
    def about(self) -> bytes:
        """What the stored answer answers."""
        return self.route.encode() + b"\x1f" + self.body_sha256


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
    name = asked.name
    lock = int.from_bytes(name[:8], signed=True)
    row = db.execute(_BEGIN, {"lock": lock, "key_sha256": name}).one()
    if not row.taken:
        raise IdempotencyInFlight(key=asked.key)
    if row.route is None:
        return None
    seal = asked.seal
    if row.route != asked.route or not hmac.compare_digest(bytes(row.body_mark), seal.mark(asked.body_sha256)):
        raise IdempotencyKeyReused(key=asked.key)
    body = seal.open(bytes(row.response), about=asked.about)
    return Replay(status=row.status, headers=dict(row.headers or {}), body=body)


def finish(
    db: WriteSession | Connection,
    asked: Asked,
    *,
    status: int,
    headers: str,
    body: bytes,
    now: datetime,
    made: str | None = None,
) -> None:
    """Keep the answer in this transaction. `headers` is a JSON object of those worth giving again; they and `made`,
    the name of what came of it, are kept as they are, so neither may be a secret.
    """
    seal = asked.seal
    db.execute(
        _FINISH,
        {
            "key_sha256": asked.name, "actor_key": asked.actor_key, "route": asked.route,
            "body_mark": seal.mark(asked.body_sha256), "status": status, "headers": headers,
            "response": seal.close(body, about=asked.about), "made": made, "now": now,
        },
    )  # fmt: skip


def prune(db: WriteSession, *, now: datetime, limit: int = 5000) -> int:
    """Forget answers older than they are promised; returns how many."""
    done = db.execute(_PRUNE, {"before": now - KEPT_FOR, "limit": limit})
    return int(getattr(done, "rowcount", 0))
