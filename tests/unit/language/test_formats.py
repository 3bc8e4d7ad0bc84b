"""Dates, durations and distances as readers of each language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from foundation.language import formats
from foundation.language.tongues import Language

EN, ZH = Language.ENGLISH, Language.CHINESE
NIGHT = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)


def test_the_wall_clock_of_the_site_decides_the_day() -> None:
    assert formats.day(EN, NIGHT, zone=ZoneInfo("Asia/Shanghai")) == "21 Nov 2026"
    assert formats.day(ZH, NIGHT, zone=ZoneInfo("America/New_York")) == "2026年11月20日"
    assert formats.clock_time(EN, NIGHT, zone=ZoneInfo("Asia/Shanghai")) == "01:05"
    assert formats.short_instant(ZH, NIGHT, zone=ZoneInfo("Asia/Shanghai")) == "11月21日 01:05"
    assert formats.day(EN, date(2026, 2, 5)) == "5 Feb 2026"


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(0), "0 min", "0 分"),
        (timedelta(seconds=45), "45 s", "45 秒"),
        (timedelta(minutes=3, seconds=50), "3 min", "3 分"),
        (timedelta(hours=3, minutes=10), "3 h 10 min", "3 小时 10 分"),
        (timedelta(days=1, hours=4, minutes=59), "1 d 4 h", "1 天 4 小时"),
        (timedelta(days=2, minutes=5), "2 d 5 min", "2 天 5 分"),
        (-timedelta(minutes=25), "25 min", "25 分"),
    ],
)
def test_durations_name_their_two_largest_units(length: timedelta, english: str, chinese: str) -> None:
    assert formats.duration(EN, length) == english
    assert formats.duration(ZH, length) == chinese


@pytest.mark.parametrize(
    ("left", "english", "chinese"),
    [
        (timedelta(hours=3, minutes=10), "03:10 left", "还剩 3 小时 10 分"),
        (timedelta(hours=30), "30:00 left", "还剩 1 天 6 小时"),
        (-timedelta(minutes=25), "00:25 overdue", "已超时 25 分"),
        (-timedelta(seconds=20), "00:00 overdue", "已超时 20 秒"),
    ],
)
def test_a_deadline_says_what_is_left_or_how_late_it_is(left: timedelta, english: str, chinese: str) -> None:
    assert formats.time_left(EN, left) == english
    assert formats.time_left(ZH, left) == chinese


@pytest.mark.parametrize(
    ("metres", "english", "chinese"),
    [
        (0, "0 m", "0 米"),
        (849.6, "850 m", "850 米"),
        (12_345, "12.3 km", "12.3 公里"),
        (1_234_567, "1,235 km", "1,235 公里"),
    ],
)
def test_distances_are_as_exact_as_they_are_known(metres: float, english: str, chinese: str) -> None:
    assert formats.distance(EN, metres=metres) == english
    assert formats.distance(ZH, metres=metres) == chinese


def test_shares_and_lists() -> None:
    assert formats.percent(EN, 0.9754) == "97.5\N{NO-BREAK SPACE}%"
    assert formats.percent(ZH, 1) == "100%"
    assert formats.listed(ZH, ["甲", "乙", "丙"]) == "甲、乙和丙"
    assert formats.listed(EN, []) == "–"
