"""Who is there in the hours ahead: people on duty and on call per region and hour, and where nobody is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from technicians.hours import Period
from technicians.words import ShiftKind

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rostered:
    """One stretch of somebody's roster, absences cut out."""

    region_code: str
    technician: str
    kind: ShiftKind
    during: Period


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one region: how many people are there for all of it."""

    region_code: str
    begins_at: datetime
    on_duty: int
    on_call: int

    @property
    def is_gap(self) -> bool:
        """Whether nobody can be asked."""
        return self.on_duty + self.on_call == 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody of a region can be asked."""

    region_code: str
    during: Period


def hours(rostered: Sequence[Rostered], *, regions: Iterable[str], begins_at: datetime, count: int) -> list[Hour]:
    """Each region's next `count` hours from `begins_at`. Half an hour of somebody covers no hour."""
    found = []
    for region in regions:
        own = [each for each in rostered if each.region_code == region]
        for number in range(count):
            start = begins_at + number * HOUR
            there = {each.technician: each.kind for each in own if _covers(each.during, start)}
            duty = sum(kind is ShiftKind.DUTY for kind in there.values())
            found.append(Hour(region, start, duty, len(there) - duty))
    return found


def gaps(covered: Sequence[Hour]) -> list[Gap]:
    """The hours without anybody, joined where they follow each other."""
    found: list[Gap] = []
    for hour in covered:
        if not hour.is_gap:
            continue
        last = found[-1] if found else None
        if last is not None and last.region_code == hour.region_code and last.during.end == hour.begins_at:
            found[-1] = Gap(hour.region_code, Period(last.during.start, hour.begins_at + HOUR))
        else:
            found.append(Gap(hour.region_code, Period(hour.begins_at, hour.begins_at + HOUR)))
    return found


def _covers(during: Period, start: datetime) -> bool:
    return during.start <= start and start + HOUR <= during.end
