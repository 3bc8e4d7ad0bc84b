"""How often somebody may ask: one atomic upsert per request, shared by all processes.

Generic cell rate algorithm (ITU-T I.371): every request spends `every`, what is spent may run ahead of now by `burst`
requests. No counters to reset, no windows whose edges double the rate.
"""

from datetime import datetime, timedelta

from sqlalchemy import text

from foundation.database.session import WriteSession

_SPEND = text(
    """
    INSERT INTO rates (key, spent_until) VALUES (:key, CAST(:now AS timestamptz) + :every)
    ON CONFLICT (key) DO UPDATE SET spent_until = GREATEST(rates.spent_until, :now) + :every
    WHERE GREATEST(rates.spent_until, :now) + :every <= CAST(:now AS timestamptz) + :ahead
    RETURNING spent_until
    """
)
_UNTIL = text("SELECT spent_until FROM rates WHERE key = :key")
_PRUNE = text("DELETE FROM rates WHERE spent_until < :now")


def spend(db: WriteSession, key: str, *, every: timedelta, burst: int, now: datetime) -> timedelta | None:
    """Spend one request of the key's allowance: None if it may go on, else how long to wait.

    Use a short transaction of its own: the row stays locked until the commit.
    """
    ahead = every * burst
    if db.execute(_SPEND, {"key": key, "now": now, "every": every, "ahead": ahead}).one_or_none() is not None:
        return None
    until: datetime = db.execute(_UNTIL, {"key": key}).scalar_one()
    return max(until + every - ahead - now, timedelta(milliseconds=1))


def prune(db: WriteSession, *, now: datetime) -> int:
    """Forget allowances that are whole again; returns how many."""
    return int(getattr(db.execute(_PRUNE, {"now": now}), "rowcount", 0))
