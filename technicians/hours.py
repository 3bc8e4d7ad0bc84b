"""Working time: what may still be asked of a person. Pure; periods are half-open [start, end) in aware UTC.

Limits are values of the technician. The defaults are: eleven consecutive hours of rest in each 24 (Directive
2003/88/EC Art. 3), at most eleven hours of work in 24 (Labour Law of the PRC Art. 36 and 41: eight and three),
forty-eight in seven days (Directive Art. 6). Recorded duty counts as work; standing by on call doesn't, the visit made
from it does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DAY: Final = timedelta(hours=24)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Limits in hours: work in any 24 h, work in any 7 days, consecutive rest in any 24 h."""

    max_daily_h: int = 11
    max_weekly_h: int = 48
    min_rest_h: int = 11


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` until just before `end`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; never negative."""
        return max(self.end - self.start, timedelta(0))

    def within(self, other: "Period") -> "Period":
        """The part inside `other`; empty (length zero) when they don't meet."""
        start = max(self.start, other.start)
        return Period(start, max(start, min(self.end, other.end)))


class Limit(StrEnum):
    """Which limit a piece of work would break."""

    DAILY = "daily_hours"
    WEEKLY = "weekly_hours"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the work is allowed, and if not: the first limit it breaks and the instant from which it wouldn't."""

    allowed: bool
    limit: Limit | None = None
    allowed_from: datetime | None = None


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The same time without overlaps, in order; touching periods become one."""
    joined: list[Period] = []
    for period in sorted(period for period in periods if period.length):
        if joined and period.start <= joined[-1].end:
            joined[-1] = Period(joined[-1].start, max(joined[-1].end, period.end))
        else:
            joined.append(period)
    return tuple(joined)


def worked_h(periods: Iterable[Period], *, until: datetime, over: timedelta) -> float:
    """Hours of the periods that lie in the stretch `over` that ends at `until`."""
    window = Period(until - over, until)
    return sum((period.within(window).length for period in merged(periods)), timedelta(0)) / timedelta(hours=1)


def longest_rest_h(periods: Iterable[Period], *, until: datetime, over: timedelta = DAY) -> float:
    """The longest stretch without work, in hours, inside the stretch `over` that ends at `until`."""
    window = Period(until - over, until)
    longest, since = timedelta(0), window.start
    for period in merged(period.within(window) for period in periods):
        longest, since = max(longest, period.start - since), period.end
    return max(longest, until - since) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Load:
    """Hours of work in the day and in the seven days before an instant, and the longest rest in that day."""

    day_h: float
    week_h: float
    rest_h: float


def load(periods: Iterable[Period], *, until: datetime) -> Load:
    """`worked_h` over a day and a week and `longest_rest_h`, in one pass: every candidate of a decision is asked all."""
    day, week = until - DAY, until - WEEK
    in_day = in_week = longest = timedelta(0)
    since = day
    for period in merged(periods):
        end = min(period.end, until)
        if end > week and period.start < until:
            in_week += end - max(period.start, week)
        if end > day and period.start < until:
            start = max(period.start, day)
            in_day += end - start
            longest, since = max(longest, start - since), end
    hour = timedelta(hours=1)
    return Load(in_day / hour, in_week / hour, max(longest, until - since) / hour)


def judge(worked: Iterable[Period], *, work: Period, limits: WorkingTime) -> Verdict:
    """Whether `work` may be added to `worked`, which may hold accepted work that lies later.

    Judged whenever a stretch of work ends from the end of `work` to a week later: the fullest windows end there. Rest
    is kept when the 24 h before such an end hold enough consecutive hours without work.
    """
    known = merged(worked)
    limit = _first_broken(known, work=work, limits=limits)
    if limit is None:
        return Verdict(allowed=True)
    return Verdict(allowed=False, limit=limit, allowed_from=_allowed_from(known, work=work, limits=limits))


def _first_broken(known: tuple[Period, ...], *, work: Period, limits: WorkingTime) -> Limit | None:
    """The first limit broken, daily before weekly before rest."""
    everything = merged((*known, work))
    ends = [period.end for period in everything if work.end <= period.end <= work.end + WEEK]
    if any(worked_h(everything, until=end, over=DAY) > limits.max_daily_h for end in ends):
        return Limit.DAILY
    if any(worked_h(everything, until=end, over=WEEK) > limits.max_weekly_h for end in ends):
        return Limit.WEEKLY
    if any(longest_rest_h(everything, until=end) < limits.min_rest_h for end in ends):
        return Limit.REST
    return None


def _allowed_from(known: tuple[Period, ...], *, work: Period, limits: WorkingTime) -> datetime | None:
    """The earliest later start, by quarters of an hour, at which such work breaks nothing; None if not within a week.

    Searched rather than solved: three limits over sliding windows have no closed form worth reading, and 672 quarters
    of an hour cost less than a query.
    """
    quarter = timedelta(minutes=15)
    for step in range(1, WEEK // quarter + 1):
        later = Period(work.start + step * quarter, work.end + step * quarter)
        if _first_broken(known, work=later, limits=limits) is None:
            return later.start
    return None
