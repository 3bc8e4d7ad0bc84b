"""When somebody must be on site, and by when they must have left for that."""

from datetime import datetime, timedelta
from typing import Final

from foundation.database.session import WriteSession
from intake import deadlines
from intake.clocks import Due, How, Kind
from intake.models import Complaint

#: A latest departure that moves by less than this isn't worth another deadline row.
DEPARTURE_MOVES: Final = timedelta(minutes=2)


def promise_of(complaint: Complaint) -> datetime:
    """When somebody must be on site, as the customer was told."""
    return complaint.promise_started_at + timedelta(minutes=deadlines.minutes_of(complaint)["on_site_promise"])


def departure(complaint: Complaint, leave_by_at: datetime | None, *, travel_min: float, now: datetime) -> Due | None:
    """The deadline by which somebody must have left; one that is over already is a breach, not a deadline."""
    if leave_by_at is None or leave_by_at <= now:
        return None
    return Due(leave_by_at, {"start_of": "promise", "start": promise_of(complaint).isoformat(), "minutes": -travel_min})


def depart_by(
    db: WriteSession, complaint: Complaint, leave_by_at: datetime | None, *, travel_min: float, now: datetime
) -> None:
    """Keep the deadline of leaving, in place of one that was there before."""
    due = departure(complaint, leave_by_at, travel_min=travel_min, now=now)
    if due is None:
        return
    present = deadlines.live(db, complaint.id)
    before = present.get(Kind.LATEST_DEPARTURE)
    if before is not None and abs(before.due_at - due.due_at) < DEPARTURE_MOVES:
        return
    deadlines.write(
        db, complaint, opening={Kind.LATEST_DEPARTURE: due},
        closing={Kind.LATEST_DEPARTURE: How.VOID} if before else {}, present=present, now=now,
    )  # fmt: skip
