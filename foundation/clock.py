"""The only reader of time.

Everything else receives `now`. A Clock gives domain time (`now`), which a demo may start elsewhere and
run faster, and machine time (`machine_now`), by which processes judge each other's silence.
"""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

_SPEC = re.compile(r"^(?P<start>[^@#]+)(?:@(?P<speed>\d+(?:\.\d+)?)x)?(?:#(?P<anchor>\d+(?:\.\d+)?))?$")


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The present instant of the domain, aware, in UTC."""
        ...

    def machine_now(self) -> datetime:
        """The machine's own instant, aware, in UTC; equal to `now` in production."""
        ...


@dataclass(frozen=True, slots=True)
class MachineClock:
    """Production: the machine's clock."""

    def now(self) -> datetime:
        """The machine's instant."""
        return datetime.now(UTC)

    def machine_now(self) -> datetime:
        """The machine's instant."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """Demos and replays: starts at `starts_at` when the machine shows `anchor_at`, runs `speed` times as fast."""

    starts_at: datetime
    anchor_at: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        """Domain time: the start plus the scaled time since the anchor."""
        return self.starts_at + (datetime.now(UTC) - self.anchor_at) * self.speed

    def machine_now(self) -> datetime:
        """The machine's instant, neither shifted nor scaled."""
        return datetime.now(UTC)

    def spec(self) -> str:
        """The text that gives the same clock in another process."""
        return f"{self.starts_at.isoformat()}@{self.speed:g}x#{self.anchor_at.timestamp():.6f}"


@dataclass(slots=True)
class HandClock:
    """Tests: stands still until it is pushed."""

    at: datetime = field(default=datetime(2026, 11, 24, 0, 0, tzinfo=UTC))

    def now(self) -> datetime:
        """Where the hand stands."""
        return self.at

    def machine_now(self) -> datetime:
        """Where the hand stands: in tests there is one time."""
        return self.at

    def push(self, **by: float) -> datetime:
        """Move the hand on by a timedelta's keywords (`minutes=31`) and tell the new instant."""
        self.at += timedelta(**by)
        return self.at


def clock_from(spec: str | None) -> MachineClock | ShiftedClock:
    """The clock that `CALLOUT_CLOCK` names: empty is the machine's, else `2026-11-24T08:00+08:00@50x`.

    The supervisor adds `#<machine time>` so that all its processes share one anchor. ValueError if unreadable.
    """
    if not spec:
        return MachineClock()
    found = _SPEC.match(spec)
    if found is None:
        message = f"CALLOUT_CLOCK is not readable: {spec!r} (expected 2026-11-24T08:00+08:00@50x)"
        raise ValueError(message)
    starts_at = datetime.fromisoformat(found["start"])
    if starts_at.tzinfo is None:
        message = f"CALLOUT_CLOCK needs an offset: {spec!r}"
        raise ValueError(message)
    anchor = datetime.fromtimestamp(float(found["anchor"]), UTC) if found["anchor"] else datetime.now(UTC)
    return ShiftedClock(starts_at=starts_at.astimezone(UTC), anchor_at=anchor, speed=float(found["speed"] or 1))


def stopwatch() -> float:
    """Seconds of a clock that only moves forward: for measuring how long something took, never for dates."""
    return time.monotonic()
