"""Hours in which nobody is there are named, and none that somebody covers."""

from datetime import UTC, datetime, timedelta

from technicians.coverage import HOUR, Gap, Rostered, gaps, hours
from technicians.hours import Period
from technicians.words import ShiftKind

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def shift(begins_h: float, ends_h: float, *, who: str = "A", kind: ShiftKind = ShiftKind.DUTY) -> Rostered:
    during = Period(MONDAY + timedelta(hours=begins_h), MONDAY + timedelta(hours=ends_h))
    return Rostered("HD", who, kind, during)


def test_a_night_without_anybody_is_one_gap() -> None:
    covered = hours([shift(7, 22)], regions=["HD"], begins_at=MONDAY, count=24)
    assert gaps(covered) == [
        Gap("HD", Period(MONDAY, MONDAY + 7 * HOUR)),
        Gap("HD", Period(MONDAY + 22 * HOUR, MONDAY + 24 * HOUR)),
    ]


def test_on_call_covers_an_hour_and_is_counted_apart() -> None:
    covered = hours(
        [shift(0, 24, kind=ShiftKind.ON_CALL), shift(8, 16, who="B")], regions=["HD"], begins_at=MONDAY, count=24
    )
    assert gaps(covered) == []
    assert (covered[9].on_duty, covered[9].on_call) == (1, 1)


def test_half_an_hour_covers_no_hour() -> None:
    covered = hours([shift(0, 1.5)], regions=["HD"], begins_at=MONDAY, count=2)
    assert [hour.is_gap for hour in covered] == [False, True]


def test_gaps_of_two_regions_are_not_joined() -> None:
    covered = hours([], regions=["HD", "HN"], begins_at=MONDAY, count=2)
    assert [gap.region_code for gap in gaps(covered)] == ["HD", "HN"]
