"""Sharing single cases with single people: row-level security lets them see exactly these."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from foundation.database.identity import new_id
from foundation.database.session import WriteSession

#: Granting twice for the same reason is granting once; the row is touched, so that whoever ends it waits and looks again.
_GRANT = text(
    """
    INSERT INTO case_access (id, case_id, user_id, reason, since) VALUES (:id, :case_id, :user_id, :reason, :now)
    ON CONFLICT (case_id, user_id, reason) WHERE ended_at IS NULL DO UPDATE SET since = case_access.since
    """
)
_END = text(
    """
    UPDATE case_access SET ended_at = :now
    WHERE case_id = :case_id AND user_id = :user_id AND ended_at IS NULL
      AND (CAST(:reason AS varchar) IS NULL OR reason = :reason)
    """
)
_HOLDERS = text(
    """
    SELECT user_id FROM case_access WHERE case_id = :case_id AND reason = :reason AND ended_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
    """
)


def grant(db: WriteSession, case_id: UUID, user_id: UUID, *, reason: str, now: datetime) -> None:
    """Let the person see and work on the case until it is ended; `reason` is a code (offer, assignment, appraisal)."""
    db.execute(_GRANT, {"id": new_id(), "case_id": case_id, "user_id": user_id, "reason": reason, "now": now})


def end(db: WriteSession, case_id: UUID, user_id: UUID, *, now: datetime, reason: str | None = None) -> None:
    """Take the access away that was given for the reason, or all of it."""
    db.execute(_END, {"case_id": case_id, "user_id": user_id, "now": now, "reason": reason})


def holders(db: WriteSession, case_id: UUID, *, reason: str) -> frozenset[UUID]:
    """Who sees the case for this reason; their rows are locked until the end of the transaction."""
    return frozenset(db.scalars(_HOLDERS, {"case_id": case_id, "reason": reason}))
