"""Rounds of offers: looking at a complaint, choosing, ringing, and writing down why.

One look is one transaction of a job or sweep; the complaint is locked, so two looks at it never overlap, and the unique
indexes on open offers decide between looks at different complaints.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert

import foundation.accounts.access
import intake.progress
import intake.queries
from dispatch import choice, loading, places, queries
from dispatch.candidates import Candidate
from dispatch.choice import Choice, Do
from dispatch.events import ForecastBreach, NobodyLeft, OfferAnswered, OfferMade
from dispatch.loading import Sight
from dispatch.models import Offer, Round
from dispatch.policy import SHIPPED, Policy
from dispatch.queries import History
from dispatch.snapshot import CrewRole, Pending, Snapshot, as_facts
from dispatch.words import OfferState, RoundOutcome
from foundation.accounts.roles import Actor
from foundation.database.base import Base
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake import deadlines
from intake.clocks import Due, How, Kind
from intake.grades import Grade
from intake.lifecycle import Stage, Step
from intake.models import Complaint

#: How often a look tries again when somebody chosen got another offer in the same moment.
TRIES: Final = 3
#: A latest departure that moves by less than this isn't worth another deadline row.
DEPARTURE_MOVES: Final = timedelta(minutes=2)
_OFFERS: Final = Base.metadata.tables["offers"]
_NO_PAST: Final = History(offers=(), live=(), handed_back={})
#: Whatever open offer stands against it, this one isn't made: the unique indexes decide between two looks.
_CLAIM: Final = insert(_OFFERS).on_conflict_do_nothing().returning(_OFFERS.c.technician_id, _OFFERS.c.id)
_RECORD: Final = text(
    """
    INSERT INTO decisions (id, complaint_id, round_id, crew_role, decided_at, policy_version, snapshot, outcome, digest)
    VALUES (:id, :complaint_id, :round_id, :crew_role, :now, :policy_version, CAST(:snapshot AS jsonb),
        CAST(:outcome AS jsonb), :digest)
    """
)
#: Rung by others meanwhile: their technician has accepted other work, so this offer can't be accepted any more.
_TAKEN: Final = text(
    """
    UPDATE offers SET state = 'withdrawn', answered_at = :now
    WHERE complaint_id = :complaint_id AND state = 'open' AND EXISTS (
        SELECT 1 FROM assignments a
        WHERE a.technician_id = offers.technician_id AND a.ended_at IS NULL AND a.paused_at IS NULL)
    RETURNING id, technician_id
    """
)


def decide(
    db: WriteSession, complaint_id: UUID, *, actor: Actor, now: datetime, policy: Policy = SHIPPED
) -> Choice | None:
    """Look at the complaint and do what is to be done now: ring, wait, or say that nobody is left.

    Safe to repeat: does nothing while enough people ring or nobody is sought. Returns what was chosen, None if nothing
    had to be. Raises NotAllowed for a complaint that can't be seen.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    # A complaint that was just graded has no rounds yet: three questions fewer on the way of every call.
    fresh = complaint.stage == Stage.GRADED
    rounds = [] if fresh else queries.open_rounds(db, complaint_id)
    past = _NO_PAST if fresh else queries.history(db, complaint_id)
    crew = {CrewRole(each.crew_role) for each in past.live}
    role = places.sought(Stage(complaint.stage), Grade(complaint.grade), crew)
    stop(db, [each for each in rounds if each.crew_role != role], now=now)
    if role is None:
        return None
    current = next((each for each in rounds if each.crew_role == role), None) or begin(complaint, role, now=now)
    _regard(current, complaint)
    ringing = [] if fresh else _ringing(db, current, past, now=now)
    if len(ringing) >= policy.rules(Grade(complaint.grade)).rings:
        current.next_look_at, current.waiting_why = min(each.lapses_at for each in ringing), None
        return None
    return _look(db, complaint, current, past, ringing=len(ringing), actor=actor, policy=policy, now=now)


def stop(db: WriteSession, rounds: list[Round], *, now: datetime, outcome: RoundOutcome = RoundOutcome.STOPPED) -> None:
    """Close rounds in which nobody is sought any more; what still rings is withdrawn."""
    for each in rounds:
        each.closed_at, each.outcome, each.waiting_why = now, outcome, None
        silence(db, each.id, each.complaint_id, now=now)


def silence(db: WriteSession, round_id: UUID, complaint_id: UUID, *, now: datetime) -> None:
    """Withdraw every open offer of a round."""
    db.flush()  # the statement must see what this transaction has answered
    rows = db.execute(
        update(Offer)
        .where(Offer.round_id == round_id, Offer.state == OfferState.OPEN)
        .values(state=OfferState.WITHDRAWN, answered_at=now)
        .returning(Offer.id, Offer.technician_id)
        .execution_options(synchronize_session=False)
    ).all()
    for offer_id, technician_id in rows:
        announce_answer(db, complaint_id, offer_id, technician_id=technician_id, answer=OfferState.WITHDRAWN, now=now)


def announce_answer(
    db: WriteSession, complaint_id: UUID, offer_id: UUID, *, technician_id: UUID, answer: OfferState, now: datetime
) -> None:
    """Say what became of an offer."""
    event = OfferAnswered(subject_id=complaint_id, offer_id=offer_id, technician_id=technician_id, answer=answer.value)
    announce(db, event, now=now)


def begin(complaint: Complaint, role: CrewRole, *, now: datetime) -> Round:
    """The search for one place in the crew, not yet written; the complaint must be locked."""
    return Round(
        id=new_id(), complaint_id=complaint.id, crew_role=role, grade=complaint.grade, due_at=promise_of(complaint),
        opened_at=now, next_look_at=now,
    )  # fmt: skip


def promise_of(complaint: Complaint) -> datetime:
    """When somebody must be on site, as the customer was told."""
    return complaint.promise_started_at + timedelta(minutes=deadlines.minutes_of(complaint)["on_site_promise"])


def _regard(current: Round, complaint: Complaint) -> None:
    """The sweep's order follows the present grade and promise."""
    current.grade, current.due_at = complaint.grade, promise_of(complaint)


def _ringing(db: WriteSession, current: Round, past: History, *, now: datetime) -> list[Offer]:
    """The offers of the round that still wait; those whose technician took other work are withdrawn."""
    open_ones = [each for each in past.offers if each.round_id == current.id and each.state == OfferState.OPEN]
    if not open_ones:
        return []
    gone = db.execute(_TAKEN, {"complaint_id": current.complaint_id, "now": now}).all()
    for offer_id, technician_id in gone:
        announce_answer(
            db, current.complaint_id, offer_id, technician_id=technician_id, answer=OfferState.WITHDRAWN, now=now
        )
    taken = {row.id for row in gone}
    return [each for each in open_ones if each.id not in taken and each.lapses_at > now]


def _look(
    db: WriteSession,
    complaint: Complaint,
    current: Round,
    past: History,
    *,
    ringing: int,
    actor: Actor,
    policy: Policy,
    now: datetime,
) -> Choice:
    role = CrewRole(current.crew_role)
    seen = loading.sight(db, complaint, role, past=past, ringing=ringing, policy=policy, now=now)
    seen, first = _widened(db, seen, past=past, policy=policy, now=now)
    decision_id, said_before = new_id(), current.last_said
    snapshot, chosen, rung = _ring(db, current, seen, first, decision_id=decision_id, policy=policy, now=now)
    _write(
        db, complaint, current, chosen=chosen, snapshot=snapshot, seen=seen, decision_id=decision_id, rung=rung,
        said_before=said_before, actor=actor, policy=policy, now=now,
    )  # fmt: skip
    return chosen


def _widened(db: WriteSession, seen: Sight, *, past: History, policy: Policy, now: datetime) -> tuple[Sight, Choice]:
    """Look further, step by step, while nobody of those seen can be rung."""
    chosen = choice.choose(seen.snapshot, policy)
    for limit in policy.further:
        if chosen.do is Do.OFFER:
            break
        wider = loading.further(db, seen, limit=limit, past=past, policy=policy, now=now)
        if wider is seen:
            break
        seen, chosen = wider, choice.choose(wider.snapshot, policy)
    return seen, chosen


def _ring(
    db: WriteSession, current: Round, seen: Sight, first: Choice, *, decision_id: UUID, policy: Policy, now: datetime
) -> tuple[Snapshot, Choice, dict[UUID, UUID]]:
    """Choose and claim: whoever got another offer in the same moment counts as asked, and the choice is made again."""
    snapshot, chosen = seen.snapshot, first
    for _ in range(TRIES):
        _remember(current, chosen)
        if chosen.do is not Do.OFFER:
            return snapshot, chosen, {}
        rung = _claim(db, current, chosen, decision_id=decision_id, now=now)
        if rung:
            return snapshot, chosen, rung
        snapshot = _as_asked(snapshot, chosen)
        chosen = choice.choose(snapshot, policy)
    # Three times overtaken: nothing was rung, so the round is looked at again at once.
    return snapshot, replace(chosen, look_again_at=now + timedelta(seconds=1)), {}


def _remember(current: Round, chosen: Choice) -> None:
    """What the round knows of its last choice."""
    current.next_look_at = chosen.look_again_at
    current.forecast_at, current.leave_by_at = chosen.forecast_at, chosen.latest_departure_at
    current.waiting_why = None if chosen.do is Do.OFFER else chosen.why
    current.last_said = _said(chosen)


def _said(chosen: Choice) -> str:
    return f"{chosen.do}:{chosen.why}:{chosen.breach}:{chosen.nobody_left}:{chosen.senior_missing}"


def _as_asked(snapshot: Snapshot, chosen: Choice) -> Snapshot:
    people = tuple(
        replace(person, pending=Pending.MAJOR) if person.technician_id in chosen.offer_to else person
        for person in snapshot.people
    )
    return replace(snapshot, people=people)


def _claim(db: WriteSession, current: Round, chosen: Choice, *, decision_id: UUID, now: datetime) -> dict[UUID, UUID]:
    """Insert the offers that no other offer stands against: technician → offer. In order of id, so nobody deadlocks."""
    ranked = {each.technician_id: each for each in chosen.ranking.ranked}
    rows = [
        _offer_row(current, ranked[technician_id], chosen, decision_id=decision_id, now=now)
        for technician_id in sorted(chosen.offer_to)
    ]
    db.add(current)
    db.flush()  # offers refer to the round's key
    made = db.execute(_CLAIM, rows)
    return {row.technician_id: row.id for row in made}


def _offer_row(
    current: Round, candidate: Candidate, chosen: Choice, *, decision_id: UUID, now: datetime
) -> dict[str, object]:
    return {
        "id": new_id(), "round_id": current.id, "complaint_id": current.complaint_id,
        "technician_id": candidate.technician_id, "crew_role": current.crew_role,
        "urgent": current.grade == Grade.MAJOR, "by_hand": False, "state": OfferState.OPEN, "offered_at": now,
        "lapses_at": chosen.lapses_at, "arrive_at": candidate.arrive_at, "travel_min": candidate.travel_min,
        "distance_km": candidate.road_km, "reasons": {**as_facts(candidate), "why": chosen.why},
        "decision_id": decision_id,
    }  # fmt: skip


def _write(
    db: WriteSession,
    complaint: Complaint,
    current: Round,
    *,
    chosen: Choice,
    snapshot: Snapshot,
    seen: Sight,
    decision_id: UUID,
    rung: dict[UUID, UUID],
    said_before: str | None,
    actor: Actor,
    policy: Policy,
    now: datetime,
) -> None:
    """The round's new state, the record, the ledger, the deadline, and who hears of it."""
    is_news, is_first = bool(rung) or said_before != _said(chosen), complaint.stage == Stage.GRADED
    _remember(current, chosen)
    if rung or snapshot.need.ringing:
        current.waiting_why = None
    _warn(db, current, chosen, now=now)
    db.add(current)
    if is_news:
        db.flush()  # the decision refers to the round's key
        _record(db, current, chosen, snapshot, decision_id=decision_id, policy=policy, now=now)
        _enter(db, complaint, current, chosen, seen, decision_id=decision_id, rung=rung, actor=actor, now=now)
    for technician_id, offer_id in rung.items():
        _let_in(db, complaint, seen, technician_id, now=now)
        announce(db, OfferMade(subject_id=complaint.id, offer_id=offer_id, technician_id=technician_id), now=now)
    if rung and current.crew_role == CrewRole.LEAD:
        depart_by(db, complaint, chosen.latest_departure_at, travel_min=_travel(chosen), now=now, is_first=is_first)


def _record(
    db: WriteSession,
    current: Round,
    chosen: Choice,
    snapshot: Snapshot,
    *,
    decision_id: UUID,
    policy: Policy,
    now: datetime,
) -> None:
    # The offers that name it are there already, because they decide whether this is the choice: their foreign key is
    # checked at the commit. Encoded once: the driver's own way of JSON takes ten times as long.
    record = {"snapshot": snapshot, "policy": policy}
    given = {
        "id": decision_id, "complaint_id": current.complaint_id, "round_id": current.id, "now": now,
        "crew_role": current.crew_role, "policy_version": policy.version, "digest": choice.digest(chosen),
        "snapshot": msgspec.json.encode(record).decode(), "outcome": msgspec.json.encode(chosen).decode(),
    }  # fmt: skip
    db.execute(_RECORD, given)


def _enter(
    db: WriteSession,
    complaint: Complaint,
    current: Round,
    chosen: Choice,
    seen: Sight,
    *,
    decision_id: UUID,
    rung: dict[UUID, UUID],
    actor: Actor,
    now: datetime,
) -> None:
    """The ledger's line: who was rung and why, or why nobody."""
    ranked = {each.technician_id: each for each in chosen.ranking.ranked}
    facts: dict[str, object] = {
        "crew_role": current.crew_role, "round_id": current.id, "decision_id": decision_id, "why": chosen.why,
        "considered": len(chosen.ranking.ranked) + len(chosen.ranking.excluded),
        "forecast_at": chosen.forecast_at, "breach": chosen.breach, "nobody_left": chosen.nobody_left,
    }  # fmt: skip
    if rung:
        facts["lapses_at"] = chosen.lapses_at
        facts["offers"] = [
            {
                "offer_id": offer_id, "technician_id": technician_id, "technician": seen.states[technician_id].code,
                "arrive_at": ranked[technician_id].arrive_at, "travel_min": ranked[technician_id].travel_min,
                "distance_km": ranked[technician_id].road_km,
            }
            for technician_id, offer_id in rung.items()
        ]  # fmt: skip
    if Stage(complaint.stage) in (Stage.GRADED, Stage.REOPENED):
        # The first look begins the search: one entry says both.
        intake.progress.advance(db, complaint, Step.DISPATCH, actor=actor, now=now, facts=facts)
        return
    step = "offer.made" if rung else f"dispatch.{chosen.do}"
    recording.record(db, complaint.id, step, actor=actor, facts=facts, now=now)


def _let_in(db: WriteSession, complaint: Complaint, seen: Sight, technician_id: UUID, *, now: datetime) -> None:
    """Whoever is asked may read the case."""
    user_id = seen.states[technician_id].user_id
    if user_id is not None:
        foundation.accounts.access.grant(db, complaint.id, user_id, reason="offer", now=now)


def _warn(db: WriteSession, current: Round, chosen: Choice, *, now: datetime) -> None:
    """Nobody left: once per round. A forecast breach: once until it clears."""
    if chosen.nobody_left and current.nobody_at is None:
        current.nobody_at = now
        event = NobodyLeft(
            subject_id=current.complaint_id, round_id=current.id, why=chosen.why, crew_role=current.crew_role
        )
        announce(db, event, now=now)
    if current.crew_role != CrewRole.LEAD:
        return
    if not chosen.breach:
        current.breach_at = None
    elif current.breach_at is None:
        current.breach_at = now
        breach = ForecastBreach(subject_id=current.complaint_id, due_at=current.due_at, forecast_at=chosen.forecast_at)
        announce(db, breach, now=now)


def _travel(chosen: Choice) -> float:
    return next(each.travel_min for each in chosen.ranking.ranked if each.technician_id == chosen.offer_to[0])


def depart_by(
    db: WriteSession,
    complaint: Complaint,
    leave_by_at: datetime | None,
    *,
    travel_min: float,
    now: datetime,
    is_first: bool = False,
) -> None:
    """Keep the deadline by which somebody must have left; one that is over already is a breach, not a deadline.

    `is_first` says that there can't be one yet, which saves asking.
    """
    if leave_by_at is None or leave_by_at <= now:
        return
    present = _earliest(complaint) if is_first else deadlines.live(db, complaint.id)
    before = present.get(Kind.LATEST_DEPARTURE)
    if before is not None and abs(before.due_at - leave_by_at) < DEPARTURE_MOVES:
        return
    why = {"start_of": "promise", "start": promise_of(complaint).isoformat(), "minutes": -travel_min}
    deadlines.write(
        db, complaint, opening={Kind.LATEST_DEPARTURE: Due(leave_by_at, why)},
        closing={Kind.LATEST_DEPARTURE: How.VOID} if before else {}, present=present, now=now,
    )  # fmt: skip


def _earliest(complaint: Complaint) -> dict[Kind, Due]:
    """The earliest live deadline: all that must be known to keep the board's next one right."""
    if complaint.next_due_kind is None or complaint.next_due_at is None:
        return {}
    return {Kind(complaint.next_due_kind): Due(complaint.next_due_at, {})}
