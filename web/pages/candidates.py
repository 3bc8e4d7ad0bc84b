"""Who could go to a complaint and why everybody else can't, as the board prints it, with a sketch of where they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch import explaining
from dispatch.candidates import Why
from dispatch.errors import NotDispatchable
from dispatch.schemas import CandidatesView, CandidateView, ExcludedView, candidates_view
from foundation.database.session import ReadSession
from intake.models import Complaint
from technicians.schemas import TechnicianView, technician_view
from web.pages import sketch
from web.pages.sketch import Sketch, Spot

#: Keys of a keyboard that choose somebody.
DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Chip:
    """A printed reason: the code of its words with their facts; `tone` is good, warn, bad or empty."""

    code: str
    tone: str = ""
    facts: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Choosable:
    """Somebody who could go: name, forecast and the reasons of their rank. `key` is the digit that chooses them."""

    view: CandidateView
    name: str
    chips: list[Chip]
    key: str


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who can't go now."""

    view: ExcludedView
    name: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything about who could go; `unplaced` people stand in the lists but not in the sketch.

    `place` is where to go, `places` where people are (latitude, longitude), coarsely and without homes, as everywhere.

    `why` is the word for what the choice does now: a choice of its own, or the filter that excludes most people.
    """

    view: CandidatesView
    why: str
    choosable: list[Choosable]
    barred: list[Barred]
    sketch: Sketch | None
    unplaced: int
    place: tuple[float, float] | None
    places: Mapping[UUID, tuple[float, float]]


def panel(look: ReadSession, complaint: Complaint, *, now: datetime) -> Panel | None:
    """How things stand now; None when nobody is sought for this complaint."""
    try:
        seen, chosen = explaining.preview(look, complaint, now=now)
    except NotDispatchable:
        return None
    need = seen.snapshot.need
    view = candidates_view(
        chosen, at=now, crew_role=need.crew_role, place_from=need.place_from, source=seen.snapshot.travel_source
    )
    people = {state.id: technician_view(state) for state in seen.states.values()}
    places = dict(_places(people.values()))
    site = (seen.place.latitude, seen.place.longitude) if seen.place else None
    return Panel(
        view=view, why=f"{'excluded' if view.why in set(Why) else 'choice'}.{view.why}",
        choosable=[_choosable(each, people) for each in view.candidates],
        barred=[Barred(each, *_named(each.technician_id, people)) for each in view.excluded],
        sketch=_sketch(site, view, people, places) if site else None, unplaced=len(people) - len(places),
        place=site, places=places,
    )  # fmt: skip


def _choosable(view: CandidateView, people: Mapping[UUID, TechnicianView]) -> Choosable:
    name, _ = _named(view.technician_id, people)
    return Choosable(view, name, list(chips(view)), str(view.rank) if view.rank <= DIGITS else "")


def _named(technician_id: UUID, people: Mapping[UUID, TechnicianView]) -> tuple[str, str]:
    person = people.get(technician_id)
    return (person.name, person.outlet) if person else ("", "")


def chips(view: CandidateView) -> Iterator[Chip]:
    """The terms of the ranking as printed reasons, the weightiest first."""
    yield _margin(view)
    if not view.free_now:
        yield Chip("candidate.leaves", "warn", {"at": view.leave_at})
    if view.asked_before:
        yield Chip("candidate.refused" if view.asked_before > 1 else "candidate.silent", "warn")
    if view.overtime_min > 0:
        yield Chip("candidate.overtime", "warn", {"minutes": round(view.overtime_min)})
    for said, code, tone in (
        (view.senior, "candidate.senior", "good"), (view.on_call, "candidate.on_call", ""),
        (view.borrowed, "candidate.borrowed", "warn"),
    ):  # fmt: skip
        if said:
            yield Chip(code, tone)
    yield _start(view)


def _margin(view: CandidateView) -> Chip:
    """How early or late the arrival is against what the customer was told."""
    minutes = round(view.promise_margin_min)
    if minutes < 0:
        return Chip("candidate.late", "bad", {"minutes": -minutes})
    return Chip("candidate.early", "good", {"minutes": minutes})


def _start(view: CandidateView) -> Chip:
    """From where the way is counted, and how old that knowledge is."""
    if view.position_age_min is None:
        return Chip(f"candidate.from.{view.starts_from}")
    stale = view.position_age_min > 60  # noqa: PLR2004 -- an hour on a motorway is another town
    return Chip(
        f"candidate.seen.{view.starts_from}", "warn" if stale else "", {"minutes": round(view.position_age_min)}
    )


def _places(people: Iterable[TechnicianView]) -> Iterator[tuple[UUID, tuple[float, float]]]:
    """Where people are, whoever has a place that may be shown."""
    for each in people:
        if each.position.latitude is not None and each.position.longitude is not None:
            yield each.id, (each.position.latitude, each.position.longitude)


def _sketch(
    site: tuple[float, float], view: CandidatesView, people: Mapping[UUID, TechnicianView],
    places: Mapping[UUID, tuple[float, float]],
) -> Sketch:  # fmt: skip
    """Everybody with a place around the site; candidates by rank, the others by their code."""
    ranks = {each.technician_id: str(each.rank) for each in view.candidates}
    spots = [
        Spot(ranks.get(who) or people[who].code, "can" if who in ranks else "cannot", *place)
        for who, place in places.items()
    ]
    return sketch.draw(site, spots)
