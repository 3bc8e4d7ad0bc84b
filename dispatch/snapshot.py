"""Everything a decision looks at, as frozen values: one complaint, the people who might go, and when it was.

A snapshot holds distances and travel times instead of places, so that a stored decision keeps nobody's position, and so
that replaying it needs no geometry. It goes to JSON and back without loss.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

import msgspec

from foundation.ledger.chain import Facts
from intake.grades import Grade
from technicians.hours import Period, WorkingTime


class CrewRole(StrEnum):
    """A complaint has one lead; a major one also one second."""

    LEAD = "lead"
    SECOND = "second"


class Pending(StrEnum):
    """An open offer elsewhere: of a major complaint, or of any other."""

    MAJOR = "major"
    OTHER = "other"


class Refusal(StrEnum):
    """How somebody already said no to this complaint."""

    LAPSED = "lapsed"
    DECLINED = "declined"
    HANDED_BACK = "handed_back"


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which somebody may work, half-open; on call only serious things may wake them."""

    start: datetime
    end: datetime
    on_call: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """The last answer of somebody who was asked for this complaint before."""

    how: Refusal
    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """One technician as seen at that moment. Travel is from where they will be when they can leave."""

    technician_id: UUID
    code: str
    region: str
    active: bool
    skilled: bool
    #: Last day on which a certificate for the family is valid; None when there is none.
    certified_until: date | None
    senior: bool
    road_km: float
    travel_min: float
    #: Where the distance starts: phone, home, outlet, site (of the work before).
    starts_from: str
    position_age_min: float | None
    windows: tuple[Window, ...]
    #: Recorded duty of the last eight days, the running stretch included.
    worked: tuple[Period, ...]
    limits: WorkingTime
    #: IANA name of their region's zone: a certificate is valid on a day, and days are local.
    zone: str
    #: When the accepted work is expected to be done; None when there is none.
    free_at: datetime | None = None
    in_crew: bool = False
    pending: Pending | None = None
    tried: Tried | None = None
    #: Drives a vehicle for parts that two people can't lift.
    carries_heavy: bool = False
    #: Until when the customer doesn't want to see this person.
    excluded_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What one place in the crew of one complaint needs."""

    complaint_id: UUID
    number: str
    crew_role: CrewRole
    grade: Grade
    family: str | None
    region: str
    called_at: datetime
    accept_by: datetime
    target_at: datetime
    promise_at: datetime
    needs_certificate: bool
    #: Somebody senior is wanted; if there is nobody, the choice says so and goes on without.
    needs_senior: bool
    #: Offers of this round that still ring.
    ringing: int = 0
    #: Where the place comes from: site, complaint, region (the middle of its outlets while nobody has placed it).
    place_from: str = "site"
    #: Parts are needed that only some vehicles carry.
    heavy_parts: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One decision's whole input. `total` and `qualified` count the active technicians and those with the family."""

    at: datetime
    need: Need
    people: tuple[Person, ...]
    total: int
    qualified: int
    counted_at: datetime
    travel_source: str


def as_facts(value: object) -> Facts:
    """The JSON form of a frozen value of this package."""
    return cast("Facts", msgspec.to_builtins(value))


def from_facts(facts: Facts) -> Snapshot:
    """The snapshot again; msgspec.ValidationError for anything that isn't one."""
    return msgspec.convert(facts, Snapshot)
