"""Whether the service outside may be told that we are alive: only while everything ticks, without trouble, checked."""

from datetime import datetime, timedelta
from typing import Final

from foundation.jobs.beats import Beat, Health

#: A loop may be this late against its own interval before the sign of life is withheld.
LATE_AFTER: Final = timedelta(seconds=30)
#: The name of the loop that tells it: its troubles (the network) must not keep it from trying again.
NAME: Final = "outside-ping"
#: The loop without which nothing is known: no row of it means nobody has checked.
CHECKER: Final = "invariants"


def reasons_to_be_silent(health: Health, *, now: datetime) -> list[str]:
    """Why the sign of life must be withheld: loops late or troubled, invariants violated or never checked."""
    others = [beat for beat in health.beats if beat.name != NAME]
    reasons = [f"late: {beat.name}" for beat in others if is_late(beat, now=now)]
    reasons += [f"troubled: {beat.name}: {beat.trouble}" for beat in others if beat.trouble]
    if CHECKER not in {beat.name for beat in others}:
        reasons.append("invariants were never checked")
    return reasons


def is_late(beat: Beat, *, now: datetime) -> bool:
    """Whether the loop missed its tick by more than `LATE_AFTER`."""
    return now - beat.ticked_at > timedelta(seconds=beat.every_s) + LATE_AFTER
