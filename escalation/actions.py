"""What the owners of a case do with it: acknowledge, take over, assign, ask for an appraisal, return, end, annul."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

import dispatch.actions
import feedback.actions
from escalation import ladder as ladders
from escalation import notices, policies, queries, raising
from escalation.appointing import AppointedAs, Appointment
from escalation.errors import AlreadyAcknowledged, NoAppraiser, NotYours, NowhereBack, NowhereUp
from escalation.errors import CaseEnded as Ended
from escalation.events import CaseAcknowledged, CaseEnded
from escalation.ladder import Level, Reason
from escalation.models import EscalationCase, Rung
from escalation.outcomes import Outcome
from escalation.queries import Held
from escalation.reach import must_be_theirs, must_reach
from feedback.errors import NoRefusal
from foundation.accounts import entering
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger.announcing import announce
from intake.grades import Grade


def acknowledge(db: WriteSession, case_id: UUID, *, actor: Actor, on_behalf: bool, now: datetime) -> EscalationCase:
    """The owner of the level says "I have it": repeats stop, and from now on something done or the outcome is due.

    Anybody else must say that they do it on the owner's behalf, and both names are kept. Raises CaseEnded, NotYours,
    AlreadyAcknowledged, NotAllowed. Repeating one's own acknowledgement changes nothing.
    """
    held = _open(db, case_id)
    if held.rung.acknowledged_at is not None:
        if held.rung.acknowledged_by == actor.id:
            return held.case
        raise AlreadyAcknowledged(level=held.rung.level, at=held.rung.acknowledged_at)
    if held.rung.owner_user_id != actor.id and not on_behalf:
        raise NotYours(level=held.rung.level, owner=held.rung.owner_user_id)
    _acknowledge(db, held, actor=actor, now=now)
    return held.case


def take_over(db: WriteSession, case_id: UUID, *, actor: Actor, reason: str, now: datetime) -> EscalationCase:
    """The actor owns the level from now on and has acknowledged it; the owner before stays readable in the ledger.

    Raises StandsAbove, CaseEnded, NotAllowed.
    """
    held = _open(db, case_id)
    was = held.rung.owner_user_id
    if was != actor.id:
        must_reach(held, actor=actor)
        _hand_to_actor(db, held, actor=actor, now=now)
        facts = {"was": was, "reason": reason}
        raising.note(
            db, "escalation.taken_over", held.complaint, held.case, held.rung, facts=facts, actor=actor, now=now
        )
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    raising.close_doors(db, held.complaint.id, now=now)
    return held.case


def assign_by_hand(
    db: WriteSession, case_id: UUID, *, technician_id: UUID, reason: str, actor: Actor, now: datetime
) -> EscalationCase:
    """Send a technician by hand, also from another region; the case stays open until somebody says how it ended.

    Raises CaseEnded, NotAllowed, and what dispatch refuses.
    """
    held = _open(db, case_id)
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    facts = {"technician_id": technician_id, "reason": reason}
    raising.note(db, "escalation.assigned", held.complaint, held.case, held.rung, facts=facts, actor=actor, now=now)
    dispatch.actions.override(db, held.complaint.id, technician_id=technician_id, reason=reason, actor=actor, now=now)
    _owe(held, acted=True, now=now)
    return held.case


def report_progress(db: WriteSession, case_id: UUID, *, text: str, actor: Actor, now: datetime) -> EscalationCase:
    """The owner says what was done and what comes next: the case stays with them until the next word is due.

    Raises NotYours, CaseEnded, NotAllowed.
    """
    held = _open(db, case_id)
    must_be_theirs(held, actor=actor)
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    _owe(held, acted=True, now=now)
    facts = {"text": text, "act_due_at": held.rung.act_due_at}
    raising.note(db, "escalation.progress", held.complaint, held.case, held.rung, facts=facts, actor=actor, now=now)
    return held.case


def ask_for_appraisal(
    db: WriteSession, case_id: UUID, *, appraiser_id: UUID | None, question: str, actor: Actor, now: datetime
) -> EscalationCase:
    """Put the case before a technical appraiser, who may see the complaint from now on; None chooses the one on call.

    Asked from below, the case climbs to the appraiser's level; asked by the head of service, it goes back to it.
    Raises NoAppraiser, CaseEnded, NotAllowed.
    """
    held = _open(db, case_id)
    owner = _appraiser(db, held, appraiser_id, now=now)
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    facts = {"question": question, "asked_of": owner.owner_id}
    raising.note(
        db, "escalation.appraisal_asked", held.complaint, held.case, held.rung, facts=facts, actor=actor, now=now
    )
    if held.case.level < Level.APPRAISER:
        raising.climb(
            db,
            held.complaint,
            held.case,
            Level.APPRAISER,
            now=now,
            actor=actor,
            why="appraisal asked",
            owner=owner,
            template="escalation-appraisal",
        )
    else:
        _step_back(db, held, Level.APPRAISER, owner=owner, template="escalation-appraisal", now=now)
    return held.case


def return_case(db: WriteSession, case_id: UUID, *, reason: str, actor: Actor, now: datetime) -> EscalationCase:
    """Give the case back to the level it came from, with a reason; its owner must acknowledge anew.

    Raises NowhereBack on the level that opened it, CaseEnded, NotAllowed.
    """
    held = _open(db, case_id)
    below = db.scalars(
        select(Rung)
        .where(Rung.case_id == held.case.id, Rung.level < held.case.level)
        .order_by(Rung.level.desc())
        .limit(1)
    ).one_or_none()
    if below is None:
        raise NowhereBack(level=held.case.level)
    must_be_theirs(held, actor=actor)
    facts = {"reason": reason, "to": below.level}
    raising.note(db, "escalation.returned", held.complaint, held.case, held.rung, facts=facts, actor=actor, now=now)
    owner = _owner_again(db, held, below, now=now)
    _step_back(db, held, Level(below.level), owner=owner, template="escalation-returned", now=now)
    return held.case


def raise_by_hand(db: WriteSession, case_id: UUID, *, reason: str, actor: Actor, now: datetime) -> EscalationCase:
    """The owner asks the next level up for help, or the head of service sends the case to negotiation.

    Raises NowhereUp, CaseEnded, NotAllowed.
    """
    held = _open(db, case_id)
    if held.case.level == Level.NEGOTIATION:
        raise NowhereUp(level=held.case.level)
    must_be_theirs(held, actor=actor)
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    if held.case.level == Level.HEAD:
        raising.climb(
            db,
            held.complaint,
            held.case,
            Level.NEGOTIATION,
            now=now,
            actor=actor,
            why=reason,
            template="escalation-negotiation",
        )
    else:
        raising.raise_one(db, held.complaint, held.case, now=now, actor=actor, why=reason)
    return held.case


def end(db: WriteSession, case_id: UUID, *, outcome: Outcome, text: str, actor: Actor, now: datetime) -> EscalationCase:
    """End the case with its outcome. The complaint goes on: only the customer's confirmation closes it.

    An unacknowledged level counts as acknowledged by whoever ends it. Ending the case of a refused feedback answers the
    refusal. Raises CaseEnded, StandsAbove, NotAllowed.
    """
    held = _open(db, case_id)
    must_reach(held, actor=actor)
    if held.rung.acknowledged_at is None:
        _acknowledge(db, held, actor=actor, now=now)
    if held.case.reason == Reason.FEEDBACK_REFUSED:
        with suppress(NoRefusal):  # The customer has signed since, or the case was reopened: nothing waits any more.
            feedback.actions.confirm_refusal(db, held.complaint.id, outcome=outcome, actor=actor, now=now)
    _end(db, held, outcome=outcome, text=text, step="escalation.ended", actor=actor, now=now)
    return held.case


def annul(db: WriteSession, case_id: UUID, *, note: str, actor: Actor, now: datetime) -> EscalationCase:
    """End a case that was opened on facts which turned out wrong, for example by a phone's corrected time.

    The case and its ledger entries stay readable with the note. Raises CaseEnded, StandsAbove, NotAllowed.
    """
    held = _open(db, case_id)
    must_reach(held, actor=actor)
    _end(db, held, outcome=Outcome.ANNULLED, text=note, step="escalation.annulled", actor=actor, now=now)
    return held.case


def _open(db: WriteSession, case_id: UUID) -> Held:
    held = queries.for_change(db, case_id)
    if held.case.ended_at is not None:
        raise Ended(outcome=str(held.case.outcome), ended_at=held.case.ended_at)
    return held


def _acknowledge(db: WriteSession, held: Held, *, actor: Actor, now: datetime) -> None:
    rung = held.rung
    rung.acknowledged_at, rung.acknowledged_by = now, actor.id
    _owe(held, acted=False, now=now)
    rung.on_behalf_of = rung.owner_user_id if rung.owner_user_id != actor.id else None
    facts = {"by": actor.id, "on_behalf_of": rung.on_behalf_of, "act_due_at": rung.act_due_at}
    raising.note(db, "escalation.acknowledged", held.complaint, held.case, rung, facts=facts, actor=actor, now=now)
    notices.answered(db, rung, by=actor.id, now=now)
    announce(db, CaseAcknowledged(subject_id=held.complaint.id, case_id=held.case.id, level=rung.level), now=now)


def _owe(held: Held, *, acted: bool, now: datetime) -> None:
    """From now on something is due of the rung: something done after it was acknowledged, the outcome after that."""
    ladder, level = policies.stamped(held.case), Level(held.rung.level)
    due = ladders.owed(ladder, level, Grade(held.case.grade), now, acted=acted)
    held.rung.act_due_at, held.rung.next_notice_at = due.answer_due_at, due.next_notice_at
    held.rung.held_until = None  # These times are fresh: nothing of them was held.


def _hand_to_actor(db: WriteSession, held: Held, *, actor: Actor, now: datetime) -> None:
    if actor.id is None:
        raise NotYours(level=held.rung.level, owner=held.rung.owner_user_id)
    raising.hand_to(db, held.complaint, held.rung, Appointment(actor.id, AppointedAs.BY_HAND), now=now)
    held.rung.acknowledged_at = held.rung.acknowledged_by = held.rung.on_behalf_of = held.rung.act_due_at = None


def _appraiser(db: WriteSession, held: Held, appraiser_id: UUID | None, *, now: datetime) -> Appointment:
    if appraiser_id is not None:
        if queries.appraiser(db, appraiser_id) is None:
            raise NoAppraiser(appraiser=appraiser_id)
        return Appointment(appraiser_id, AppointedAs.BY_HAND)
    ladder, region = policies.stamped(held.case), held.complaint.region_code
    found = queries.appointed(db, ladder, Level.APPRAISER, region_code=region, now=now)
    if found is None or found.appointed_as is AppointedAs.HEAD:
        raise NoAppraiser(region=region)
    return found


def _owner_again(db: WriteSession, held: Held, below: Rung, *, now: datetime) -> Appointment | None:
    """Who had the level before has it again; if nobody had, somebody is appointed."""
    if below.owner_user_id is not None:
        return Appointment(below.owner_user_id, AppointedAs(below.appointed_as or AppointedAs.OWNER))
    ladder, region = policies.stamped(held.case), held.complaint.region_code
    return queries.appointed(db, ladder, Level(below.level), region_code=region, now=now)


def _step_back(
    db: WriteSession, held: Held, to: Level, *, owner: Appointment | None, template: str, now: datetime
) -> None:
    held.rung.returned_at, held.rung.next_notice_at = now, None
    rung = raising.move(db, held.complaint, held.case, to, owner=owner, now=now)
    notices.tell_owner(db, held.complaint, held.case, rung, template=template, now=now)
    raising.close_doors(db, held.complaint.id, now=now)


def _end(db: WriteSession, held: Held, *, outcome: Outcome, text: str, step: str, actor: Actor, now: datetime) -> None:
    case = held.case
    case.ended_at, case.ended_by, case.outcome, case.outcome_text = now, actor.id, outcome, text
    held.rung.next_notice_at = None
    facts = {"outcome": outcome, "text": text}
    raising.note(db, step, held.complaint, case, held.rung, facts=facts, actor=actor, now=now)
    entering.end(db, case.id, now=now)
    announce(db, CaseEnded(subject_id=held.complaint.id, case_id=case.id, reason=case.reason, outcome=outcome), now=now)
    raising.close_doors(db, held.complaint.id, now=now)
