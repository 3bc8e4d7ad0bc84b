"""What is known of a technician at one instant: when they can be asked, what they may do, how old their position is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from technicians import field
from technicians.field import FieldState, Position, Window
from technicians.hours import Limit, Period, WorkingTime
from technicians.words import DutyState, PositionSource, ShiftKind

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def hour(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def span(start: float, end: float) -> Period:
    return Period(hour(start), hour(end))


def shift(start: float, end: float, kind: ShiftKind = ShiftKind.DUTY) -> Window:
    return Window(span(start, end), kind)


OFF = FieldState(
    id=UUID(int=1), user_id=None, code="T1", name="王伟", region_code="east", timezone="Asia/Shanghai",
    outlet_id=UUID(int=2), outlet_name="east 1", position=Position(31.2, 121.5, PositionSource.HOME),
    families=("hoist",), certificates={"hoist": date(2026, 11, 24)}, senior=False, active=True, carries_heavy=False,
    duty=DutyState.OFF, duty_since=None, shifts=(), absences=(), worked=(), limits=WorkingTime(), at=NOW,
)  # fmt: skip


def asked(state: FieldState, hours: float = 48) -> list[Period]:
    return [window.during for window in field.windows(state, until=hour(hours))]


def test_somebody_off_duty_without_a_roster_cannot_be_asked() -> None:
    assert asked(OFF) == []


def test_somebody_rostered_is_asked_for_that_time_also_across_midnight() -> None:
    assert asked(replace(OFF, shifts=(shift(10, 19), shift(34, 43)))) == [span(10, 19), span(34, 43)]


def test_a_running_shift_counts_from_now_although_nobody_signed_on() -> None:
    assert asked(replace(OFF, shifts=(shift(-3, 6),))) == [span(0, 6)]


def test_signing_off_ends_the_running_shift_but_not_the_next() -> None:
    state = replace(OFF, duty_since=hour(-1), shifts=(shift(-3, 6), shift(21, 30)))
    assert asked(state) == [span(21, 30)]


def test_signing_off_yesterday_does_not_end_today() -> None:
    assert asked(replace(OFF, duty_since=hour(-20), shifts=(shift(-3, 6),))) == [span(0, 6)]


def test_somebody_signed_on_is_there_until_the_shift_ends() -> None:
    state = replace(OFF, duty=DutyState.ON, duty_since=hour(-3), shifts=(shift(-3, 6),))
    assert asked(state) == [span(0, 6)]


def test_somebody_signed_on_without_a_roster_is_there_as_long_as_the_day_lasts() -> None:
    assert asked(replace(OFF, duty=DutyState.ON, duty_since=hour(-4))) == [span(0, 7)]


def test_on_call_is_told_apart_from_duty() -> None:
    state = replace(OFF, duty=DutyState.ON_CALL, duty_since=hour(-1), shifts=(shift(21, 30),))
    kinds = [window.kind for window in field.windows(state, until=hour(48))]
    assert kinds == [ShiftKind.ON_CALL, ShiftKind.DUTY]


def test_an_absence_is_cut_out_of_every_window() -> None:
    state = replace(OFF, shifts=(shift(1, 9), shift(20, 28)), absences=(span(3, 5), span(19, 40)))
    assert asked(state) == [span(1, 3), span(5, 9)]


def test_windows_end_at_the_horizon() -> None:
    assert asked(replace(OFF, shifts=(shift(1, 9),)), hours=4) == [span(1, 4)]


def test_a_certificate_is_good_to_the_end_of_its_day_where_its_holder_lives() -> None:
    # 2026-11-24 ends in Shanghai at 16:00 UTC.
    assert field.is_certified(OFF, family="hoist", at=hour(3.9))
    assert not field.is_certified(OFF, family="hoist", at=hour(4))
    assert not field.is_certified(OFF, family="tower crane", at=NOW)


def test_work_counts_with_what_was_worked_and_what_is_accepted() -> None:
    state = replace(OFF, worked=(span(-8, 0),))
    assert field.may_work(state, span(0, 3)).allowed
    assert field.may_work(state, span(3, 6), besides=[span(0, 3)]).limit is Limit.DAILY


def test_a_position_says_how_old_it_is_and_a_home_that_it_never_was_measured() -> None:
    measured = Position(31.2, 121.5, PositionSource.PHONE, hour(-2), 20)
    assert measured.age_s(NOW) == 7200
    assert OFF.position.age_s(NOW) is None


def test_rest_counts_from_the_last_duty() -> None:
    state = replace(OFF, worked=(span(-20, -12), span(-10, -9)))
    assert state.rested_since == hour(-9)
    assert replace(state, duty=DutyState.ON).rested_since is None
    assert state.hours_worked_24h == 9
