"""What the worker and the clockwork do for dispatch. Every job reads anew and judges anew."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select

import intake.progress
import intake.queries
import technicians.events
from dispatch import answers, crews, handing_over, rounds, sweeping
from dispatch.events import AssignmentEnded, OfferAnswered, OfferMade, TechnicianFreed, TechnicianTaken
from dispatch.models import Offer
from dispatch.sweeping import ACTOR
from dispatch.words import EndedHow, OfferState
from foundation.database.session import WriteSession, unit_of_work
from foundation.jobs.job import Job, JobContext, Recurring
from foundation.jobs.setbacks import Setbacks, Turns, take_turns
from foundation.ledger import recording
from foundation.notifications import sending
from foundation.notifications.models import Urgency
from intake.events import ComplaintHandedOver, ComplaintLogged, ComplaintMoved, ComplaintPlaced, ComplaintRegraded
from intake.grades import Grade
from intake.lifecycle import FINAL, Stage, Step
from intake.models import Complaint
from technicians.models import Technician

#: Steps that leave crew and search as they are, or whose own transaction or event has seen to them.
_NOTHING_TO_DO: Final = frozenset({Step.ACKNOWLEDGE, Step.ACCEPT, Step.SET_OFF, Step.ARRIVE})
_SOMETHING_TO_DO: Final = sorted(set(Step) - _NOTHING_TO_DO)
#: Stages in which nobody is sought, reached by a step of somebody else.
_NOBODY_SOUGHT: Final = FINAL | {Stage.REMOTE_SUPPORT, Stage.REPAIRED, Stage.CONFIRMED}

#: How work ends that the technician didn't end.
_TAKEN_AWAY: Final = frozenset({EndedHow.RELEASED, EndedHow.CASE_ENDED})
#: Stages in which a crew that is freed has nothing left to drive to.
_DONE: Final = frozenset({Stage.CONFIRMED, Stage.CLOSED})


def logged(db: WriteSession, event: ComplaintLogged, now: datetime) -> None:
    """A call was taken: find somebody."""
    rounds.decide(db, event.subject_id, actor=ACTOR, now=now)


def regraded(db: WriteSession, event: ComplaintRegraded, now: datetime) -> None:
    """Worse: more ring, and a second is sought. Better: what rings goes on ringing.

    Advice by telephone is for general complaints only: one that became worse meanwhile gets somebody sent.
    """
    complaint = intake.queries.for_change(db, event.subject_id)
    if complaint.stage == Stage.REMOTE_SUPPORT and complaint.grade != Grade.GENERAL:
        facts = {"reason": "regraded", "grade": complaint.grade}
        intake.progress.advance(db, complaint, Step.DISPATCH, actor=ACTOR, now=now, facts=facts)
    rounds.decide(db, event.subject_id, actor=ACTOR, now=now)


def placed(db: WriteSession, event: ComplaintPlaced, now: datetime) -> None:
    """Now it is known where: others may be nearer."""
    rounds.decide(db, event.subject_id, actor=ACTOR, now=now)


def handed_over(db: WriteSession, event: ComplaintHandedOver, now: datetime) -> None:
    """Another region has the case: its people come first now."""
    handing_over.aim_anew(db, intake.queries.for_change(db, event.subject_id), now=now)
    rounds.decide(db, event.subject_id, actor=ACTOR, now=now)


def moved(db: WriteSession, event: ComplaintMoved, now: datetime) -> None:
    """Another step may begin the search again, end it, or free a crew that waits for parts.

    A later step's job may have run before this one, so the event only says that there may be something to do; what
    it is, the complaint says as it stands now.
    """
    stage = Stage(intake.queries.for_change(db, event.subject_id).stage)
    if stage is Stage.SUSPENDED:
        crews.pause(db, event.subject_id, now=now)
        return
    crews.go_on(db, event.subject_id, now=now)
    if stage in _NOBODY_SOUGHT:
        crews.withdraw(db, event.subject_id, now=now)
    else:
        rounds.decide(db, event.subject_id, actor=ACTOR, now=now)


def answered(db: WriteSession, event: OfferAnswered, now: datetime) -> None:
    """An offer ended: the next is rung, the second is sought, who isn't asked any more reads the case no longer."""
    offer = db.get(Offer, event.offer_id)
    if offer is None:
        return
    # Everybody locks the complaint before its chain; the other way round two of us would wait for each other.
    intake.queries.for_change(db, offer.complaint_id)
    if not offer.by_hand:
        sending.answered(db, dedup_key=_asked_as(offer), by=None, now=now)
    if event.answer == OfferState.ACCEPTED:
        _tell_by_hand(db, offer, now=now)
    else:
        crews.shut_out(db, offer.complaint_id, offer.technician_id, now=now, reason="offer")
    if event.answer == OfferState.LAPSED:
        facts = {"offer_id": offer.id, "technician_id": offer.technician_id, "crew_role": offer.crew_role}
        recording.record(
            db, offer.complaint_id, "offer.lapsed", actor=ACTOR, facts=facts, now=now, done_at=offer.answered_at
        )
    rounds.decide(db, offer.complaint_id, actor=ACTOR, now=now)


def tell_offer(db: WriteSession, event: OfferMade, now: datetime) -> None:
    """Ring the technician's phone, unless the offer has ended meanwhile."""
    offer = db.get(Offer, event.offer_id)
    if offer is not None and offer.state == OfferState.OPEN:
        _tell(db, offer, template="offer", now=now)


def taken(db: WriteSession, event: TechnicianTaken, now: datetime) -> None:
    """Other offers to somebody who has accepted work go on to the next person."""
    sweeping.unring(db, event.subject_id, now=now)


def ended(db: WriteSession, event: AssignmentEnded, now: datetime) -> None:
    """Whoever gave the work back, or lost it, reads the case no longer; who finished still sees what becomes of it.

    Accepted work is never taken away silently: whoever lost it is told not to go.
    """
    if event.how in _TAKEN_AWAY:
        _tell_taken_away(db, event, now=now)
    if event.how != EndedHow.FINISHED:
        crews.shut_out(db, event.subject_id, event.technician_id, now=now, reason=None)


def freed(db: WriteSession, event: TechnicianFreed, now: datetime) -> None:
    """Whoever waits for such a person is looked at next."""
    sweeping.wake(db, event.subject_id, now=now)


def on_duty(db: WriteSession, event: technicians.events.DutyChanged, now: datetime) -> None:
    """Somebody came on duty, or went."""
    sweeping.wake(db, event.subject_id, now=now)


def able(db: WriteSession, event: technicians.events.AbilityChanged, now: datetime) -> None:
    """Somebody can do more than before, or less."""
    sweeping.wake(db, event.subject_id, now=now)


def _tell_taken_away(db: WriteSession, event: AssignmentEnded, *, now: datetime) -> None:
    technician, complaint = db.get(Technician, event.technician_id), db.get(Complaint, event.subject_id)
    if technician is None or technician.user_id is None or complaint is None or complaint.stage in _DONE:
        return
    facts = {"number": complaint.number, "stage": complaint.stage, "address": complaint.address or ""}
    sending.tell(
        db, recipient_user_id=technician.user_id, template="job-taken-away", facts=facts, case_id=complaint.id,
        urgency=Urgency.ALARM, dedup_key=f"taken-away:{event.assignment_id}", now=now,
    )  # fmt: skip


def _tell_by_hand(db: WriteSession, offer: Offer, *, now: datetime) -> None:
    # Who was assigned by hand was never asked, so they must be told.
    if offer.by_hand:
        _tell(db, offer, template="assigned-by-hand", now=now)


def _tell(db: WriteSession, offer: Offer, *, template: str, now: datetime) -> None:
    asked = db.execute(
        select(Technician.user_id, Complaint.number, Complaint.grade, Complaint.address, Complaint.sentence)
        .select_from(Offer)
        .join(Technician, Technician.id == Offer.technician_id)
        .join(Complaint, Complaint.id == Offer.complaint_id)
        .where(Offer.id == offer.id)
    ).one_or_none()
    if asked is None or asked.user_id is None:
        return
    facts = {
        "number": asked.number, "grade": asked.grade, "address": asked.address or "", "offer_id": offer.id,
        "sentence": asked.sentence, "arrive_at": offer.arrive_at, "travel_min": offer.travel_min,
        "distance_km": offer.distance_km, "lapses_at": offer.lapses_at, "crew_role": offer.crew_role,
    }  # fmt: skip
    urgency = Urgency.ALARM if offer.urgent or asked.grade == Grade.MAJOR else Urgency.NORMAL
    sending.tell(
        db, recipient_user_id=asked.user_id, template=template, facts=facts, case_id=offer.complaint_id,
        urgency=urgency, dedup_key=_asked_as(offer), now=now,
    )  # fmt: skip


def _asked_as(offer: Offer) -> str:
    """Under which key the technician is told of the offer."""
    return f"offer:{offer.id}"


def _lapse(context: JobContext) -> int:
    with unit_of_work(context.sessions) as db:
        return answers.lapse_due(db, now=context.now())


def _warn(context: JobContext) -> int:
    with unit_of_work(context.sessions) as db:
        return sweeping.warn(db, now=context.now())


def look_again(context: JobContext, *, setbacks: Setbacks) -> int:
    """Decide about what is due; what fails is tried again after the others and after a while. Raises SweepIncomplete
    while something does.
    """
    now = context.now()

    def everybody(passing_over: frozenset[UUID]) -> Turns:
        return sweeping.look_again(context.sessions, now=now, passing_over=passing_over)

    one = partial(sweeping.look_once_more, context.sessions, now=now)
    return take_turns(setbacks, everybody=everybody, one=one, now=context.clock.machine_now())


JOBS: Final = (
    Job(name="dispatch.logged", hears=ComplaintLogged, run=logged, urgent=True),
    Job(name="dispatch.regraded", hears=ComplaintRegraded, run=regraded, urgent=True),
    Job(name="dispatch.placed", hears=ComplaintPlaced, run=placed, urgent=True),
    Job(name="dispatch.handed_over", hears=ComplaintHandedOver, run=handed_over, urgent=True),
    Job(
        name="dispatch.moved",
        hears=ComplaintMoved,
        run=moved,
        urgent=True,
        only={"step": _SOMETHING_TO_DO, "by_search": [False]},
    ),
    Job(name="dispatch.answered", hears=OfferAnswered, run=answered, urgent=True),
    Job(name="dispatch.tell_offer", hears=OfferMade, run=tell_offer, urgent=True),
    Job(name="dispatch.taken", hears=TechnicianTaken, run=taken, urgent=True),
    Job(name="dispatch.ended", hears=AssignmentEnded, run=ended, urgent=True),
    Job(name="dispatch.freed", hears=TechnicianFreed, run=freed, urgent=True),
    Job(name="dispatch.on_duty", hears=technicians.events.DutyChanged, run=on_duty, urgent=True),
    Job(name="dispatch.able", hears=technicians.events.AbilityChanged, run=able, urgent=True),
)


def recurring() -> tuple[Recurring, ...]:
    """The sweeps; the one over waiting complaints remembers what it failed at."""
    again = "dispatch.look_again"
    return (
        Recurring(name="dispatch.lapse", every_s=1, tick=_lapse),
        Recurring(name=again, every_s=1, tick=partial(look_again, setbacks=Setbacks(again))),
        Recurring(name="dispatch.warn", every_s=5, tick=_warn),
    )
