"""Sweeps of the ground storey's own: checkpoints of the ledger, announcements long done with, leftovers of the queue.

They stand here and not beside the ledger, because a recurring job is a thing of this storey, which stands on that one.
"""

from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import text

from foundation.database.session import unit_of_work
from foundation.jobs.job import JobContext, Recurring
from foundation.ledger import checkpoints, pruning
from foundation.ledger.keys import signing_key

#: Seconds of machine time.
CHECKPOINT_EVERY_S: Final = 300.0
LEFTOVERS_EVERY_S: Final = 600.0
PRUNE_EVERY_S: Final = 3600.0

#: A worker that lives but lost a message in its memory would keep the row for ever. Errands are the memory, so a
#: message that was taken an hour ago, longer than any job may run, is worth nothing.
_LEFTOVERS = text("DELETE FROM dramatiq.queue WHERE state = 'consumed' AND mtime < clock_timestamp() - interval '1 h'")


def recurring(*, keys: Path, folder: Path) -> list[Recurring]:
    """Checkpoints signed with the key under `keys` and exported to `folder`, every five minutes; what is
    over and done with goes.
    """
    return [
        Recurring(
            name="ledger.checkpoint",
            every_s=CHECKPOINT_EVERY_S,
            tick=partial(make_checkpoints, keys=keys, folder=folder),
        ),
        Recurring(name="jobs.leftovers", every_s=LEFTOVERS_EVERY_S, tick=sweep_leftovers),
        Recurring(name="ledger.prune", every_s=PRUNE_EVERY_S, tick=prune_announcements),
    ]


def make_checkpoints(context: JobContext, *, keys: Path, folder: Path) -> int:
    """State all chains that grew; returns how many."""
    return checkpoints.make_all(context.sessions, key=signing_key(keys), folder=folder, now=context.now)


def sweep_leftovers(context: JobContext) -> int:
    """Take messages away that nobody will ever acknowledge."""
    with unit_of_work(context.sessions) as db:
        return int(getattr(db.execute(_LEFTOVERS), "rowcount", 0))


def prune_announcements(context: JobContext) -> int:
    """Announcements and their errands go ninety days after they were done; see `ledger.pruning` for what stays."""
    return pruning.prune(context.sessions, now=context.clock.machine_now())
