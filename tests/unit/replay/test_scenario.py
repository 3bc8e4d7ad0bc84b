"""The day that is played: the same seed gives the same day, in the shares that are told."""

from collections import Counter

from app.replay import scenario, tempers
from app.replay.scenario import Unit

UNITS = [Unit(f"1P{number:04d}", "Passenger Elevator", "M", 40.7 + number / 1e4, -74.0) for number in range(50)]


def test_the_same_seed_gives_the_same_calls() -> None:
    first = scenario.plan(UNITS, calls=200, span_min=600, seed=7)
    assert first == scenario.plan(UNITS, calls=200, span_min=600, seed=7)
    assert first != scenario.plan(UNITS, calls=200, span_min=600, seed=8)


def test_calls_come_in_the_order_of_time_within_the_span() -> None:
    times = [call.at_min for call in scenario.plan(UNITS, calls=500, span_min=600, seed=1)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= 600


def test_most_calls_come_around_lunch() -> None:
    calls = scenario.plan(UNITS, calls=2000, span_min=600, seed=1)
    hours = Counter(int(call.at_min // 60) for call in calls)
    assert max(hours, key=hours.__getitem__) in {4, 5}


def test_one_call_in_twenty_is_major_and_one_in_four_serious() -> None:
    calls = scenario.plan(UNITS, calls=4000, span_min=600, seed=1)
    shares = Counter(call.grade for call in calls)
    assert abs(shares["major"] / 4000 - scenario.MAJOR) < 0.015
    assert abs(shares["serious"] / 4000 - scenario.SERIOUS) < 0.025


def test_a_second_call_is_about_the_same_unit_and_comes_later() -> None:
    calls = scenario.plan(UNITS, calls=2000, span_min=600, seed=1)
    again = [call for call in calls if call.repeats is not None]
    assert again
    for call in again:
        first = calls[call.repeats or 0]
        assert (first.unit, first.phone, first.fault) == (call.unit, call.phone, call.fault)
        assert first.at_min < call.at_min


def test_every_family_of_a_register_has_faults() -> None:
    for family in ("Passenger Elevator", "Escalator", "Freight", "Dumbwaiter", "Manlift", "tower_crane"):
        assert scenario.FAULTS[scenario.kind_of(family)]


def test_a_technician_asked_the_same_answers_the_same() -> None:
    assert tempers.offer_answer("a", life_min=30) == tempers.offer_answer("a", life_min=30)


def test_four_in_five_accept_within_half_of_the_offers_life() -> None:
    answers = [tempers.offer_answer(str(number), life_min=10) for number in range(4000)]
    accepted = [answer for answer in answers if answer.what == "accept"]
    assert abs(len(accepted) / 4000 - tempers.ACCEPT) < 0.03
    assert all(answer.after_min <= 5 for answer in accepted)
    assert all(answer.reason for answer in answers if answer.what == "decline")


def test_work_that_was_suspended_once_is_finished_the_next_time() -> None:
    assert {tempers.job(str(n), grade="general", is_lead=True, visits_before=1).ends for n in range(500)} == {"finish"}


def test_satisfied_customers_find_nothing_at_its_lowest() -> None:
    for number in range(500):
        word = tempers.word(str(number))
        if word.satisfaction > 4:
            assert min(tempers.answers(word.satisfaction, str(number)).values()) >= 2
