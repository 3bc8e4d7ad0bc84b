"""A sketch of who is how far from a site: places on a plane around it, rings of distance. Pure.

WGS-84 degrees become kilometres east and north of the site (equirectangular, good to a tenth of a percent within a few
hundred kilometres), kilometres become units of a square of 200 × 200 with the site in its middle, north up.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: Kilometres of one degree of latitude.
KM_PER_DEGREE: Final = 111.2
#: Half of the square, and how much of it may be used, so that names at the edge stay inside.
HALF: Final = 100.0
USED: Final = 84.0
#: Radii that people read without thinking, in kilometres.
ROUND_KM: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True, slots=True)
class Spot:
    """Somebody's place: what stands there, how it is shown (`can` or `cannot` go), and where it is."""

    label: str
    kind: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A spot on the square; y grows downwards."""

    label: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle of so many kilometres around the site, `radius` units on the square."""

    km: int
    radius: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """The whole picture. The site stands at (0, 0)."""

    marks: Sequence[Mark]
    rings: Sequence[Ring]


def offset_km(latitude: float, longitude: float, *, around: tuple[float, float]) -> tuple[float, float]:
    """Kilometres east and north of the place `around` (latitude, longitude); the short way over the date line."""
    middle = math.radians((latitude + around[0]) / 2)
    degrees_east = (longitude - around[1] + 180) % 360 - 180
    return degrees_east * KM_PER_DEGREE * math.cos(middle), (latitude - around[0]) * KM_PER_DEGREE


def draw(site: tuple[float, float], spots: Iterable[Spot]) -> Sketch:
    """Everybody around the site, the farthest who can go just inside the square; whoever is farther stands at its edge."""
    placed = [(spot, offset_km(spot.latitude, spot.longitude, around=site)) for spot in spots]
    reach = max((math.hypot(*offset) for spot, offset in placed if spot.kind == "can"), default=0.0)
    reach = reach or max((math.hypot(*offset) for _, offset in placed), default=0.0)
    outer = next((km for km in ROUND_KM if km >= reach), ROUND_KM[-1])
    scale = USED / outer
    marks = [_mark(spot, offset, scale=scale) for spot, offset in placed]
    rings = [Ring(km, km * scale) for km in ROUND_KM if outer / 5 <= km <= outer]
    return Sketch(marks=marks, rings=rings)


def _mark(spot: Spot, offset: tuple[float, float], *, scale: float) -> Mark:
    east, north = offset
    shrink = min(1.0, (HALF - 6) / max(1e-9, math.hypot(east, north) * scale))
    return Mark(spot.label, spot.kind, round(east * scale * shrink, 1), round(-north * scale * shrink, 1))
