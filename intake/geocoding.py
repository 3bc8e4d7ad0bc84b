"""From an address to a position with an honest radius: a network geocoder where one is set up, else the gazetteer.

The gazetteer knows provinces, cities and counties of China and a few boroughs; it needs no network and answers in
microseconds, so a call can be dispatched by district at once. A network geocoder is asked by a job, never while a
transaction is open.
"""

import csv
import gzip
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

from geopy.adapters import URLLibAdapter
from geopy.exc import GeopyError
from geopy.geocoders import BaiduV3, Nominatim, Photon

from intake import datum

_TABLE: Final = Path(__file__).resolve().parent / "gazetteer.csv.gz"
#: Seconds a network geocoder may take.
TIMEOUT_S: Final = 5
#: Radius in metres believed of a network geocoder's answer that doesn't say how exact it is: a street, not a gate.
STREET_RADIUS_M: Final = 500.0
#: Where a position comes from that an address gave, not a person.
SOURCES: Final = frozenset({"gazetteer", "nominatim", "photon", "baidu"})
_LONGEST_NAME: Final = 15
#: The finest level first.
_LEVELS: Final = ("borough", "district", "city", "province")
_SUFFIXES: Final = {"province": ("省", "市", "自治区"), "city": ("市", "地区", "盟")}
_SHORTEST_NAME: Final = 2
#: What follows when a place's name is a road's: 中山北路, 北京大道.
_ROAD: Final = re.compile(r"[东西南北中一二三四五六七八九十]{0,2}(?:路|街|大街|大道|巷|弄|桥|广场|公园|大厦|站)")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the gazetteer."""

    code: str
    level: str
    name: str
    latitude: float
    longitude: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Found:
    """Where an address is, WGS 84; `alternatives` are other places the same words could mean."""

    latitude: float
    longitude: float
    radius_m: float
    source: str
    matched: str
    alternatives: tuple[str, ...] = ()


Geocode: TypeAlias = Callable[[str], Found | None]


class GeocoderAway(Exception):
    """The network geocoder didn't answer; asking again later is worth while."""


class _Answer(Protocol):
    latitude: float
    longitude: float
    address: str


class _Asking(Protocol):
    def geocode(self, query: str) -> _Answer | None: ...


def chosen(name: str, *, key: str | None = None) -> Geocode:
    """The geocoder of that name: gazetteer, nominatim, photon or baidu (needs a key). ValueError for any other."""
    match name:
        case "gazetteer":
            return gazetteer
        # The adapter is named: geopy takes another one where a certain library happens to be installed.
        case "nominatim":
            asked = Nominatim(user_agent="callout", timeout=TIMEOUT_S, adapter_factory=URLLibAdapter)
            return _asking(asked, source=name)
        case "photon":
            return _asking(Photon(timeout=TIMEOUT_S, adapter_factory=URLLibAdapter), source=name)
        case "baidu" if key:
            # Version 3: keys that are given out today are not taken by version 2.
            return _asking(BaiduV3(api_key=key, timeout=TIMEOUT_S, adapter_factory=URLLibAdapter), source=name)
    message = f"no geocoder called {name!r}, or its key is missing (gazetteer, nominatim, photon, baidu)"
    raise ValueError(message)


def gazetteer(address: str) -> Found | None:
    """The district an address names, else its city, else its province; None if it names none, or several alike.

    A district's name that several cities have (鼓楼区) counts only with its city or province beside it.
    """
    named = _named(unicodedata.normalize("NFKC", address).casefold())
    undecided: tuple[str, ...] = ()
    for level in _LEVELS:
        finer = [spot for spot in named if spot.level == level]
        inside = _consistent(finer, named)
        if len(inside) == 1:
            return _found(inside[0], alternatives=undecided)
        if finer and not inside:
            return None  # The address contradicts itself: better no place than a wrong one.
        undecided += tuple(f"{spot.name} {spot.code}" for spot in inside)
    return None


def alternatives(address: str) -> tuple[Found, ...]:
    """Every place the address could mean, the finest first: what a person who places a case chooses from."""
    named = _named(unicodedata.normalize("NFKC", address).casefold())
    return tuple(_found(spot) for level in _LEVELS for spot in named if spot.level == level)


def _consistent(spots: list[Spot], named: list[Spot]) -> list[Spot]:
    """Those that lie in every coarser place the address names too."""
    # A municipality is a city of its own whose code is its province's with zeros behind.
    coarser = (
        {
            level: tuple(spot.code.removesuffix("00") for spot in named if spot.level == level)
            for level in _LEVELS[_LEVELS.index(spots[0].level) + 1 :]
        }
        if spots
        else {}
    )
    return [spot for spot in spots if all(not codes or spot.code.startswith(codes) for codes in coarser.values())]


def _named(address: str) -> list[Spot]:
    """The places whose names stand in the address; a longer name hides the shorter ones within it."""
    table = _by_name()
    found: list[Spot] = []
    at = 0
    while at < len(address):
        length = next(
            (size for size in range(min(_LONGEST_NAME, len(address) - at), 1, -1) if address[at : at + size] in table),
            0,
        )
        if length and not _ROAD.match(address, at + length):
            found += table[address[at : at + length]]
        at += length or 1
    return found


@cache
def _by_name() -> dict[str, list[Spot]]:
    table: dict[str, list[Spot]] = {}
    with gzip.open(_TABLE, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            spot = Spot(
                row["code"],
                row["level"],
                row["name"],
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["radius_m"]),
            )
            for name in _names(spot):
                table.setdefault(name, []).append(spot)
    return table


def _names(spot: Spot) -> Iterable[str]:
    """The name, and for cities and provinces the name people say: 南京 for 南京市."""
    name = spot.name.casefold()
    yield name
    for suffix in _SUFFIXES.get(spot.level, ()):
        short = name.removesuffix(suffix)
        if short != name and len(short) >= _SHORTEST_NAME:
            yield short


def _found(spot: Spot, *, alternatives: tuple[str, ...] = ()) -> Found:
    return Found(spot.latitude, spot.longitude, spot.radius_m, "gazetteer", spot.name, alternatives)


def _asking(geocoder: object, *, source: str) -> Geocode:
    """A network geocoder as a function; Baidu answers in BD-09, the others in WGS 84."""
    asking = cast("_Asking", geocoder)

    def geocode(address: str) -> Found | None:
        try:
            answer = asking.geocode(address)
        except (GeopyError, LookupError, TypeError, ValueError, AttributeError) as trouble:
            # Of another shape than the geocoder's is what a proxy or a sign-in page answers in its place.
            raise GeocoderAway(source) from trouble
        if answer is None or datum.is_nowhere(answer.latitude, answer.longitude):
            return None
        given = datum.BD09 if source == "baidu" else datum.WGS84
        place = datum.to_wgs84(answer.latitude, answer.longitude, datum=given)
        return Found(place.latitude, place.longitude, STREET_RADIUS_M, source, str(answer.address)[:200])

    return geocode
