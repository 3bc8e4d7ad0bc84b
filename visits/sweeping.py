"""Forgetting where people were: positions are kept for 30 days."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from foundation.database.session import WriteSession

#: Location is sensitive personal information (PIPL, article 28); the grade of an arrival stays, the place goes.
POSITIONS_KEPT_FOR: Final = timedelta(days=30)

_FORGET = text(
    """
    UPDATE phone_commands SET position = NULL
    WHERE id IN (
        SELECT id FROM phone_commands WHERE position IS NOT NULL AND received_at < :before
        ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id
    """
)
_FORGET_PRIVATE = text(
    """
    UPDATE ledger_private_facts SET value = NULL, salt = ''::bytea, erased_at = :now
    WHERE name = 'position' AND value IS NOT NULL AND entry_id IN (
        SELECT id FROM ledger_entries WHERE recorded_at < :before AND recorded_at > :after
    )
    RETURNING entry_id
    """
)
_FORGET_OF_PHOTOS = text(
    """
    UPDATE photos SET latitude = NULL, longitude = NULL
    WHERE id IN (
        SELECT id FROM photos WHERE latitude IS NOT NULL AND received_at < :before
        ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id
    """
)
#: How far behind a sweep looks for private positions; a longer stop is caught up by the next sweeps.
LOOK_BACK: Final = timedelta(days=60)


def forget_positions(db: WriteSession, *, now: datetime, limit: int = 1000) -> int:
    """Delete positions older than 30 days from commands, photos and the ledger's private values; how many were."""
    before = now - POSITIONS_KEPT_FOR
    commands = db.execute(_FORGET, {"before": before, "limit": limit}).all()
    photos = db.execute(_FORGET_OF_PHOTOS, {"before": before, "limit": limit}).all()
    private = db.execute(_FORGET_PRIVATE, {"before": before, "after": before - LOOK_BACK, "now": now}).all()
    return len(commands) + len(photos) + len(private)
