"""What becomes of a phone's command when it meets the case as it is now: pure.

A phone may have been away for hours. A command is *applied*, *noted* (true, but overtaken: its evidence is kept and
nothing moves) or *refused* (the case took another way: the technician is told the present state). Nothing is dropped.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dispatch.snapshot import CrewRole
from intake.lifecycle import FINAL, Stage, Step, allowed


class Kind(StrEnum):
    """What a technician's phone can say."""

    SET_OFF = "set_off"
    ARRIVED = "arrived"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REPORTED = "reported"
    FINISHED = "finished"
    HANDED_BACK = "handed_back"


class Outcome(StrEnum):
    """What became of a command; `rejected` and `waiting` are answers only and never stored."""

    APPLIED = "applied"
    NOTED = "noted"
    REFUSED = "refused"
    REJECTED = "rejected"
    WAITING = "waiting"


#: The step of the complaint's life that a command of the lead takes; a report takes none.
STEPS: Final = MappingProxyType(
    {
        Kind.SET_OFF: Step.SET_OFF,
        Kind.ARRIVED: Step.ARRIVE,
        Kind.SUSPENDED: Step.SUSPEND,
        Kind.RESUMED: Step.RESUME,
        Kind.FINISHED: Step.FINISH,
        Kind.HANDED_BACK: Step.HAND_BACK,
    }
)

#: Words under which the ledger keeps what moves a visit and not the complaint.
ENTRIES: Final = MappingProxyType(
    {
        Kind.SET_OFF: "visit.set_off",
        Kind.ARRIVED: "visit.arrived",
        Kind.FINISHED: "visit.finished",
        Kind.HANDED_BACK: "visit.handed_back",
    }
)
#: Words under which the ledger keeps what came too late.
KEPT: Final = MappingProxyType({Outcome.NOTED: "visit.noted", Outcome.REFUSED: "visit.refused"})

#: Where a command comes too late to move anything, but says nothing false.
OVERTAKEN: Final = MappingProxyType(
    {
        Kind.SET_OFF: frozenset({Stage.EN_ROUTE, Stage.ON_SITE, Stage.SUSPENDED, Stage.REPAIRED, Stage.CONFIRMED}),
        Kind.ARRIVED: frozenset({Stage.ON_SITE, Stage.SUSPENDED, Stage.REPAIRED, Stage.CONFIRMED}),
        Kind.SUSPENDED: frozenset({Stage.SUSPENDED}),
        Kind.RESUMED: frozenset({Stage.ASSIGNED, Stage.EN_ROUTE, Stage.ON_SITE}),
    }
)

#: Who moves the complaint; the second moves only their own visit.
LEAD: Final = CrewRole.LEAD
#: The second of a crew moves their own visit only; these say nothing about one's own visit.
LEAD_ONLY: Final = frozenset({Kind.SUSPENDED, Kind.RESUMED})


@dataclass(frozen=True, slots=True)
class Situation:
    """The case as it stands when the command is judged."""

    stage: Stage
    crew_role: str
    ended_at: datetime | None
    ended_how: str | None
    held_by_other: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the command; `step` is what moves the complaint, None when only the visit moves."""

    outcome: Outcome
    reason: str | None
    step: Step | None


def judged(kind: Kind, situation: Situation) -> Verdict:
    """The verdict, by the first rule that matches: case over, job taken away, second of the crew, overtaken, allowed."""
    if situation.stage in FINAL:
        return Verdict(Outcome.REFUSED, "case-over", None)
    if situation.ended_at is not None:
        return _after_the_end(kind, situation)
    if situation.crew_role != LEAD:
        outcome = Outcome.NOTED if kind in LEAD_ONLY else Outcome.APPLIED
        return Verdict(outcome, "second-of-crew", None)
    return _of_the_lead(kind, situation.stage)


def _of_the_lead(kind: Kind, stage: Stage) -> Verdict:
    if kind is Kind.REPORTED:
        return Verdict(Outcome.APPLIED, None, None)
    if stage in OVERTAKEN.get(kind, frozenset()):
        return Verdict(Outcome.NOTED, "overtaken", None)
    if STEPS[kind] in allowed(stage):
        return Verdict(Outcome.APPLIED, None, STEPS[kind])
    return Verdict(Outcome.REFUSED, "step-not-allowed", None)


def _after_the_end(kind: Kind, situation: Situation) -> Verdict:
    """A job that ended: one's own finished work may still be reported on; anything else is kept as evidence only."""
    if kind is Kind.REPORTED and situation.ended_how == "finished" and not situation.held_by_other:
        return Verdict(Outcome.APPLIED, "after-finish", None)
    return Verdict(Outcome.REFUSED, "reassigned" if situation.held_by_other else "job-ended", None)
