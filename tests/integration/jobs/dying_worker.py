"""A worker of its own process, for a test that kills it: `python -m … BROKER_URL DATABASE_URL`.

It writes a row in its job's transaction, says so, and then never comes to an end.
"""

import sys
import threading

from sqlalchemy import text

from app.worker import working
from foundation.clock import MachineClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, engine_for
from foundation.jobs import broker as queue
from foundation.jobs.job import Job, JobContext
from foundation.jobs.subscribing import Jobs, by_name
from foundation.ledger.announcing import Event


class ParcelCame(Event, frozen=True, kw_only=True):
    kind = "parcel.came"
    label: str = "fragile"


def carry(db: WriteSession) -> None:
    """The effect that must be there once."""
    db.execute(text("INSERT INTO regions VALUES (:code, 'x', 'x', 'UTC')"), {"code": str(new_id())})


def jobs_that_never_end() -> Jobs:
    def run(db: WriteSession, event: ParcelCame, now: object) -> None:
        carry(db)
        print("begun", flush=True)  # noqa: T201 -- the test waits for this word
        threading.Event().wait()

    return by_name([Job(name="parcel.carry", hears=ParcelCame, run=run)])


if __name__ == "__main__":
    broker_url, database_url = sys.argv[1:]
    sessions = Sessions(engine=engine_for(database_url, pool_size=2, application="dying"))
    context = JobContext(sessions=sessions, clock=MachineClock())
    broker = queue.broker_for(broker_url, database_url=database_url)
    with working(context, jobs=jobs_that_never_end(), broker=broker, threads=2):
        threading.Event().wait()
