"""Forgetting where people were: positions are kept for 30 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import WriteSession
from intake.lifecycle import Step

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
#: Looks at the next positions in the order of their entries, and erases those of people: what a phone's command or photo
#: said, and where was signed. A site's position, from the call or a geocoder, belongs to the case and stays.
_FORGET_PRIVATE = text(
    """
    WITH looked AS MATERIALIZED (
        SELECT p.entry_id FROM ledger_private_facts p
        WHERE p.name = 'position' AND p.value IS NOT NULL AND p.entry_id > :after
        ORDER BY p.entry_id LIMIT :limit
    ), erased AS (
        UPDATE ledger_private_facts p SET value = NULL, salt = ''::bytea, erased_at = :now
        FROM looked JOIN ledger_entries e ON e.id = looked.entry_id
        WHERE p.entry_id = looked.entry_id AND p.name = 'position' AND p.value IS NOT NULL
          AND e.recorded_at < :before
          AND (jsonb_exists(e.facts, 'command_id') OR e.step = ANY (CAST(:signing AS varchar[])))
        RETURNING p.entry_id
    )
    SELECT (SELECT count(*) FROM erased) AS erased, (SELECT max(entry_id::text) FROM looked) AS upto
    """
)
#: Entries that say where a customer signed.
_SIGNING: Final = (Step.CONFIRM.value, "feedback.late", "feedback.refused")
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
#: Before every entry.
BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a batch forgot, and the entry behind which the next one goes on (None when nothing is left)."""

    count: int
    go_on_after: UUID | None


def forget_positions(db: WriteSession, *, now: datetime, after: UUID = BEGINNING, limit: int = 1000) -> Forgotten:
    """Delete people's positions older than 30 days from commands, photos and the ledger's private values, in one batch."""
    before = now - POSITIONS_KEPT_FOR
    commands = len(db.execute(_FORGET, {"before": before, "limit": limit}).all())
    photos = len(db.execute(_FORGET_OF_PHOTOS, {"before": before, "limit": limit}).all())
    private = db.execute(
        _FORGET_PRIVATE, {"before": before, "after": after, "limit": limit, "now": now, "signing": list(_SIGNING)}
    ).one()
    upto = after if private.upto is None else UUID(private.upto)
    is_done = private.upto is None and max(commands, photos) < limit
    return Forgotten(commands + photos + private.erased, None if is_done else upto)
