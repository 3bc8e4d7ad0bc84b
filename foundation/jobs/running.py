"""Running one errand: a job runs in one unit of work with the note that it was done, which is written first.

The first attempt is counted in that same transaction. Whoever is rung for again (the ring says so, or the row, which has
a counted attempt) is counted in a transaction of its own before the job starts, so that a job which kills its process is
parked after its last attempt instead of killing the next process: only what it kills before the second ring, some 15 s,
goes uncounted. An errand that merely waited is still run by its first ring, however long that took. What an effect does
outside can't be rolled back, so its attempts are counted before, all of them. The queue never retries: the row says when
to ring again.

A queue may bring a ring twice, late, or back from the dead, so a ring says how many attempts were counted when it was
rung, and is good for the one after them. Whoever comes with the same ring later finds it used up and does nothing: the
back-off after a failure, and the lease of an attempt that may still run, end only with the sweeper's next ring. Only a
ring that the queue took back from a worker that died is good once more, while no attempt has failed: what that worker had
begun died with it, and need not wait for the end of its lease.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from dramatiq.middleware import Interrupt
from sqlalchemy import text

from foundation.database.session import singly, swiftly, unit_of_work
from foundation.jobs.job import Effect, Job, JobContext, Listener
from foundation.jobs.subscribing import Jobs
from foundation.ledger.announcing import Event

log = logging.getLogger(__name__)

#: Characters kept of what went wrong.
TROUBLE_LENGTH: Final = 2000

#: Counts the attempt that the ring is good for, or parks the errand when there was a last one. Skips it while somebody
#: else has the row, and when that attempt was counted already. The commit may be forgotten in a crash of the server (not
#: of the process): then one attempt is not counted.
_COUNT = text(
    """
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    mine AS (
        SELECT e.announcement_id, e.job FROM errands e
        WHERE e.announcement_id = :id AND e.job = :job AND e.state = 'waiting' AND (
            e.attempts = :after OR (CAST(:is_back AS boolean) AND e.attempts = :after + 1 AND e.trouble IS NULL))
        FOR NO KEY UPDATE SKIP LOCKED
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
#: The first statement of a job's transaction: nobody else can have the errand until that ends, and if it fails the errand
#: waits as before. Without a counted attempt only where none was ever counted.
_CLAIM = text(
    """
    WITH mine AS (
        SELECT e.announcement_id, e.job FROM errands e
        WHERE e.announcement_id = :id AND e.job = :job AND e.state = 'waiting'
          AND (CAST(:counted AS boolean) OR e.attempts = 0) FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE errands e SET state = 'done', done_at = :now, attempts = GREATEST(e.attempts, 1), trouble = NULL
    FROM mine, announcements a
    WHERE e.announcement_id = mine.announcement_id AND e.job = mine.job AND a.id = e.announcement_id
    RETURNING a.payload
    """
)
_DONE = text(
    """
    UPDATE errands SET state = 'done', done_at = :now, trouble = NULL
    WHERE announcement_id = :id AND job = :job AND state = 'waiting' RETURNING 1
    """
)
#: An attempt that was not counted before it began is counted here. One that comes to its end after its lease, when a
#: later one was counted, leaves the row to that one.
_FAILED = text(
    """
    UPDATE errands SET attempts = GREATEST(attempts, :number), trouble = :trouble, next_ring_at = :ring_at, state = :state
    WHERE announcement_id = :id AND job = :job AND state = 'waiting'
      AND (attempts <= :number OR CAST(:is_over AS boolean)) RETURNING 1
    """
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one errand; one that was not counted before it began is the first."""

    job: Listener
    announcement_id: UUID
    number: int = 1
    is_counted: bool = False
    #: What was announced, as far as it was read with the count.
    payload: object = None

    @property
    def key(self) -> dict[str, object]:
        """The errand's key, for statements."""
        return {"id": self.announcement_id, "job": self.job.name}


def run_errand(
    context: JobContext,
    jobs: Jobs,
    name: str,
    announcement_id: UUID,
    after: int | None = None,
    *,
    is_back: bool = False,
) -> bool:
    """Run the errand once if it still waits; True if it is done now.

    `after` is how many attempts were counted when it was rung for again; None for a first ring. `is_back`: the ring had
    been taken by a worker that died. A ring whose attempt was counted already does nothing. A failure is written to the
    row and logged once. Raises only when even that could not be stored; then the errand waits as it was and is rung again.
    """
    job = jobs.get(name)
    if job is None:
        _park_unknown(context, name, announcement_id)
        return False
    attempt: Attempt | None = Attempt(job, announcement_id)
    if is_back or after is not None or isinstance(job, Effect):
        attempt = _count(context, job, announcement_id, after=after or 0, is_back=is_back)
    return attempt is not None and _try(context, attempt)


def _count(context: JobContext, job: Listener, announcement_id: UUID, *, after: int, is_back: bool) -> Attempt | None:
    """Count the attempt in a transaction of its own; None if there is nothing to do or it was the last."""
    lease_until = context.clock.machine_now() + timedelta(seconds=job.time_limit_s + 5)
    given = {
        "id": announcement_id, "job": job.name, "after": after, "is_back": is_back, "most": job.max_attempts,
        "lease_until": lease_until,
    }  # fmt: skip
    for row in singly(context.sessions, _COUNT, given):
        if row.state != "parked":
            return Attempt(job, announcement_id, number=row.attempts, is_counted=True, payload=row.payload)
        log.error("ALARM errand parked: %s for %s never came to an end", job.name, announcement_id)
    return None


def _try(context: JobContext, attempt: Attempt) -> bool:
    """Whether it is done now."""
    try:
        return _run(context, attempt)
    except (Exception, Interrupt) as error:  # noqa: BLE001 -- the edge of every job: whatever it is, the row keeps it
        _failed(context, attempt, error)
        return False


def _run(context: JobContext, attempt: Attempt) -> bool:
    match attempt.job:
        case Job():
            return _run_job(context, attempt, attempt.job)
        case Effect():
            return _run_effect(context, attempt, attempt.job)
    raise TypeError(f"neither a job nor an effect: {attempt.job.name}")


def _run_job(context: JobContext, attempt: Attempt, job: Job[Event]) -> bool:
    """The note of being done and the job, in one transaction; False if another worker has it or had it."""
    with unit_of_work(context.sessions) as db:
        given = {**attempt.key, "counted": attempt.is_counted, "now": context.clock.machine_now()}
        row = swiftly(db, _CLAIM, given).one_or_none()
        if row is None:
            return False
        job.run(db, msgspec.convert(row.payload, job.hears), context.now())
    return True


def _run_effect(context: JobContext, attempt: Attempt, job: Effect[Event]) -> bool:
    """The effect, and behind it the note that it is done."""
    job.run(context, msgspec.convert(attempt.payload, job.hears))
    singly(context.sessions, _DONE, {**attempt.key, "now": context.clock.machine_now()})
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
    given = {
        **attempt.key, "number": attempt.number, "trouble": trouble_of(error),
        "ring_at": context.clock.machine_now() + wait, "state": "parked" if is_last else "waiting", "is_over": is_last,
    }  # fmt: skip
    singly(context.sessions, _FAILED, given)


def _park_unknown(context: JobContext, name: str, announcement_id: UUID) -> None:
    """An errand for a job that this version doesn't have: a person decides."""
    log.error("ALARM errand parked: there is no job named %r", name)
    given = {
        "id": announcement_id, "job": name, "number": 0, "trouble": "there is no such job",
        "ring_at": context.clock.machine_now(), "state": "parked", "is_over": True,
    }  # fmt: skip
    singly(context.sessions, _FAILED, given)


def trouble_of(error: BaseException) -> str:
    """What is kept of an error: its type and words, without what a text column refuses."""
    return f"{type(error).__name__}: {error}".replace("\x00", "\N{REPLACEMENT CHARACTER}")[:TROUBLE_LENGTH]
