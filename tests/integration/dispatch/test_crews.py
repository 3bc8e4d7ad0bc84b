"""Assigning by hand, ending, pausing, releasing: who is in the crew."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.exc import IntegrityError

import intake.progress
from dispatch import actions, invariants
from dispatch.choice import Do
from dispatch.errors import CrewComplete, NotDispatchable, OfferGone, TechnicianBusy, TechnicianUnfit
from dispatch.models import Assignment, Offer, Round
from foundation.accounts.roles import Actor, Role
from foundation.database.server import Server
from foundation.database.session import Sessions, WriteSession, engine_for, reading, unit_of_work
from foundation.ledger.models import LedgerEntry
from intake.grades import Grade
from intake.lifecycle import Step
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, Hand, add_complaint, add_technician, add_user


def by_hand(db: WriteSession, complaint: Complaint, hand: Hand, dispatcher: Actor, *, minutes: int = 0) -> Assignment:
    found = actions.override(
        db, complaint.id, technician_id=hand.id, reason="knows the machine", actor=dispatcher,
        now=AT + timedelta(minutes=minutes),
    )  # fmt: skip
    db.flush()
    return found


def broken(db: WriteSession) -> dict[str, int]:
    db.flush()
    found = {
        name: len(db.execute(text(sql), {"now": AT} if ":now" in sql else {}).all())
        for name, sql in invariants.INVARIANTS.items()
    }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def dispatcher(db: WriteSession) -> Actor:
    add_complaint(db)  # makes the region
    return add_user(db, Role.DISPATCHER)


def test_the_dispatcher_assigns_by_hand_with_a_reason(db: WriteSession, dispatcher: Actor) -> None:
    complaint = add_complaint(db)
    near, far = add_technician(db, 1), add_technician(db, 2, km=70, certified=False, duty="off")
    actions.decide(db, complaint.id, actor=DESK, now=AT)
    by_hand(db, complaint, far, dispatcher, minutes=1)
    assert complaint.stage == "assigned"
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "ACCEPT")).one()
    assert (entry.facts["reason"], entry.facts["by_hand"]) == ("knows the machine", True)
    states = dict(db.execute(select(Offer.technician_id, Offer.state)).all())
    assert states == {near.id: "withdrawn", far.id: "accepted"}
    assert db.scalars(select(Round)).one().outcome == "by_hand"


def test_work_by_hand_queues_behind_accepted_work_and_never_overlaps_it(db: WriteSession, dispatcher: Actor) -> None:
    only = add_technician(db, 1)
    first = by_hand(db, add_complaint(db), only, dispatcher)
    second = by_hand(db, add_complaint(db, km=30), only, dispatcher, minutes=5)
    assert second.during.lower == first.during.upper
    assert second.during.lower is not None
    assert second.arrive_at > second.during.lower
    assert broken(db).keys() <= {"dispatch.forgotten"}


def test_the_database_refuses_a_technician_in_two_places(db: WriteSession, dispatcher: Actor) -> None:
    only = add_technician(db, 1)
    first = by_hand(db, add_complaint(db), only, dispatcher)
    second = by_hand(db, add_complaint(db), only, dispatcher)
    with pytest.raises(IntegrityError, match="ex_assignments_overlap"):
        db.execute(
            text("UPDATE assignments SET during = :during WHERE id = :id").bindparams(
                bindparam("during", first.during, TSTZRANGE), id=second.id
            )
        )


def test_the_database_refuses_an_empty_time(db: WriteSession, dispatcher: Actor) -> None:
    only = by_hand(db, add_complaint(db), add_technician(db, 1), dispatcher)
    with pytest.raises(IntegrityError, match="ck_assignments"):
        db.execute(text("UPDATE assignments SET during = 'empty' WHERE id = :id"), {"id": only.id})


def test_accepted_work_is_never_taken_away_by_hand(db: WriteSession, dispatcher: Actor) -> None:
    complaint = add_complaint(db)
    by_hand(db, complaint, add_technician(db, 1), dispatcher)
    with pytest.raises(CrewComplete):
        by_hand(db, complaint, add_technician(db, 2), dispatcher)


def test_nobody_who_left_is_assigned_even_by_hand(db: WriteSession, dispatcher: Actor) -> None:
    complaint = add_complaint(db)
    with pytest.raises(TechnicianUnfit):
        by_hand(db, complaint, add_technician(db, 1, active=False), dispatcher)


def test_a_case_that_is_over_cannot_be_assigned(db: WriteSession, dispatcher: Actor) -> None:
    complaint = add_complaint(db)
    intake.progress.advance(db, complaint, Step.WITHDRAW, actor=DESK, now=AT, facts={"reason": "works again"})
    with pytest.raises(NotDispatchable):
        by_hand(db, complaint, add_technician(db, 1), dispatcher)


def test_a_technician_who_took_other_work_cannot_accept(db: WriteSession, dispatcher: Actor) -> None:
    only = add_technician(db, 1)
    offered = add_complaint(db)
    actions.decide(db, offered.id, actor=DESK, now=AT)
    (offer,) = db.scalars(select(Offer).where(Offer.complaint_id == offered.id))
    by_hand(db, add_complaint(db), only, dispatcher)
    with pytest.raises(TechnicianBusy):
        actions.accept(db, offer.id, actor=only.actor, now=AT)
    actions.decide(db, offered.id, actor=DESK, now=AT)
    db.refresh(offer)
    assert offer.state == "withdrawn"


def test_handing_back_frees_the_technician_and_asks_somebody_else(db: WriteSession, dispatcher: Actor) -> None:
    near = add_technician(db, 1)
    complaint = add_complaint(db)
    assignment = by_hand(db, complaint, near, dispatcher)
    next_one = add_technician(db, 2, km=60)
    intake.progress.advance(db, complaint, Step.HAND_BACK, actor=near.actor, now=AT, facts={"reason": "wrong parts"})
    actions.end_one(db, assignment, how="handed_back", actor=near.actor, now=AT + timedelta(minutes=40))
    found = actions.decide(db, complaint.id, actor=DESK, now=AT + timedelta(minutes=41))
    assert found is not None
    assert found.do is Do.OFFER
    assert found.offer_to == (next_one.id,)
    assert found.ranking.excluded[0].why == "refused"


def test_a_released_lead_gives_the_job_back_openly(db: WriteSession, dispatcher: Actor) -> None:
    near = add_technician(db, 1)
    complaint = add_complaint(db)
    by_hand(db, complaint, near, dispatcher)
    actions.release(db, complaint.id, technician_id=near.id, reason="ill", actor=dispatcher, now=AT)
    db.flush()
    assert complaint.stage == "dispatching"
    assert db.scalars(select(Assignment)).one().ended_how == "released"
    with pytest.raises(OfferGone):
        actions.accept(db, db.scalars(select(Offer.id)).one(), actor=near.actor, now=AT)


def test_suspended_work_frees_the_crew_and_goes_on_behind_other_work(db: WriteSession, dispatcher: Actor) -> None:
    only = add_technician(db, 1)
    waiting = by_hand(db, add_complaint(db), only, dispatcher)
    actions.pause(db, waiting.complaint_id, now=AT + timedelta(minutes=30))
    other = by_hand(db, add_complaint(db), only, dispatcher, minutes=31)
    assert other.during.lower == AT + timedelta(minutes=31)
    actions.go_on(db, waiting.complaint_id, now=AT + timedelta(minutes=60))
    db.flush()
    assert waiting.paused_at is None
    assert waiting.during.lower == other.during.upper


def test_a_withdrawn_case_stops_ringing_and_ends_the_work(db: WriteSession, dispatcher: Actor) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1)
    actions.decide(db, complaint.id, actor=DESK, now=AT)
    intake.progress.advance(db, complaint, Step.WITHDRAW, actor=dispatcher, now=AT, facts={"reason": "works again"})
    actions.withdraw(db, complaint.id, now=AT)
    db.flush()
    assert db.scalars(select(Offer.state)).all() == ["withdrawn"]
    assert db.scalars(select(Round.outcome)).all() == ["stopped"]


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("dispatch.accepted_without_assignment", "DELETE FROM assignments"),
        ("dispatch.assigned_without_lead", "UPDATE assignments SET ended_at = now(), ended_how = 'finished'"),
        ("dispatch.offer_never_lapsed",
         "UPDATE offers SET state = 'open', answered_at = NULL, lapses_at = '2026-11-23T00:00Z'"),
        ("dispatch.rings_for_nobody", "UPDATE offers SET state = 'open', answered_at = NULL"),
        ("dispatch.forgotten",
         "UPDATE ledger_heads SET changed_at = '2026-11-23T00:00Z'; UPDATE complaints SET stage = 'dispatching'"),
        ("dispatch.place_taken_twice",
         ("DROP INDEX uq_assignments_live, uq_assignments_offer; INSERT INTO assignments SELECT gen_random_uuid(), "
         "complaint_id, technician_id, crew_role, offer_id, tstzrange(upper(during), upper(during) + interval '1 h'), "
          "accepted_at, arrive_at, travel_min, due_at, leave_by_at FROM assignments")),
        ("dispatch.technician_booked_twice",
         ("ALTER TABLE assignments DROP CONSTRAINT ex_assignments_overlap; DROP INDEX uq_assignments_live, "
         "uq_assignments_offer; INSERT INTO assignments SELECT gen_random_uuid(), complaint_id, technician_id, "
         "crew_role, offer_id, during, accepted_at, arrive_at, travel_min, due_at, leave_by_at FROM assignments")),
        ("dispatch.two_open_rounds",
         ("DROP INDEX uq_rounds_open; UPDATE rounds SET closed_at = NULL, outcome = NULL; INSERT INTO rounds SELECT "
         "gen_random_uuid(), complaint_id, crew_role, policy_id, grade, due_at, opened_at, NULL, NULL, next_look_at "
          "FROM rounds")),
    ],
)  # fmt: skip
@pytest.mark.committed
def test_a_planted_violation_is_found(sessions: Sessions, database: Server, name: str, planted: str) -> None:
    with unit_of_work(sessions) as db:
        hand, complaint = add_technician(db, 1), add_complaint(db)
        by_hand(db, complaint, hand, DESK)
    superuser = engine_for(database.superuser_url)
    with superuser.begin() as connection:
        for statement in planted.split("; "):
            connection.execute(text(statement))
    superuser.dispose()
    with reading(sessions) as look:
        sql = invariants.INVARIANTS[name]
        assert look.execute(text(sql), {"now": AT} if ":now" in sql else {}).all()


@pytest.mark.parametrize("name", invariants.INVARIANTS)
def test_ordinary_work_breaks_no_invariant(db: WriteSession, dispatcher: Actor, name: str) -> None:
    senior, junior = add_technician(db, 1, senior=True), add_technician(db, 2, senior=True)
    major = add_complaint(db, Grade.MAJOR)
    actions.decide(db, major.id, actor=DESK, now=AT)
    (offer, _) = db.scalars(select(Offer).order_by(Offer.distance_km, Offer.id))
    actions.accept(db, offer.id, actor=senior.actor if offer.technician_id == senior.id else junior.actor, now=AT)
    actions.decide(db, major.id, actor=DESK, now=AT)
    assert name not in broken(db)
