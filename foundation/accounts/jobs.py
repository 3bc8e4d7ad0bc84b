"""Sweeps of accounts: forget what is kept only for a while."""

from typing import Final

from foundation.accounts import idempotency, rates
from foundation.database.session import unit_of_work
from foundation.jobs.job import JobContext, Recurring

#: Seconds of machine time between two sweeps.
HOURLY: Final = 3600.0
MINUTELY: Final = 60.0


def prune_answers(context: JobContext) -> int:
    """Answers kept for repeated requests go after thirty days."""
    with unit_of_work(context.sessions) as db:
        return idempotency.prune(db, now=context.now())


def prune_rates(context: JobContext) -> int:
    """Allowances that are whole again need no row."""
    with unit_of_work(context.sessions) as db:
        return rates.prune(db, now=context.now())


RECURRING: Final[list[Recurring]] = [
    Recurring(name="accounts.prune-answers", every_s=HOURLY, tick=prune_answers),
    Recurring(name="accounts.prune-rates", every_s=MINUTELY, tick=prune_rates),
]
