"""Grades and what is asked for them; the rules that turn answers into a grade are `severity`'s."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """Severity of a complaint, the worst first."""

    MAJOR = "major"
    SERIOUS = "serious"
    GENERAL = "general"


#: 0 is the worst; a smaller number is a higher grade.
RANK: Mapping[Grade, int] = {Grade.MAJOR: 0, Grade.SERIOUS: 1, Grade.GENERAL: 2}


def is_raise(was: str, now: str) -> bool:
    """Whether `now` is worse than `was`."""
    return RANK[Grade(now)] < RANK[Grade(was)]


class Injury(StrEnum):
    """Whether somebody is hurt."""

    NONE = "none"
    SUSPECTED = "suspected"
    YES = "yes"


class MachineState(StrEnum):
    """What the machine still does."""

    STOPPED = "stopped"
    DEGRADED = "degraded"
    WORKING = "working"


class PropertyLoss(StrEnum):
    """How much was damaged."""

    NONE = "none"
    SOME = "some"
    LARGE = "large"


class GradeFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers that grade a complaint (domain table 1); None is unknown."""

    injury: Injury | None = None
    people_in_danger: bool | None = None
    structure_or_load: bool | None = None
    safety_device_out: bool | None = None
    machine_state: MachineState | None = None
    work_halted: bool | None = None
    property_loss: PropertyLoss | None = None
    public_attention: bool | None = None

    @property
    def injury_or_danger(self) -> bool:
        """Whether somebody is hurt or in danger for certain or by suspicion."""
        return self.injury in {Injury.SUSPECTED, Injury.YES} or self.people_in_danger is True


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade with its reasons: all matching rules, the questions to ask again and the commitments that follow.

    `minutes` maps deadline kinds (`clocks.Kind` words) to minutes of the promise under the policy of `policy_version`.
    """

    grade: Grade
    rules: tuple[str, ...]
    asked_again: tuple[str, ...]
    policy_version: int
    minutes: Mapping[str, int]
