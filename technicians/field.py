"""The field: what is known of a technician at one instant, as a value. Pure; `queries` fills it, dispatch judges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from technicians.hours import DAY, WEEK, Period, Verdict, WorkingTime, judge, worked_h
from technicians.words import DutyState, PositionSource, ShiftKind

#: A position older than this says nothing about where somebody is now: a working day has ended since.
POSITION_FRESH: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody is taken to be, WGS-84. A home or an outlet isn't measured: `at` and `accuracy_m` are None."""

    latitude: float
    longitude: float
    source: PositionSource
    at: datetime | None = None
    accuracy_m: float | None = None

    def age_s(self, at: datetime) -> float | None:
        """Seconds since it was measured; None when it never was."""
        return None if self.at is None else max((at - self.at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which somebody can be asked to work, and whether that is duty or on call."""

    during: Period
    kind: ShiftKind


@dataclass(frozen=True, slots=True)
class FieldState:
    """One technician at the instant `at`. Families and certificates are keyed by equipment family.

    `shifts` and `absences` reach from a day before `at` to a few days after it; `worked` holds recorded duty of the
    last eight days, the running stretch included up to `at`. `distance_km` is great-circle, set by `queries.nearest`.
    """

    id: UUID
    user_id: UUID | None
    code: str
    name: str
    region_code: str
    timezone: str
    outlet_id: UUID
    outlet_name: str
    position: Position
    families: tuple[str, ...]
    certificates: Mapping[str, date]
    senior: bool
    active: bool
    carries_heavy: bool
    duty: DutyState
    duty_since: datetime | None
    shifts: tuple[Window, ...]
    absences: tuple[Period, ...]
    worked: tuple[Period, ...]
    limits: WorkingTime
    at: datetime
    distance_km: float | None = None

    @property
    def hours_worked_24h(self) -> float:
        """Hours of recorded duty in the 24 h before `at`."""
        return worked_h(self.worked, until=self.at, over=DAY)

    @property
    def hours_worked_7d(self) -> float:
        """Hours of recorded duty in the seven days before `at`."""
        return worked_h(self.worked, until=self.at, over=WEEK)

    @property
    def rested_since(self) -> datetime | None:
        """When the last recorded duty ended; None while on duty or without any record."""
        if self.duty is DutyState.ON or not self.worked:
            return None
        return max(period.end for period in self.worked)


def is_certified(state: FieldState, *, family: str, at: datetime) -> bool:
    """Whether a certificate for the family is good on the day of `at`, as that day is in the technician's region."""
    until = state.certificates.get(family)
    return until is not None and at.astimezone(ZoneInfo(state.timezone)).date() <= until


def may_work(state: FieldState, work: Period, *, besides: Iterable[Period] = ()) -> Verdict:
    """Whether working-time rules allow `work`; `besides` is accepted work and visits made from on call."""
    return judge((*state.worked, *besides), work=work, limits=state.limits)


def windows(state: FieldState, *, until: datetime) -> tuple[Window, ...]:
    """When this person can be asked to work between `state.at` and `until`: signed on now, or rostered later.

    Signing on counts from now to the end of the running shift, or for what is left of the day's hours where none is
    rostered. Signing off ends the running shift early; shifts that begin later still count. Absences are cut out, also
    of shifts that cross midnight. Empty when nobody can be asked.
    """
    horizon = Period(state.at, until)
    rostered = [Window(shift.during.within(horizon), shift.kind) for shift in state.shifts if _still_open(state, shift)]
    found = rostered if state.duty is DutyState.OFF else [_signed_on(state), *rostered]
    free = (
        Window(part, window.kind) for window in found for part in without(window.during.within(horizon), state.absences)
    )
    return tuple(sorted((window for window in free if window.during.length), key=lambda window: window.during))


def without(period: Period, gaps: Iterable[Period]) -> tuple[Period, ...]:
    """The parts of the period that no gap covers, in order."""
    parts = [period]
    for gap in gaps:
        parts = [
            piece
            for part in parts
            for piece in (
                Period(part.start, min(part.end, gap.start)),
                Period(max(part.start, gap.end), part.end),
            )
            if piece.length
        ]
    return tuple(part for part in parts if part.length)


def _still_open(state: FieldState, shift: Window) -> bool:
    """A running shift is over for whoever signed off in it, and is the signed-on window's for whoever signed on."""
    if shift.during.start > state.at:
        return True
    if state.duty is not DutyState.OFF:
        return False
    signed_off_in_it = state.duty_since is not None and state.duty_since > shift.during.start
    return not signed_off_in_it


def _signed_on(state: FieldState) -> Window:
    """The window of somebody on duty or on call: to the shift's end, else as long as the day's hours last."""
    kind = ShiftKind.DUTY if state.duty is DutyState.ON else ShiftKind.ON_CALL
    ends = [shift.during.end for shift in state.shifts if shift.during.start <= state.at < shift.during.end]
    since = state.duty_since or state.at
    end = max(ends) if ends else since + timedelta(hours=state.limits.max_daily_h)
    return Window(Period(state.at, max(state.at, end)), kind)
