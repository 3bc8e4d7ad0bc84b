"""What a customer's page says about a case, from facts alone: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from feedback.customers import TO_SIGN
from feedback.schemas import Coming
from intake.clocks import Kind
from intake.lifecycle import Stage, Step
from intake.register_schemas import CustomerCase
from intake.schemas import DeadlineOut

#: The customer's way through a case: the step that reaches each station, in order.
STATIONS: Final = (Step.LOG, Step.ACCEPT, Step.SET_OFF, Step.ARRIVE, Step.FINISH, Step.CONFIRM)
#: How many stations a stage has behind it; stages that aren't named are off this way.
REACHED: Final[Mapping[Stage, int]] = {
    Stage.LOGGED: 1,
    Stage.GRADED: 1,
    Stage.DISPATCHING: 1,
    Stage.REMOTE_SUPPORT: 1,
    Stage.REOPENED: 1,
    Stage.ASSIGNED: 2,
    Stage.SUSPENDED: 2,
    Stage.EN_ROUTE: 3,
    Stage.ON_SITE: 4,
    Stage.REPAIRED: 5,
    Stage.CONFIRMED: 6,
    Stage.CLOSED: 6,
}
#: Stages in which somebody still has to find the site.
BEFORE_ARRIVAL: Final = frozenset(
    {
        Stage.LOGGED,
        Stage.GRADED,
        Stage.DISPATCHING,
        Stage.REMOTE_SUPPORT,
        Stage.REOPENED,
        Stage.ASSIGNED,
        Stage.EN_ROUTE,
    }
)
#: Digits of a telephone number that stay readable at its end and before the middle.
_HEAD_DIGITS, _TAIL_DIGITS = 3, 4


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the way: `state` is done, now or later; `at` when it was reached."""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """The big line: `kind` is expected, late or arrived, as `customer.when.<kind>`."""

    kind: str
    at: datetime


def expectation(stage: Stage, lead: Coming, *, now: datetime) -> Expectation | None:
    """When somebody comes or came; a forecast that has passed says so instead of promising it again."""
    if stage is Stage.ON_SITE and lead.arrived_at is not None:
        return Expectation("arrived", lead.arrived_at)
    if stage not in {Stage.ASSIGNED, Stage.EN_ROUTE} or lead.expected_at is None:
        return None
    return Expectation("late" if lead.expected_at < now else "expected", lead.expected_at)


def promise(case: CustomerCase) -> DeadlineOut | None:
    """The promise to be on site, of the present round of work."""
    promised = [one for one in case.promises if one.kind == Kind.ON_SITE_PROMISE]
    return max(promised, key=lambda one: one.opened_at, default=None)


def path(stage: Stage, case: CustomerCase) -> list[Station]:
    """The way with what is behind; a reopened case begins it again. Empty for a case that left it."""
    reached = REACHED.get(stage)
    if reached is None:
        return []
    found: dict[str, datetime] = {}
    for step in case.steps:
        if step.step == Step.REOPEN:
            found = {Step.LOG: found.get(Step.LOG, case.called_at)}
        found[step.step] = step.at
    found[Step.LOG] = case.called_at
    return [
        Station(str(step), _state(index, reached), found.get(step) if index < reached else None)
        for index, step in enumerate(STATIONS)
    ]


def _state(index: int, reached: int) -> str:
    if index == reached - 1 and reached < len(STATIONS):
        return "now"
    return "done" if index < reached else "later"


def to_sign(stage: Stage, *, purpose: str) -> bool:
    """Whether this link may sign, and there is something to sign."""
    return stage is Stage.REPAIRED and purpose in TO_SIGN


def masked(number: str | None) -> str | None:
    """A telephone number that its owner knows again and nobody else can ring: 138****8000."""
    if not number:
        return None
    digits = number.removeprefix("+86").partition(";")[0]
    if len(digits) <= _HEAD_DIGITS + _TAIL_DIGITS:
        return "*" * len(digits)
    hidden = "*" * (len(digits) - _HEAD_DIGITS - _TAIL_DIGITS)
    return f"{digits[:_HEAD_DIGITS]}{hidden}{digits[-_TAIL_DIGITS:]}"
