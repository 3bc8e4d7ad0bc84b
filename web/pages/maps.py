"""What a map shows of a complaint, or of all that are open: places with their honest radius, people, rings of distance.

A chart is data in the page; `map.js` draws it. Whatever it shows stands in the page's lists, too. Places of people are the
coarse ones of the API, homes are in none; everything is where the tiles, if there are any, would have it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias, cast

import msgspec

import dispatch.permissions
import dispatch.queries
import technicians.permissions
import technicians.queries
from dispatch import travel
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession
from foundation.language import Language, formats, translate
from intake import boards
from intake.clocks import Kind
from intake.models import Deadline
from technicians.schemas import technician_view
from web.pages.candidates import Panel
from web.pages.shown import Shown
from web.pages.sketch import ROUND_KM, offset_km
from web.reader import PageRequest
from web.tiles import Tiles

Position: TypeAlias = tuple[float, float]
#: How a person stands to a complaint: could go, can't, or is the one who comes.
Standing: TypeAlias = Literal["can", "cannot", "comes"]
#: The choice whether there is a map, kept in the browser because it belongs to the screen: on, off, or none made.
CHOICE_COOKIE: Final = "map"
#: Rings around a site; beyond the largest a ring says nothing any more.
RINGS: Final = tuple(km for km in ROUND_KM if 5 <= km <= 500)  # noqa: PLR2004 -- kilometres
#: Rings shown at once, the outermost ones.
MOST_RINGS: Final = 3
#: Decimals of a degree on the wall: about a kilometre, because anybody may pass by.
WALL_DECIMALS: Final = 2


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where the machine stands, to `radius_m` metres. `known` is false when it is only the middle of the region."""

    at: Position
    radius_m: float
    known: bool
    says: str


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody: `id` as in the list beside, `mark` what is written on them (a candidate's number)."""

    id: str
    kind: Standing
    mark: str
    says: str
    at: Position


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """So many kilometres around the site, and what is written on the line."""

    km: float
    says: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An open complaint on the wall: the last digits of its number, its grade."""

    mark: str
    grade: str
    at: Position


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on one map. `key` changes when it is about something else, so that the map moves there."""

    key: str
    site: Site | None = None
    people: Sequence[Mark] = ()
    rings: Sequence[Circle] = ()
    reach: Circle | None = None
    cases: Sequence[Case] = ()

    @property
    def text(self) -> str:
        """As it stands in the page."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with the tiles under it and whether this browser wants maps. `unplaced` people are in no place that is shown."""

    chart: Chart
    tiles: Tiles
    choice: str
    unplaced: int = 0


def of_case(
    request: PageRequest, look: ReadSession, shown: Shown, *, actor: Actor, language: Language, now: datetime
) -> Drawing | None:
    """The map of one complaint; None when nobody knows where it is."""
    tiles = tiles_of(request)
    site = _site(shown, language, tiles)
    if site is None:
        return None
    if shown.panel is not None:
        marks, unplaced = list(_sought(shown.panel, language, tiles)), shown.panel.unplaced
    else:
        marks, unplaced = _coming(look, shown, actor=actor, language=language, now=now, tiles=tiles)
    chart = Chart(
        key=shown.line.number, site=site, people=marks, rings=_rings(site, marks, language),
        reach=_reach(shown.deadlines, language, now=now) if shown.panel else None,
    )  # fmt: skip
    return Drawing(chart=chart, tiles=tiles, choice=_choice(request), unplaced=unplaced)


def of_wall(request: PageRequest, lines: Iterable[boards.Line]) -> Drawing:
    """The map of all open complaints that have a place, to about a kilometre."""
    tiles = tiles_of(request)
    cases = [
        Case(
            mark=short(line.number), grade=line.grade,
            at=tiles.shown(round(line.latitude, WALL_DECIMALS), round(line.longitude, WALL_DECIMALS)),
        )
        for line in lines if line.latitude is not None and line.longitude is not None
    ]  # fmt: skip
    return Drawing(chart=Chart(key="wall", cases=cases), tiles=tiles, choice="on")


def short(number: str) -> str:
    """The part of a number that people say: without the year and the zeros before it."""
    return number.rpartition("-")[2].lstrip("0") or number


def tiles_of(request: PageRequest) -> Tiles:
    """The tiles of this installation."""
    return cast("Tiles", request.app.state.tiles)


def _choice(request: PageRequest) -> str:
    chosen = request.cookies.get(CHOICE_COOKIE)
    return chosen if chosen in {"on", "off"} else ""


def _site(shown: Shown, language: Language, tiles: Tiles) -> Site | None:
    """The site, or the middle of the region while nobody knows more."""
    facts, panel = shown.complaint, shown.panel
    words = translate(language, "map.site", number=shown.line.number)
    if facts.latitude is not None and facts.longitude is not None:
        at, radius = tiles.shown(facts.latitude, facts.longitude), facts.position_radius_m or 0.0
        return Site(at=at, radius_m=radius, known=True, says=words)
    if panel is None or panel.place is None:
        return None
    words = translate(language, "map.region", number=shown.line.number)
    return Site(at=tiles.shown(*panel.place), radius_m=0.0, known=False, says=words)


def _sought(panel: Panel, language: Language, tiles: Tiles) -> Iterator[Mark]:
    """Candidates with their number, then whoever can't go."""
    for one in panel.choosable:
        if one.view.technician_id in panel.places:
            at = tiles.shown(*panel.places[one.view.technician_id])
            words = f"{one.view.rank} {one.name or one.view.technician}"
            yield Mark(id=str(one.view.technician_id), kind="can", mark=str(one.view.rank), says=words, at=at)
    for out in panel.barred:
        if out.view.technician_id in panel.places:
            at = tiles.shown(*panel.places[out.view.technician_id])
            words = f"{out.name or out.view.technician}: {translate(language, f'excluded.{out.view.why}')}"
            yield Mark(id=str(out.view.technician_id), kind="cannot", mark="", says=words, at=at)


def _coming(
    look: ReadSession, shown: Shown, *, actor: Actor, language: Language, now: datetime, tiles: Tiles
) -> tuple[list[Mark], int]:
    """Whoever accepted the work, where they were last, for those who may see crews and people; and how many have no place."""
    if not (may(actor, dispatch.permissions.SEE_CANDIDATES) and may(actor, technicians.permissions.SEE)):
        return [], 0
    crew = {each.technician_id for each in dispatch.queries.work_on(look, shown.complaint.id) if each.ended_at is None}
    marks, unplaced = [], 0
    for state in technicians.queries.field(look, crew, now) if crew else []:
        view = technician_view(state)
        latitude, longitude, age_s = view.position.latitude, view.position.longitude, view.position.age_s
        if latitude is None or longitude is None:
            unplaced += 1
            continue
        code = "map.comes" if age_s is None else "map.comes.seen"
        words = translate(language, code, name=view.name, minutes=round((age_s or 0) / 60))
        at = tiles.shown(latitude, longitude)
        marks.append(Mark(id=str(view.id), kind="comes", mark=view.name[:1], says=words, at=at))
    return marks, unplaced


def _rings(site: Site, marks: Sequence[Mark], language: Language) -> list[Circle]:
    """The rings of round kilometres up to the first one around everybody who matters; none around a mere region."""
    if not site.known:
        return []
    near = [mark for mark in marks if mark.kind != "cannot"] or marks
    reach = max((_km(mark.at, site.at) for mark in near), default=0.0)
    outer = next((km for km in RINGS if km >= reach), RINGS[-1])
    wanted = [km for km in RINGS if km <= max(outer, RINGS[2])][-MOST_RINGS:]
    return [Circle(km=km, says=_distance(km, language)) for km in wanted]


def _km(one: Position, other: Position) -> float:
    east, north = offset_km(*one, around=other)
    return float((east**2 + north**2) ** 0.5)


def _reach(deadlines: Iterable[Deadline], language: Language, *, now: datetime) -> Circle | None:
    """How far away somebody who leaves now may be to keep the promise of being on site; None when it is past or kept."""
    live = (each for each in deadlines if each.kind == Kind.ON_SITE_PROMISE and each.closed_at is None)
    due = next(live, None)
    km = travel.reach_km((due.due_at - now).total_seconds() / 60) if due else 0.0
    if km < 1:
        return None
    return Circle(km=round(km, 1), says=translate(language, "map.reach", distance=_distance(round(km), language)))


def _distance(km: float, language: Language) -> str:
    return formats.distance(language, metres=km * formats.METRES_PER_KM)
