"""Who is ranked, who is excluded, and the order of both."""

from datetime import date

import pytest
from hypothesis import given

from dispatch import candidates
from dispatch.candidates import Candidate, Excluded, Why
from dispatch.policy import SHIPPED
from dispatch.snapshot import Need, Pending, Person, Refusal, Snapshot, Tried, Window
from intake.grades import Grade
from technicians.hours import Period
from tests.unit.dispatch.people import ALL_DAY, AT, a_need, a_person, a_snapshot, hours, minutes
from tests.unit.dispatch.strategies import snapshots

ON_CALL = (Window(AT - hours(1), AT + hours(9), on_call=True),)
TIRED = (Period(AT - hours(10), AT),)


def the_only_one(person: Person, need: Need | None = None) -> Candidate | Excluded:
    ranking = candidates.rank(a_snapshot(person, need=need), SHIPPED)
    return ranking.ranked[0] if ranking.ranked else ranking.excluded[0]


@pytest.mark.parametrize(
    ("person", "need", "why"),
    [
        (a_person(active=False, skilled=False), None, Why.INACTIVE),
        (a_person(skilled=False, certified_until=None), None, Why.FAMILY),
        (a_person(certified_until=None, in_crew=True), None, Why.CERTIFICATE_MISSING),
        (a_person(certified_until=date(2026, 11, 23)), None, Why.CERTIFICATE_EXPIRED),
        (a_person(certified_until=None), a_need(heavy_parts=True), Why.CERTIFICATE_MISSING),
        (a_person(in_crew=True), a_need(heavy_parts=True), Why.VEHICLE),
        (a_person(in_crew=True, excluded_until=AT + hours(1)), None, Why.IN_CREW),
        (a_person(in_crew=True, pending=Pending.OTHER), None, Why.IN_CREW),
        (
            a_person(excluded_until=AT + hours(1), tried=Tried(Refusal.DECLINED, AT - minutes(5))),
            None,
            Why.EXCLUDED,
        ),
        (a_person(tried=Tried(Refusal.DECLINED, AT - minutes(5)), pending=Pending.OTHER), None, Why.REFUSED),
        (a_person(pending=Pending.OTHER, windows=()), None, Why.OFFER_PENDING),
        (a_person(pending=Pending.MAJOR), a_need(Grade.MAJOR), Why.OFFER_PENDING),
        (a_person(windows=(), worked=TIRED), None, Why.NO_DUTY_WINDOW),
        (a_person(windows=ON_CALL, worked=TIRED), None, Why.NOT_ON_CALL_FOR_GRADE),
        (a_person(worked=TIRED), None, Why.HOURS),
        (a_person(windows=(Window(AT, AT + hours(1)),)), None, Why.FINISHES_TOO_LATE),
    ],
    ids=lambda value: value.value if isinstance(value, Why) else "",
)
def test_the_first_failing_filter_in_the_fixed_order_is_the_reason(person: Person, need: Need | None, why: Why) -> None:
    found = the_only_one(person, need)
    assert isinstance(found, Excluded)
    assert found.why is why


def test_whoever_the_customer_refuses_is_excluded_until_then_and_no_longer() -> None:
    found = the_only_one(a_person(excluded_until=AT + hours(1)))
    assert isinstance(found, Excluded)
    assert found.until == AT + hours(1)
    assert isinstance(the_only_one(a_person(excluded_until=AT)), Candidate)


def test_heavy_parts_need_a_vehicle_that_carries_them() -> None:
    assert isinstance(the_only_one(a_person(carries_heavy=True), a_need(heavy_parts=True)), Candidate)
    assert isinstance(the_only_one(a_person()), Candidate)


def test_a_certificate_must_be_valid_on_the_local_day_of_the_visit() -> None:
    # 15:50 UTC is 23:50 in Shanghai: half an hour later it is the next day there.
    late = AT.replace(hour=15, minute=50)
    windows = (Window(late - hours(1), late + hours(9)),)
    person = a_person(certified_until=date(2026, 11, 24), windows=windows, travel_min=30)
    ranking = candidates.rank(a_snapshot(person, need=a_need(called_at=late), at=late), SHIPPED)
    assert ranking.excluded[0].why is Why.CERTIFICATE_EXPIRED


def test_a_major_complaint_rings_over_a_pending_lesser_offer() -> None:
    assert isinstance(the_only_one(a_person(pending=Pending.OTHER), a_need(Grade.MAJOR)), Candidate)


def test_people_on_call_are_woken_for_serious_but_not_for_general() -> None:
    assert isinstance(the_only_one(a_person(windows=ON_CALL), a_need(Grade.SERIOUS)), Candidate)
    assert isinstance(the_only_one(a_person(windows=ON_CALL), a_need(Grade.GENERAL)), Excluded)


def test_emergency_hours_let_a_tired_technician_go_to_a_major_complaint_only() -> None:
    assert isinstance(the_only_one(a_person(worked=TIRED), a_need(Grade.MAJOR)), Candidate)
    assert isinstance(the_only_one(a_person(worked=TIRED), a_need(Grade.SERIOUS)), Excluded)


def test_a_visit_may_run_from_one_shift_into_the_next_across_midnight() -> None:
    night = (Window(AT, AT + hours(1)), Window(AT + hours(1), AT + hours(9)))
    found = the_only_one(a_person(windows=night))
    assert isinstance(found, Candidate)
    assert found.overtime_min == 0


def test_a_job_that_would_end_after_the_shift_is_forecast_for_tomorrow_openly() -> None:
    tomorrow = AT + hours(20)
    found = the_only_one(a_person(windows=(Window(AT, AT + hours(1)), Window(tomorrow, tomorrow + hours(8)))))
    assert isinstance(found, Candidate)
    assert found.arrive_at == tomorrow + minutes(30)
    assert not found.free_now


def test_accepted_work_counts_in_the_forecast() -> None:
    found = the_only_one(a_person(free_at=AT + hours(2), travel_min=30))
    assert isinstance(found, Candidate)
    assert found.arrive_at == AT + hours(2.5)
    assert not found.free_now


def test_the_own_region_comes_first_among_those_who_keep_the_limit() -> None:
    near_but_borrowed = a_person(1, travel_min=10, region="west")
    far_but_own = a_person(2, travel_min=90)
    ranking = candidates.rank(a_snapshot(near_but_borrowed, far_but_own), SHIPPED)
    assert [each.code for each in ranking.ranked] == ["T002", "T001"]


def test_nobody_of_the_region_keeps_the_limit_so_the_earliest_comes_first() -> None:
    late_own = a_person(1, free_at=AT + hours(7), travel_min=30, windows=(Window(AT, AT + hours(20)),))
    borrowed = a_person(2, travel_min=50, region="west")
    ranking = candidates.rank(a_snapshot(late_own, borrowed, need=a_need(Grade.MAJOR)), SHIPPED)
    assert [each.code for each in ranking.ranked] == ["T002", "T001"]


def test_the_rest_of_the_company_is_counted_by_reason() -> None:
    ranking = candidates.rank(a_snapshot(a_person(1), a_person(2), qualified=40), SHIPPED)
    assert (ranking.beyond_nearest, ranking.without_family) == (38, 60)


@given(snapshots())
def test_ranked_and_excluded_are_all_the_people_and_nobody_twice(snapshot: Snapshot) -> None:
    ranking = candidates.rank(snapshot, SHIPPED)
    seen = [each.technician_id for each in ranking.ranked] + [each.technician_id for each in ranking.excluded]
    assert sorted(seen) == sorted(person.technician_id for person in snapshot.people)
    unseen = ranking.beyond_nearest + ranking.without_family
    assert unseen == snapshot.total - sum(1 for person in snapshot.people if person.skilled and person.active)


@given(snapshots())
def test_nobody_arrives_before_leaving_or_leaves_outside_a_window(snapshot: Snapshot) -> None:
    people = {person.technician_id: person for person in snapshot.people}
    for each in candidates.rank(snapshot, SHIPPED).ranked:
        person = people[each.technician_id]
        assert each.leave_at >= max(snapshot.at, person.free_at or snapshot.at)
        assert each.arrive_at - each.leave_at == minutes(person.travel_min)
        assert any(window.start <= each.leave_at < window.end for window in person.windows)


def test_windows_all_day_are_what_the_builders_mean() -> None:
    assert isinstance(the_only_one(a_person(windows=ALL_DAY)), Candidate)
