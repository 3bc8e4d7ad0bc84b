"""Which jobs hear which event: read from the jobs themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from foundation.jobs.job import Listener
from foundation.ledger.relay import Only, Subscriptions

#: Name → job.
Jobs: TypeAlias = Mapping[str, Listener]


class JobNameTaken(Exception):
    """Two jobs have one name: one of them would never run."""


def by_name(jobs: Sequence[Listener]) -> Jobs:
    """The jobs by their names. Raises JobNameTaken."""
    found: dict[str, Listener] = {}
    for job in jobs:
        if job.name in found:
            raise JobNameTaken(job.name)
        found[job.name] = job
    return found


def subscriptions(jobs: Jobs) -> Subscriptions:
    """Kind of event → the jobs that hear it, each with what it must say."""
    listening: dict[str, dict[str, Only]] = defaultdict(dict)
    for job in jobs.values():
        listening[job.kind][job.name] = job.only
    return listening
