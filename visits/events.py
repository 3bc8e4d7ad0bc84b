"""Facts that visits announce."""

from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event


class VisitReported(Event, frozen=True, kw_only=True):
    """A service report was written; `works_again` is yes, no or partly."""

    kind: ClassVar[str] = "visit.reported"
    visit_id: UUID | None
    report_id: UUID
    works_again: str


class HandedBack(Event, frozen=True, kw_only=True):
    """A technician gave the job back; `reason` is one of phone.HandBackReason."""

    kind: ClassVar[str] = "visit.handed_back"
    assignment_id: UUID
    technician_id: UUID
    crew_role: str
    reason: str


class KeptAfterAll(Event, frozen=True, kw_only=True):
    """A deadline had fired, and the phone's corrected time now shows that it was met; what it set off is to be annulled."""

    kind: ClassVar[str] = "visit.kept_after_all"
    deadline_id: UUID
    deadline_kind: str
    due_at: str
    done_at: str
