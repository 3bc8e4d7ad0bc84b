"""Chinese map datums: GCJ-02 (AMap, Tencent, official maps) and BD-09 (Baidu) to and from WGS 84.

Source: the published reverse engineering of the GCJ-02 offset (eviltransform, MIT; the same constants in many map
libraries). Outside mainland China no offset is applied. GCJ-02 has no closed inverse; ours iterates until the forward
transform agrees within a millimetre. Positions in degrees.
"""

import math
from typing import Final, NamedTuple

from foundation.problems import FieldWrong

#: Krasovsky 1940: semi-major axis in metres and the square of the eccentricity.
_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
#: BD-09 turns on a grid of this many radians per degree.
_X_PI: Final = math.pi * 3000.0 / 180.0
#: Iterations of the inverse; five reach 1e-9 degrees anywhere in China.
_ROUNDS: Final = 8

WGS84: Final = "wgs84"
GCJ02: Final = "gcj02"
BD09: Final = "bd09"


class Place(NamedTuple):
    """A position in degrees."""

    latitude: float
    longitude: float


def to_wgs84(latitude: float, longitude: float, *, datum: str) -> Place:
    """The position on WGS 84 of one declared in `datum`. Raises FieldWrong for an unknown datum."""
    match datum:
        case "wgs84":
            return Place(latitude, longitude)
        case "gcj02":
            return _from_gcj02(Place(latitude, longitude))
        case "bd09":
            return _from_gcj02(_from_bd09(Place(latitude, longitude)))
    raise FieldWrong(field="datum", reason="unknown")


def from_wgs84(latitude: float, longitude: float, *, datum: str) -> Place:
    """The position in `datum` of one on WGS 84. Raises FieldWrong for an unknown datum."""
    match datum:
        case "wgs84":
            return Place(latitude, longitude)
        case "gcj02":
            return _to_gcj02(Place(latitude, longitude))
        case "bd09":
            return _to_bd09(_to_gcj02(Place(latitude, longitude)))
    raise FieldWrong(field="datum", reason="unknown")


def is_nowhere(latitude: float, longitude: float) -> bool:
    """Whether the position is (0, 0) within a hundred metres: what devices send when they know nothing."""
    return abs(latitude) < 0.001 and abs(longitude) < 0.001  # noqa: PLR2004 -- a thousandth of a degree is 111 m


def _in_china(place: Place) -> bool:
    """The box in which the official offset is applied."""
    return 72.004 <= place.longitude <= 137.8347 and 0.8293 <= place.latitude <= 55.8271  # noqa: PLR2004 -- its edges


def _to_gcj02(place: Place) -> Place:
    if not _in_china(place):
        return place
    shift = _offset(place)
    return Place(place.latitude + shift.latitude, place.longitude + shift.longitude)


def _from_gcj02(place: Place) -> Place:
    if not _in_china(place):
        return place
    guess = place
    for _ in range(_ROUNDS):
        there = _to_gcj02(guess)
        guess = Place(
            guess.latitude + place.latitude - there.latitude, guess.longitude + place.longitude - there.longitude
        )
    return guess


def _to_bd09(place: Place) -> Place:
    radius = math.hypot(place.longitude, place.latitude) + 0.00002 * math.sin(place.latitude * _X_PI)
    angle = math.atan2(place.latitude, place.longitude) + 0.000003 * math.cos(place.longitude * _X_PI)
    return Place(radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065)


def _from_bd09(place: Place) -> Place:
    """Inverse of `_to_bd09`, refined by iteration: the published formula alone is off by up to half a metre."""
    guess = Place(place.latitude - 0.006, place.longitude - 0.0065)
    for _ in range(_ROUNDS):
        there = _to_bd09(guess)
        guess = Place(
            guess.latitude + place.latitude - there.latitude, guess.longitude + place.longitude - there.longitude
        )
    return guess


def _offset(place: Place) -> Place:
    """How far GCJ-02 is from WGS 84 here, in degrees."""
    x, y = place.longitude - 105.0, place.latitude - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    radians = math.radians(place.latitude)
    magic = 1 - _EE * math.sin(radians) ** 2
    root = math.sqrt(magic)
    metres_north = (_A * (1 - _EE)) / (magic * root) * math.pi / 180.0
    metres_east = _A / root * math.cos(radians) * math.pi / 180.0
    return Place(north / metres_north, east / metres_east)
