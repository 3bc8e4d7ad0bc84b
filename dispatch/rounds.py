"""Rounds of offers: whether anybody is to be rung now, and when the ringing ends.

One look is one transaction of a job or sweep; the complaint is locked, so two looks at it never overlap, and the unique
indexes on open offers decide between looks at different complaints.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text, update

from dispatch import looks, places, policies, promises, queries
from dispatch.choice import Choice
from dispatch.events import OfferAnswered
from dispatch.models import Offer, Round
from dispatch.queries import Asked, Case, History
from dispatch.snapshot import CrewRole
from dispatch.words import OfferState, RoundOutcome
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger.announcing import announce
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint

_NO_PAST: Final = History(offers=(), live=(), handed_back={})
#: Offers that can't lead to a visit any more: their technician has accepted other work, the customer has refused them, or
#: the parts turned out to be too heavy for their vehicle.
_TAKEN: Final = text(
    """
    UPDATE offers SET state = 'withdrawn', answered_at = :now
    WHERE complaint_id = :complaint_id AND state = 'open' AND (
        EXISTS (SELECT 1 FROM assignments a
            WHERE a.technician_id = offers.technician_id AND a.ended_at IS NULL AND a.paused_at IS NULL)
        OR EXISTS (SELECT 1 FROM exclusions x
            WHERE x.technician_id = offers.technician_id AND x.customer_id = CAST(:customer_id AS uuid)
              AND x.ended_at IS NULL AND x.until > :now)
        OR (:heavy_parts AND crew_role = 'lead' AND NOT EXISTS (
            SELECT 1 FROM technicians t JOIN vehicles v ON v.id = t.vehicle_id
            WHERE t.id = offers.technician_id AND v.carries_heavy)))
    RETURNING id, technician_id
    """
)


def decide(db: WriteSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> Choice | None:
    """Look at the complaint and do what is to be done now: ring, wait, or say that nobody is left.

    Safe to repeat: does nothing while enough people ring or nobody is sought. Returns what was chosen, None if nothing
    had to be. A search follows the policy that was in force when it began. The actor is the system. Raises NotAllowed
    for a complaint that can't be seen.
    """
    case = queries.case_for_change(db, complaint_id, now=now)
    complaint = case.complaint
    # A complaint that was just graded has no rounds yet: three questions fewer on the way of every call.
    fresh = complaint.stage == Stage.GRADED
    rounds = [] if fresh else queries.open_rounds(db, complaint_id)
    past = _NO_PAST if fresh else queries.history(db, complaint_id)
    crew = {each.crew_role for each in past.live}
    role = places.sought(Stage(complaint.stage), Grade(complaint.grade), crew)
    stop(db, [each for each in rounds if each.crew_role != role], now=now)
    if role is None:
        return None
    stored = next((each for each in rounds if each.crew_role == role), None)
    current = stored or begin(complaint, role, policy_id=case.policy_id, now=now)
    _regard(current, complaint)
    policy = policies.by_id(db, current.policy_id)
    ringing = [] if fresh else _ringing(db, case, current, past, now=now)
    if len(ringing) >= policy.rules(Grade(complaint.grade)).rings:
        current.next_look_at, current.waiting_why = min(each.lapses_at for each in ringing), None
        return None
    return looks.look(
        db, case, current, past, ringing=len(ringing), is_new=stored is None, actor=actor, policy=policy, now=now
    )


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


def begin(complaint: Complaint, role: CrewRole, *, policy_id: UUID, now: datetime) -> Round:
    """The search for one place in the crew, not yet written; the complaint must be locked."""
    return Round(
        id=new_id(), complaint_id=complaint.id, crew_role=role, policy_id=policy_id, grade=complaint.grade,
        due_at=promises.promise_of(complaint), opened_at=now, next_look_at=now,
    )  # fmt: skip


def _regard(current: Round, complaint: Complaint) -> None:
    """The sweep's order follows the present grade and promise."""
    current.grade, current.due_at = complaint.grade, promises.promise_of(complaint)


def _ringing(db: WriteSession, case: Case, current: Round, past: History, *, now: datetime) -> list[Asked]:
    """The offers of the round that still wait; those that can't lead to a visit any more are withdrawn."""
    open_ones = [each for each in past.offers if each.round_id == current.id and each.state == OfferState.OPEN]
    if not open_ones:
        return []
    given = {
        "complaint_id": current.complaint_id, "customer_id": case.complaint.customer_id,
        "heavy_parts": case.heavy_parts, "now": now,
    }  # fmt: skip
    gone = db.execute(_TAKEN, given).all()
    for offer_id, technician_id in gone:
        announce_answer(
            db, current.complaint_id, offer_id, technician_id=technician_id, answer=OfferState.WITHDRAWN, now=now
        )
    taken = {row.id for row in gone}
    return [each for each in open_ones if each.id not in taken and each.lapses_at > now]
