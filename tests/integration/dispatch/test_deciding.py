"""Who is rung, what is written down, and what happens when the answer is no, or nothing."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, text

from dispatch import actions, explaining, looks, queries, rounds, sweeping
from dispatch.choice import Choice, Do
from dispatch.errors import OfferGone
from dispatch.models import Assignment, Decision, Offer, Round
from dispatch.policy import SHIPPED
from dispatch.queries import History
from dispatch.snapshot import CrewRole
from dispatch.words import DeclineReason
from foundation.accounts.roles import Role
from foundation.database.session import WriteSession
from foundation.ledger import chain, recording
from foundation.ledger.models import Announcement, LedgerEntry, LedgerHead
from foundation.problems import FieldWrong, NotAllowed
from intake.grades import Grade
from intake.models import Complaint, Deadline
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician, add_user


def looked(db: WriteSession, complaint: Complaint, *, minutes: float = 0) -> Choice | None:
    found = actions.decide(db, complaint.id, actor=DESK, now=AT + timedelta(minutes=minutes))
    db.flush()
    return found


def decide(db: WriteSession, complaint: Complaint, *, minutes: float = 0) -> Choice:
    found = looked(db, complaint, minutes=minutes)
    assert found is not None
    return found


def ringing(db: WriteSession, complaint: Complaint) -> list[Offer]:
    query = select(Offer).where(Offer.complaint_id == complaint.id, Offer.state == "open").order_by(Offer.distance_km)
    return list(db.scalars(query.execution_options(populate_existing=True)))


def told(db: WriteSession, kind: str) -> list[dict[str, object]]:
    db.flush()
    return list(db.scalars(select(Announcement.payload).where(Announcement.kind == kind).order_by(Announcement.id)))


def test_the_nearest_free_technician_is_rung_and_may_read_the_case(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1, km=5)
    add_technician(db, 2, km=50)
    found = decide(db, complaint)
    (offer,) = ringing(db, complaint)
    assert found.do is Do.OFFER
    assert offer.technician_id == near.id
    assert offer.lapses_at == AT + timedelta(minutes=30)
    assert complaint.stage == "dispatching"
    assert db.scalar(text("SELECT count(*) FROM case_access WHERE user_id = :user"), {"user": near.actor.id}) == 1
    assert [each["technician_id"] for each in told(db, "offer.made")] == [str(near.id)]
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "DISPATCH")).one()
    assert "T001" in str(entry.facts["offers"])


def test_looking_again_while_somebody_rings_changes_nothing(db: WriteSession) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1)
    add_technician(db, 2)
    decide(db, complaint)
    assert looked(db, complaint, minutes=1) is None
    assert len(ringing(db, complaint)) == 1


def test_a_technician_rings_for_one_offer_at_a_time(db: WriteSession) -> None:
    only = add_technician(db, 1)
    first, second = add_complaint(db), add_complaint(db)
    decide(db, first)
    found = decide(db, second)
    assert (found.do, found.why, found.nobody_left) == (Do.WAIT, "waits_for_answers", False)
    assert told(db, "dispatch.nobody_left") == []
    assert ringing(db, first)[0].technician_id == only.id


def test_a_major_complaint_rings_three_at_once_and_over_a_lesser_offer(db: WriteSession) -> None:
    hands = [add_technician(db, number, km=number, senior=True) for number in range(1, 6)]
    decide(db, add_complaint(db))
    major = add_complaint(db, Grade.MAJOR)
    decide(db, major)
    assert [each.technician_id for each in ringing(db, major)] == [hand.id for hand in hands[:3]]
    assert all(each.lapses_at == AT + timedelta(minutes=3) for each in ringing(db, major))


def test_a_declined_offer_goes_to_the_next_and_never_returns_to_the_same_person(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    actions.decline(db, offer.id, reason=DeclineReason.ILL, note=None, actor=near.actor, now=AT)
    decide(db, complaint, minutes=1)
    assert [each.technician_id for each in ringing(db, complaint)] == [far.id]
    assert [each["answer"] for each in told(db, "offer.answered")] == ["declined"]
    assert db.scalars(select(LedgerEntry).where(LedgerEntry.step == "offer.declined")).one().facts["reason"] == "ill"


def test_declining_for_another_reason_needs_a_note(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    with pytest.raises(FieldWrong):
        actions.decline(db, offer.id, reason=DeclineReason.OTHER, note=None, actor=near.actor, now=AT)


def test_nobody_answers_for_somebody_else(db: WriteSession) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1)
    other = add_technician(db, 2, km=90)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    with pytest.raises(NotAllowed):
        actions.accept(db, offer.id, actor=other.actor, now=AT)


def test_an_unanswered_offer_lapses_and_goes_to_the_next(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    decide(db, complaint)
    assert actions.lapse_due(db, now=AT + timedelta(minutes=29)) == 0
    assert actions.lapse_due(db, now=AT + timedelta(minutes=30)) == 1
    assert actions.lapse_due(db, now=AT + timedelta(minutes=30)) == 0
    assert told(db, "offer.answered")[0]["answer"] == "lapsed"
    decide(db, complaint, minutes=30)
    (offer,) = ringing(db, complaint)
    assert offer.technician_id == far.id
    (first,) = db.scalars(select(Offer).where(Offer.technician_id == near.id))
    with pytest.raises(OfferGone):
        actions.accept(db, first.id, actor=near.actor, now=AT + timedelta(minutes=31))


def test_an_offer_whose_time_is_over_cannot_be_accepted_before_the_sweep_either(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    with pytest.raises(OfferGone):
        actions.accept(db, offer.id, actor=near.actor, now=offer.lapses_at)


def test_accepting_makes_the_assignment_once_and_repeating_it_gives_the_same(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1, km=20)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    assignment = actions.accept(db, offer.id, actor=near.actor, now=AT + timedelta(minutes=2))
    again = actions.accept(db, offer.id, actor=near.actor, now=AT + timedelta(minutes=3))
    assert again.id == assignment.id
    assert complaint.stage == "assigned"
    assert assignment.during.lower == AT + timedelta(minutes=2)
    assert [each["answer"] for each in told(db, "offer.answered")] == ["accepted"]
    assert len(told(db, "technician.taken")) == 1
    assert looked(db, complaint, minutes=4) is None


def test_the_latest_departure_is_a_deadline_of_its_own(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1, km=20)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    live = select(Deadline).where(Deadline.kind == "latest_departure", Deadline.closed_at.is_(None))
    expected = AT + timedelta(hours=24) - timedelta(minutes=offer.travel_min)
    assert db.scalars(live).one().due_at == expected
    actions.accept(db, offer.id, actor=near.actor, now=AT)
    db.flush()
    assert db.scalars(live).one().due_at == expected


def test_when_the_first_of_three_accepts_the_others_stop_ringing(db: WriteSession) -> None:
    hands = [add_technician(db, number, km=number, senior=True) for number in range(1, 4)]
    major = add_complaint(db, Grade.MAJOR)
    decide(db, major)
    first, second, _ = ringing(db, major)
    actions.accept(db, second.id, actor=hands[1].actor, now=AT)
    db.flush()
    with pytest.raises(OfferGone):
        actions.accept(db, first.id, actor=hands[0].actor, now=AT)
    assert ringing(db, major) == []
    assert sorted(str(each["answer"]) for each in told(db, "offer.answered")) == ["accepted", "withdrawn", "withdrawn"]


def test_a_major_complaint_gets_a_second_after_its_lead(db: WriteSession) -> None:
    senior = add_technician(db, 1, km=5, senior=True)
    junior = add_technician(db, 2, km=9, certified=False)
    major = add_complaint(db, Grade.MAJOR)
    decide(db, major)
    (offer,) = ringing(db, major)
    assert offer.technician_id == senior.id
    actions.accept(db, offer.id, actor=senior.actor, now=AT)
    decide(db, major, minutes=1)
    (second,) = ringing(db, major)
    assert (second.technician_id, second.crew_role) == (junior.id, "second")
    actions.accept(db, second.id, actor=junior.actor, now=AT + timedelta(minutes=2))
    assert major.stage == "assigned"
    crew = db.scalars(select(Assignment.crew_role).where(Assignment.complaint_id == major.id)).all()
    assert sorted(crew) == ["lead", "second"]


def test_a_lead_without_seniority_gets_a_senior_second(db: WriteSession) -> None:
    lead = add_technician(db, 1, km=5)
    add_technician(db, 2, km=6)
    senior = add_technician(db, 3, km=60, senior=True, duty="off")
    major = add_complaint(db, Grade.MAJOR)
    found = decide(db, major)
    assert found.senior_missing
    offer = next(each for each in ringing(db, major) if each.technician_id == lead.id)
    actions.accept(db, offer.id, actor=lead.actor, now=AT)
    db.execute(text("UPDATE duty SET state = 'on' WHERE technician_id = :id"), {"id": senior.id})
    decide(db, major, minutes=1)
    assert [each.technician_id for each in ringing(db, major)] == [senior.id]


def test_a_busy_technician_is_waited_for_but_not_bound(db: WriteSession) -> None:
    only = add_technician(db, 1)
    first, second = add_complaint(db), add_complaint(db, km=10)
    decide(db, first)
    (offer,) = ringing(db, first)
    actions.accept(db, offer.id, actor=only.actor, now=AT)
    found = decide(db, second, minutes=1)
    assert (found.do, found.why) == (Do.WAIT, "waits_for_work")
    assert ringing(db, second) == []
    actions.end_assignment(db, first.id, how="finished", now=AT + timedelta(minutes=90))
    db.flush()
    assert len(told(db, "technician.freed")) == 1
    sweeping.wake(db, only.id, now=AT + timedelta(minutes=90))
    assert queries.due_complaints(db, now=AT + timedelta(minutes=90), limit=10) == [second.id]
    decide(db, second, minutes=90)
    assert [each.technician_id for each in ringing(db, second)] == [only.id]


def test_somebody_from_another_region_is_borrowed_when_the_own_has_nobody(db: WriteSession) -> None:
    complaint = add_complaint(db)
    neighbour = add_technician(db, 1, km=80, region="west")
    found = decide(db, complaint)
    assert found.why == "borrowed"
    assert ringing(db, complaint)[0].technician_id == neighbour.id


def test_nobody_left_is_announced_once_per_round(db: WriteSession) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1, family="hoist")
    decide(db, complaint)
    decide(db, complaint, minutes=2)
    (event,) = told(db, "dispatch.nobody_left")
    assert event["why"] == "nobody_qualified"
    assert len(told(db, "dispatch.forecast_breach")) == 1
    assert len(db.scalars(select(Decision)).all()) == 1


def test_a_forecast_breach_is_announced_once_until_it_clears(db: WriteSession) -> None:
    complaint = add_complaint(db)
    decide(db, complaint)
    assert len(told(db, "dispatch.forecast_breach")) == 1
    late = add_technician(db, 1)
    decide(db, complaint, minutes=1)
    (round_,) = db.scalars(select(Round))
    assert round_.breach_at is None
    (offer,) = ringing(db, complaint)
    actions.decline(db, offer.id, reason=DeclineReason.ILL, note=None, actor=late.actor, now=AT + timedelta(minutes=2))
    decide(db, complaint, minutes=2)
    assert len(told(db, "dispatch.forecast_breach")) == 2
    assert len(told(db, "dispatch.nobody_left")) == 1


def test_whoever_accepted_and_does_not_leave_in_time_is_a_forecast_breach(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1, km=20)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    assignment = actions.accept(db, offer.id, actor=near.actor, now=AT)
    db.flush()
    assert sweeping.warn(db, now=assignment.leave_by_at) == 0
    assert sweeping.warn(db, now=assignment.leave_by_at + timedelta(minutes=1)) == 1
    assert sweeping.warn(db, now=assignment.leave_by_at + timedelta(minutes=2)) == 0
    (event,) = told(db, "dispatch.forecast_breach")
    assert str(event["forecast_at"]) > str(event["due_at"])


def test_an_unplaced_complaint_is_looked_for_around_the_outlets_of_its_region(db: WriteSession) -> None:
    complaint = add_complaint(db, placed=False)
    near = add_technician(db, 1)
    decide(db, complaint)
    assert ringing(db, complaint)[0].technician_id == near.id


def test_an_unidentified_machine_gets_whoever_is_near(db: WriteSession) -> None:
    complaint = add_complaint(db, family=None)
    near = add_technician(db, 1, family="hoist", certified=False)
    decide(db, complaint)
    assert ringing(db, complaint)[0].technician_id == near.id


def test_certified_people_beyond_the_nearest_are_found(db: WriteSession) -> None:
    complaint = add_complaint(db)
    for number in range(1, 31):
        add_technician(db, number, km=number / 10, certified=False)
    holder = add_technician(db, 99, km=60)
    found = decide(db, complaint)
    assert ringing(db, complaint)[0].technician_id == holder.id
    seen = len(found.ranking.ranked) + len(found.ranking.excluded)
    assert seen + found.ranking.beyond_nearest + found.ranking.without_family == 31


def test_every_decision_is_stored_and_replays_to_the_identical_outcome(db: WriteSession) -> None:
    for number in range(1, 8):
        add_technician(db, number, km=number * 7.3, senior=number % 2 == 0, certified=number != 3)
    for grade in Grade:
        decide(db, add_complaint(db, grade))
    db.flush()
    stored = db.scalars(select(Decision).execution_options(populate_existing=True)).all()
    assert len(stored) == 3
    for each in stored:
        again = explaining.replay(each)
        assert again.identical
        assert msgspec.json.decode(msgspec.json.encode(again.outcome)) == each.outcome


def test_a_chain_that_went_on_during_the_look_is_followed_from_its_end(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1)
    case = queries.case_for_change(db, complaint.id, now=AT)
    recording.record(db, complaint.id, "note.added", actor=DESK, facts={}, now=AT)
    current = rounds.begin(complaint, CrewRole.LEAD, policy_id=case.policy_id, now=AT)
    past = History(offers=(), live=(), handed_back={})
    looks.look(db, case, current, past, ringing=0, is_new=True, actor=DESK, policy=SHIPPED, now=AT)
    first, second = db.scalars(
        select(LedgerEntry).where(LedgerEntry.subject_id == complaint.id).order_by(LedgerEntry.seq)
    )
    head = db.get_one(LedgerHead, complaint.id)
    assert (first.step, second.step, second.previous_hash) == ("note.added", "DISPATCH", first.hash)
    assert second.hash == chain.entry_hash(first.hash, recording.entry_content(second)) == head.hash
    assert [each.technician_id for each in ringing(db, complaint)] == [near.id]
    assert complaint.stage == "dispatching"


def test_an_altered_record_does_not_replay(db: WriteSession) -> None:
    add_technician(db, 1)
    decide(db, add_complaint(db))
    (stored,) = db.scalars(select(Decision))
    text_of_it = msgspec.json.encode(stored.snapshot).decode()
    stored.snapshot = msgspec.json.decode(text_of_it.replace('"travel_min":', '"travel_min":1'))
    assert not explaining.replay(stored).identical


def test_a_decision_keeps_nobodys_position(db: WriteSession) -> None:
    add_technician(db, 1)
    decide(db, add_complaint(db))
    (stored,) = db.scalars(select(Decision))
    assert "latitude" not in str(stored.snapshot)
    assert "longitude" not in str(stored.outcome)


def test_more_ring_when_the_grade_is_raised_to_major(db: WriteSession) -> None:
    for number in range(1, 5):
        add_technician(db, number, km=number, senior=True)
    complaint = add_complaint(db)
    decide(db, complaint)
    complaint.grade, complaint.commitments = (
        "major",
        {"policy_version": 1, "minutes": {"accept": 15, "on_site_target": 360, "on_site_promise": 1440}},
    )
    db.flush()
    decide(db, complaint, minutes=1)
    assert len(ringing(db, complaint)) == 3


def test_the_desk_may_answer_for_somebody_on_the_telephone(db: WriteSession) -> None:
    complaint = add_complaint(db)
    near = add_technician(db, 1)
    dispatcher = add_user(db, Role.DISPATCHER)
    decide(db, complaint)
    (offer,) = ringing(db, complaint)
    assignment = actions.accept(db, offer.id, actor=dispatcher, now=AT)
    assert assignment.technician_id == near.id
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "ACCEPT")).one()
    assert entry.actor_id == dispatcher.id
