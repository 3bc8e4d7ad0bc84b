"""Running one errand: the attempt is counted first, then the job runs in one unit of work with its note of being done.

The count is committed before the job starts, so that a job which kills its process is counted, too, and parked after
its last attempt instead of killing the next process. The queue never retries: the row says when to ring again.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import msgspec
from dramatiq.middleware import Interrupt
from sqlalchemy import text

from foundation.database.session import swiftly, unit_of_work
from foundation.jobs.job import Effect, Job, JobContext, Listener
from foundation.jobs.subscribing import Jobs
from foundation.ledger.announcing import Event

log = logging.getLogger(__name__)

#: Characters kept of what went wrong.
TROUBLE_LENGTH: Final = 2000

#: Counts the attempt, or parks the errand when there was a last one. Skips it while somebody else has the row. The
#: commit may be forgotten in a crash of the server (not of the process): then one attempt is not counted.
_COUNT = text(
    """
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    mine AS (
        SELECT e.announcement_id, e.job FROM errands e
        WHERE e.announcement_id = :id AND e.job = :job AND e.state = 'waiting' FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE errands e SET
        attempts = CASE WHEN e.attempts >= :most THEN e.attempts ELSE e.attempts + 1 END,
        state = CASE WHEN e.attempts >= :most THEN 'parked' ELSE e.state END,
        trouble = CASE WHEN e.attempts >= :most THEN COALESCE(e.trouble, 'every attempt ended with its process')
                  ELSE e.trouble END,
        next_ring_at = :lease_until
    FROM unhurried, mine, announcements a
    WHERE e.announcement_id = mine.announcement_id AND e.job = mine.job AND a.id = e.announcement_id
    RETURNING e.attempts, e.state, a.payload
    """
)
_CLAIM = text(
    """
    SELECT 1 FROM errands WHERE announcement_id = :id AND job = :job AND state = 'waiting'
    FOR NO KEY UPDATE SKIP LOCKED
    """
)
_DONE = text(
    """
    UPDATE errands SET state = 'done', done_at = :now, trouble = NULL
    WHERE announcement_id = :id AND job = :job AND state = 'waiting'
    """
)
_FAILED = text(
    """
    UPDATE errands SET trouble = :trouble, next_ring_at = :ring_at, state = :state
    WHERE announcement_id = :id AND job = :job AND state = 'waiting'
    """
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one errand."""

    job: Listener
    announcement_id: UUID
    number: int
    payload: dict[str, object]

    @property
    def key(self) -> dict[str, object]:
        """The errand's key, for statements."""
        return {"id": self.announcement_id, "job": self.job.name}


def run_errand(context: JobContext, jobs: Jobs, name: str, announcement_id: UUID) -> bool:
    """Run the errand once if it still waits; True if it is done now.

    A failure is written to the row and logged once. Raises only when even that could not be stored; then the errand
    waits as it was and is rung again.
    """
    job = jobs.get(name)
    if job is None:
        _park_unknown(context, name, announcement_id)
        return False
    attempt = _count(context, job, announcement_id)
    if attempt is None:
        return False
    try:
        return _run(context, attempt)
    except (Exception, Interrupt) as error:  # noqa: BLE001 -- the edge of every job: whatever it is, the row keeps it
        _failed(context, attempt, error)
        return False


def _count(context: JobContext, job: Listener, announcement_id: UUID) -> Attempt | None:
    """Count the attempt in a transaction of its own; None if there is nothing to do or it was the last."""
    lease_until = context.clock.machine_now() + timedelta(seconds=job.time_limit_s + 5)
    with unit_of_work(context.sessions) as db:
        row = swiftly(
            db, _COUNT, {"id": announcement_id, "job": job.name, "most": job.max_attempts, "lease_until": lease_until}
        ).one_or_none()
    if row is None:
        return None
    if row.state == "parked":
        log.error("ALARM errand parked: %s for %s never came to an end", job.name, announcement_id)
        return None
    return Attempt(
        job=job, announcement_id=announcement_id, number=row.attempts, payload=cast("dict[str, object]", row.payload)
    )


def _run(context: JobContext, attempt: Attempt) -> bool:
    match attempt.job:
        case Job():
            return _run_job(context, attempt, attempt.job)
        case Effect():
            attempt.job.run(context, msgspec.convert(attempt.payload, attempt.job.hears))
            with unit_of_work(context.sessions) as db:
                swiftly(db, _DONE, {**attempt.key, "now": context.clock.machine_now()})
            return True
    raise TypeError(f"neither a job nor an effect: {attempt.job.name}")


def _run_job(context: JobContext, attempt: Attempt, job: Job[Event]) -> bool:
    """The job and its note of being done, in one transaction; nothing if another worker has it or had it."""
    event = msgspec.convert(attempt.payload, job.hears)
    with unit_of_work(context.sessions) as db:
        if swiftly(db, _CLAIM, attempt.key).one_or_none() is None:
            return False
        job.run(db, event, context.now())
        swiftly(db, _DONE, {**attempt.key, "now": context.clock.machine_now()})
    return True


def _failed(context: JobContext, attempt: Attempt, error: BaseException) -> None:
    """Keep what went wrong and when to ring again; park it after the last attempt."""
    is_last = attempt.number >= attempt.job.max_attempts
    back_off = attempt.job.back_off_s
    wait = timedelta(seconds=back_off[min(attempt.number, len(back_off)) - 1])
    if is_last:
        log.error("ALARM errand parked: %s for %s", attempt.job.name, attempt.announcement_id, exc_info=error)
    else:
        log.warning(
            "errand failed, attempt %d of %d: %s for %s",
            attempt.number, attempt.job.max_attempts, attempt.job.name, attempt.announcement_id, exc_info=error,
        )  # fmt: skip
    with unit_of_work(context.sessions) as db:
        db.execute(
            _FAILED,
            {
                **attempt.key, "trouble": trouble_of(error), "ring_at": context.clock.machine_now() + wait,
                "state": "parked" if is_last else "waiting",
            },
        )  # fmt: skip


def _park_unknown(context: JobContext, name: str, announcement_id: UUID) -> None:
    """An errand for a job that this version doesn't have: a person decides."""
    log.error("ALARM errand parked: there is no job named %r", name)
    with unit_of_work(context.sessions) as db:
        db.execute(
            _FAILED,
            {
                "id": announcement_id, "job": name, "trouble": "there is no such job",
                "ring_at": context.clock.machine_now(), "state": "parked",
            },
        )  # fmt: skip


def trouble_of(error: BaseException) -> str:
    """What is kept of an error: its type and words, without what a text column refuses."""
    return f"{type(error).__name__}: {error}".replace("\x00", "\N{REPLACEMENT CHARACTER}")[:TROUBLE_LENGTH]
