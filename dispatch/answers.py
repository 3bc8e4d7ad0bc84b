"""What technicians answer: acceptance, decline, silence. Exactly one acceptance per place in a crew."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

import foundation.accounts.access
import intake.progress
import intake.queries
import technicians.queries
from dispatch import policies, promises, queries, rounds
from dispatch.errors import NotDispatchable, OfferGone, TechnicianBusy
from dispatch.events import TechnicianTaken
from dispatch.models import Assignment, Offer, Round
from dispatch.places import SEEKS_SECOND
from dispatch.snapshot import CrewRole
from dispatch.words import DeclineReason, OfferState, RoundOutcome
from foundation.accounts.roles import Actor, Role
from foundation.database.identity import KEY_OF_NTH, moment, new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.problems import FieldWrong, NotAllowed
from intake.grades import Grade
from intake.lifecycle import Stage, Step
from intake.models import Complaint
from technicians.models import Technician

#: The constraint that keeps a technician from being in two places; a violation is a lost race.
_OVERLAP: Final = "ex_assignments_overlap"
# One statement: nobody answers a lapsed offer in between. Rows that are being answered right now are left to the answer.
_LAPSE: Final = text(
    f"""
    WITH due AS (
        SELECT id FROM offers WHERE state = 'open' AND lapses_at <= :now
        ORDER BY lapses_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), lapsed AS (
        UPDATE offers o SET state = 'lapsed', answered_at = o.lapses_at FROM due WHERE o.id = due.id
        RETURNING o.id, o.complaint_id, o.technician_id, o.lapses_at
    ), numbered AS (
        SELECT lapsed.*, row_number() OVER (ORDER BY lapses_at, id) AS n FROM lapsed
    ), told AS (
        INSERT INTO announcements (id, kind, subject_id, payload, announced_at)
        SELECT {KEY_OF_NTH}, 'offer.answered', complaint_id, jsonb_build_object(
            'subject_id', complaint_id, 'offer_id', id, 'technician_id', technician_id, 'answer', 'lapsed'), :now
        FROM numbered ORDER BY n
    )
    SELECT count(*) FROM lapsed
    """  # noqa: S608 -- a constant
)


def accept(
    db: WriteSession, offer_id: UUID, *, actor: Actor, now: datetime, done_at: datetime | None = None
) -> Assignment:
    """Take the work. Whoever accepts first has it; repeating one's own acceptance gives the same assignment.

    Locks complaint, offer and technician in this order, so that the decision is made by what is there and not by luck;
    the constraints stand behind. Raises NotAllowed, OfferGone, TechnicianBusy, StepNotAllowed.
    """
    complaint = intake.queries.for_change(db, queries.complaint_of_offer(db, offer_id))
    offer = queries.offer_for_change(db, offer_id)
    technician = technicians.queries.for_change(db, offer.technician_id)
    _may_answer(actor, technician)
    if offer.state == OfferState.ACCEPTED:
        return _again(db, offer)
    _still_open(db, complaint, offer, now=now)
    work = queries.work_of(db, technician.id)
    if work:
        raise TechnicianBusy(technician=technician.code, until=work[-1].during.upper)
    assignment = book(db, complaint, offer, start=now, technician=technician, now=now)
    enlist(db, complaint, offer, technician, actor=actor, now=now, done_at=done_at)
    return assignment


def decline(
    db: WriteSession, offer_id: UUID, *, reason: DeclineReason, note: str | None, actor: Actor, now: datetime
) -> Offer:
    """Say no, with a reason; the offer goes on to the next. Repeating one's own decline changes nothing.

    Raises NotAllowed, OfferGone; FieldWrong for `other` without a note.
    """
    if reason is DeclineReason.OTHER and not note:
        raise FieldWrong(field="note", reason="missing")
    complaint = intake.queries.for_change(db, queries.complaint_of_offer(db, offer_id))
    offer = queries.offer_for_change(db, offer_id)
    technician = technicians.queries.for_change(db, offer.technician_id)
    _may_answer(actor, technician)
    if offer.state == OfferState.DECLINED:
        return offer
    if offer.state != OfferState.OPEN:
        raise OfferGone(state=offer.state, lapses_at=offer.lapses_at)
    offer.state, offer.answered_at, offer.decline_reason, offer.decline_note = OfferState.DECLINED, now, reason, note
    facts = {
        "offer_id": offer.id, "technician_id": technician.id, "technician": technician.code, "reason": reason,
        "note": note, "crew_role": offer.crew_role,
    }  # fmt: skip
    recording.record(db, complaint.id, "offer.declined", actor=actor, facts=facts, now=now)
    rounds.announce_answer(db, complaint.id, offer.id, technician_id=technician.id, answer=OfferState.DECLINED, now=now)
    return offer


def lapse_due(db: WriteSession, *, now: datetime, limit: int = 500) -> int:
    """End every offer whose time is over, the oldest first; who hears of it rings the next. One statement."""
    lapsed = int(db.execute(_LAPSE, {"now": now, "limit": limit, "moment": moment()}).scalar_one())
    if lapsed:
        db.info["announced"] = True
    return lapsed


def book(
    db: WriteSession, complaint: Complaint, offer: Offer, *, start: datetime, technician: Technician, now: datetime
) -> Assignment:
    """Write the assignment from `start` for as long as way and work are expected to take.

    Raises TechnicianBusy or OfferGone when a constraint says that somebody was faster.
    """
    policy = policies.of_offer(db, offer.id)
    minutes = offer.travel_min + policy.rules(Grade(complaint.grade)).work_min
    due_at = promises.promise_of(complaint)
    leave_by_at = due_at - timedelta(minutes=offer.travel_min)
    assignment = Assignment(
        id=new_id(), complaint_id=complaint.id, technician_id=technician.id, crew_role=offer.crew_role,
        offer_id=offer.id, during=Range(start, start + timedelta(minutes=minutes)), accepted_at=now,
        arrive_at=start + timedelta(minutes=offer.travel_min), travel_min=offer.travel_min, due_at=due_at,
        leave_by_at=leave_by_at,
    )  # fmt: skip
    db.add(assignment)
    try:
        db.flush()
    except IntegrityError as error:
        if _OVERLAP in str(error.orig):
            raise TechnicianBusy(technician=technician.code) from error
        raise OfferGone(state="taken", lapses_at=offer.lapses_at) from error
    if offer.crew_role == CrewRole.LEAD:
        promises.depart_by(db, complaint, leave_by_at, travel_min=offer.travel_min, now=now)
    return assignment


def enlist(
    db: WriteSession,
    complaint: Complaint,
    offer: Offer,
    technician: Technician,
    *,
    actor: Actor,
    now: datetime,
    done_at: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Close the round, tell the lifecycle and the ledger, and let the technician work on the case."""
    offer.state, offer.answered_at = OfferState.ACCEPTED, now
    current = db.get_one(Round, offer.round_id)
    outcome = RoundOutcome.BY_HAND if offer.by_hand else RoundOutcome.ACCEPTED
    if current.closed_at is None:
        rounds.stop(db, [current], now=now, outcome=outcome)
    facts: dict[str, object] = {
        "offer_id": offer.id, "technician_id": technician.id, "technician": technician.code,
        "crew_role": offer.crew_role, "arrive_at": offer.arrive_at, "by_hand": offer.by_hand,
    }  # fmt: skip
    if reason is not None:
        facts["reason"] = reason
    if offer.crew_role == CrewRole.LEAD:
        intake.progress.advance(db, complaint, Step.ACCEPT, actor=actor, now=now, facts=facts, done_at=done_at)
    else:
        recording.record(db, complaint.id, "crew.joined", actor=actor, facts=facts, now=now, done_at=done_at)
    if technician.user_id is not None:
        foundation.accounts.access.grant(db, complaint.id, technician.user_id, reason="assignment", now=now)
    rounds.announce_answer(db, complaint.id, offer.id, technician_id=technician.id, answer=OfferState.ACCEPTED, now=now)
    announce(db, TechnicianTaken(subject_id=technician.id), now=now)


def _may_answer(actor: Actor, technician: Technician) -> None:
    """A technician answers for themselves; the desk may answer for somebody on the telephone, and the ledger says who."""
    if actor.role is Role.TECHNICIAN and technician.user_id != actor.id:
        raise NotAllowed(technician=technician.id)


def _again(db: WriteSession, offer: Offer) -> Assignment:
    found = queries.assignment_of_offer(db, offer.id)
    if found is None or found.ended_at is not None:
        raise OfferGone(state="ended", lapses_at=offer.lapses_at)
    return found


def _still_open(db: WriteSession, complaint: Complaint, offer: Offer, *, now: datetime) -> None:
    if offer.state != OfferState.OPEN:
        raise OfferGone(state=offer.state, lapses_at=offer.lapses_at)
    if offer.lapses_at <= now:
        raise OfferGone(state=OfferState.LAPSED, lapses_at=offer.lapses_at)
    if any(each.crew_role == offer.crew_role for each in queries.live_assignments(db, complaint.id)):
        raise OfferGone(state="taken", lapses_at=offer.lapses_at)
    if offer.crew_role == CrewRole.SECOND and Stage(complaint.stage) not in SEEKS_SECOND:
        raise NotDispatchable(number=complaint.number, stage=complaint.stage)
