"""When the customer's word comes too late to be the feedback of the case: pure.

Too late is not too early: before the work is finished the form is refused, so that it is sent again afterwards.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intake.lifecycle import FINAL, Stage


class Late(StrEnum):
    """Why a form is kept beside the case instead of as its feedback."""

    ALREADY_SIGNED = "already_signed"  # this round of work has its signature
    MOVED_ON = "moved_on"  # the case went on without it, or was closed
    EARLIER_ROUND = "earlier_round"  # it was shown before the case was reopened
    JOB_LOST = "job_lost"  # the one who collected it has no part in the case any more


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where the case stands when a form arrives, and how the form comes.

    `shown_round` is the round of work that the customer saw on the form, None if nobody knows; `by_link`: from the
    customer's own phone, whose link is only given once the work is finished; `lost_job`: whoever brings it worked here
    and has no work here now.
    """

    stage: Stage
    round: int
    signed: bool
    shown_round: int | None
    by_link: bool
    lost_job: bool


#: Stages that only come after the customer could have signed.
_AFTERWARDS: Final = FINAL | {Stage.CONFIRMED, Stage.REOPENED}


def why_late(seen: Circumstances) -> Late | None:
    """Why the form is too late; None when it is in time, or too early, which the lifecycle refuses."""
    if seen.shown_round is not None and seen.shown_round < seen.round:
        return Late.EARLIER_ROUND
    if seen.signed:
        return Late.ALREADY_SIGNED
    if seen.stage is Stage.REPAIRED:
        return None
    if seen.stage in _AFTERWARDS or seen.by_link:
        return Late.MOVED_ON
    return Late.JOB_LOST if seen.lost_job else None
