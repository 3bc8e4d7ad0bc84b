"""The five steps of a major complaint report, and who gets it. Pure."""

from typing import Annotated, Final

from msgspec import Meta

from escalation.ladder import Level
from foundation.accounts.roles import Role
from foundation.wire import Text, Wire

#: The questions in the order in which they are asked, one to a step: what happened, who and what came to harm, what was
#: done so far, the supposed cause and whether the scene is kept, what is needed and of whom.
STEPS: Final = ("happened", "harm", "done", "cause", "needed")
Words = Annotated[Text, Meta(min_length=1)]


class Answers(Wire, frozen=True, kw_only=True):
    """A whole report: every question has its answer, if only that it isn't known yet."""

    happened: Words
    harm: Words
    done: Words
    cause: Words
    needed: Words


class Draft(Wire, frozen=True, kw_only=True):
    """As much of it as there is."""

    happened: Text | None = None
    harm: Text | None = None
    done: Text | None = None
    cause: Text | None = None
    needed: Text | None = None


def reports_to(role: Role | None) -> Level:
    """It goes up: to the regional manager, from a manager to the head of service, whose own goes to the manager."""
    return Level.HEAD if role is Role.MANAGER else Level.MANAGER


def first_open(draft: Draft) -> int:
    """The number of the first step that has no answer yet; the last one when all have."""
    open_steps = (number for number, name in enumerate(STEPS, start=1) if not getattr(draft, name))
    return next(open_steps, len(STEPS))
