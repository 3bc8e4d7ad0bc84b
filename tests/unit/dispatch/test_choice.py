"""What is chosen: offer, wait or nobody."""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given

from dispatch import choice
from dispatch.choice import Choice, Do
from dispatch.policy import SHIPPED, Policy
from dispatch.snapshot import Need, Pending, Person, Refusal, Snapshot, Tried, Window, as_facts, from_facts
from intake.grades import Grade
from tests.unit.dispatch.people import AT, a_need, a_person, a_snapshot, hours, minutes
from tests.unit.dispatch.strategies import snapshots


def chosen(*people: Person, need: Need | None = None) -> Choice:
    return choice.choose(a_snapshot(*people, need=need), SHIPPED)


def codes(found: Choice) -> list[int]:
    return [each.int for each in found.offer_to]


def test_the_free_technician_who_arrives_first_is_offered_the_job() -> None:
    found = chosen(a_person(1, travel_min=60), a_person(2, travel_min=20))
    assert found.do is Do.OFFER
    assert codes(found) == [2]
    assert found.forecast_at == AT + minutes(20)


@pytest.mark.parametrize(("grade", "life_min"), [(Grade.MAJOR, 3), (Grade.SERIOUS, 10), (Grade.GENERAL, 30)])
def test_an_offer_lives_as_long_as_its_grade_says(grade: Grade, life_min: int) -> None:
    assert chosen(a_person(1), need=a_need(grade)).lapses_at == AT + minutes(life_min)


def test_a_major_complaint_rings_three_at_once_and_tops_up_what_stopped_ringing() -> None:
    crowd = [a_person(number, travel_min=number) for number in range(1, 6)]
    assert codes(chosen(*crowd, need=a_need(Grade.MAJOR))) == [1, 2, 3]
    assert codes(chosen(*crowd, need=a_need(Grade.MAJOR, ringing=2))) == [1]


def test_a_job_is_never_bound_to_a_technician_who_is_still_busy() -> None:
    found = chosen(a_person(1, free_at=AT + minutes(30), travel_min=5))
    assert found.do is Do.WAIT
    assert found.why == "waits_for_work"
    assert found.offer_to == ()
    assert found.forecast_at == AT + minutes(35)


def test_a_free_technician_is_taken_although_a_busy_one_would_come_sooner() -> None:
    found = chosen(a_person(1, free_at=AT + minutes(10), travel_min=5), a_person(2, travel_min=90))
    assert codes(found) == [2]


def test_waiting_is_chosen_when_only_the_busy_one_keeps_the_promise() -> None:
    need = a_need(called_at=AT - hours(22))
    found = chosen(a_person(1, free_at=AT + minutes(30), travel_min=20), a_person(2, travel_min=150), need=need)
    assert found.do is Do.WAIT
    assert not found.breach
    assert found.look_again_at == AT + minutes(1)


def test_someone_is_borrowed_when_nobody_of_the_region_can_keep_the_promise() -> None:
    need = a_need(called_at=AT - hours(20))
    own_too_late = a_person(1, free_at=AT + hours(5), travel_min=30)
    found = chosen(own_too_late, a_person(2, travel_min=60, region="west"), need=need)
    assert codes(found) == [2]
    assert found.why == "borrowed"


def test_nobody_is_borrowed_while_the_own_region_is_ready_before_acceptance_is_due() -> None:
    own = a_person(1, free_at=AT + hours(1), travel_min=30)
    found = chosen(own, a_person(2, travel_min=60, region="west"))
    assert found.do is Do.WAIT


def test_a_major_complaint_never_waits_while_anybody_is_free() -> None:
    own = a_person(1, free_at=AT + minutes(5), travel_min=5)
    found = chosen(own, a_person(2, travel_min=60, region="west"), need=a_need(Grade.MAJOR))
    assert codes(found) == [2]


def test_a_declined_offer_does_not_return_while_anybody_else_is_left() -> None:
    declined = a_person(1, travel_min=5, tried=Tried(Refusal.DECLINED, AT - hours(5)))
    busy = a_person(2, free_at=AT + hours(3))
    found = chosen(declined, busy)
    assert found.do is Do.WAIT
    assert not found.nobody_left


def test_when_no_one_else_is_left_the_ladder_hears_and_the_unanswered_are_asked_before_the_decliners() -> None:
    declined = a_person(1, travel_min=5, tried=Tried(Refusal.DECLINED, AT - hours(5)))
    lapsed = a_person(2, travel_min=50, tried=Tried(Refusal.LAPSED, AT - hours(5)))
    found = chosen(declined, lapsed)
    assert codes(found) == [2]
    assert found.why == "asked_again"
    assert found.nobody_left


def test_right_after_everybody_declined_nobody_is_rung_again() -> None:
    found = chosen(a_person(1, tried=Tried(Refusal.DECLINED, AT - minutes(1))))
    assert found.do is Do.NOBODY
    assert found.why == "refused"
    assert found.breach
    assert found.look_again_at <= AT + minutes(1)


def test_a_job_whose_needs_nobody_has_says_so_at_once() -> None:
    found = chosen()
    assert (found.do, found.why, found.nobody_left) == (Do.NOBODY, "nobody_qualified", True)


def test_a_senior_leads_a_major_complaint_if_one_can_be_there_in_time() -> None:
    need = a_need(Grade.MAJOR, needs_senior=True)
    assert codes(chosen(a_person(1, travel_min=5), a_person(2, travel_min=90, senior=True), need=need)) == [2]


def test_help_in_time_without_a_senior_beats_a_senior_who_comes_too_late() -> None:
    need = a_need(Grade.MAJOR, needs_senior=True)
    late = a_person(2, travel_min=500, senior=True, windows=(Window(AT, AT + hours(20)),))
    found = chosen(a_person(1, travel_min=5), late, need=need)
    assert codes(found) == [1]
    assert found.senior_missing


def test_a_breach_is_forecast_before_it_happens_with_the_latest_departure() -> None:
    need = a_need(called_at=AT - hours(23.5))
    found = chosen(a_person(1, travel_min=45), need=need)
    assert found.do is Do.OFFER
    assert found.breach
    assert found.latest_departure_at == need.promise_at - minutes(45)


def test_while_others_still_ring_nobody_else_is_missing_yet() -> None:
    found = chosen(need=a_need(Grade.MAJOR, ringing=1))
    assert (found.do, found.why, found.nobody_left) == (Do.WAIT, "ringing", False)


def test_somebody_who_has_to_answer_another_offer_first_is_waited_for_without_alarm() -> None:
    found = chosen(a_person(1, pending=Pending.OTHER))
    assert (found.do, found.why, found.nobody_left, found.breach) == (Do.WAIT, "waits_for_answers", False, False)


@given(snapshots())
def test_a_stored_decision_replays_to_the_identical_outcome(snapshot: Snapshot) -> None:
    stored = json.loads(json.dumps({"snapshot": as_facts(snapshot), "policy": as_facts(SHIPPED)}))
    again = choice.choose(from_facts(stored["snapshot"]), msgspec.convert(stored["policy"], Policy))
    outcome = choice.choose(snapshot, SHIPPED)
    assert again == outcome
    assert choice.digest(again) == choice.digest(outcome)


@given(snapshots())
def test_only_free_people_of_the_ranking_are_ever_rung_and_never_too_many(snapshot: Snapshot) -> None:
    found = choice.choose(snapshot, SHIPPED)
    ranked = {each.technician_id: each for each in found.ranking.ranked}
    assert all(ranked[each].free_now for each in found.offer_to)
    rings = SHIPPED.rules(snapshot.need.grade).rings
    assert len(found.offer_to) <= max(1, rings - snapshot.need.ringing)
    assert bool(found.offer_to) == (found.do is Do.OFFER)


@given(snapshots())
def test_nobody_who_refused_is_rung_while_somebody_unasked_could_go(snapshot: Snapshot) -> None:
    found = choice.choose(snapshot, SHIPPED)
    asked = [each for each in found.ranking.ranked if each.technician_id in found.offer_to and each.asked_before]
    assert not asked or all(each.asked_before for each in found.ranking.ranked)


@given(snapshots())
def test_every_choice_names_a_time_to_look_again(snapshot: Snapshot) -> None:
    found = choice.choose(snapshot, SHIPPED)
    assert snapshot.at < found.look_again_at <= snapshot.at + timedelta(minutes=60)


def test_a_major_complaint_does_not_wait_for_a_senior_while_help_is_free_and_in_time() -> None:
    need = a_need(Grade.MAJOR, needs_senior=True)
    tonight = a_person(2, travel_min=5, senior=True, windows=(Window(AT + hours(4), AT + hours(12)),))
    found = chosen(a_person(1, travel_min=60), tonight, need=need)
    assert codes(found) == [1]
    assert found.senior_missing
