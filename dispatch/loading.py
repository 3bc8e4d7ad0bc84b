"""Making the snapshot of a decision: who is near, what they have, how long they need. Reads only, one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Row

import technicians.field
import technicians.queries
from dispatch import queries, travel
from dispatch.policy import Policy
from dispatch.queries import Asked, History, Member, Occupation
from dispatch.snapshot import CrewRole, Need, Pending, Person, Refusal, Snapshot, Tried, Window
from dispatch.travel import Leg, Place
from dispatch.words import OfferState
from foundation.database.session import ReadSession
from intake import deadlines
from intake.grades import Grade
from intake.models import Complaint
from technicians.field import FieldState
from technicians.words import ShiftKind

#: Nearest of each family, when nobody knows yet what the machine is.
NEAREST_OF_EACH: Final = 8
#: How many of the nearest who may be asked are measured exactly.
MEASURED: Final = 6
#: How long the counts of the company are good enough for an explanation.
COUNTS_LAST: Final = timedelta(minutes=10)
_REFUSED: Final = {OfferState.DECLINED: Refusal.DECLINED, OfferState.LAPSED: Refusal.LAPSED}
_COUNTED: Final[dict[tuple[str, str | None], tuple[datetime, int, int]]] = {}


@dataclass(frozen=True, slots=True)
class Start:
    """When (None: now) and from where somebody can leave."""

    free_at: datetime | None
    place: Place
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """A technician, what they have besides, and until when the customer refuses them."""

    state: FieldState
    occupation: Occupation | None
    excluded_until: datetime | None


@dataclass(frozen=True, slots=True)
class Sight:
    """A snapshot with what it was made from: customer, place, and the people's states for names and accounts."""

    snapshot: Snapshot
    customer_id: UUID | None
    place: Place | None
    states: Mapping[UUID, FieldState]


def sight(
    look: ReadSession,
    complaint: Complaint,
    role: CrewRole,
    *,
    past: History,
    ringing: int,
    heavy_parts: bool,
    policy: Policy,
    now: datetime,
    counted_anew: bool = False,
) -> Sight:
    """The nearest qualified people for one place in the crew. `counted_anew` for readers who don't see everybody."""
    place, place_from = place_of(look, complaint)
    lead = next((each for each in past.live if each.crew_role == CrewRole.LEAD), None)
    need = need_of(
        look, complaint, role, lead=lead, ringing=ringing, heavy_parts=heavy_parts, place_from=place_from, now=now
    )
    values = {"complaint_id": complaint.id, "customer_id": complaint.customer_id}
    found = _nearest(look, need.family, place, values=values, at=now, limit=policy.nearest) if place else []
    total, qualified, counted_at = _counts(look, complaint.family, seen=len(found), anew=counted_anew, now=now)
    people = _people(found, place, need=need, past=past, policy=policy, now=now)
    snapshot = Snapshot(
        at=now,
        need=need,
        people=people,
        total=total,
        qualified=qualified,
        counted_at=counted_at,
        travel_source=travel.SOURCE,
    )
    states = {each.state.id: each.state for each in found}
    return Sight(snapshot=snapshot, customer_id=complaint.customer_id, place=place, states=states)


def further(look: ReadSession, seen: Sight, *, limit: int, past: History, policy: Policy, now: datetime) -> Sight:
    """The same with more people: further away, but signed on or rostered soon, and with what is needed: certificate, vehicle."""
    need = seen.snapshot.need
    if seen.place is None or need.family is None:
        return seen
    rows = technicians.queries.nearest_beside(
        look,
        family=need.family,
        latitude=seen.place.latitude,
        longitude=seen.place.longitude,
        at=now,
        limit=limit,
        askable_within=timedelta(hours=policy.askable_within_h),
        certified_on=now.date() if need.needs_certificate else None,
        carries_heavy=need.heavy_parts,
        besides=list(seen.states),
        beside=queries.OCCUPATIONS,
        values={"complaint_id": need.complaint_id, "customer_id": seen.customer_id},
    )
    if not rows:
        return seen
    more = [_found(state, row) for state, row in rows]
    people = _people(more, seen.place, need=need, past=past, policy=policy, now=now)
    return replace(
        seen,
        snapshot=replace(seen.snapshot, people=(*seen.snapshot.people, *people)),
        states={**seen.states, **{each.state.id: each.state for each in more}},
    )


def place_of(look: ReadSession, complaint: Complaint) -> tuple[Place | None, str]:
    """Where to go, and where that is known from."""
    if complaint.latitude is not None and complaint.longitude is not None:
        return Place(complaint.latitude, complaint.longitude), complaint.position_source or "site"
    middle = queries.middle_of(look, complaint.region_code)
    return middle, "region" if middle else "unknown"


def need_of(
    look: ReadSession,
    complaint: Complaint,
    role: CrewRole,
    *,
    lead: Member | None,
    ringing: int,
    heavy_parts: bool,
    place_from: str,
    now: datetime,
) -> Need:
    """What this place in the crew needs. A major crew has somebody senior and certified: the lead if possible.

    The lead brings heavy parts; a second is asked for what the lead hasn't got.
    """
    minutes = deadlines.minutes_of(complaint)
    start = complaint.promise_started_at
    certificate, senior = complaint.family is not None, complaint.grade == Grade.MAJOR
    if role is CrewRole.SECOND and lead is not None:
        certificate, senior, carries = _missing_in(look, lead, complaint.family, now=now)
        heavy_parts = heavy_parts and carries
    return Need(
        complaint_id=complaint.id,
        number=complaint.number,
        crew_role=role,
        grade=Grade(complaint.grade),
        family=complaint.family,
        region=complaint.region_code,
        called_at=start,
        accept_by=start + timedelta(minutes=minutes["accept"]),
        target_at=start + timedelta(minutes=minutes["on_site_target"]),
        promise_at=start + timedelta(minutes=minutes["on_site_promise"]),
        needs_certificate=certificate,
        needs_senior=senior,
        ringing=ringing,
        place_from=place_from,
        heavy_parts=heavy_parts,
    )


def _missing_in(look: ReadSession, lead: Member, family: str | None, *, now: datetime) -> tuple[bool, bool, bool]:
    """Whether the lead lacks the certificate, seniority, a vehicle for heavy parts."""
    found = technicians.queries.field(look, [lead.technician_id], now)
    if not found:
        return family is not None, True, True
    certified = family is None or technicians.field.is_certified(found[0], family=family, at=now)
    return not certified, not found[0].senior, not found[0].carries_heavy


def _nearest(
    look: ReadSession, family: str | None, place: Place, *, values: Mapping[str, object], at: datetime, limit: int
) -> list[Found]:
    if family is not None:
        return _nearest_of(look, family, place, values=values, at=at, limit=limit)
    # Nobody knows yet what machine it is: anybody near may go and see.
    found: dict[UUID, Found] = {}
    for known in queries.families(look):
        for each in _nearest_of(look, known, place, values=values, at=at, limit=NEAREST_OF_EACH):
            found.setdefault(each.state.id, each)
    return sorted(found.values(), key=lambda each: (each.state.distance_km or 0.0, each.state.code))[:limit]


def _nearest_of(
    look: ReadSession, family: str, place: Place, *, values: Mapping[str, object], at: datetime, limit: int
) -> list[Found]:
    rows = technicians.queries.nearest_beside(
        look,
        family=family,
        latitude=place.latitude,
        longitude=place.longitude,
        at=at,
        limit=limit,
        beside=queries.OCCUPATIONS,
        values=values,
    )
    return [_found(state, row) for state, row in rows]


def _found(state: FieldState, row: Row[tuple[object, ...]]) -> Found:
    return Found(state, queries.occupation(row), queries.excluded_until(row))


def _counts(
    look: ReadSession, family: str | None, *, seen: int, anew: bool, now: datetime
) -> tuple[int, int, datetime]:
    """Counted anew every few minutes, because counting a hundred thousand people costs more than the decision.

    Never from memory for a reader who doesn't see everybody, nor when more people are seen than were counted.
    """
    if anew:
        return *queries.counts(look, family), now
    database = str(look.get_bind().engine.url)
    known = _COUNTED.get((database, family))
    if known is None or seen > known[2] or not timedelta() <= now - known[0] < COUNTS_LAST:
        known = (now, *queries.counts(look, family))
        _COUNTED[database, family] = known
    counted_at, total, qualified = known
    return total, qualified, counted_at


def _people(
    found: Sequence[Found], place: Place | None, *, need: Need, past: History, policy: Policy, now: datetime
) -> tuple[Person, ...]:
    if place is None or not found:
        return ()
    tried = _tried(past, since=need.called_at)
    crew = frozenset(each.technician_id for each in past.live)
    until = max(now, need.promise_at) + timedelta(hours=policy.horizon_h)
    starts = [start_of(each.state, each.occupation, policy=policy, now=now) for each in found]
    return tuple(
        person(
            each.state,
            start,
            way,
            need=need,
            occupation=each.occupation,
            excluded_until=each.excluded_until,
            tried=tried.get(each.state.id),
            in_crew=each.state.id in crew,
            until=until,
            now=now,
        )
        for each, start, way in zip(found, starts, _ways(found, starts, place), strict=True)
    )


def _ways(found: Sequence[Found], starts: Sequence[Start], place: Place) -> list[Leg]:
    """How far everybody is: roughly, then exactly for the first who may be asked."""
    ways = [travel.roughly(start.place, place) for start in starts]
    askable = [at for at, each in enumerate(found) if each.occupation is None or not each.occupation.offered]
    for at in sorted(askable, key=lambda at: ways[at].road_km)[:MEASURED]:
        ways[at] = travel.between(starts[at].place, place)
    return ways


def start_of(state: FieldState, occupation: Occupation | None, *, policy: Policy, now: datetime) -> Start:
    """When and from where this person can leave: after the accepted work, from its site."""
    here = Place(state.position.latitude, state.position.longitude)
    source = state.position.source.value
    if occupation is None or occupation.busy_until is None:
        return Start(None, here, source)
    # Work that ran over its forecast is not done because the forecast says so.
    free_at = max(occupation.busy_until, now + timedelta(minutes=policy.overrun_min))
    return Start(free_at, occupation.busy_at, "work") if occupation.busy_at else Start(free_at, here, source)


def person(
    state: FieldState,
    start: Start,
    way: Leg,
    *,
    need: Need,
    occupation: Occupation | None,
    excluded_until: datetime | None,
    tried: Tried | None,
    in_crew: bool,
    until: datetime,
    now: datetime,
) -> Person:
    """One technician as the decision sees them: distances instead of places."""
    age_s = state.position.age_s(now) if start.source == state.position.source else None
    return Person(
        technician_id=state.id, code=state.code, region=state.region_code, active=state.active,
        skilled=need.family is None or need.family in state.families,
        certified_until=state.certificates.get(need.family) if need.family else None, senior=state.senior,
        road_km=way.road_km, travel_min=way.travel_min, starts_from=start.source,
        position_age_min=round(age_s / 60, 1) if age_s is not None else None,
        windows=tuple(
            Window(each.during.start, each.during.end, on_call=each.kind is ShiftKind.ON_CALL)
            for each in technicians.field.windows(state, until=until)
        ),
        worked=state.worked, limits=state.limits, zone=state.timezone, free_at=start.free_at, in_crew=in_crew,
        pending=_pending(occupation), tried=tried, carries_heavy=state.carries_heavy, excluded_until=excluded_until,
    )  # fmt: skip


def _pending(occupation: Occupation | None) -> Pending | None:
    if occupation is None or not occupation.offered:
        return None
    # Whoever rings for this complaint already isn't rung a second time, whatever the grade.
    return Pending.MAJOR if occupation.offered_urgent or occupation.offered_here else Pending.OTHER


def _tried(past: History, *, since: datetime) -> dict[UUID, Tried]:
    """The last refusal of each person since the promise began; handing back is one too."""
    found: dict[UUID, Tried] = {}
    for technician_id, tried in (*_refusals(past.offers), *_returns(past)):
        before = found.get(technician_id)
        if tried.at >= max(since, before.at if before else since):
            found[technician_id] = tried
    return found


def _refusals(offers: Iterable[Asked]) -> Iterable[tuple[UUID, Tried]]:
    for offer in offers:
        how = _REFUSED.get(offer.state)
        if how is not None and offer.answered_at is not None:
            yield offer.technician_id, Tried(how, offer.answered_at)


def _returns(past: History) -> Iterable[tuple[UUID, Tried]]:
    for technician_id, at in past.handed_back.items():
        yield technician_id, Tried(Refusal.HANDED_BACK, at)
