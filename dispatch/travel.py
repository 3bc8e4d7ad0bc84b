"""How long the way takes. The only reader of geopy in this package.

Great-circle distances are off by up to 0.5 % but ten times as fast as geodesics: they are the first sieve, and the nearest
who may be asked are measured again by the geodesic on WGS 84. Numbers: detour factor 1.3, 40 km/h for the first 20 km of
road (half an hour), 70 km/h beyond, as in the simulation that chose the policy; a fixed access time per stop keeps the
triangle inequality.
"""

from dataclasses import dataclass
from math import atan2, cos, radians, sin, sqrt

from geopy.distance import EARTH_RADIUS, geodesic

#: Road kilometres per kilometre of geodesic.
DETOUR = 1.3
#: Kilometres of road driven at town speed before the open road; km, km/h, km/h.
TOWN_KM = 20.0
TOWN_SPEED = 40.0
ROAD_SPEED = 70.0
#: Gate, parking, lift, putting on protective equipment: minutes per stop.
ACCESS_MIN = 5.0
#: Named in every decision, because a routing engine would give other figures.
SOURCE = "geodesic x 1.3 (great circle for all but the nearest); 40 km/h to 20 km, then 70 km/h; 5 min access"

#: Made once: its series for the ellipsoid cost as much as a distance.
_WGS84 = geodesic()


@dataclass(frozen=True, slots=True)
class Place:
    """A point on WGS 84, degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Leg:
    """One way: road kilometres to the metre, minutes to the tenth, door to door."""

    road_km: float
    travel_min: float


def between(start: Place, end: Place) -> Leg:
    """The way from one place to another by the geodesic, ≥ the access time."""
    return _leg(float(_WGS84.measure((start.latitude, start.longitude), (end.latitude, end.longitude))))


def roughly(start: Place, end: Place) -> Leg:
    """The same by the great circle: for people who are far down the list or can't be asked."""
    return _leg(great_circle_km(start, end))


def great_circle_km(start: Place, end: Place) -> float:
    """Geopy's formula for the sphere, without its points, which cost twenty times the arithmetic."""
    north, other_north = radians(start.latitude), radians(end.latitude)
    east = radians(end.longitude) - radians(start.longitude)
    sin_one, cos_one, sin_other, cos_other = sin(north), cos(north), sin(other_north), cos(other_north)
    across = sqrt((cos_other * sin(east)) ** 2 + (cos_one * sin_other - sin_one * cos_other * cos(east)) ** 2)
    return float(EARTH_RADIUS * atan2(across, sin_one * sin_other + cos_one * cos_other * cos(east)))


def _leg(straight_km: float) -> Leg:
    road_km = round(straight_km * DETOUR, 3)
    return Leg(road_km=road_km, travel_min=round(minutes(road_km), 1))


def minutes(road_km: float) -> float:
    """Door-to-door minutes for a road distance: concave in the distance, so a stop on the way never saves time."""
    town_h = min(road_km, TOWN_KM) / TOWN_SPEED
    road_h = max(0.0, road_km - TOWN_KM) / ROAD_SPEED
    return (town_h + road_h) * 60 + ACCESS_MIN


def reach_km(within_min: float) -> float:
    """How far the great circle may be at most to be there within so many minutes; 0.0 when not even the access fits."""
    hours = max(0.0, within_min - ACCESS_MIN) / 60
    town_h = TOWN_KM / TOWN_SPEED
    road_km = hours * TOWN_SPEED if hours <= town_h else TOWN_KM + (hours - town_h) * ROAD_SPEED
    return road_km / DETOUR
