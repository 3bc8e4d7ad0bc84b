"""Who is in the crew: assigning by hand, ending work, pausing it while it is suspended."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

import foundation.accounts.access
import intake.progress
import intake.queries
import technicians.queries
from dispatch import answers, loading, policies, queries, rounds, travel
from dispatch.errors import CrewComplete, NotDispatchable, TechnicianUnfit
from dispatch.events import AssignmentEnded, TechnicianFreed
from dispatch.models import Assignment, Offer, Round
from dispatch.places import SEEKS_LEAD, SEEKS_SECOND
from dispatch.queries import Case
from dispatch.snapshot import CrewRole
from dispatch.travel import Place
from dispatch.words import EndedHow, OfferState, RoundOutcome
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.database.widening import seeing_everything
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake.grades import Grade
from intake.lifecycle import FINAL, Stage, Step
from intake.models import Complaint
from technicians.field import FieldState
from technicians.models import Technician

#: A range must have an extent, also of work that ended in the moment it began.
_INSTANT: Final = timedelta(microseconds=1)
#: Whoever of the crew hasn't said so by now is free all the same.
_WORK_IS_OVER: Final = FINAL | {Stage.CONFIRMED}


def override(
    db: WriteSession,
    complaint_id: UUID,
    *,
    technician_id: UUID,
    reason: str,
    actor: Actor,
    now: datetime,
    crew_role: CrewRole = CrewRole.LEAD,
) -> Assignment:
    """Assign by hand, with a reason: over every filter but being active, and behind the work already accepted.

    Accepted work is never taken away: a place that somebody has is refused. People of other regions may be borrowed.
    Raises NotAllowed, NotDispatchable, CrewComplete, TechnicianUnfit, TechnicianBusy.
    """
    case = queries.case_for_change(db, complaint_id, now=now)
    complaint = case.complaint
    _has_room(db, complaint, crew_role)
    if Stage(complaint.stage) in (Stage.GRADED, Stage.REOPENED):
        intake.progress.advance(db, complaint, Step.DISPATCH, actor=actor, now=now)
    current = _round(db, case, crew_role, now=now)
    rounds.silence(db, current.id, complaint.id, now=now)
    db.flush()
    # Borrowing asks about a person and their work wherever they are; who may borrow is the permission's matter.
    with seeing_everything(db):
        technician = technicians.queries.for_change(db, technician_id)
        (state,) = technicians.queries.field(db, [technician_id], now)
        work = queries.work_of(db, technician_id)
        after = db.get(Complaint, work[-1].complaint_id) if work else None
    _is_fit(technician, work, complaint=complaint)
    start = max(now, *(each.during.upper or now for each in work)) if work else now
    offer = _told(db, complaint, current, state, after=after, start=start, actor=actor, reason=reason, now=now)
    assignment = answers.book(db, complaint, offer, start=start, technician=technician, now=now)
    answers.enlist(db, complaint, offer, technician, actor=actor, now=now, reason=reason)
    return assignment


def end_assignment(
    db: WriteSession, complaint_id: UUID, *, how: str, now: datetime, technician_id: UUID | None = None
) -> list[Assignment]:
    """End the live work on a complaint, of one technician or of the whole crew; frees them."""
    live = queries.live_assignments(db, complaint_id)
    ending = [each for each in live if technician_id in (None, each.technician_id)]
    for each in ending:
        _end(db, each, how=EndedHow(how), now=now)
    return ending


def end_one(db: WriteSession, assignment: Assignment, *, how: str, actor: Actor, now: datetime) -> None:
    """End one assignment whose complaint is locked; does nothing if it has ended. The caller's step is the witness."""
    del actor
    if assignment.ended_at is None:
        _end(db, assignment, how=EndedHow(how), now=now)


def release(
    db: WriteSession, complaint_id: UUID, *, technician_id: UUID, reason: str, actor: Actor, now: datetime
) -> Assignment:
    """The desk takes somebody off a job, openly and with a reason; a lead's job goes back to be dispatched.

    Raises NotAllowed, NotDispatchable when that person isn't in the crew.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    found = [each for each in queries.live_assignments(db, complaint_id) if each.technician_id == technician_id]
    if not found:
        raise NotDispatchable(number=complaint.number, stage=complaint.stage)
    facts = {"reason": reason, "technician_id": technician_id, "crew_role": found[0].crew_role, "released": True}
    _end(db, found[0], how=EndedHow.RELEASED, now=now)
    if found[0].crew_role == CrewRole.LEAD:
        intake.progress.advance(db, complaint, Step.HAND_BACK, actor=actor, now=now, facts=facts)
    else:
        recording.record(db, complaint.id, "crew.released", actor=actor, facts=facts, now=now)
    return found[0]


def pause(db: WriteSession, complaint_id: UUID, *, now: datetime) -> None:
    """Work is suspended: the crew is free for other work until it goes on. The complaint must be locked and suspended."""
    for each in queries.live_assignments(db, complaint_id):
        if each.paused_at is None:
            each.paused_at, each.during = now, _until(each.during, now)
            announce(db, TechnicianFreed(subject_id=each.technician_id), now=now)


def go_on(db: WriteSession, complaint_id: UUID, *, now: datetime) -> None:
    """Work isn't suspended any more: what was paused takes its place behind what the crew has accepted meanwhile."""
    complaint = intake.queries.for_change(db, complaint_id)
    for each in queries.live_assignments(db, complaint_id):
        if each.paused_at is None:
            continue
        technicians.queries.for_change(db, each.technician_id)
        others = queries.work_of(db, each.technician_id)
        start = max([now, *(other.during.upper or now for other in others)])
        minutes = each.travel_min + policies.of_work(db, each).rules(Grade(complaint.grade)).work_min
        each.during = Range(start, start + timedelta(minutes=minutes))
        each.paused_at = None


def withdraw(db: WriteSession, complaint_id: UUID, *, now: datetime) -> None:
    """Nobody is sought any more: close the rounds, and once the customer has confirmed or the case is over, end the work."""
    complaint = intake.queries.for_change(db, complaint_id)
    rounds.stop(db, queries.open_rounds(db, complaint_id), now=now)
    if Stage(complaint.stage) in _WORK_IS_OVER:
        end_assignment(db, complaint_id, how=EndedHow.CASE_ENDED, now=now)


def shut_out(db: WriteSession, complaint_id: UUID, technician_id: UUID, *, now: datetime, reason: str | None) -> None:
    """Whoever isn't asked any more needn't read the case any longer, unless they were asked or sent again meanwhile."""
    technician = db.get(Technician, technician_id)
    if technician is None or technician.user_id is None:
        return
    if not queries.is_concerned(db, complaint_id, technician_id):
        foundation.accounts.access.end(db, complaint_id, technician.user_id, now=now, reason=reason)


def _has_room(db: WriteSession, complaint: Complaint, crew_role: CrewRole) -> None:
    crew = {each.crew_role for each in queries.live_assignments(db, complaint.id)}
    if crew_role in crew:
        raise CrewComplete(number=complaint.number, crew_role=crew_role)
    seeks = SEEKS_LEAD if crew_role is CrewRole.LEAD else SEEKS_SECOND
    if Stage(complaint.stage) not in seeks:
        raise NotDispatchable(number=complaint.number, stage=complaint.stage)


def _round(db: WriteSession, case: Case, crew_role: CrewRole, *, now: datetime) -> Round:
    found = [each for each in queries.open_rounds(db, case.complaint.id) if each.crew_role == crew_role]
    if found:
        return found[0]
    begun = rounds.begin(case.complaint, crew_role, policy_id=case.policy_id, now=now)
    db.add(begun)
    db.flush()  # the offer refers to its key
    return begun


def _is_fit(technician: Technician, work: list[Assignment], *, complaint: Complaint) -> None:
    if not technician.active:
        raise TechnicianUnfit(technician=technician.code, why="inactive")
    if any(each.complaint_id == complaint.id for each in work):
        raise TechnicianUnfit(technician=technician.code, why="in_crew")


def _told(
    db: WriteSession,
    complaint: Complaint,
    current: Round,
    state: FieldState,
    *,
    after: Complaint | None,
    start: datetime,
    actor: Actor,
    reason: str,
    now: datetime,
) -> Offer:
    """The offer that wasn't asked: it carries the travel forecast and the reason."""
    place, _ = loading.place_of(db, complaint)
    begins = Place(state.position.latitude, state.position.longitude)
    if after is not None and after.latitude is not None and after.longitude is not None:
        begins = Place(after.latitude, after.longitude)
    leg = travel.between(begins, place or begins)
    offer = Offer(
        id=new_id(), round_id=current.id, complaint_id=complaint.id, technician_id=state.id,
        crew_role=current.crew_role, urgent=complaint.grade == Grade.MAJOR, by_hand=True, state=OfferState.ACCEPTED,
        offered_at=now, lapses_at=now, answered_at=now, arrive_at=start + timedelta(minutes=leg.travel_min),
        travel_min=leg.travel_min, distance_km=leg.road_km,
        reasons={"why": "by_hand", "reason": reason, "by": actor.label, "borrowed": state.region_code != complaint.region_code},
    )  # fmt: skip
    current.outcome, current.closed_at, current.waiting_why = RoundOutcome.BY_HAND, now, None
    db.add(offer)
    db.flush()  # the assignment refers to its key
    return offer


def _end(db: WriteSession, assignment: Assignment, *, how: EndedHow, now: datetime) -> None:
    assignment.ended_at, assignment.ended_how = now, how
    if assignment.paused_at is None:
        assignment.during = _until(assignment.during, now)
    event = AssignmentEnded(
        subject_id=assignment.complaint_id, assignment_id=assignment.id, technician_id=assignment.technician_id,
        how=how.value,
    )  # fmt: skip
    announce(db, event, now=now)
    announce(db, TechnicianFreed(subject_id=assignment.technician_id), now=now)


def _until(during: Range[datetime], now: datetime) -> Range[datetime]:
    """The time it really took; work put behind other work may end before it began."""
    start = during.lower or now
    return Range(min(start, now), max(now, min(start, now) + _INSTANT))
