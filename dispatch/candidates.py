"""Who could go, in order, and why everybody else can't: pure.

Every person of the snapshot is either ranked with the terms of the ranking or excluded by the first filter that fails, in
the fixed order of `Why`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.policy import GradeRules, Policy
from dispatch.snapshot import Need, Pending, Person, Refusal, Snapshot, Window
from intake.grades import Grade
from technicians.hours import Period, load


class Why(StrEnum):
    """Why somebody can't go; the order of the words is the order of the filters."""

    INACTIVE = "inactive"
    FAMILY = "family"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_EXPIRED = "certificate_expired"
    VEHICLE = "vehicle"
    IN_CREW = "in_crew"
    EXCLUDED = "excluded"
    REFUSED = "refused"
    OFFER_PENDING = "offer_pending"
    NO_DUTY_WINDOW = "no_duty_window"
    NOT_ON_CALL_FOR_GRADE = "not_on_call_for_grade"
    HOURS = "hours"
    REST = "rest"
    FINISHES_TOO_LATE = "finishes_too_late"
    NOT_NEAREST = "not_nearest"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could go, with every term the ranking looks at."""

    technician_id: UUID
    code: str
    leave_at: datetime
    arrive_at: datetime
    travel_min: float
    road_km: float
    #: Minutes before (+) or after (−) the limit of the grade and the promise to the customer.
    limit_margin_min: float
    promise_margin_min: float
    overtime_min: float
    on_call: bool
    borrowed: bool
    senior: bool
    #: Can leave at once; otherwise waits for the end of accepted work or the start of duty.
    free_now: bool
    #: 0 never asked, 1 did not answer before, 2 declined or handed back before.
    asked_before: int
    starts_from: str
    position_age_min: float | None

    @property
    def keeps_limit(self) -> bool:
        """Whether the forecast is within the grade's limit."""
        return self.limit_margin_min >= 0

    @property
    def keeps_promise(self) -> bool:
        """Whether the forecast is within what the customer was told."""
        return self.promise_margin_min >= 0


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who can't go now, with the first filter that fails and until when, where that is known."""

    technician_id: UUID
    code: str
    why: Why
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranked and excluded are all the snapshot's people; the rest of the company is counted by reason."""

    ranked: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    #: Qualified people further away than those looked at, and people without the family.
    beyond_nearest: int
    without_family: int


@dataclass(frozen=True, slots=True)
class _Visit:
    leave_at: datetime
    arrive_at: datetime
    overtime_min: float
    on_call: bool


def rank(snapshot: Snapshot, policy: Policy) -> Ranking:
    """Everybody of the snapshot, ranked or excluded. O(n log n) in the people looked at."""
    judged = [judge(person, snapshot=snapshot, policy=policy) for person in snapshot.people]
    ranked = sorted((each for each in judged if isinstance(each, Candidate)), key=_order)
    excluded = tuple(each for each in judged if isinstance(each, Excluded))
    qualified_seen = sum(1 for person in snapshot.people if person.skilled and person.active)
    return Ranking(
        ranked=tuple(ranked),
        excluded=excluded,
        beyond_nearest=max(0, snapshot.qualified - qualified_seen),
        without_family=max(0, snapshot.total - max(snapshot.qualified, qualified_seen)),
    )


def _order(candidate: Candidate) -> tuple[int, bool, bool, datetime, float, UUID]:
    # Who refused before comes last; then whoever keeps the limit, the own region first among those; then the earliest.
    own_first = candidate.borrowed if candidate.keeps_limit else False
    return (
        candidate.asked_before,
        not candidate.keeps_limit,
        own_first,
        candidate.arrive_at,
        candidate.road_km,
        candidate.technician_id,
    )


def judge(person: Person, *, snapshot: Snapshot, policy: Policy) -> Candidate | Excluded:
    """One person: ranked with their terms, or excluded by the first failing filter."""
    need, at = snapshot.need, snapshot.at
    rules = policy.rules(need.grade)
    visit = first_visit(person, need=need, at=at, rules=rules, horizon_h=policy.horizon_h)
    obstacle = (
        _unfit(person, need=need, visit=visit, at=at)
        or _spoken_for(person, need=need, at=at, rules=rules)
        or _unavailable(person, need=need, visit=visit, at=at, policy=policy)
    )
    if obstacle is not None or visit is None:
        why, until = obstacle or (Why.NO_DUTY_WINDOW, None)
        return Excluded(technician_id=person.technician_id, code=person.code, why=why, until=until)
    return _candidate(person, need=need, visit=visit, at=at, rules=rules)


def limit_of(need: Need, rules: GradeRules) -> datetime:
    """The time against which lateness is measured: the target of a major complaint, the promise of others."""
    return need.target_at if rules.against_target else need.promise_at


def first_visit(person: Person, *, need: Need, at: datetime, rules: GradeRules, horizon_h: int) -> _Visit | None:
    """The earliest visit that fits into a duty window, its end included; None if none starts before the horizon."""
    ready_at = max(at, person.free_at or at)
    horizon = max(at, limit_of(need, rules)) + timedelta(hours=horizon_h)
    travel = timedelta(minutes=person.travel_min)
    work = timedelta(minutes=rules.work_min)
    for window in joined(person.windows, on_call=rules.on_call):
        leave_at = max(ready_at, window.start)
        if leave_at >= window.end or leave_at > horizon:
            continue
        arrive_at = leave_at + travel
        overtime_min = max(0.0, (arrive_at + work - window.end) / timedelta(minutes=1))
        if overtime_min <= rules.overtime_min:
            return _Visit(leave_at, arrive_at, round(overtime_min, 1), window.on_call)
    return None


def joined(windows: Sequence[Window], *, on_call: bool) -> list[Window]:
    """The windows that count, in order, neighbours joined: a visit may run from a shift into the next."""
    usable = sorted((window for window in windows if on_call or not window.on_call), key=lambda window: window.start)
    chain: list[Window] = []
    for window in usable:
        if chain and window.start <= chain[-1].end:
            last = chain[-1]
            chain[-1] = Window(last.start, max(last.end, window.end), on_call=last.on_call)
        else:
            chain.append(window)
    return chain


_Obstacle = tuple[Why, datetime | None]


def _unfit(person: Person, *, need: Need, visit: _Visit | None, at: datetime) -> _Obstacle | None:
    if not person.active:
        return Why.INACTIVE, None
    if not person.skilled:
        return Why.FAMILY, None
    if need.needs_certificate and person.certified_until is None:
        return Why.CERTIFICATE_MISSING, None
    if need.needs_certificate and person.certified_until is not None:
        day = (visit.arrive_at if visit else at).astimezone(ZoneInfo(person.zone)).date()
        if person.certified_until < day:
            return Why.CERTIFICATE_EXPIRED, None
    return (Why.VEHICLE, None) if need.heavy_parts and not person.carries_heavy else None


def _spoken_for(person: Person, *, need: Need, at: datetime, rules: GradeRules) -> _Obstacle | None:
    if person.in_crew:
        return Why.IN_CREW, None
    if person.excluded_until is not None and person.excluded_until > at:
        return Why.EXCLUDED, person.excluded_until
    if person.tried is not None:
        again_at = person.tried.at + timedelta(minutes=rules.ask_again_min)
        if again_at > at:
            return Why.REFUSED, again_at
    # A machine that may kill doesn't wait half an hour for the answer to a lesser offer: a major complaint rings over it.
    rings_over = need.grade is Grade.MAJOR and person.pending is Pending.OTHER
    if person.pending is not None and not rings_over:
        return Why.OFFER_PENDING, None
    return None


def _unavailable(person: Person, *, need: Need, visit: _Visit | None, at: datetime, policy: Policy) -> _Obstacle | None:
    rules = policy.rules(need.grade)
    if visit is None:
        return _why_no_visit(person, need=need, at=at, rules=rules, horizon_h=policy.horizon_h), None
    ends_at = visit.arrive_at + timedelta(minutes=rules.work_min)
    accepted = (Period(at, person.free_at),) if person.free_at is not None and person.free_at > at else ()
    everything = (*person.worked, *accepted, Period(visit.leave_at, ends_at))
    limits = policy.emergency if need.grade is Grade.MAJOR else person.limits
    found = load(everything, until=ends_at)
    if found.day_h > limits.max_daily_h or found.week_h > limits.max_weekly_h:
        return Why.HOURS, None
    return (Why.REST, None) if found.rest_h < limits.min_rest_h else None


def _why_no_visit(person: Person, *, need: Need, at: datetime, rules: GradeRules, horizon_h: int) -> Why:
    horizon = max(at, limit_of(need, rules)) + timedelta(hours=horizon_h)
    coming = [window for window in person.windows if window.end > at and window.start <= horizon]
    if not coming:
        return Why.NO_DUTY_WINDOW
    return Why.FINISHES_TOO_LATE if joined(coming, on_call=rules.on_call) else Why.NOT_ON_CALL_FOR_GRADE


def _candidate(person: Person, *, need: Need, visit: _Visit, at: datetime, rules: GradeRules) -> Candidate:
    minute = timedelta(minutes=1)
    return Candidate(
        technician_id=person.technician_id,
        code=person.code,
        leave_at=visit.leave_at,
        arrive_at=visit.arrive_at,
        travel_min=person.travel_min,
        road_km=person.road_km,
        limit_margin_min=round((limit_of(need, rules) - visit.arrive_at) / minute, 1),
        promise_margin_min=round((need.promise_at - visit.arrive_at) / minute, 1),
        overtime_min=visit.overtime_min,
        on_call=visit.on_call,
        borrowed=person.region != need.region,
        senior=person.senior,
        free_now=visit.leave_at <= at,
        asked_before=_asked_before(person),
        starts_from=person.starts_from,
        position_age_min=person.position_age_min,
    )


def _asked_before(person: Person) -> int:
    if person.tried is None:
        return 0
    return 1 if person.tried.how is Refusal.LAPSED else 2
