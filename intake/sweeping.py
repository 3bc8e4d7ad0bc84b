"""Firing deadlines: rows whose time has come, each once, in order, announced in the statement that marks them."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from foundation.database.identity import KEY_OF_NTH, moment
from foundation.database.session import WriteSession, unit_of_work
from foundation.jobs.job import JobContext, Recurring

#: Deadlines of one statement. At most 4096: their order is kept in twelve bits of the announcements' keys.
LIMIT: Final = 500

#: The announcements' keys count up, so that whoever relays by key relays in order of `due_at`.
_FIRE: Final = text(
    f"""
    WITH due AS (
        SELECT id FROM deadlines
        WHERE closed_at IS NULL AND fired_at IS NULL AND due_at <= :now
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ),
    fired AS (
        UPDATE deadlines SET fired_at = :now FROM due WHERE deadlines.id = due.id
        RETURNING deadlines.id, deadlines.complaint_id, deadlines.kind, deadlines.due_at
    ),
    numbered AS (SELECT fired.*, row_number() OVER (ORDER BY due_at, id) AS n FROM fired)
    INSERT INTO announcements (id, kind, subject_id, payload, announced_at)
    SELECT {KEY_OF_NTH},
           'deadline.fired', complaint_id,
           jsonb_build_object(
               'subject_id', complaint_id, 'deadline_kind', kind, 'deadline_id', id,
               'due_at', to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')),
           :now
    FROM numbered ORDER BY n
    """  # noqa: S608 -- a constant
)


def fire_deadlines(db: WriteSession, *, now: datetime, limit: int = LIMIT) -> int:
    """Mark live deadlines that are due as fired and announce each; how many. Two at once take different rows."""
    fired = db.connection().execute(_FIRE, {"now": now, "limit": limit, "moment": moment()}).rowcount
    if fired:
        db.info["announced"] = True
    return fired


def _tick(context: JobContext) -> int:
    """Fire all that is due, a transaction for each lot, so that a long pause is caught up in order."""
    total = 0
    while True:
        with unit_of_work(context.sessions) as db:
            fired = fire_deadlines(db, now=context.now())
        total += fired
        if fired < LIMIT:
            return total


RECURRING: Final = [Recurring(name="intake.fire_deadlines", every_s=1.0, tick=_tick)]
