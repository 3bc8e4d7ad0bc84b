"""What is done by the clock: looking again at what is due, warning before a promise breaks. One statement each."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from dispatch import queries, rounds
from foundation.accounts.roles import system
from foundation.database.identity import KEY_OF_NTH, moment
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs.setbacks import Turns

#: Looked at per tick; what is left comes with the next, in the same order.
AT_ONCE: Final = 50
#: Rounds woken when one person frees up: more can't be served by one person.
WOKEN_AT_ONCE: Final = 20
ACTOR: Final = system("dispatch")

# The most urgent of the waiting that this person could work on are due at once; the sweep looks at them in order.
_WAKE: Final = text(
    """
    UPDATE rounds SET next_look_at = :now WHERE id IN (
        SELECT r.id FROM rounds r JOIN complaints c ON c.id = r.complaint_id
        WHERE r.closed_at IS NULL AND r.waiting_why IS NOT NULL AND r.next_look_at > :now
          AND (c.family IS NULL OR EXISTS (
                SELECT 1 FROM skills s WHERE s.technician_id = :technician_id AND s.family = c.family))
        ORDER BY CASE r.grade WHEN 'major' THEN 0 WHEN 'serious' THEN 1 ELSE 2 END, r.due_at, r.id
        LIMIT :limit FOR NO KEY UPDATE OF r SKIP LOCKED
    )
    """
)
# Somebody who rings elsewhere has accepted other work: the look withdraws the offer and rings the next.
_UNRING: Final = text(
    """
    UPDATE rounds SET next_look_at = :now WHERE closed_at IS NULL AND next_look_at > :now AND id IN (
        SELECT round_id FROM offers WHERE technician_id = :technician_id AND state = 'open')
    """
)
# Somebody is asked or has accepted, and the last moment to leave has passed while nobody left. Announced once; a look or
# an acceptance that forecasts an arrival in time clears it.
_BREACHES: Final = text(
    f"""
    WITH asked AS (
        UPDATE rounds SET breach_at = :now WHERE id IN (
            SELECT id FROM rounds
            WHERE closed_at IS NULL AND breach_at IS NULL AND crew_role = 'lead' AND leave_by_at < :now
            ORDER BY leave_by_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
        ) RETURNING complaint_id, due_at, :now + (due_at - leave_by_at) AS forecast_at
    ), accepted AS (
        UPDATE assignments SET breach_at = :now WHERE id IN (
            SELECT a.id FROM assignments a JOIN complaints c ON c.id = a.complaint_id
            WHERE a.ended_at IS NULL AND a.paused_at IS NULL AND a.breach_at IS NULL AND a.set_off_at IS NULL
              AND a.arrived_at IS NULL AND a.crew_role = 'lead' AND a.leave_by_at < :now AND c.stage = 'assigned'
            ORDER BY a.leave_by_at LIMIT :limit FOR NO KEY UPDATE OF a SKIP LOCKED
        ) RETURNING complaint_id, due_at, GREATEST(:now, lower(during)) + (due_at - leave_by_at) AS forecast_at
    ), told AS (
        INSERT INTO announcements (id, kind, subject_id, payload, announced_at)
        SELECT {KEY_OF_NTH}, 'dispatch.forecast_breach', complaint_id, jsonb_build_object(
            'subject_id', complaint_id, 'due_at', due_at, 'forecast_at', forecast_at), :now
        FROM (
            SELECT *, row_number() OVER (ORDER BY due_at, complaint_id) AS n
            FROM (SELECT * FROM asked UNION ALL SELECT * FROM accepted) either
        ) broken ORDER BY n
        RETURNING 1
    )
    SELECT count(*) FROM told
    """  # noqa: S608 -- a constant
)


def look_again(
    sessions: Sessions, *, now: datetime, limit: int = AT_ONCE, passing_over: Collection[UUID] = frozenset()
) -> Turns:
    """Decide about the complaints that are due, the worst and most urgent first, each in its own unit of work.

    One that fails doesn't keep the others waiting: it stays due, so that the invariants see it, and for each that fails
    another one gets its turn.
    """
    failed: dict[UUID, Exception] = {}
    looked_at, due = 0, _due(sessions, now=now, limit=limit, passing_over=passing_over)
    while due:
        failures = _decide_each(sessions, due, now=now)
        looked_at += len(due) - len(failures)
        failed |= failures
        left = {*passing_over, *failed}
        due = _due(sessions, now=now, limit=len(failures), passing_over=left) if failures else []
    return Turns(looked_at, failed)


def look_once_more(sessions: Sessions, complaint_id: UUID, *, now: datetime) -> Turns:
    """Decide about this one, if it is still due."""
    with reading(sessions) as look:
        due = queries.due_complaints(look, now=now, limit=1, only=complaint_id)
    failed = _decide_each(sessions, due, now=now)
    return Turns(len(due) - len(failed), failed)


def _due(sessions: Sessions, *, now: datetime, limit: int, passing_over: Collection[UUID]) -> list[UUID]:
    with reading(sessions) as look:
        return queries.due_complaints(look, now=now, limit=limit, passing_over=passing_over)


def _decide_each(sessions: Sessions, due: Sequence[UUID], *, now: datetime) -> dict[UUID, Exception]:
    """Decide about each; returns those that failed."""
    failures: dict[UUID, Exception] = {}
    for complaint_id in due:
        try:
            _decide(sessions, complaint_id, now=now)
        except Exception as failure:  # noqa: BLE001 -- given back: whoever sweeps tells it and tries again
            failures[complaint_id] = failure
    return failures


def _decide(sessions: Sessions, complaint_id: UUID, *, now: datetime) -> None:
    with unit_of_work(sessions) as db:
        rounds.decide(db, complaint_id, actor=ACTOR, now=now)


def wake(db: WriteSession, technician_id: UUID, *, now: datetime) -> None:
    """Somebody may be free now: whoever waits for such a person is looked at next."""
    db.execute(_WAKE, {"technician_id": technician_id, "now": now, "limit": WOKEN_AT_ONCE})


def unring(db: WriteSession, technician_id: UUID, *, now: datetime) -> None:
    """Somebody has accepted work: whatever else rings for them is looked at next."""
    db.execute(_UNRING, {"technician_id": technician_id, "now": now})


def warn(db: WriteSession, *, now: datetime, limit: int = 500) -> int:
    """Announce every promise that can't be kept any more by whoever is asked or has accepted. One statement."""
    warned = int(db.execute(_BREACHES, {"now": now, "limit": limit, "moment": moment()}).scalar_one())
    if warned:
        db.info["announced"] = True
    return warned
