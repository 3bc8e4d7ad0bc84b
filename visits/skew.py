"""When something was done, by a phone whose clock may be wrong: pure.

The phone measures its skew against the server (phone minus server, seconds) whenever it has signal and sends it with
each command. Commitments are judged by the corrected time; both clocks are kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Seconds; a larger skew is shown to the desk, because figures made with it deserve a look.
SKEW_FLAGGED_FROM_S: Final = 120
#: Seconds; more than a day isn't a skew but a phone with another date, and then the phone's time says nothing.
SKEW_BELIEVED_TO_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class PhoneTime:
    """The instant that counts, with the flags that say how far it may be trusted."""

    at: datetime
    skew_s: float | None
    flags: tuple[str, ...]


def corrected(done_at: datetime, *, skew_s: float | None, received_at: datetime, not_before: datetime) -> PhoneTime:
    """The phone's time on our clock, never later than we heard of it and never before the job was taken.

    Flags: `skewed` (more than two minutes), `skew-unknown`, `skew-absurd` (then the phone's time is taken as it is),
    `from-the-future` and `before-the-job` (then the nearest possible instant counts).
    """
    flags = _skew_flags(skew_s)
    trusted = skew_s if skew_s is not None and abs(skew_s) <= SKEW_BELIEVED_TO_S else 0.0
    at = done_at - timedelta(seconds=trusted)
    if at > received_at:
        return PhoneTime(received_at, skew_s, (*flags, "from-the-future"))
    if at < not_before:
        return PhoneTime(min(not_before, received_at), skew_s, (*flags, "before-the-job"))
    return PhoneTime(at, skew_s, flags)


def _skew_flags(skew_s: float | None) -> tuple[str, ...]:
    if skew_s is None:
        return ("skew-unknown",)
    if abs(skew_s) > SKEW_BELIEVED_TO_S:
        return ("skew-absurd",)
    return ("skewed",) if abs(skew_s) > SKEW_FLAGGED_FROM_S else ()
