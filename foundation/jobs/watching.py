"""The watchdog: is every loop alive, do machine and database agree on the time.

Everything here is machine time. What it finds stands in `loops`, where the health page and the outside ping read it.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text

from foundation.clock import stopwatch
from foundation.database.session import EVERYTHING, ReadSession, WriteSession, reading
from foundation.jobs.beats import Beat, Health, health_of
from foundation.jobs.job import JobContext
from foundation.jobs.models import Loop

log = logging.getLogger(__name__)

#: Machine clock against database clock, seconds.
DRIFT_ALARM_S: Final = 2.0

_TICKED = text(
    """
    INSERT INTO loops (name, ticked_at, every_s, moved, trouble, troubled_since)
    VALUES (:name, :now, :every_s, :moved, :trouble, CASE WHEN CAST(:trouble AS varchar) IS NOT NULL THEN :now END)
    ON CONFLICT (name) DO UPDATE SET
        ticked_at = GREATEST(loops.ticked_at, EXCLUDED.ticked_at), every_s = EXCLUDED.every_s,
        moved = loops.moved + EXCLUDED.moved, trouble = EXCLUDED.trouble,
        troubled_since = CASE WHEN EXCLUDED.trouble IS NULL THEN NULL
                              ELSE COALESCE(loops.troubled_since, EXCLUDED.ticked_at) END
    """
)
_FORGET = text("DELETE FROM loops WHERE name <> ALL(CAST(:known AS varchar[]))")
_DATABASE_CLOCK = text("SELECT clock_timestamp()")
_UNHURRIED = text("SET LOCAL synchronous_commit = off")


def health(look: ReadSession, *, now: datetime) -> Health:
    """The state of all loops; `now` is machine time."""
    beats = [Beat(loop.name, loop.ticked_at, loop.every_s, loop.trouble) for loop in look.scalars(select(Loop))]
    return health_of(sorted(beats, key=lambda beat: beat.name), now=now)


def ticked(db: WriteSession, name: str, *, every_s: float, moved: int, trouble: str | None, now: datetime) -> None:
    """Note that the loop ticked. Forgetting one in a crash of the server costs nothing."""
    db.execute(_UNHURRIED)
    db.execute(_TICKED, {"name": name, "now": now, "every_s": every_s, "moved": moved, "trouble": trouble})


def forget_retired(db: WriteSession, *, known: Collection[str]) -> int:
    """Forget loops that this version doesn't have: nobody will ever tick them again. Returns how many."""
    return int(getattr(db.execute(_FORGET, {"known": sorted(known)}), "rowcount", 0))


class ClocksDiffer(Exception):
    """Machine and database disagree on the time by more than is allowed."""


class LoopsSilent(Exception):
    """Some loops have not ticked for too long."""


def watch(context: JobContext) -> int:
    """The watchdog's tick. Raises ClocksDiffer or LoopsSilent, which the clockwork notes as trouble and logs."""
    apart = clocks_apart_s(context)
    if abs(apart) > DRIFT_ALARM_S:
        raise ClocksDiffer(f"ALARM machine and database differ by {apart:+.1f} s")
    with reading(context.sessions, EVERYTHING) as look:
        found = health(look, now=context.clock.machine_now())
    if found.silent:
        raise LoopsSilent(f"ALARM silent: {', '.join(found.silent)}")
    return 0


def clocks_apart_s(context: JobContext) -> float:
    """Database clock minus machine clock in seconds, the machine's read in the middle of the question."""
    with reading(context.sessions, EVERYTHING) as look:
        look.execute(_DATABASE_CLOCK)  # the connection is there before the measuring begins
        started, asked_at = stopwatch(), context.clock.machine_now()
        answered: datetime = look.execute(_DATABASE_CLOCK).scalar_one()
        half = timedelta(seconds=(stopwatch() - started) / 2)
    return (answered - (asked_at + half)).total_seconds()
