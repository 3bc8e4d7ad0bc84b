"""When a case may close, and when a follow-up call may be given up: pure. (Reopening: `intake.lifecycle`.)

The rules are those of the service promise: no closure without a service report, the customer's word (or a refusal that
somebody answered for) and an independent question afterwards. The database refuses it as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Attempts after which a follow-up call counts as given up.
ATTEMPTS_NEEDED: Final = 3
#: Attempts closer together than this count as one: three rings in a minute reach nobody that one didn't.
ATTEMPTS_APART: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the case has, of the present round of work (a reopened case starts a new one)."""

    report: bool
    signed: bool
    refused: bool
    refusal_answered: bool
    follow_up: str | None


def what_is_missing(standing: Standing) -> tuple[str, ...]:
    """Codes of what closing still needs, in the order in which it comes; empty when the case may close."""
    missing = []
    if not standing.report:
        missing.append("service-report")
    if not standing.signed and not standing.refused:
        missing.append("feedback")
    elif not standing.signed and not standing.refusal_answered:
        missing.append("answer-to-refusal")
    if standing.follow_up not in {"answered", "given_up"}:
        missing.append("follow-up")
    return tuple(missing)


def attempts_that_count(attempts: Sequence[datetime]) -> int:
    """How many of the attempts count: each at least an hour after the last that counted."""
    count = 0
    last: datetime | None = None
    for at in sorted(attempts):
        if last is None or at - last >= ATTEMPTS_APART:
            count, last = count + 1, at
    return count


def is_exhausted(attempts: Sequence[datetime]) -> bool:
    """Whether enough attempts were made to give the call up."""
    return attempts_that_count(attempts) >= ATTEMPTS_NEEDED
