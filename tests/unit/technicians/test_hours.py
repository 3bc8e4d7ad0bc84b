"""Working time: what was worked, what rest lies between, what may be added."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from technicians import hours
from technicians.hours import DAY, WEEK, Limit, Period, WorkingTime

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
USUAL = WorkingTime()


def at(hour: float) -> datetime:
    return MONDAY + timedelta(hours=hour)


def span(start: float, end: float) -> Period:
    return Period(at(start), at(end))


def test_hours_that_overlap_count_once() -> None:
    assert hours.worked_h([span(8, 12), span(10, 14), span(14, 15)], until=at(24), over=DAY) == 7


def test_only_the_part_inside_the_window_counts() -> None:
    assert hours.worked_h([span(-4, 4)], until=at(24), over=DAY) == 4


def test_a_night_shift_counts_on_both_sides_of_midnight() -> None:
    night = span(22, 31)
    assert hours.worked_h([night], until=at(24), over=DAY) == 2
    assert hours.worked_h([night], until=at(48), over=DAY) == 7


def test_rest_is_the_longest_stretch_without_work() -> None:
    assert hours.longest_rest_h([span(0, 8), span(12, 14)], until=at(24)) == 10
    assert hours.longest_rest_h([], until=at(24)) == 24


def test_a_day_within_the_limits_is_allowed() -> None:
    verdict = hours.judge([span(8, 17)], work=span(17, 19), limits=USUAL)
    assert verdict.allowed
    assert verdict.limit is None


def test_the_twelfth_hour_of_a_day_is_refused_until_enough_of_it_is_past() -> None:
    verdict = hours.judge([span(6, 16)], work=span(16, 18), limits=USUAL)
    assert verdict.limit is Limit.DAILY
    assert verdict.allowed_from is not None
    assert hours.judge(
        [span(6, 16)], work=Period(verdict.allowed_from, verdict.allowed_from + timedelta(hours=2)), limits=USUAL
    ).allowed


def test_a_sixth_long_day_is_refused_by_the_week() -> None:
    week = [span(24 * day + 8, 24 * day + 17) for day in range(5)]
    verdict = hours.judge(week, work=span(24 * 5 + 8, 24 * 5 + 12), limits=USUAL)
    assert verdict.limit is Limit.WEEKLY


def test_an_early_shift_after_a_late_one_is_refused_for_lack_of_rest() -> None:
    late = span(17, 22)
    assert hours.judge([late], work=span(31, 36), limits=USUAL).limit is Limit.REST
    assert hours.judge([late], work=span(33, 38), limits=USUAL).allowed


def test_work_that_would_spoil_the_rest_before_accepted_work_is_refused() -> None:
    accepted = span(30, 38)
    assert hours.judge([accepted], work=span(20, 21), limits=USUAL).limit is Limit.REST


def test_nobody_may_do_what_no_day_holds() -> None:
    verdict = hours.judge([], work=span(0, 12), limits=USUAL)
    assert (verdict.limit, verdict.allowed_from) == (Limit.DAILY, None)


PERIODS = st.lists(
    st.tuples(st.integers(-200, 40), st.integers(1, 12)).map(lambda pair: span(pair[0], pair[0] + pair[1])),
    max_size=12,
)


@given(worked=PERIODS, start=st.integers(40, 60), length=st.integers(1, 8))
def test_what_is_allowed_breaks_no_limit_and_what_is_refused_breaks_one(
    worked: list[Period], start: int, length: int
) -> None:
    work = span(start, start + length)
    verdict = hours.judge(worked, work=work, limits=USUAL)
    everything = [*worked, work]
    ends = [period.end for period in hours.merged(everything) if period.end >= work.end]
    kept = all(
        hours.worked_h(everything, until=end, over=DAY) <= USUAL.max_daily_h
        and hours.worked_h(everything, until=end, over=WEEK) <= USUAL.max_weekly_h
        and hours.longest_rest_h(everything, until=end) >= USUAL.min_rest_h
        for end in ends
    )
    assert verdict.allowed is kept


@given(worked=PERIODS, start=st.integers(40, 60), length=st.integers(1, 8))
def test_the_later_start_that_is_named_is_allowed(worked: list[Period], start: int, length: int) -> None:
    verdict = hours.judge(worked, work=span(start, start + length), limits=USUAL)
    if verdict.allowed_from is not None:
        later = Period(verdict.allowed_from, verdict.allowed_from + timedelta(hours=length))
        assert hours.judge(worked, work=later, limits=USUAL).allowed


@given(periods=PERIODS)
def test_merging_keeps_the_time_and_leaves_no_overlap(periods: list[Period]) -> None:
    merged = hours.merged(periods)
    assert all(before.end < after.start for before, after in pairwise(merged))
    hours_in = {hour for period in periods for hour in range(-200, 60) if period.start <= at(hour) < period.end}
    hours_out = {hour for period in merged for hour in range(-200, 60) if period.start <= at(hour) < period.end}
    assert hours_in == hours_out


@given(periods=PERIODS, until=st.integers(-10, 80))
def test_the_load_is_what_its_three_parts_say(periods: list[Period], until: int) -> None:
    found = hours.load(periods, until=at(until))
    assert found.day_h == hours.worked_h(periods, until=at(until), over=DAY)
    assert found.week_h == hours.worked_h(periods, until=at(until), over=WEEK)
    assert found.rest_h == hours.longest_rest_h(periods, until=at(until))
