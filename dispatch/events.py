"""What dispatch announces. The subject is the complaint unless said."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event


class OfferMade(Event, frozen=True, kw_only=True):
    """A technician's phone rings."""

    kind: ClassVar[str] = "offer.made"
    offer_id: UUID
    technician_id: UUID


class OfferAnswered(Event, frozen=True, kw_only=True):
    """An offer ended: accepted, declined, lapsed or withdrawn."""

    kind: ClassVar[str] = "offer.answered"
    offer_id: UUID
    technician_id: UUID
    answer: str


class TechnicianTaken(Event, frozen=True, kw_only=True):
    """The subject, a technician, accepted work: their other offers can't be accepted any more."""

    kind: ClassVar[str] = "technician.taken"


class TechnicianFreed(Event, frozen=True, kw_only=True):
    """The subject, a technician, has no work left."""

    kind: ClassVar[str] = "technician.freed"


class NobodyLeft(Event, frozen=True, kw_only=True):
    """Nobody who was not asked before can be offered the work; announced once per round."""

    kind: ClassVar[str] = "dispatch.nobody_left"
    round_id: UUID
    why: str
    crew_role: str = "lead"


class ForecastBreach(Event, frozen=True, kw_only=True):
    """The expected arrival passes the promise; announced once until it clears. `forecast_at` is None when nobody can come."""

    kind: ClassVar[str] = "dispatch.forecast_breach"
    due_at: datetime
    forecast_at: datetime | None


class AssignmentEnded(Event, frozen=True, kw_only=True):
    """A technician's work on the complaint ended: finished, handed_back, withdrawn, case_ended."""

    kind: ClassVar[str] = "assignment.ended"
    assignment_id: UUID
    technician_id: UUID
    how: str
