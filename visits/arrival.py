"""How well an arrival is proven: pure.

A position in the fence, online · B position in the fence, taken without signal · C photo of the name plate and the
customer's arrival code · D by hand, with a reason and a photo, to be approved by a manager.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from visits.errors import ArrivalEvidenceMissing

#: Metres around the site within which a position proves the arrival; the service rules ask for 500 m.
FENCE_M: Final = 500.0
#: Metres; a position less accurate than the fence proves nothing about it.
ACCURACY_BELIEVED_TO_M: Final = 500.0
#: Metres; mean radius of the earth (IUGG). The sphere's error of 0.5 % is 2.5 m at the fence.
EARTH_RADIUS_M: Final = 6_371_008.8


class EvidenceGrade(StrEnum):
    """How well an arrival is proven, best first; figures are reported by it."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on WGS 84 in degrees; `accuracy_m` is the radius within which it is true."""

    latitude: float
    longitude: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the technician offers as proof of being there."""

    spot: Spot | None
    position_state: str
    online: bool
    reason: str | None
    photos: int
    name_plate_photo: bool
    code_given: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """The grade with what it rests on."""

    grade: EvidenceGrade
    distance_m: int | None
    needs_approval: bool
    facts: Mapping[str, object]


def graded(evidence: Evidence, *, site: Spot | None, code: str | None) -> Arrival:
    """The grade of an arrival. Raises ArrivalEvidenceMissing when neither place, code nor a reason with a photo prove it.

    A site that isn't on the map to the fence's precision can't contradict anybody: then the arrival is taken by hand
    (D) without asking for a reason, since the missing place is ours to fill in.
    """
    distance = None if evidence.spot is None or site is None else distance_m(evidence.spot, site)
    placed = site is not None and site.accuracy_m <= FENCE_M
    reason = evidence.reason
    if placed and distance is not None and _proves(evidence.spot, distance):
        grade = EvidenceGrade.A if evidence.online else EvidenceGrade.B
    elif evidence.name_plate_photo and code is not None and evidence.code_given == code:
        grade = EvidenceGrade.C
    elif not placed:
        grade, reason = EvidenceGrade.D, reason or "site-not-placed"
    elif reason and evidence.photos:
        grade = EvidenceGrade.D
    else:
        raise ArrivalEvidenceMissing(
            distance_m=None if distance is None else round(distance),
            fence_m=round(FENCE_M),
            needs=["reason"] * (not reason) + ["photo"] * (not evidence.photos),
        )
    facts = {
        "grade": grade.value,
        "distance_m": None if distance is None else round(distance),
        "accuracy_m": None if evidence.spot is None else round(evidence.spot.accuracy_m),
        "position": evidence.position_state,
        "reason": reason,
        "photos": evidence.photos,
        "code_matched": None if evidence.code_given is None else evidence.code_given == code,
    }
    return Arrival(grade, None if distance is None else round(distance), grade is EvidenceGrade.D, facts)


def distance_m(a: Spot, b: Spot) -> float:
    """Great-circle distance in metres by the haversine formula, ≥ 0."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def _proves(spot: Spot | None, distance: float) -> bool:
    return spot is not None and spot.accuracy_m <= ACCURACY_BELIEVED_TO_M and distance <= FENCE_M
