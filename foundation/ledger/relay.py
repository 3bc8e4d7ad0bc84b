"""The relay: turns announcements into errands, one per job that listens, and rings for them.

Rows are the truth: an announcement is marked and its errands are made in one transaction, and only then the queue is
rung. A ring that gets lost is rung again by the sweeper, because the errand still waits. Times here are machine time:
they judge processes, not promises to customers.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, TextClause, text

from foundation.database.session import Sessions, WriteSession, unit_of_work

log = logging.getLogger(__name__)

#: Hands one errand to the queue: the job's name and the announcement.
Ring: TypeAlias = Callable[[str, UUID], None]
#: Kind of event → names of the jobs that hear it.
Subscriptions: TypeAlias = Mapping[str, Sequence[str]]

#: How long a ring may stay unheard before it is rung again: longer than the queue's own redelivery (7 to 10 s).
UNHEARD_AFTER: Final = timedelta(seconds=15)
#: Between later rings for the same errand at least; as long as it has waited already when that is longer, so that a
#: queue that can't keep up isn't filled with more rings than it has errands.
RING_AGAIN_AFTER: Final = timedelta(seconds=60)

#: Nothing is lost when the server forgets this commit in a crash: the announcement is then relayed again. What ran in
#: between and was acknowledged came later in the same log, so it can't have survived without this.
_UNHURRIED = text("SET LOCAL synchronous_commit = off")

_RELAY = text(
    """
    WITH due AS (
        SELECT id, kind, announced_at FROM announcements WHERE relayed_at IS NULL
        ORDER BY announced_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), marked AS (
        UPDATE announcements a SET relayed_at = :now FROM due WHERE a.id = due.id
    ), listening AS (
        SELECT * FROM unnest(CAST(:kinds AS varchar[]), CAST(:jobs AS varchar[])) AS l (kind, job)
    ), asked AS (
        INSERT INTO errands (announcement_id, job, state, attempts, next_ring_at)
        SELECT due.id, l.job, 'waiting', 0, :unheard_at FROM due JOIN listening l USING (kind)
        ON CONFLICT DO NOTHING RETURNING announcement_id, job
    )
    SELECT due.id, asked.job FROM due LEFT JOIN asked ON asked.announcement_id = due.id
    ORDER BY due.announced_at, due.id, asked.job
    """
)
_RING_AGAIN = text(
    """
    WITH due AS (
        SELECT announcement_id, job FROM errands WHERE state = 'waiting' AND next_ring_at <= :now
        ORDER BY next_ring_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), rung AS (
        UPDATE errands e SET next_ring_at = :now + GREATEST(CAST(:again_after AS interval), :now - a.relayed_at)
        FROM due JOIN announcements a ON a.id = due.announcement_id
        WHERE e.announcement_id = due.announcement_id AND e.job = due.job
    )
    SELECT announcement_id AS id, job FROM due
    """
)


_NOT_RUNG = text(
    """
    UPDATE errands e SET next_ring_at = :again_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:jobs AS varchar[])) AS l (id, job)
    WHERE e.announcement_id = l.id AND e.job = l.job AND e.state = 'waiting'
    """
)


def relay_once(sessions: Sessions, *, subscriptions: Subscriptions, ring: Ring, now: datetime, limit: int = 200) -> int:
    """Relay up to `limit` announcements in the order they were announced; returns how many.

    Any number of relays may run at once. `now` is machine time.
    """
    pairs = [(kind, job) for kind, jobs in subscriptions.items() for job in jobs]
    with unit_of_work(sessions) as db:
        rows = _unhurried(
            db, _RELAY,
            {
                "now": now, "limit": limit, "unheard_at": now + UNHEARD_AFTER,
                "kinds": [kind for kind, _ in pairs], "jobs": [job for _, job in pairs],
            },
        )  # fmt: skip
    _ring_all(ring, ((row.job, row.id) for row in rows if row.job is not None))
    return len({row.id for row in rows})


def ring_again(sessions: Sessions, *, ring: Ring, now: datetime, limit: int = 200) -> int:
    """Ring for errands that wait and whose next ring is due: lost rings, failed attempts, dead workers."""
    with unit_of_work(sessions) as db:
        rows = _unhurried(db, _RING_AGAIN, {"now": now, "limit": limit, "again_after": RING_AGAIN_AFTER})
    rung = _ring_all(ring, ((row.job, row.id) for row in rows))
    if rung < len(rows):  # the queue is away: that they waited long is no reason to let them wait as long again
        left = {"ids": [row.id for row in rows[rung:]], "jobs": [row.job for row in rows[rung:]]}
        with unit_of_work(sessions) as db:
            db.execute(_NOT_RUNG, {"again_at": now + UNHEARD_AFTER, **left})
    return len(rows)


def _unhurried(
    db: WriteSession, statement: TextClause, values: Mapping[str, object]
) -> Sequence[Row[tuple[object, ...]]]:
    db.execute(_UNHURRIED)
    return db.execute(statement, dict(values)).all()


def _ring_all(ring: Ring, errands: Iterable[tuple[str, UUID]]) -> int:
    """Ring for each, how many; when the queue is away the rest is left to the sweeper, which finds the rows."""
    rung = 0
    for job, announcement_id in errands:
        try:
            ring(job, announcement_id)
        except Exception as error:  # noqa: BLE001 -- whatever the broker raises, the rows remain and are rung again
            log.warning("ALARM the queue can't be reached, ringing again later: %s", error)
            break
        rung += 1
    return rung
