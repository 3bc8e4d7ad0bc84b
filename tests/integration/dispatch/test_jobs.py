"""What the worker does, under the scopes in which people really act."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, text

import intake.progress
from dispatch import actions, jobs
from dispatch.events import AssignmentEnded, OfferAnswered, OfferMade, TechnicianFreed, TechnicianTaken
from dispatch.models import Assignment, Offer, Round
from dispatch.words import DeclineReason
from foundation.accounts.roles import Role
from foundation.database.session import ReadSession, Sessions, WriteSession, reading, unit_of_work
from foundation.ledger.announcing import Event
from foundation.ledger.models import Announcement, LedgerEntry
from foundation.notifications.models import Message
from foundation.problems import NotAllowed
from intake.events import ComplaintLogged, ComplaintMoved, ComplaintRegraded
from intake.grades import Grade
from intake.lifecycle import Stage, Step
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician, add_user

pytestmark = pytest.mark.committed


def work(sessions: Sessions, run: Callable[[WriteSession], object]) -> None:
    with unit_of_work(sessions) as db:
        run(db)


def logged(sessions: Sessions, complaint_id: UUID, *, at: datetime = AT) -> None:
    work(sessions, lambda db: jobs.logged(db, ComplaintLogged(subject_id=complaint_id, grade="general"), at))


def offers(look: ReadSession, complaint_id: UUID) -> list[Offer]:
    return list(look.scalars(select(Offer).where(Offer.complaint_id == complaint_id).order_by(Offer.id)))


def access(look: ReadSession, user_id: UUID | None) -> list[str]:
    query = text("SELECT reason FROM case_access WHERE user_id = :user AND ended_at IS NULL ORDER BY reason")
    return list(look.scalars(query, {"user": user_id}))


def test_a_logged_complaint_is_offered_and_a_second_run_changes_nothing(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
    logged(sessions, complaint_id)
    logged(sessions, complaint_id, at=AT + timedelta(seconds=5))
    with reading(sessions) as look:
        (offer,) = offers(look, complaint_id)
        assert offer.technician_id == hand.id
        assert access(look, hand.actor.id) == ["offer"]


def test_a_ringing_offer_is_told_once_and_in_the_app(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
    logged(sessions, complaint_id)
    with unit_of_work(sessions) as db:
        (offer,) = offers(db, complaint_id)
        event = OfferMade(subject_id=complaint_id, offer_id=offer.id, technician_id=hand.id)
        jobs.tell_offer(db, event, AT)
        jobs.tell_offer(db, event, AT)
    with reading(sessions) as look:
        (message,) = look.scalars(select(Message))
        assert (message.template, message.recipient_user_id) == ("offer", hand.actor.id)


def test_the_technician_accepts_within_their_own_narrow_sight(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
        stranger = add_user(db, Role.TECHNICIAN)
    logged(sessions, complaint_id)
    with unit_of_work(sessions) as db:
        (offer,) = offers(db, complaint_id)
    with pytest.raises(NotAllowed), unit_of_work(sessions, stranger.scope) as db:
        actions.accept(db, offer.id, actor=stranger, now=AT)
    with unit_of_work(sessions, hand.actor.scope) as db:
        actions.accept(db, offer.id, actor=hand.actor, now=AT)
    with reading(sessions, hand.actor.scope) as look:
        assert look.get_one(Complaint, complaint_id).stage == "assigned"
        assert len(look.scalars(select(Assignment)).all()) == 1
    with reading(sessions, stranger.scope) as look:
        assert look.scalars(select(Assignment)).all() == []
        assert look.scalars(select(Offer)).all() == []


def test_whoever_declined_reads_the_case_no_longer_and_the_next_is_asked(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        near, far = add_technician(db, 1), add_technician(db, 2, km=60)
        complaint_id = add_complaint(db).id
    logged(sessions, complaint_id)
    with unit_of_work(sessions, near.actor.scope) as db:
        (offer,) = offers(db, complaint_id)
        actions.decline(db, offer.id, reason=DeclineReason.TOO_FAR, note=None, actor=near.actor, now=AT)
    event = OfferAnswered(subject_id=complaint_id, offer_id=offer.id, technician_id=near.id, answer="declined")
    work(sessions, lambda db: jobs.answered(db, event, AT))
    with reading(sessions) as look:
        assert access(look, near.actor.id) == []
        assert access(look, far.actor.id) == ["offer"]
        assert offers(look, complaint_id)[-1].technician_id == far.id


def test_an_answer_heard_late_leaves_the_case_open_to_whoever_was_asked_again(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
    logged(sessions, complaint_id)
    late, later = AT + timedelta(minutes=31), AT + timedelta(hours=3)
    work(sessions, lambda db: actions.lapse_due(db, now=late))
    work(sessions, lambda db: actions.decide(db, complaint_id, actor=DESK, now=later))
    with unit_of_work(sessions) as db:
        first, second = offers(db, complaint_id)
        assert (first.technician_id, second.technician_id) == (hand.id, hand.id)
        event = OfferAnswered(subject_id=complaint_id, offer_id=first.id, technician_id=hand.id, answer="lapsed")
        jobs.answered(db, event, later)
    with unit_of_work(sessions, hand.actor.scope) as db:
        actions.accept(db, second.id, actor=hand.actor, now=later)


def test_announcements_of_sweeps_have_keys_in_order_of_time(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_technician(db, 1)
        complaint_id = add_complaint(db).id
    logged(sessions, complaint_id)
    work(sessions, lambda db: actions.lapse_due(db, now=AT + timedelta(minutes=31)))
    with reading(sessions) as look:
        keys = look.execute(select(Announcement.kind, Announcement.id).order_by(Announcement.id)).all()
        assert keys[-1].kind == "offer.answered"
        assert {key.id.version for key in keys} == {7}


def test_whoever_loses_accepted_work_is_told_not_to_go(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
        actions.override(db, complaint_id, technician_id=hand.id, reason="test", actor=DESK, now=AT)
    with unit_of_work(sessions) as db:
        lost = actions.release(db, complaint_id, technician_id=hand.id, reason="nearer", actor=DESK, now=AT)
        event = AssignmentEnded(subject_id=complaint_id, assignment_id=lost.id, technician_id=hand.id, how="released")
        jobs.ended(db, event, AT)
        jobs.ended(db, event, AT)
    with reading(sessions) as look:
        assert look.scalars(select(Message.template)).all() == ["job-taken-away"]
        assert access(look, hand.actor.id) == []


def test_a_complaint_that_gets_worse_during_advice_by_telephone_is_sent_somebody(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_technician(db, 1)
        complaint = add_complaint(db)
        intake.progress.advance(db, complaint, Step.GUIDE, actor=DESK, now=AT, facts={"agreed_by": "Wang"})
        complaint.grade = Grade.SERIOUS
    event = ComplaintRegraded(subject_id=complaint.id, grade="serious", was="general")
    work(sessions, lambda db: jobs.regraded(db, event, AT))
    with reading(sessions) as look:
        assert look.get_one(Complaint, complaint.id).stage == Stage.DISPATCHING
        assert [offer.state for offer in offers(look, complaint.id)] == ["open"]


def test_a_lapsed_offer_enters_the_ledger_with_the_time_it_lapsed(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
    logged(sessions, complaint_id)
    late = AT + timedelta(minutes=31)
    work(sessions, lambda db: actions.lapse_due(db, now=late))
    with unit_of_work(sessions) as db:
        payload = db.scalars(select(Announcement.payload).where(Announcement.kind == "offer.answered")).one()
        event = OfferAnswered(
            subject_id=complaint_id, offer_id=UUID(str(payload["offer_id"])), technician_id=hand.id, answer="lapsed"
        )
        jobs.answered(db, event, late)
    with reading(sessions) as look:
        entry = look.scalars(select(LedgerEntry).where(LedgerEntry.step == "offer.lapsed")).one()
        assert entry.done_at == AT + timedelta(minutes=30)
        assert look.scalars(select(Round)).one().nobody_at == late


def test_a_dispatcher_borrows_from_a_region_they_do_not_see(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        complaint_id = add_complaint(db).id
        neighbour = add_technician(db, 1, km=60, region="west")
        dispatcher = add_user(db, Role.DISPATCHER)
        foreign = add_complaint(db, region="west").id
    with unit_of_work(sessions, dispatcher.scope) as db:
        actions.override(db, complaint_id, technician_id=neighbour.id, reason="nobody here", actor=dispatcher, now=AT)
        assert db.get(Complaint, foreign) is None  # sight is narrow again
    with pytest.raises(NotAllowed), unit_of_work(sessions, dispatcher.scope) as db:
        actions.override(db, foreign, technician_id=neighbour.id, reason="mine?", actor=dispatcher, now=AT)
    with unit_of_work(sessions) as db:
        (offer,) = offers(db, complaint_id)
        event = OfferAnswered(subject_id=complaint_id, offer_id=offer.id, technician_id=neighbour.id, answer="accepted")
        jobs.answered(db, event, AT)
        assert db.scalars(select(Message.template)).all() == ["assigned-by-hand"]
        assert access(db, neighbour.actor.id) == ["assignment"]


def test_a_technician_who_accepted_stops_ringing_elsewhere(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand = add_technician(db, 1, senior=True)
        general, major = add_complaint(db).id, add_complaint(db, Grade.MAJOR).id
    logged(sessions, general)
    logged(sessions, major)
    with unit_of_work(sessions) as db:
        (urgent,) = offers(db, major)
        actions.accept(db, urgent.id, actor=hand.actor, now=AT)
        jobs.taken(db, TechnicianTaken(subject_id=hand.id), AT)
    with unit_of_work(sessions) as db:
        assert db.scalars(select(Round.next_look_at).where(Round.complaint_id == general)).one() == AT
        actions.decide(db, general, actor=DESK, now=AT)
        (offer,) = offers(db, general)
        assert offer.state == "withdrawn"


def test_suspending_frees_and_resuming_books_again(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint = add_technician(db, 1), add_complaint(db)
        waiting = add_complaint(db)
        actions.override(db, complaint.id, technician_id=hand.id, reason="test", actor=DESK, now=AT)
        facts = {"reason": "parts", "resume_at": AT + timedelta(days=1)}
        intake.progress.advance(db, complaint, Step.SUSPEND, actor=DESK, now=AT, facts=facts)
    logged(sessions, waiting.id)
    moved = ComplaintMoved(subject_id=complaint.id, stage=Stage.SUSPENDED, step=Step.SUSPEND)
    soon = AT + timedelta(seconds=5)
    work(sessions, lambda db: jobs.moved(db, moved, soon))
    work(sessions, lambda db: jobs.freed(db, TechnicianFreed(subject_id=hand.id), soon))
    with unit_of_work(sessions) as db:
        assert db.scalars(select(Round.next_look_at).where(Round.complaint_id == waiting.id)).one() == soon
        intake.progress.advance(db, db.get_one(Complaint, complaint.id), Step.RESUME, actor=DESK, now=soon)
        jobs.moved(db, ComplaintMoved(subject_id=complaint.id, stage=Stage.ASSIGNED, step=Step.RESUME), soon)
        assert db.scalars(select(Assignment.paused_at)).one() is None


@pytest.mark.parametrize("order", [(Step.SUSPEND, Step.RESUME), (Step.RESUME, Step.SUSPEND)])
def test_work_suspended_and_resumed_at_once_is_not_paused_in_whatever_order_it_is_heard(
    sessions: Sessions, order: tuple[Step, Step]
) -> None:
    stages = {Step.SUSPEND: Stage.SUSPENDED, Step.RESUME: Stage.ASSIGNED}
    with unit_of_work(sessions) as db:
        hand, complaint = add_technician(db, 1), add_complaint(db)
        actions.override(db, complaint.id, technician_id=hand.id, reason="test", actor=DESK, now=AT)
        facts = {"reason": "parts", "resume_at": AT + timedelta(days=1)}
        intake.progress.advance(db, complaint, Step.SUSPEND, actor=DESK, now=AT, facts=facts)
        intake.progress.advance(db, complaint, Step.RESUME, actor=DESK, now=AT)
    for step in order:
        event = ComplaintMoved(subject_id=complaint.id, stage=stages[step], step=step)
        work(sessions, partial(jobs.moved, event=event, now=AT))
    with reading(sessions) as look:
        assert look.scalars(select(Assignment.paused_at)).one() is None


def test_work_suspended_again_stays_paused_when_the_resumption_before_is_heard_late(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint = add_technician(db, 1), add_complaint(db)
        actions.override(db, complaint.id, technician_id=hand.id, reason="test", actor=DESK, now=AT)
        facts = {"reason": "parts", "resume_at": AT + timedelta(days=1)}
        for step, given in ((Step.SUSPEND, facts), (Step.RESUME, None), (Step.SUSPEND, facts)):
            intake.progress.advance(db, complaint, step, actor=DESK, now=AT, facts=given)
    for step, stage in ((Step.SUSPEND, Stage.SUSPENDED), (Step.RESUME, Stage.ASSIGNED)):
        event = ComplaintMoved(subject_id=complaint.id, stage=stage, step=step)
        work(sessions, partial(jobs.moved, event=event, now=AT))
    with reading(sessions) as look:
        assert look.scalars(select(Assignment.paused_at)).one() == AT


def test_advice_by_telephone_that_is_heard_late_leaves_the_new_search_alone(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_technician(db, 1)
        complaint = add_complaint(db)
        intake.progress.advance(db, complaint, Step.GUIDE, actor=DESK, now=AT, facts={"agreed_by": "Wang"})
        intake.progress.advance(db, complaint, Step.DISPATCH, actor=DESK, now=AT)
    for step, stage in ((Step.DISPATCH, Stage.DISPATCHING), (Step.GUIDE, Stage.REMOTE_SUPPORT)):
        event = ComplaintMoved(subject_id=complaint.id, stage=stage, step=step)
        work(sessions, partial(jobs.moved, event=event, now=AT))
    with reading(sessions) as look:
        assert look.scalars(select(Round.closed_at)).one() is None
        assert [offer.state for offer in offers(look, complaint.id)] == ["open"]


@pytest.mark.parametrize("step", [Step.WITHDRAW, Step.REROUTE])
def test_a_case_that_ends_stops_ringing(sessions: Sessions, step: Step) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint_id = add_technician(db, 1), add_complaint(db).id
    logged(sessions, complaint_id)
    with unit_of_work(sessions) as db:
        complaint = db.get_one(Complaint, complaint_id)
        intake.progress.advance(db, complaint, step, actor=DESK, now=AT, facts={"reason": "a question only"})
    with unit_of_work(sessions) as db:
        stage = Stage(db.get_one(Complaint, complaint_id).stage)
        jobs.moved(db, ComplaintMoved(subject_id=complaint_id, stage=stage, step=step), AT)
    with unit_of_work(sessions) as db:
        (offer,) = offers(db, complaint_id)
        assert offer.state == "withdrawn"
    event = OfferAnswered(subject_id=complaint_id, offer_id=offer.id, technician_id=hand.id, answer="withdrawn")
    work(sessions, lambda db: jobs.answered(db, event, AT))
    with reading(sessions) as look:
        assert access(look, hand.actor.id) == []


def test_every_job_hears_an_event_and_has_a_name_of_its_own() -> None:
    names = [job.name for job in jobs.JOBS]
    assert len(names) == len(set(names))
    assert all(issubclass(job.hears, Event) for job in jobs.JOBS)
