"""The worker with one change: `python -m benchmarks.noting FILE` lets the job that hears a logged call only note when.

Other jobs that hear the same call do nothing, so that the way to a job is measured and not its work.
"""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app import subscriptions
from app.assembly import System
from app.parts.worker import worker
from app.settings import from_environment
from foundation.clock import MachineClock
from foundation.database.session import WriteSession
from foundation.jobs.job import Job
from foundation.jobs.subscribing import Jobs
from foundation.ledger.announcing import Event
from intake.events import ComplaintLogged

#: The first of them is the one that finds somebody.
FIRST = "dispatch.logged"


def main() -> None:
    """Run the worker of the application with these jobs."""
    sink = Path(sys.argv[1]).open("a", encoding="ascii", buffering=1)  # noqa: SIM115 -- open as long as the process lives
    every = subscriptions.jobs

    def note(_db: WriteSession, event: Event, _now: datetime) -> None:
        sink.write(f"{event.subject_id} {MachineClock().now().timestamp():.6f}\n")

    def nothing(_db: WriteSession, _event: Event, _now: datetime) -> None:
        """Another listener of the same call."""

    def jobs(system: System) -> Jobs:
        return {
            name: replace(job, run=note if name == FIRST else nothing)
            if isinstance(job, Job) and job.kind == ComplaintLogged.kind
            else job
            for name, job in every(system).items()
        }

    subscriptions.jobs = jobs
    worker(from_environment())


if __name__ == "__main__":
    main()
