"""Facts that intake announces; `subject_id` is the complaint, unless it says otherwise."""

from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event


class ComplaintLogged(Event, frozen=True, kw_only=True):
    """A call was taken: the complaint has its number, grade and deadlines."""

    kind: ClassVar[str] = "complaint.logged"
    grade: str
    #: Unit and place are known: there is nothing to look up and nobody to ask.
    is_complete: bool = False


class ComplaintRegraded(Event, frozen=True, kw_only=True):
    """The grade changed from `was`; deadlines were recomputed."""

    kind: ClassVar[str] = "complaint.regraded"
    grade: str
    was: str


class ComplaintMoved(Event, frozen=True, kw_only=True):
    """A step was taken; `stage` is where the complaint is now."""

    kind: ClassVar[str] = "complaint.moved"
    stage: str
    step: str
    #: The search itself took the step, in the transaction in which it looked.
    by_search: bool = False


class ComplaintNoted(Event, frozen=True, kw_only=True):
    """A note or a correction was added; `what` is `note` or the corrected field."""

    kind: ClassVar[str] = "complaint.noted"
    what: str


class AddressCorrected(Event, frozen=True, kw_only=True):
    """The case has another address, and nothing exact is known of where that is."""

    kind: ClassVar[str] = "complaint.address_corrected"


class UnitsRegistered(Event, frozen=True, kw_only=True):
    """Units came into the register, or it says something else of them; `subject_id` is the unit, or a lot of an import."""

    kind: ClassVar[str] = "equipment.registered"


class UnitFound(Event, frozen=True, kw_only=True):
    """The register has a unit of the serial number under which the case waits for its unit."""

    kind: ClassVar[str] = "complaint.unit_found"


class HandOverAsked(Event, frozen=True, kw_only=True):
    """The case is to go to another region; the system will move it, since who asked can't."""

    kind: ClassVar[str] = "complaint.hand_over_asked"
    hand_over_id: UUID


class ComplaintHandedOver(Event, frozen=True, kw_only=True):
    """The case is another region's now; `was` is the one it came from."""

    kind: ClassVar[str] = "complaint.handed_over"
    region_code: str
    was: str


class ComplaintPlaced(Event, frozen=True, kw_only=True):
    """The position of the complaint became known, or better known; radius in metres."""

    kind: ClassVar[str] = "complaint.placed"
    radius_m: float


class DeadlineFired(Event, frozen=True, kw_only=True):
    """A live deadline passed; announced once per deadline, in order of `due_at` (ISO 8601, UTC)."""

    kind: ClassVar[str] = "deadline.fired"
    deadline_kind: str
    deadline_id: UUID
    due_at: str
