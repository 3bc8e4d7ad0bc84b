"""What the ticks of the loops say of the system's health. Machine time, values in and a value out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: A loop may be silent for this long, or for three of its own intervals if that is longer.
SILENT_AFTER_S: Final = 30.0
SILENT_INTERVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Beat:
    """When a loop ticked last, and how often it should."""

    name: str
    ticked_at: datetime
    every_s: float
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What the health page says: well only if there are loops, none is silent and none is in trouble."""

    silent: tuple[str, ...]
    troubled: tuple[str, ...]
    beats: tuple[Beat, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything that should tick does, without trouble."""
        return bool(self.beats) and not self.silent and not self.troubled


def is_silent(beat: Beat, *, now: datetime) -> bool:
    """Whether the loop should have been heard by now."""
    return now - beat.ticked_at > timedelta(seconds=max(SILENT_AFTER_S, SILENT_INTERVALS * beat.every_s))


def health_of(beats: Sequence[Beat], *, now: datetime) -> Health:
    """The state of all loops at machine time `now`."""
    return Health(
        silent=tuple(beat.name for beat in beats if is_silent(beat, now=now)),
        troubled=tuple(f"{beat.name}: {beat.trouble}" for beat in beats if beat.trouble),
        beats=tuple(beats),
    )
