"""The life of a complaint as one table: which step leads where, who may take it and what it must bring along.

Source: domain, chapter 3. A page, a route and a job all go through `after`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from foundation.accounts.roles import Role
from intake.errors import StepNotAllowed


class Stage(StrEnum):
    """Where a complaint stands."""

    LOGGED = "logged"
    GRADED = "graded"
    DISPATCHING = "dispatching"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    SUSPENDED = "suspended"
    REMOTE_SUPPORT = "remote_support"
    REPAIRED = "repaired"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    REOPENED = "reopened"
    REROUTED = "rerouted"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What happens to a complaint."""

    LOG = "LOG"
    GRADE = "GRADE"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    DISPATCH = "DISPATCH"
    ACCEPT = "ACCEPT"
    HAND_BACK = "HAND_BACK"
    SET_OFF = "SET_OFF"
    ARRIVE = "ARRIVE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    GUIDE = "GUIDE"
    FINISH = "FINISH"
    CONFIRM = "CONFIRM"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    REROUTE = "REROUTE"
    MERGE = "MERGE"
    WITHDRAW = "WITHDRAW"


#: Stages in which nothing more is due. A closed complaint may still be reopened for `REOPEN_DAYS`.
FINAL: Final = frozenset({Stage.CLOSED, Stage.REROUTED, Stage.MERGED, Stage.WITHDRAWN})
OPEN: Final = tuple(stage for stage in Stage if stage not in FINAL)
#: Days after closing within which the same complaint is reopened instead of a new one being logged.
REOPEN_DAYS: Final = 30

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_LEADS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_FIELD = frozenset({Role.TECHNICIAN})
_BEFORE_SITE = (
    Stage.LOGGED,
    Stage.GRADED,
    Stage.DISPATCHING,
    Stage.ASSIGNED,
    Stage.EN_ROUTE,
    Stage.REMOTE_SUPPORT,
    Stage.REOPENED,
)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: from any of `stages` by `step` to `to` (None: the stage stays).

    `roles` may take it, `customers` says whether a customer's link may too; the system may take every step. `needs`
    names the facts without which the step is refused.
    """

    step: Step
    stages: tuple[Stage, ...]
    to: Stage | None
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()
    customers: bool = False


#: The table itself, in the order of a complaint's life.
TABLE: Final = (
    Move(Step.GRADE, (Stage.LOGGED,), Stage.GRADED, _DESK),
    Move(Step.GRADE, tuple(stage for stage in OPEN if stage is not Stage.LOGGED), None, _DESK | _FIELD),
    Move(Step.ACKNOWLEDGE, OPEN, None, _DESK),
    Move(Step.DISPATCH, (Stage.GRADED, Stage.REOPENED, Stage.REMOTE_SUPPORT), Stage.DISPATCHING, _DESK | _FIELD),
    Move(Step.GUIDE, (Stage.GRADED, Stage.DISPATCHING), Stage.REMOTE_SUPPORT, _DESK | _FIELD, ("agreed_by",)),
    Move(Step.ACCEPT, (Stage.DISPATCHING,), Stage.ASSIGNED, _LEADS | _FIELD, ("technician_id",)),
    Move(Step.SET_OFF, (Stage.ASSIGNED,), Stage.EN_ROUTE, _LEADS | _FIELD),
    Move(Step.ARRIVE, (Stage.ASSIGNED, Stage.EN_ROUTE), Stage.ON_SITE, _LEADS | _FIELD, ("evidence",)),
    Move(
        Step.HAND_BACK,
        (Stage.ASSIGNED, Stage.EN_ROUTE, Stage.ON_SITE, Stage.SUSPENDED),
        Stage.DISPATCHING,
        _LEADS | _FIELD,
        ("reason",),
    ),
    Move(
        Step.SUSPEND,
        (Stage.ASSIGNED, Stage.EN_ROUTE, Stage.ON_SITE),
        Stage.SUSPENDED,
        _LEADS | _FIELD,
        ("reason", "resume_at"),
    ),
    Move(Step.RESUME, (Stage.SUSPENDED,), Stage.ASSIGNED, _DESK | _FIELD),
    Move(Step.FINISH, (Stage.ON_SITE,), Stage.REPAIRED, _LEADS | _FIELD, ("works_again",)),
    Move(Step.FINISH, (Stage.REMOTE_SUPPORT,), Stage.REPAIRED, _DESK | _FIELD, ("works_again",)),
    Move(Step.CONFIRM, (Stage.REPAIRED,), Stage.CONFIRMED, _DESK | _FIELD, ("feedback_id",), customers=True),
    Move(Step.CLOSE, (Stage.CONFIRMED,), Stage.CLOSED, _DESK),
    Move(
        Step.REOPEN,
        (Stage.REPAIRED, Stage.CONFIRMED, Stage.CLOSED),
        Stage.REOPENED,
        _DESK | _FIELD,
        ("reason",),
        customers=True,
    ),
    Move(Step.REROUTE, _BEFORE_SITE, Stage.REROUTED, _DESK, ("reason",)),
    Move(Step.MERGE, _BEFORE_SITE, Stage.MERGED, _LEADS, ("into", "reason")),
    Move(Step.WITHDRAW, _BEFORE_SITE, Stage.WITHDRAWN, _DESK, ("reason",)),
)

MOVES: Final[Mapping[tuple[Stage, Step], Move]] = MappingProxyType(
    {(stage, move.step): move for move in TABLE for stage in move.stages}
)


def move_for(stage: str, step: Step) -> Move:
    """The row for `step` in `stage`; StepNotAllowed if the table has none."""
    move = MOVES.get((Stage(stage), step))
    if move is None:
        raise StepNotAllowed(stage=stage, step=step, allowed=allowed(stage))
    return move


def after(stage: str, step: Step) -> Stage:
    """Where `step` leads from `stage`; StepNotAllowed if the table has no such move."""
    return move_for(stage, step).to or Stage(stage)


def allowed(stage: str) -> tuple[Step, ...]:
    """The steps the table has for `stage`, in the order of a complaint's life."""
    return tuple(step for step in Step if (Stage(stage), step) in MOVES)


def is_open(stage: str) -> bool:
    """Whether something is still due in `stage`."""
    return Stage(stage) not in FINAL


def as_markdown() -> str:
    """The table as the generated document shows it."""
    lines = [
        "| step | from | to | who | needs |",
        "| --- | --- | --- | --- | --- |",
        f"| {Step.LOG} | — | {Stage.GRADED} | agent, dispatcher, head, manager, API token | phone number, sentence |",
    ]
    for move in TABLE:
        who = sorted(role.value for role in move.roles) + (["customer's link"] if move.customers else [])
        lines.append(
            f"| {move.step} | {', '.join(move.stages)} | {move.to or 'stays'} | {', '.join(who)} "
            f"| {', '.join(move.needs) or '—'} |"
        )
    return "\n".join(lines) + "\n"
