"""Deadlines that had fired although they were met: the phone could not tell us in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from foundation.database.session import WriteSession
from foundation.ledger.announcing import announce
from intake.clocks import How
from intake.models import Complaint, Deadline
from visits.events import KeptAfterAll


@contextmanager
def watched(db: WriteSession, complaint: Complaint, *, at: datetime, now: datetime) -> Iterator[None]:
    """Announce each deadline that had fired before the step inside and that the step, done at `at`, shows as kept.

    What it set off is annulled with a note by whoever listens; nothing is deleted.
    """
    fired = list(
        db.scalars(
            select(Deadline.id).where(
                Deadline.complaint_id == complaint.id, Deadline.closed_at.is_(None), Deadline.fired_at.is_not(None)
            )
        )
    )
    yield
    if not fired:
        return
    kept = db.scalars(
        select(Deadline)
        .where(Deadline.id.in_(fired), Deadline.closed_how == How.KEPT)
        .execution_options(populate_existing=True)
    )
    for deadline in kept:
        event = KeptAfterAll(
            subject_id=complaint.id, deadline_id=deadline.id, deadline_kind=deadline.kind,
            due_at=deadline.due_at.isoformat(), done_at=at.isoformat(),
        )  # fmt: skip
        announce(db, event, now=now)
