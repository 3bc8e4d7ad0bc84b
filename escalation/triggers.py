"""Which facts open a case, and with which reason. Pure.

Source: domain table §5, column "when missed", and table §8, column "opened by".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from escalation.ladder import Ladder, Reason
from foundation.ledger.chain import Facts
from intake.grades import Grade

#: Kind of a missed deadline → the reason it gives. A latest safe departure that passes puts the promise at risk.
MISSED: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "acknowledge": Reason.ACKNOWLEDGE_MISSED,
        "accept": Reason.ACCEPT_MISSED,
        "latest_departure": Reason.PROMISE_AT_RISK,
        "on_site_target": Reason.TARGET_MISSED,
        "on_site_promise": Reason.PROMISE_BROKEN,
        "resolve": Reason.RESOLVE_MISSED,
        "resume": Reason.RESUME_MISSED,
        "feedback": Reason.FEEDBACK_MISSING,
        "follow_up": Reason.FOLLOW_UP_MISSED,
    }
)

#: The rule of domain table §4 that says structure or load-holding failed.
STRUCTURE_RULE: Final = "M3"


@dataclass(frozen=True, slots=True)
class Past:
    """What is known around a new complaint: how many on its unit lately, itself counted; how many units have its fault.

    `fault` names model, component and symptom; None when the caller's words gave no component yet.
    """

    complaints_on_unit: int
    fault: str | None
    units_with_fault: int
    fault_is_known: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A reason with the facts that gave it."""

    reason: Reason
    facts: Facts


def of_grade(grade: Grade, *, rules: tuple[str, ...], structure_failed: bool) -> list[Found]:
    """Every major complaint, and an appraiser when structure or load-holding failed for certain.

    An answer that is merely unknown makes the complaint major but calls no appraiser: it is asked again first.
    """
    if grade is not Grade.MAJOR:
        return []
    found = [Found(Reason.MAJOR, {"rules": list(rules)})]
    if STRUCTURE_RULE in rules and structure_failed:
        found.append(Found(Reason.STRUCTURAL, {"rules": [STRUCTURE_RULE]}))
    return found


def of_past(ladder: Ladder, past: Past) -> list[Found]:
    """One complaint too many on a unit, and the same fault on too many units of a model.

    The second opens once per fault: while a case about it is open (`fault_is_known`), it isn't opened again.
    """
    found = []
    if past.complaints_on_unit >= ladder.repeat_complaints:
        found.append(Found(Reason.THIRD_COMPLAINT, {"count": past.complaints_on_unit, "days": ladder.repeat_days}))
    if past.fault is not None and past.units_with_fault >= ladder.same_fault_units and not past.fault_is_known:
        found.append(
            Found(
                Reason.SAME_FAULT,
                {"fault": past.fault, "units": past.units_with_fault, "days": ladder.same_fault_days},
            )
        )
    return found


def of_nobody_left(*, promise_at_risk: bool) -> Reason:
    """Nobody to offer to is the dispatcher's matter; the manager's at once when the promise is at risk by it."""
    return Reason.PROMISE_AT_RISK if promise_at_risk else Reason.NOBODY_LEFT
