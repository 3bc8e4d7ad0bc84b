"""A call as it was taken: what the caller said, put in order; and what the system answers. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol, runtime_checkable
from uuid import UUID

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong
from intake import datum, phones
from intake.clocks import Kind
from intake.grades import Graded, GradeFacts
from intake.serials import serial

#: A PBX whose clock runs ahead is believed up to here.
CLOCK_TOLERANCE: Final = timedelta(seconds=60)
#: The oldest call that may still be logged.
OLDEST_CALL: Final = timedelta(days=30)
#: A position with a radius above this doesn't lead anybody to the gate: somebody must place the case on the map.
PLACED_WITHIN_M: Final = 1000.0
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where it is: WGS 84 degrees with an honest radius in metres, and what was declared in which datum."""

    latitude: float
    longitude: float
    radius_m: float
    source: str
    datum: str = datum.WGS84
    given_latitude: float | None = None
    given_longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the caller said. Only the phone and the sentence must be known; `ordered` puts it in order."""

    caller_phone: str
    sentence: str
    source: str = "phone"
    called_at: datetime | None = None
    caller_name: str | None = None
    call_back_phone: str | None = None
    call_back_email: str | None = None
    signer_name: str | None = None
    access_notes: str | None = None
    serial_number: str | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    region_code: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    datum: str = datum.WGS84
    position_radius_m: float | None = None
    family: str | None = None
    component: str | None = None
    symptom: str | None = None
    conditions: str | None = None
    asked_for: str | None = None
    language: str | None = None
    facts: GradeFacts = field(default_factory=GradeFacts)
    #: Set by `ordered`, so that putting it in order twice costs nothing.
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier complaint about the same unit, or from the same caller, that the reader may see."""

    id: UUID
    number: str
    stage: str
    grade: str
    called_at: datetime
    component: str | None
    symptom: str | None
    same_unit: bool
    is_open: bool
    #: Called in within the last 30 days.
    is_recent: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What grades of a unit's earlier complaints, of every region: nothing of it tells whose or where they were.

    `faults` are component and symptom of each complaint of the last 30 days; `poor` is the last feedback's.
    """

    faults: tuple[tuple[str | None, str | None], ...] = ()
    poor: bool | None = None


@dataclass(frozen=True, slots=True)
class CallContext:
    """What the system knows when a call comes in: unit, site, customer, earlier complaints, the last feedback."""

    equipment_id: UUID | None = None
    family: str | None = None
    model: str | None = None
    warranty_until: date | None = None
    site_id: UUID | None = None
    site_address: str | None = None
    position: Position | None = None
    customer_id: UUID | None = None
    customer_name: str | None = None
    customer_language: str | None = None
    site_region: str | None = None
    unit_region: str | None = None
    customer_region: str | None = None
    regions: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    past: Past = field(default_factory=Past)

    @property
    def region_code(self) -> str | None:
        """The region that looks after it: the site's, else the unit's, else the customer's."""
        return self.site_region or self.unit_region or self.customer_region

    @property
    def last_feedback_poor(self) -> bool:
        """Whether the last feedback about this unit was poor or refused (rule S5)."""
        return bool(self.past.poor)

    @property
    def duplicates(self) -> tuple[Earlier, ...]:
        """Open complaints about the same unit, or from the same caller: a warning, never a refusal."""
        return tuple(one for one in self.earlier if one.is_open)

    def has_same_fault(self, *, component: str | None, symptom: str | None) -> bool:
        """Whether this unit had the same fault in the last 30 days, in whatever region (rule S4).

        The same component, and the same symptom where both are known; without a component the symptom alone decides.
        A fault nobody named is not the same as another. Of a unit that is in no register, the caller's own complaints
        about its serial number count.
        """
        seen = ((one.component, one.symptom) for one in self.earlier if one.same_unit and one.is_recent)
        return any(_same(fault, component, symptom) for fault in (*self.past.faults, *seen))

    def within(self, regions: frozenset[str]) -> "CallContext":
        """The context without the unit, site and customer of other regions; what has no region is everybody's."""

        def is_foreign(region_code: str | None) -> bool:
            return region_code is not None and region_code not in regions

        shown = self
        if is_foreign(self.unit_region or self.site_region):
            shown = replace(
                shown, equipment_id=None, family=None, model=None, warranty_until=None, unit_region=None, past=Past()
            )
        if is_foreign(self.site_region or self.unit_region):
            shown = replace(shown, site_id=None, site_address=None, position=None, site_region=None)
        if is_foreign(self.customer_region):
            shown = replace(shown, customer_id=None, customer_name=None, customer_language=None, customer_region=None)
        return shown


@dataclass(frozen=True, slots=True)
class Commitment:
    """One promise of a logged complaint."""

    kind: Kind
    due_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A call that is stored (once the transaction commits)."""

    id: UUID
    number: str
    stage: str
    region_code: str
    family: str | None
    position: Position | None
    commitments: tuple[Commitment, ...]
    to_complete: tuple[str, ...]
    #: The secret of the customer's link; only its hash is stored.
    link_token: str


@dataclass(frozen=True, slots=True)
class Likely:
    """Who would probably come, and when."""

    technician: str
    arrive_at: datetime
    travel_min: float
    distance_km: float


@dataclass(frozen=True, slots=True)
class TakenCall:
    """The whole answer to a call."""

    logged: Logged
    graded: Graded
    context: CallContext
    likely: Sequence[Likely] = ()


@runtime_checkable  # The web framework checks what it injects.
class TakeCall(Protocol):
    """How a call is taken: looked up, graded, logged; `app` puts it together from the packages that know how."""

    def __call__(self, db: WriteSession, call: Call, *, actor: Actor, now: datetime) -> TakenCall:
        """Take the call in this transaction."""
        ...


@runtime_checkable  # As above.
class ForeseeCall(Protocol):
    """What taking the call now would answer, while the caller still speaks; nothing is stored."""

    def __call__(self, look: ReadSession, call: Call, *, actor: Actor, now: datetime) -> TakenCall:
        """The answer without number and link; the call is taken as it stands, half of it unknown."""
        ...


def ordered(call: Call, *, now: datetime) -> Call:
    """The call with its phones, serial number, time and position in order; every way of taking a call goes through it.

    Raises FieldWrong for a phone nobody can ring, a call time in the future or more than 30 days ago, half a position.
    (0, 0) is no position: the case is taken and somebody places it on the map.
    """
    if call.is_ordered:
        return call
    phone = phones.normal(call.caller_phone)
    if phone is None:
        raise FieldWrong(field="caller_phone", reason="not-a-phone")
    back = phones.normal(call.call_back_phone)
    if call.call_back_phone and back is None:
        raise FieldWrong(field="call_back_phone", reason="not-a-phone")
    if not call.sentence.strip():
        raise FieldWrong(field="sentence", reason="blank")
    if (call.latitude is None) != (call.longitude is None):
        raise FieldWrong(field="longitude" if call.longitude is None else "latitude", reason="missing")
    nowhere = (
        call.latitude is not None and call.longitude is not None and datum.is_nowhere(call.latitude, call.longitude)
    )
    return replace(
        call,
        caller_phone=phone,
        call_back_phone=back,
        serial_number=serial(call.serial_number),
        called_at=_called_at(call.called_at, now=now),
        latitude=None if nowhere else call.latitude,
        longitude=None if nowhere else call.longitude,
        is_ordered=True,
    )


def position_of(call: Call) -> Position | None:
    """Where the caller says it is, on WGS 84; None if they don't say."""
    if call.latitude is None or call.longitude is None:
        return None
    place = datum.to_wgs84(call.latitude, call.longitude, datum=call.datum)
    return Position(
        latitude=place.latitude,
        longitude=place.longitude,
        radius_m=call.position_radius_m or 50.0,
        source="caller",
        datum=call.datum,
        given_latitude=call.latitude,
        given_longitude=call.longitude,
    )


class Told(Protocol):
    """What a call and a complaint know of the same things."""

    @property
    def component(self) -> str | None:
        """The part that fails."""
        ...

    @property
    def symptom(self) -> str | None:
        """What it does."""
        ...

    @property
    def caller_name(self) -> str | None:
        """Who called."""
        ...

    @property
    def signer_name(self) -> str | None:
        """Who can sign on site."""
        ...

    @property
    def access_notes(self) -> str | None:
        """How to get in."""
        ...


def to_complete(call: Told, *, identified: bool, placed: bool) -> tuple[str, ...]:
    """What is still worth asking while help is on its way, as codes."""
    missing = {
        "equipment": not identified,
        "position": not placed,
        "component": call.component is None,
        "symptom": call.symptom is None,
        "caller": call.caller_name is None,
        "signer": call.signer_name is None,
        "access": call.access_notes is None,
    }
    return tuple(code for code, is_missing in missing.items() if is_missing)


def _called_at(given: datetime | None, *, now: datetime) -> datetime:
    if given is None:
        return now
    if given > now + CLOCK_TOLERANCE:
        raise FieldWrong(field="called_at", reason="in-the-future", now=now)
    if given < now - OLDEST_CALL:
        raise FieldWrong(field="called_at", reason="too-old", days=OLDEST_CALL.days)
    return min(given, now)


def _same(earlier: tuple[str | None, str | None], component: str | None, symptom: str | None) -> bool:
    component_then, symptom_then = earlier
    if component and component_then:
        both = symptom and symptom_then
        return _folded(component) == _folded(component_then) and (not both or _folded(symptom) == _folded(symptom_then))
    return bool(symptom and symptom_then) and _folded(symptom) == _folded(symptom_then)


def _folded(text: str | None) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text or "")).strip().casefold()
