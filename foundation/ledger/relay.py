"""The relay: turns announcements into errands, one per job that listens, and rings for them.

Rows are the truth: an announcement is marked and its errands are made in one transaction, and only then the queue is
rung. A ring that gets lost is rung again by the sweeper, because the errand still waits. Times here are machine time:
they judge processes, not promises to customers.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import text

from foundation.database.session import Sessions, singly


class QueueAway(Exception):
    """The queue can't be reached: what was to be rung waits in its rows and is rung again."""


class Errand(NamedTuple):
    """One ring for one errand: the job's name and the announcement; when it was rung for before, for which attempt."""

    job: str
    announcement_id: UUID
    #: Attempts that were counted when it was rung for again: the ring is good for the next one and no other. None for
    #: the first ring.
    after: int | None = None


#: Hands errands to the queue, all at once: a transaction for each would cost more than the work of many. It is called
#: with none, too, and raises whenever the queue is away.
Ring: TypeAlias = Callable[[Sequence[Errand]], None]
#: What an announcement must say for a job to hear it: field → one of these. One that lacks the field is heard.
Only: TypeAlias = Mapping[str, Collection[str | bool]]
#: Kind of event → the jobs that hear it, each with what it must say.
Subscriptions: TypeAlias = Mapping[str, Mapping[str, Only]]

#: How long a ring may stay unheard before it is rung again: longer than the queue's own redelivery (7 to 10 s).
UNHEARD_AFTER: Final = timedelta(seconds=15)
#: Between later rings for the same errand at least; as long as it has waited already when that is longer, so that a
#: queue that can't keep up isn't filled with more rings than it has errands.
RING_AGAIN_AFTER: Final = timedelta(seconds=60)

# Nothing is lost when the server forgets these commits in a crash: the announcement is then relayed again. What ran in
# between and was acknowledged came later in the same log, so it can't have survived without this.
_RELAY = text(
    """
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    due AS (
        SELECT id, kind, announced_at, payload FROM announcements WHERE relayed_at IS NULL
        ORDER BY announced_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), marked AS (
        UPDATE announcements a SET relayed_at = :now FROM due WHERE a.id = due.id
    ), listening AS (
        SELECT * FROM jsonb_to_recordset(CAST(:wishes AS jsonb)) AS l (kind varchar, job varchar, wanted jsonb)
    ), asked AS (
        INSERT INTO errands (announcement_id, job, state, attempts, next_ring_at)
        SELECT due.id, l.job, 'waiting', 0, :unheard_at FROM due JOIN listening l USING (kind)
        WHERE NOT EXISTS (
            SELECT 1 FROM jsonb_each(l.wanted) AS w (field, words) WHERE NOT w.words @> (due.payload -> w.field))
        ON CONFLICT DO NOTHING RETURNING announcement_id, job
    )
    SELECT due.id, asked.job FROM due CROSS JOIN unhurried LEFT JOIN asked ON asked.announcement_id = due.id
    ORDER BY due.announced_at, due.id, asked.job
    """
)
_RING_AGAIN = text(
    """
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    due AS (
        SELECT announcement_id, job, attempts FROM errands WHERE state = 'waiting' AND next_ring_at <= :now
        ORDER BY next_ring_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), rung AS (
        UPDATE errands e SET next_ring_at = :now + GREATEST(CAST(:again_after AS interval), :now - a.relayed_at)
        FROM due JOIN announcements a ON a.id = due.announcement_id
        WHERE e.announcement_id = due.announcement_id AND e.job = due.job
    )
    SELECT announcement_id AS id, job, attempts FROM due CROSS JOIN unhurried
    """
)


#: Those that were rung after all and whose attempt was counted since keep its lease.
_NOT_RUNG = text(
    """
    UPDATE errands e SET next_ring_at = :again_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:jobs AS varchar[]), CAST(:attempts AS integer[])) AS l (id, job, attempts)
    WHERE e.announcement_id = l.id AND e.job = l.job AND e.attempts = l.attempts AND e.state = 'waiting' RETURNING 1
    """
)


def relay_once(sessions: Sessions, *, subscriptions: Subscriptions, ring: Ring, now: datetime, limit: int = 200) -> int:
    """Relay up to `limit` announcements in the order they were announced; returns how many.

    Any number of relays may run at once. `now` is machine time. Raises QueueAway behind its work, also when there was
    nothing to ring.
    """
    wishes = [
        {"kind": kind, "job": job, "wanted": only} for kind, jobs in subscriptions.items() for job, only in jobs.items()
    ]
    rows = singly(
        sessions, _RELAY,
        {
            "now": now, "limit": limit, "unheard_at": now + UNHEARD_AFTER,
            "wishes": msgspec.json.encode(wishes).decode(),
        },
    )  # fmt: skip
    _ring(ring, [Errand(row.job, row.id) for row in rows if row.job is not None])
    return len({row.id for row in rows})


def ring_again(sessions: Sessions, *, ring: Ring, now: datetime, limit: int = 200) -> int:
    """Ring for errands that wait and whose next ring is due: lost rings, failed attempts, dead workers.

    Raises QueueAway behind its work, also when there was nothing to ring.
    """
    rows = singly(sessions, _RING_AGAIN, {"now": now, "limit": limit, "again_after": RING_AGAIN_AFTER})
    errands = [Errand(row.job, row.id, after=row.attempts) for row in rows]
    try:
        _ring(ring, errands)
    except QueueAway:  # that they waited long is no reason to let them wait as long again
        if errands:
            left = {
                "ids": [each.announcement_id for each in errands], "jobs": [each.job for each in errands],
                "attempts": [each.after for each in errands],
            }  # fmt: skip
            singly(sessions, _NOT_RUNG, {"again_at": now + UNHEARD_AFTER, **left})
        raise
    return len(rows)


def _ring(ring: Ring, errands: Sequence[Errand]) -> None:
    """Ring for them. Raises QueueAway; then the sweeper finds the rows, whatever was rung already."""
    try:
        ring(errands)
    except Exception as error:
        raise QueueAway(f"ALARM the queue can't be reached: {error!r}") from error
