"""What to do now for one place in one crew: offer, wait, or say that nobody is left. Pure and replayable."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from dispatch import candidates
from dispatch.candidates import Candidate, Ranking, Why
from dispatch.policy import Policy
from dispatch.snapshot import Need, Snapshot
from intake.grades import Grade


class Do(StrEnum):
    """The three answers."""

    OFFER = "offer"
    WAIT = "wait"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision with its reasons; `why` is a code of the catalogue."""

    do: Do
    why: str
    #: Whom to ring now, best first; empty unless offering.
    offer_to: tuple[UUID, ...]
    #: How long they have to answer.
    lapses_at: datetime | None
    #: Look again no later than this.
    look_again_at: datetime
    #: Expected arrival of the best candidate; None when there is none.
    forecast_at: datetime | None
    #: The forecast passes the promise, or there is no forecast.
    breach: bool
    #: Last moment to set off so that the promise is kept, for the best candidate.
    latest_departure_at: datetime | None
    #: Somebody senior was wanted and nobody senior can go in time.
    senior_missing: bool
    #: Everybody who was never asked is used up: the ladder must know, even while old candidates are asked again.
    nobody_left: bool
    ranking: Ranking


def choose(snapshot: Snapshot, policy: Policy) -> Choice:
    """Offer to the qualified people who are free and first; never bind the job to somebody who is still busy.

    Waits for a busy or off-duty person only if nobody free keeps the promise and that person does, or if somebody of the
    own region is ready before the acceptance is due while only borrowed people are free. A major complaint never waits
    while anybody is free.
    """
    ranking = candidates.rank(snapshot, policy)
    fresh = tuple(each for each in ranking.ranked if each.asked_before == 0)
    pool, senior_missing = _with_senior(fresh or ranking.ranked, need=snapshot.need)
    nobody_left = not fresh and snapshot.need.ringing == 0 and not _pending(ranking)
    free = tuple(each for each in pool if each.free_now)
    awaited = _worth_waiting_for(pool, free=free, need=snapshot.need)
    if free and awaited is None:
        return _offer(free, snapshot, policy, ranking, senior_missing=senior_missing, nobody_left=nobody_left)
    return _hold(pool, awaited, snapshot, policy, ranking, senior_missing=senior_missing, nobody_left=nobody_left)


def digest(choice: Choice) -> bytes:
    """Stands for the whole outcome, its fields in the order in which they are declared; a replay gives the same one."""
    return hashlib.sha256(msgspec.json.encode(choice)).digest()


def _with_senior(pool: tuple[Candidate, ...], *, need: Need) -> tuple[tuple[Candidate, ...], bool]:
    if not need.needs_senior:
        return pool, False
    seniors = tuple(each for each in pool if each.senior)
    in_time = [each for each in seniors if each.keeps_limit]
    # Help that is free and comes in time without a senior beats a senior who comes too late or must be waited for; the
    # second of the crew is then senior.
    others_ready = any(each.free_now and each.keeps_limit for each in pool)
    seniors_ready = any(each.free_now or not others_ready for each in in_time)
    if seniors_ready or (seniors and not any(each.keeps_limit for each in pool)):
        return seniors, False
    return pool, True


def _worth_waiting_for(pool: tuple[Candidate, ...], *, free: tuple[Candidate, ...], need: Need) -> Candidate | None:
    if not pool:
        return None
    if not free:
        return pool[0]
    keeping = next((each for each in pool if each.keeps_promise), None)
    if keeping is not None and not any(each.keeps_promise for each in free):
        return keeping
    if need.grade is Grade.MAJOR:
        return None
    own = next((each for each in pool if each.keeps_limit and not each.borrowed), None)
    only_borrowed = all(each.borrowed for each in free)
    return own if own is not None and only_borrowed and own.leave_at <= need.accept_by else None


def _offer(
    free: tuple[Candidate, ...],
    snapshot: Snapshot,
    policy: Policy,
    ranking: Ranking,
    *,
    senior_missing: bool,
    nobody_left: bool,
) -> Choice:
    rules = policy.rules(snapshot.need.grade)
    # Whoever accepts first has it, so nobody late is rung beside somebody who comes in time.
    in_time = tuple(each for each in free if each.keeps_limit)
    chosen = (in_time or free)[: max(1, rules.rings - snapshot.need.ringing)]
    lapses_at = snapshot.at + timedelta(minutes=rules.offer_life_min)
    return Choice(
        do=Do.OFFER,
        why=_why_offer(chosen[0]),
        offer_to=tuple(each.technician_id for each in chosen),
        lapses_at=lapses_at,
        look_again_at=lapses_at,
        forecast_at=chosen[0].arrive_at,
        breach=not chosen[0].keeps_promise,
        latest_departure_at=snapshot.need.promise_at - timedelta(minutes=chosen[0].travel_min),
        senior_missing=senior_missing,
        nobody_left=nobody_left,
        ranking=ranking,
    )


def _why_offer(best: Candidate) -> str:
    if best.asked_before:
        return "asked_again"
    if best.borrowed:
        return "borrowed"
    return "first_to_arrive" if best.keeps_promise else "least_late"


def _hold(
    pool: tuple[Candidate, ...],
    awaited: Candidate | None,
    snapshot: Snapshot,
    policy: Policy,
    ranking: Ranking,
    *,
    senior_missing: bool,
    nobody_left: bool,
) -> Choice:
    best = awaited or (pool[0] if pool else None)
    soonest = snapshot.at + timedelta(seconds=policy.rules(snapshot.need.grade).look_every_s)
    wake_at = min((*([best.leave_at] if best else []), *_untils(ranking), soonest))
    is_open = snapshot.need.ringing > 0 or _pending(ranking)
    overdue = snapshot.need.promise_at <= snapshot.at
    return Choice(
        do=Do.WAIT if best or is_open else Do.NOBODY,
        why=_why_hold(best, snapshot, ranking),
        offer_to=(),
        lapses_at=None,
        look_again_at=max(wake_at, snapshot.at + timedelta(seconds=1)),
        forecast_at=best.arrive_at if best else None,
        breach=not best.keeps_promise if best else (not is_open or overdue),
        latest_departure_at=snapshot.need.promise_at - timedelta(minutes=best.travel_min) if best else None,
        senior_missing=senior_missing,
        nobody_left=nobody_left,
        ranking=ranking,
    )


def _pending(ranking: Ranking) -> bool:
    """Whether somebody only has to answer another offer first: minutes, so nobody is missing yet."""
    return any(each.why is Why.OFFER_PENDING for each in ranking.excluded)


def _untils(ranking: Ranking) -> list[datetime]:
    return [each.until for each in ranking.excluded if each.until is not None]


def _why_hold(best: Candidate | None, snapshot: Snapshot, ranking: Ranking) -> str:
    """The readable cause: what is waited for, or the filter that excludes most people."""
    if best is not None:
        busy = any(person.technician_id == best.technician_id and person.free_at for person in snapshot.people)
        return "waits_for_work" if busy else "waits_for_duty"
    if snapshot.need.ringing:
        return "ringing"
    if _pending(ranking):
        return "waits_for_answers"
    if snapshot.need.place_from == "unknown":
        return "not_placed"
    counts = {why: sum(1 for each in ranking.excluded if each.why is why) for why in Why}
    most = max(Why, key=lambda why: counts[why])
    return most.value if counts[most] else "nobody_qualified"
