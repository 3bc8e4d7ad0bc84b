"""What must always be true of the whole system: every package's queries, asked together.

Asked every minute in production, by `callout invariants`, at the end of tests and drills. What violates one is a row; an
empty answer is health. The minute's check looks at what is open or changed within a day, found by indexes; everything
is looked at when `recent` doesn't say otherwise: after a restore, at the end of drills and tests.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import text

import dispatch.invariants
import escalation.invariants
import feedback.invariants
import foundation.ledger.invariants
import intake.invariants
import severity.invariants
import technicians.invariants
import visits.invariants
from foundation.accounts import queries as people
from foundation.accounts.roles import Role
from foundation.clock import Clock, ShiftedClock
from foundation.database.session import EVERYTHING, ReadSession, WriteSession, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.ledger import recent
from foundation.notifications import sending
from foundation.notifications.models import Urgency

#: Rows shown of one violated invariant; that there are more is enough to know.
ROWS_SHOWN: Final = 100
#: What queries call late.
PATIENCE: Final = timedelta(seconds=60)

_SOURCES: Final = (
    foundation.ledger.invariants,
    intake.invariants,
    severity.invariants,
    technicians.invariants,
    dispatch.invariants,
    visits.invariants,
    feedback.invariants,
    escalation.invariants,
)


def _collected() -> dict[str, str]:
    """Every query by its sentence. ValueError when two packages use the same sentence: one would hide the other."""
    found: dict[str, str] = {}
    for source in _SOURCES:
        if twice := found.keys() & source.INVARIANTS.keys():
            raise ValueError(f"invariants defined twice: {sorted(twice)}")
        found |= source.INVARIANTS
    return found


ALL: Final[Mapping[str, str]] = MappingProxyType(_collected())


class InvariantsViolated(Exception):
    """Something that must always be true is not; the message names what, the log and the loop's row keep it."""


def violations(look: ReadSession, *, now: datetime, machine_now: datetime | None = None) -> dict[str, list[str]]:
    """What violates each invariant, one readable line per row; empty when all hold.

    `now` is domain time; `machine_now`, by which processes judge each other, is the same unless a clock is shifted.
    """
    given = {"now": now, "machine_now": machine_now or now}
    found = {}
    for name, query in ALL.items():
        asked = text(f"SELECT * FROM ({query}) violating LIMIT {ROWS_SHOWN}")  # noqa: S608 -- our own constants
        wanted = asked.compile().params.keys()
        rows = look.execute(asked, {key: value for key, value in given.items() if key in wanted}).mappings().all()
        if rows:
            found[name] = [", ".join(f"{column} {value}" for column, value in row.items()) for row in rows]
    return found


def tick(context: JobContext) -> int:
    """The minute's check. A violation is told to the administrators and raised, so that the loop shows as troubled."""
    with reading(context.sessions, EVERYTHING) as look:
        found = by_clock(look, context.clock, only_recent=True)
    if not found:
        return 0
    with unit_of_work(context.sessions) as db:
        _tell(db, found, now=context.now())
    raise InvariantsViolated("ALARM " + "; ".join(f"{name}: {len(rows)}" for name, rows in found.items()))


def by_clock(look: ReadSession, clock: Clock, *, only_recent: bool = False) -> dict[str, list[str]]:
    """As `violations`, by the system's clock. Late means by a minute of the machine, however fast a demo's clock runs:
    a row counts only if it violates by the domain's time and by the time that leaves this minute its full length.
    """
    if only_recent:
        speed = clock.speed if isinstance(clock, ShiftedClock) else 1.0
        recent.only_since(look, now=clock.now(), machine_now=clock.machine_now(), speed=speed)
    found = violations(look, now=clock.now(), machine_now=clock.machine_now())
    if not found or not isinstance(clock, ShiftedClock) or clock.speed <= 1:
        return found
    earlier = clock.now() - PATIENCE * (clock.speed - 1)
    patient = violations(look, now=earlier, machine_now=clock.machine_now())
    lasting = {name: [row for row in rows if row in patient.get(name, ())] for name, rows in found.items()}
    return {name: rows for name, rows in lasting.items() if rows}


def _tell(db: WriteSession, found: Mapping[str, list[str]], *, now: datetime) -> None:
    """Once an hour for each invariant: an alarm that rings every minute is switched off by the first who hears it."""
    for admin in people.on_call_for(db, Role.ADMIN, None, now=now):
        for name, rows in found.items():
            sending.tell(
                db,
                recipient_user_id=admin.user_id,
                template="invariant-violated",
                case_id=None,
                facts={"invariant": name, "count": len(rows), "first": rows[0][:500]},
                urgency=Urgency.ALARM,
                now=now,
                dedup_key=f"invariant:{name}:{now:%Y-%m-%dT%H}",
            )
