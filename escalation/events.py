"""What escalation announces; the subject is the complaint."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event


class CaseOpened(Event, frozen=True, kw_only=True):
    """A case was opened on a level."""

    kind: ClassVar[str] = "escalation.opened"
    case_id: UUID
    reason: str
    level: int


class CaseRaised(Event, frozen=True, kw_only=True):
    """A case stands on another level now."""

    kind: ClassVar[str] = "escalation.raised"
    case_id: UUID
    reason: str
    level: int
    was: int


class CaseAcknowledged(Event, frozen=True, kw_only=True):
    """The owner of the level, or somebody on their behalf, has acknowledged."""

    kind: ClassVar[str] = "escalation.acknowledged"
    case_id: UUID
    level: int


class CaseHeld(Event, frozen=True, kw_only=True):
    """The owner of the level holds the ladder of the case until then."""

    kind: ClassVar[str] = "escalation.held"
    case_id: UUID
    level: int
    until: datetime


class ComplaintContested(Event, frozen=True, kw_only=True):
    """The customer contests what the case says; `contest` is nobody_arrived, grade_wrong, not_solved or want_manager."""

    kind: ClassVar[str] = "complaint.contested"
    contest: str
    case_id: UUID


class CaseEnded(Event, frozen=True, kw_only=True):
    """A case has its outcome."""

    kind: ClassVar[str] = "escalation.ended"
    case_id: UUID
    reason: str
    outcome: str


class MajorReportSubmitted(Event, frozen=True, kw_only=True):
    """A version of the major complaint report went up."""

    kind: ClassVar[str] = "major_report.submitted"
    report_id: UUID
    version: int
