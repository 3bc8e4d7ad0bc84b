"""What the worker and the clockwork do for visits."""

from datetime import datetime
from typing import Final
from uuid import UUID

import dispatch.events
import intake.queries
from dispatch.models import Assignment
from foundation.database.session import WriteSession, unit_of_work
from foundation.jobs.job import Job, JobContext, Recurring
from intake.lifecycle import Stage
from visits import actions, queries, sweeping, waiting
from visits.models import LeftHow

#: Answer of an offer that became a job.
ACCEPTED: Final = "accepted"


def prepare(db: WriteSession, event: dispatch.events.OfferAnswered, now: datetime) -> None:
    """Open the visit of a job that was just accepted, so that the customer can be told the arrival code."""
    assignment = queries.live_assignment_of_offer(db, event.offer_id)
    if assignment is not None and queries.latest_visit(db, assignment.id) is None:
        actions.open_visit(db, assignment, now=now)


def leave(db: WriteSession, event: dispatch.events.AssignmentEnded, now: datetime) -> None:
    """End the visit of a job that was taken away, and what it waited for; whoever finished or handed back has ended both.

    A wait that stayed open would stand in the way of the next one.
    """
    complaint = intake.queries.for_change(db, event.subject_id)
    assignment = db.get(Assignment, event.assignment_id)
    visit = queries.open_visit(db, event.assignment_id)
    if assignment is not None and assignment.ended_at is not None and visit is not None:
        actions.leave(visit, LeftHow.JOB_ENDED, at=now)
    if complaint.stage != Stage.SUSPENDED:
        waiting.end(db, complaint.id, how="handed_back", at=now)


def _forget_positions(context: JobContext) -> int:
    """Batch after batch, each committed by itself, however long nobody swept."""
    total, now = 0, context.now()
    after: UUID | None = sweeping.BEGINNING
    while after is not None:
        with unit_of_work(context.sessions) as db:
            done = sweeping.forget_positions(db, now=now, after=after)
        total, after = total + done.count, done.go_on_after
    return total


JOBS: Final = (
    Job(name="visits.prepare", hears=dispatch.events.OfferAnswered, run=prepare, only={"answer": [ACCEPTED]}),
    Job(name="visits.leave", hears=dispatch.events.AssignmentEnded, run=leave),
)
RECURRING: Final = (Recurring(name="visits.forget_positions", every_s=3600, tick=_forget_positions),)
