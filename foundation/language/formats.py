"""Dates, times, durations, distances and numbers as readers of each language write them (Babel, CLDR).

Hours are always counted to 24: a shift plan with a.m. and p.m. gets people killed. Instants come as aware datetimes and
are shown on the wall clock of `zone`; without one they are shown in UTC and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from foundation.language.tongues import Language

#: English means the international kind: day before month, 24 hours.
LOCALES: Final = {Language.CHINESE: Locale("zh", "CN", "Hans"), Language.ENGLISH: Locale("en", "GB")}
INSTANT: Final = {Language.CHINESE: "y年M月d日 HH:mm", Language.ENGLISH: "d MMM y, HH:mm"}
SHORT_INSTANT: Final = {Language.CHINESE: "M月d日 HH:mm", Language.ENGLISH: "d MMM HH:mm"}
DAY: Final = {Language.CHINESE: "y年M月d日", Language.ENGLISH: "d MMM y"}
#: day, hour, minute, second
UNITS: Final = {Language.CHINESE: (" 天", " 小时", " 分", " 秒"), Language.ENGLISH: (" d", " h", " min", " s")}
MINUTE: Final = 60
HOUR: Final = 3600
DAY_SECONDS: Final = 86400
#: Shorter distances are shown in metres.
METRES_PER_KM: Final = 1000
#: From here on decimals of a kilometre only pretend to be known.
WHOLE_KM_FROM: Final = 100_000


def instant(language: Language, at: datetime, *, zone: ZoneInfo | None = None) -> str:
    """`21 Nov 2026, 08:12` / `2026年11月21日 08:12`."""
    return _moment(language, at, zone=zone, pattern=INSTANT[language])


def short_instant(language: Language, at: datetime, *, zone: ZoneInfo | None = None) -> str:
    """As `instant`, without the year, for lists of what happens these days."""
    return _moment(language, at, zone=zone, pattern=SHORT_INSTANT[language])


def clock_time(language: Language, at: datetime, *, zone: ZoneInfo | None = None) -> str:
    """`08:12` on the wall clock."""
    return _moment(language, at, zone=zone, pattern="HH:mm")


def day(language: Language, on: date, *, zone: ZoneInfo | None = None) -> str:
    """`21 Nov 2026` / `2026年11月21日`; an instant gives the day it falls on in `zone`."""
    if isinstance(on, datetime):
        return _moment(language, on, zone=zone, pattern=DAY[language])
    return format_date(on, DAY[language], locale=LOCALES[language])


def duration(language: Language, length: timedelta) -> str:
    """The two largest units: `1 d 4 h`, `3 h 10 min`, `45 s` / `3 小时 10 分`; a negative length by its size."""
    seconds = round(abs(length.total_seconds()))
    if seconds >= MINUTE:
        seconds -= seconds % MINUTE
    amounts = (
        seconds // DAY_SECONDS, seconds % DAY_SECONDS // HOUR, seconds % HOUR // MINUTE, seconds % MINUTE,
    )  # fmt: skip
    parts = [f"{amount}{unit}" for amount, unit in zip(amounts, UNITS[language], strict=True) if amount]
    return " ".join(parts[:2]) or f"0{UNITS[language][2]}"


def time_left(language: Language, left: timedelta) -> str:
    """Towards a deadline: `03:10 left` / `还剩 3 小时 10 分`; past it: `00:25 overdue` / `已超时 25 分`."""
    overdue = left < timedelta(0)
    if language is Language.CHINESE:
        return f"{'已超时' if overdue else '还剩'} {duration(language, left)}"
    minutes = int(abs(left.total_seconds())) // MINUTE
    return f"{minutes // 60:02d}:{minutes % 60:02d} {'overdue' if overdue else 'left'}"


def distance(language: Language, *, metres: float) -> str:
    """`850 m`, `12.4 km`, `238 km` / `850 米`, `12.4 公里`."""
    chinese = language is Language.CHINESE
    if abs(metres) < METRES_PER_KM:
        return f"{number(language, round(metres))} {'米' if chinese else 'm'}"
    digits = 0 if abs(metres) >= WHOLE_KM_FROM else 1
    return f"{number(language, metres / METRES_PER_KM, digits=digits)} {'公里' if chinese else 'km'}"


def number(language: Language, value: float | Decimal, *, digits: int = 2) -> str:
    """Grouped by thousands, at most `digits` decimals."""
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=LOCALES[language])


def percent(language: Language, share: float, *, digits: int = 1) -> str:
    """A share of 1 as `97.5 %` / `97.5%`."""
    gap = "" if language is Language.CHINESE else "\N{NO-BREAK SPACE}"
    return f"{number(language, share * 100, digits=digits)}{gap}%"


def listed(language: Language, items: Sequence[str]) -> str:
    """`a, b and c` / `a、b和c`."""
    return format_list(items, locale=LOCALES[language]) if items else "–"


def _moment(language: Language, at: datetime, *, zone: ZoneInfo | None, pattern: str) -> str:
    wall = at.astimezone(zone or UTC)
    text = format_datetime(wall, pattern, tzinfo=wall.tzinfo, locale=LOCALES[language])
    return text if zone is not None else f"{text} UTC"
