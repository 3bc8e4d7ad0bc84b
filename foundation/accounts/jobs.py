"""Sweeps of accounts: forget what is kept only for a while."""

from functools import partial
from typing import Final

from foundation.accounts import entering, idempotency, rates, signing_in
from foundation.database.session import unit_of_work
from foundation.jobs.batches import forget_all
from foundation.jobs.job import JobContext, Recurring

#: Seconds of machine time between two sweeps.
HOURLY: Final = 3600.0
MINUTELY: Final = 60.0
#: Rows forgotten in one transaction.
BATCH: Final = 5000


def prune_answers(context: JobContext) -> int:
    """Answers kept for repeated requests go after thirty days."""
    forget = partial(idempotency.prune, now=context.now(), limit=BATCH)
    return forget_all(context.sessions, forget, limit=BATCH)


def prune_sessions(context: JobContext) -> int:
    """Sessions and links go thirty days after they ended, counted failures when they cost nothing any more."""
    forget = partial(signing_in.prune_sessions, now=context.now(), limit=BATCH)
    delays = partial(signing_in.prune_delays, now=context.now(), limit=BATCH)
    links = partial(entering.prune, now=context.now(), limit=BATCH)
    sessions = context.sessions
    over = forget_all(sessions, links, limit=BATCH)
    return over + forget_all(sessions, forget, limit=BATCH) + forget_all(sessions, delays, limit=BATCH)


def prune_rates(context: JobContext) -> int:
    """Allowances that are whole again need no row; they are spent in machine time."""
    with unit_of_work(context.sessions) as db:
        return rates.prune(db, now=context.clock.machine_now())


RECURRING: Final[list[Recurring]] = [
    Recurring(name="accounts.prune-answers", every_s=HOURLY, tick=prune_answers),
    Recurring(name="accounts.prune-sessions", every_s=HOURLY, tick=prune_sessions),
    Recurring(name="accounts.prune-rates", every_s=MINUTELY, tick=prune_rates),
]
