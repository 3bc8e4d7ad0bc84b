"""Work that has to wait: begun by the lead's phone or by the desk, ended when it goes on or is handed back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.problems import FieldWrong
from intake.models import Complaint
from visits import queries
from visits.models import LeftHow, Suspension, Visit
from visits.phone import SuspensionReason

#: Work may wait this long before somebody has to look at it again.
LONGEST: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why work has to wait, and when it goes on."""

    reason: SuspensionReason
    resume_at: datetime
    note: str | None

    @property
    def facts(self) -> dict[str, object]:
        """What the step's entry says of it, whoever takes the step."""
        return {"reason": self.reason, "note": self.note, "resume_at": self.resume_at}


def begin(db: WriteSession, complaint: Complaint, visit: Visit | None, wait: Wait, *, at: datetime) -> Suspension:
    """Work waits from `at` on, and the visit under way has ended; the caller takes the step.

    Raises FieldWrong for a date to go on that can't be.
    """
    _check(wait.resume_at, at=at)
    if visit is not None:
        visit.left_at, visit.left_how = at, LeftHow.SUSPENDED
    begun = Suspension(
        id=new_id(), complaint_id=complaint.id, visit_id=visit.id if visit else None, reason=wait.reason,
        note=wait.note, from_at=at, resume_at=wait.resume_at,
    )  # fmt: skip
    db.add(begun)
    return begun


def end(db: WriteSession, complaint_id: UUID, *, how: str, at: datetime) -> None:
    """End the suspension that is on, if there is one."""
    suspension = queries.open_suspension(db, complaint_id)
    if suspension is not None:
        suspension.resumed_at, suspension.resumed_how = max(at, suspension.from_at), how


def _check(resume_at: datetime, *, at: datetime) -> None:
    if resume_at <= at:
        raise FieldWrong(field="resume_at", reason="not-after-suspension")
    if resume_at - at > LONGEST:
        raise FieldWrong(field="resume_at", reason="too-far", limit_days=LONGEST.days)
