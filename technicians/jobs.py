"""What runs by itself: stale positions send people home on the map, old ones are forgotten."""

from typing import Final

from foundation.database.session import unit_of_work
from foundation.jobs.job import Effect, Job, JobContext, Recurring
from foundation.ledger.announcing import Event
from technicians import positions, reach


def send_stale_home(context: JobContext) -> int:
    """See `reach.send_stale_home`."""
    with unit_of_work(context.sessions) as db:
        return reach.send_stale_home(db, now=context.now())


def forget_positions(context: JobContext) -> int:
    """See `positions.forget_old`."""
    with unit_of_work(context.sessions) as db:
        return positions.forget_old(db, now=context.now())


JOBS: Final[list[Job[Event] | Effect[Event]]] = []
RECURRING: Final = [
    Recurring("technicians.send-stale-home", every_s=60, tick=send_stale_home),
    Recurring("technicians.forget-positions", every_s=3600, tick=forget_positions),
]
