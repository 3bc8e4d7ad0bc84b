"""Which acts are shown for a complaint: what the reader may do, what its stage allows, what there is to do it to. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from foundation.accounts.roles import Actor, may
from intake.grades import Grade
from intake.lifecycle import Stage, Step, is_open
from web.pages.acts import ALL, Act


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides beside the reader: where the case stands, and what is there to be acted on."""

    stage: str
    grade: str
    allowed: frozenset[str]
    acknowledged: bool
    somebody_is_sought: bool = False
    has_crew: bool = False
    has_case: bool = False
    has_follow_up: bool = False
    has_arrival_to_vouch_for: bool = False


_ALSO: Final[Mapping[str, Callable[[Situation], bool]]] = {
    "acknowledgement": lambda it: not it.acknowledged,
    "assignment": lambda it: it.somebody_is_sought,
    "raising": lambda it: it.has_case,
    "corrections": lambda it: is_open(it.stage),
    "release": lambda it: it.has_crew,
    "arrival-approval": lambda it: it.has_arrival_to_vouch_for,
    "guidance": lambda it: it.grade == Grade.GENERAL,
    "guidance-report": lambda it: it.stage == Stage.REMOTE_SUPPORT,
    "guidance-end": lambda it: it.stage == Stage.REMOTE_SUPPORT,
    "heavy-parts": lambda it: it.somebody_is_sought,
    "follow-up-answer": lambda it: it.has_follow_up,
    "follow-up-attempts": lambda it: it.has_follow_up,
    "links": lambda it: is_open(it.stage) or it.stage == Stage.CLOSED,
    "region": lambda it: is_open(it.stage),
}


def possible(situation: Situation, actor: Actor) -> dict[str, Act]:
    """The acts to show, by name, in their order. Whether one is allowed in the end is decided where it is done."""
    return {act.name: act for act in ALL if may(actor, act.permission) and _fits(act, situation)}


def _fits(act: Act, situation: Situation) -> bool:
    if act.step is not None and Step(act.step) not in situation.allowed:
        return False
    also = _ALSO.get(act.name)
    return also is None or also(situation)
