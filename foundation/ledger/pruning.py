"""Forgetting announcements and errands that were done with long ago. The ledger keeps what happened; these only carried it.

Never forgotten: what still waits, what was done only lately, and a dead letter that nobody has seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import Sessions, unit_of_work

#: How long an announcement is kept after it was relayed and its last errand ended; machine time.
KEPT_FOR: Final = timedelta(days=90)
#: Announcements looked at in one transaction.
BATCH: Final = 1000

#: Walks along the primary key, which is in order of time, so that no index is kept for this alone. An errand revived at
#: the same moment is not deleted, and the foreign key then refuses the whole batch, which is tried again next time.
_PRUNE = text(
    """
    WITH looked_at AS MATERIALIZED (
        SELECT id, relayed_at FROM announcements WHERE id > :after ORDER BY id LIMIT :limit
    ), over AS (
        SELECT a.id FROM announcements a JOIN looked_at USING (id)
        WHERE a.relayed_at < :before AND NOT EXISTS (
            SELECT 1 FROM errands e WHERE e.announcement_id = a.id
              AND (e.state = 'waiting' OR COALESCE(CASE e.state WHEN 'done' THEN e.done_at ELSE e.seen_at END >= :before, true)))
        FOR UPDATE OF a SKIP LOCKED
    ), errands_gone AS (
        DELETE FROM errands e USING over WHERE e.announcement_id = over.id AND e.state <> 'waiting'
    ), gone AS (
        DELETE FROM announcements a USING over WHERE a.id = over.id RETURNING a.id
    )
    SELECT (SELECT count(*) FROM gone) AS gone, (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1) AS last,
           COALESCE((SELECT bool_or(relayed_at < :before) FROM looked_at), false) AS more
    """
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """One batch: how many went, where the next one begins, and whether older ones may lie there."""

    gone: int
    last: UUID | None
    more: bool


def prune(sessions: Sessions, *, now: datetime, limit: int = BATCH) -> int:
    """Forget what was done with before `now` − KEPT_FOR, oldest first, a transaction for each batch; how many went."""
    total, after = 0, UUID(int=0)
    while True:
        batch = _batch(sessions, after=after, before=now - KEPT_FOR, limit=limit)
        total += batch.gone
        if batch.last is None or not batch.more:
            return total
        after = batch.last


def _batch(sessions: Sessions, *, after: UUID, before: datetime, limit: int) -> Pruned:
    with unit_of_work(sessions) as db:
        row = db.execute(_PRUNE, {"after": after, "before": before, "limit": limit}).one()
    return Pruned(gone=row.gone, last=row.last, more=row.more)
