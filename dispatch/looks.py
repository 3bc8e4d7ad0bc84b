"""One look at a complaint: choosing, ringing, and writing down why. All it writes is one statement, see `sheets`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import intake.progress
from dispatch import choice, loading, promises, queries, sheets
from dispatch.candidates import Candidate
from dispatch.choice import Choice, Do
from dispatch.events import ForecastBreach, NobodyLeft, OfferMade
from dispatch.loading import Sight
from dispatch.models import Round
from dispatch.policy import Policy
from dispatch.queries import Case, History
from dispatch.sheets import Sheet, Written
from dispatch.snapshot import CrewRole, Pending, Snapshot, as_facts
from dispatch.words import OfferState
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import announcing, recording
from foundation.ledger.announcing import Event
from intake import deadlines
from intake.clocks import Kind
from intake.grades import Grade
from intake.lifecycle import Stage, Step
from intake.progress import Decided

#: How often a look tries again when somebody chosen got another offer in the same moment.
TRIES: Final = 3
#: In these the first look begins the search: one entry says both.
_BEGINS: Final = (Stage.GRADED, Stage.REOPENED)
_ROUND: Final = tuple(column.key for column in Round.__table__.columns)
#: Technician → offer.
Rung = Mapping[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look knows. `is_new`: the round isn't stored yet; `said_before` and the two times are what it knew."""

    case: Case
    seen: Sight
    decision_id: UUID
    #: The very first: no departure can have been promised yet.
    is_first: bool
    is_new: bool
    said_before: str | None
    nobody_at: datetime | None
    breach_at: datetime | None
    actor: Actor
    policy: Policy
    now: datetime


def look(
    db: WriteSession,
    case: Case,
    current: Round,
    past: History,
    *,
    ringing: int,
    is_new: bool,
    actor: Actor,
    policy: Policy,
    now: datetime,
) -> Choice:
    """Choose for one place in the crew, ring whoever was chosen, write it down."""
    role = CrewRole(current.crew_role)
    seen = loading.sight(
        db, case.complaint, role, past=past, ringing=ringing, heavy_parts=case.heavy_parts, policy=policy, now=now
    )
    seen, first = _widened(db, seen, past=past, policy=policy, now=now)
    this = Look(
        case=case, seen=seen, decision_id=new_id(), is_first=case.complaint.stage == Stage.GRADED, is_new=is_new,
        said_before=current.last_said, nobody_at=current.nobody_at, breach_at=current.breach_at, actor=actor,
        policy=policy, now=now,
    )  # fmt: skip
    return _ring(db, this, current, first)


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


def _ring(db: WriteSession, this: Look, current: Round, first: Choice) -> Choice:
    """Claim and write: whoever got another offer in the same moment counts as asked, and the choice is made again."""
    snapshot, chosen = this.seen.snapshot, first
    rung: Rung = {}
    for _ in range(TRIES):
        claims = {technician_id: new_id() for technician_id in sorted(chosen.offer_to)}
        written = _put(db, this, current, snapshot, chosen, rung=claims, claims=claims)
        if written.is_whole:
            return chosen
        this, current = _read_again(db, this, current)
        rung = {technician_id: offer_id for technician_id, offer_id in claims.items() if offer_id in written.claimed}
        if rung or not claims:
            break
        snapshot = _as_asked(snapshot, chosen)
        chosen = choice.choose(snapshot, this.policy)
    _put(db, this, current, snapshot, chosen, rung=rung, claims={})
    if chosen.do is Do.OFFER and not rung:
        # Three times overtaken: nothing was rung, so the round is looked at again at once.
        current.next_look_at = this.now + timedelta(seconds=1)
    return chosen


def _put(
    db: WriteSession, this: Look, current: Round, snapshot: Snapshot, chosen: Choice, *, rung: Rung, claims: Rung
) -> Written:
    """Write everything, provided that all `claims` can be had; a look that says nothing new leaves the round's times."""
    events = _remember(this, current, chosen, is_ringing=bool(rung) or snapshot.need.ringing > 0)
    if not rung and this.said_before == current.last_said:
        for event in events:
            announcing.announce(db, event, now=this.now)
        return Written(is_whole=True, claimed=frozenset())
    moved = _moved(this, current, chosen, rung=rung)
    sheet = _sheet(this, current, snapshot, chosen, rung=rung, claims=claims, moved=moved, events=events)
    written = sheets.write(db, sheet)
    if written.is_whole:
        intake.progress.adopt(this.case.complaint, sheet.changed)
        _keep_departure(db, this, current, chosen, rung=rung)
    return written


def _read_again(db: WriteSession, this: Look, current: Round) -> tuple[Look, Round]:
    """The round as it is stored by now, and where the chain ends, locked."""
    seq, digest = queries.chain_end(db, current.complaint_id)
    stored = db.get_one(Round, current.id) if this.is_new else current
    return replace(this, case=replace(this.case, seq=seq, hash=digest), is_new=False), stored


def _remember(this: Look, current: Round, chosen: Choice, *, is_ringing: bool) -> list[Event]:
    """What the round knows of its last choice, and what it warns of: nobody left once, a breach once until it clears."""
    current.next_look_at = chosen.look_again_at
    current.forecast_at, current.leave_by_at = chosen.forecast_at, chosen.latest_departure_at
    current.waiting_why = None if is_ringing or chosen.do is Do.OFFER else chosen.why
    current.last_said = f"{chosen.do}:{chosen.why}:{chosen.breach}:{chosen.nobody_left}:{chosen.senior_missing}"
    events: list[Event] = []
    current.nobody_at, current.breach_at = this.nobody_at, this.breach_at
    if chosen.nobody_left and this.nobody_at is None:
        current.nobody_at = this.now
        role = current.crew_role
        events.append(NobodyLeft(subject_id=current.complaint_id, round_id=current.id, why=chosen.why, crew_role=role))
    if current.crew_role == CrewRole.LEAD and not chosen.breach:
        current.breach_at = None
    elif current.crew_role == CrewRole.LEAD and this.breach_at is None:
        current.breach_at = this.now
        forecast_at = chosen.forecast_at
        events.append(ForecastBreach(subject_id=current.complaint_id, due_at=current.due_at, forecast_at=forecast_at))
    return events


def _as_asked(snapshot: Snapshot, chosen: Choice) -> Snapshot:
    people = tuple(
        replace(person, pending=Pending.MAJOR) if person.technician_id in chosen.offer_to else person
        for person in snapshot.people
    )
    return replace(snapshot, people=people)


def _moved(this: Look, current: Round, chosen: Choice, *, rung: Rung) -> Decided | None:
    """The step that the first look of a search takes."""
    complaint = this.case.complaint
    if Stage(complaint.stage) not in _BEGINS:
        return None
    facts = _facts(this, current, chosen, rung=rung)
    need = this.seen.snapshot.need
    # While fewer ring than may (seniors are rung first), the step is heard and looked at again: others are rung beside
    # them, and whoever became free during this look is seen.
    rings_all = need.ringing + len(rung) >= this.policy.rules(need.grade).rings
    return intake.progress.decided(complaint, Step.DISPATCH, actor=this.actor, facts=facts, by_search=rings_all)


def _facts(this: Look, current: Round, chosen: Choice, *, rung: Rung) -> dict[str, object]:
    """What the ledger says: who was rung and why, or why nobody."""
    facts: dict[str, object] = {
        "crew_role": current.crew_role, "round_id": current.id, "decision_id": this.decision_id, "why": chosen.why,
        "considered": len(chosen.ranking.ranked) + len(chosen.ranking.excluded),
        "forecast_at": chosen.forecast_at, "breach": chosen.breach, "nobody_left": chosen.nobody_left,
    }  # fmt: skip
    if rung:
        ranked = {each.technician_id: each for each in chosen.ranking.ranked}
        facts["lapses_at"] = chosen.lapses_at
        facts["offers"] = [
            {
                "offer_id": offer_id, "technician_id": technician_id, "technician": ranked[technician_id].code,
                "arrive_at": ranked[technician_id].arrive_at, "travel_min": ranked[technician_id].travel_min,
                "distance_km": ranked[technician_id].road_km,
            }
            for technician_id, offer_id in rung.items()
        ]  # fmt: skip
    return facts


def _sheet(
    this: Look,
    current: Round,
    snapshot: Snapshot,
    chosen: Choice,
    *,
    rung: Rung,
    claims: Rung,
    moved: Decided | None,
    events: list[Event],
) -> Sheet:
    """Everything the look has to say. The order of the announcements is the order in which they are heard."""
    complaint, now = this.case.complaint, this.now
    step = moved.step if moved else ("offer.made" if rung else f"dispatch.{chosen.do}")
    entry, end = recording.entry_row(
        complaint.id, step, actor=this.actor, now=now, seq=this.case.seq + 1, previous=this.case.hash,
        facts=moved.facts if moved else _facts(this, current, chosen, rung=rung),
    )  # fmt: skip
    made = [OfferMade(subject_id=complaint.id, offer_id=offer, technician_id=who) for who, offer in rung.items()]
    due, next_due = _departure(this, current, chosen, rung=rung)
    return Sheet(
        complaint_id=complaint.id,
        begun={name: getattr(current, name) for name in _ROUND} if this.is_new else None,
        claims=_offer_rows(this, current, chosen, claims),
        decision=_decision_row(this, current, snapshot, chosen),
        head=_head_row(complaint.id, entry, end, now=now),
        entry=entry,
        announced=[announcing.row(event, now=now) for event in (*events, *([moved.event] if moved else ()), *made)],
        let_in=_let_in(this, rung),
        due=due,
        changed={**(moved.changed if moved else {}), **next_due},
    )


def _head_row(complaint_id: UUID, entry: Mapping[str, object], end: bytes, *, now: datetime) -> dict[str, object]:
    return {
        "subject_id": complaint_id, "subject_kind": "complaint", "seq": entry["seq"], "hash": recording.as_text(end),
        "changed_at": now,
    }  # fmt: skip


def _decision_row(this: Look, current: Round, snapshot: Snapshot, chosen: Choice) -> dict[str, object]:
    # The offers that name it are claimed before, because they decide whether this is the choice: their foreign key is
    # checked at the commit.
    return {
        "id": this.decision_id, "complaint_id": current.complaint_id, "round_id": current.id,
        "crew_role": current.crew_role, "decided_at": this.now, "policy_version": this.policy.version,
        "snapshot": {"snapshot": snapshot, "policy": this.policy}, "outcome": chosen,
        "digest": recording.as_text(choice.digest(chosen)),
    }  # fmt: skip


def _offer_rows(this: Look, current: Round, chosen: Choice, claims: Rung) -> list[dict[str, object]]:
    ranked = {each.technician_id: each for each in chosen.ranking.ranked}
    return [_offer_row(this, current, chosen, ranked[who], offer_id) for who, offer_id in claims.items()]


def _offer_row(this: Look, current: Round, chosen: Choice, candidate: Candidate, offer_id: UUID) -> dict[str, object]:
    return {
        "id": offer_id, "round_id": current.id, "complaint_id": current.complaint_id,
        "technician_id": candidate.technician_id, "crew_role": current.crew_role,
        "urgent": current.grade == Grade.MAJOR, "by_hand": False, "state": OfferState.OPEN, "offered_at": this.now,
        "lapses_at": chosen.lapses_at, "arrive_at": candidate.arrive_at, "travel_min": candidate.travel_min,
        "distance_km": candidate.road_km, "reasons": {**as_facts(candidate), "why": chosen.why},
        "decision_id": this.decision_id,
    }  # fmt: skip


def _let_in(this: Look, rung: Rung) -> list[dict[str, object]]:
    """Whoever is asked may read the case."""
    users = [this.seen.states[technician_id].user_id for technician_id in rung]
    return [
        {"id": new_id(), "case_id": this.case.complaint.id, "user_id": user_id, "reason": "offer", "since": this.now}
        for user_id in users
        if user_id is not None
    ]


def _departure(
    this: Look, current: Round, chosen: Choice, *, rung: Rung
) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The deadline of leaving and what it changes on the complaint, when there can't be one yet."""
    complaint = this.case.complaint
    if not rung or current.crew_role != CrewRole.LEAD or not this.is_first:
        return [], {}
    leave_by_at, travel_min = chosen.latest_departure_at, _travel(chosen)
    due = promises.departure(complaint, leave_by_at, travel_min=travel_min, now=this.now)
    if due is None:
        return [], {}
    row, changed = deadlines.opened(complaint, Kind.LATEST_DEPARTURE, due, now=this.now)
    return [row], changed


def _keep_departure(db: WriteSession, this: Look, current: Round, chosen: Choice, *, rung: Rung) -> None:
    """The deadline of leaving in place of an earlier one, when the search was on already."""
    if rung and current.crew_role == CrewRole.LEAD and not this.is_first:
        leave_by_at, travel_min = chosen.latest_departure_at, _travel(chosen)
        promises.depart_by(db, this.case.complaint, leave_by_at, travel_min=travel_min, now=this.now)


def _travel(chosen: Choice) -> float:
    return next(each.travel_min for each in chosen.ranking.ranked if each.technician_id == chosen.offer_to[0])
