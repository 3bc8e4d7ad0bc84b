"""How people behave: what they answer and how long they take. Pure; each question has dice of its own.

Minutes are of the day that is played. Work is shorter than dispatch expects, as it is on most days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

#: Technicians: accept, decline with a reason, the rest doesn't answer.
ACCEPT: Final = 0.80
DECLINE: Final = 0.12
DECLINE_REASONS: Final = ("too_far", "parts", "hours", "vehicle", "road")
#: Share of an offer's life within which people answer.
ANSWERS_WITHIN: Final = 0.5
#: Median minutes of work by grade, and its spread (standard deviation of the logarithm).
WORK_MIN: Final[Mapping[str, float]] = MappingProxyType({"general": 30.0, "serious": 40.0, "major": 60.0})
WORK_SPREAD: Final = 0.4
HAND_BACK: Final = 0.02
SUSPEND: Final = 0.03
PHOTO: Final = 0.05
OUTSIDE_FENCE: Final = 0.03
#: Customers.
POOR: Final = 0.05
REFUSES: Final = 0.02
BY_LINK: Final = 0.1
NOT_REACHED: Final = 0.15
NOT_SOLVED: Final = 0.03
#: Desk and managers who answer late.
LATE: Final = 0.06

#: The middle of the seven steps of satisfaction.
NEUTRAL: Final = 4


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """What a technician does with an offer: accept, decline or silent, after so many minutes."""

    what: str
    after_min: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """How a job goes once it is accepted. `leaves_by` says how it ends: finish, suspend or hand_back."""

    set_off_min: float
    travel_factor: float
    work_min: float
    ends: str
    resume_min: float
    in_fence: bool
    photo: bool


@dataclass(frozen=True, slots=True)
class Word:
    """What the customer does with the form, after so many minutes: sign or refuse, how satisfied, on whose phone."""

    refuses: bool
    satisfaction: int
    after_min: float
    by_link: bool


@dataclass(frozen=True, slots=True)
class FollowUpTry:
    """One follow-up call: after so many minutes, whether somebody is reached, and whether it is solved."""

    after_min: float
    reached: bool
    solved: bool


@dataclass(frozen=True, slots=True)
class Ownership:
    """When the owner of an escalation acknowledges it, and how long until they look whether it can end."""

    after_min: float
    ends_after_min: float


def _dice(key: str) -> Random:
    return Random(key)  # noqa: S311 -- seeded on purpose


def offer_answer(key: str, *, life_min: float) -> OfferAnswer:
    """What becomes of one offer that lives so many minutes."""
    dice = _dice(f"offer/{key}")
    pick, after_min = dice.random(), dice.uniform(0.05, ANSWERS_WITHIN) * life_min
    if pick < ACCEPT:
        return OfferAnswer("accept", after_min)
    if pick < ACCEPT + DECLINE:
        return OfferAnswer("decline", after_min, dice.choice(DECLINE_REASONS))
    return OfferAnswer("silent", life_min)


def job(key: str, *, grade: str, is_lead: bool, visits_before: int) -> Job:
    """How one job goes. A job that was suspended once is finished the next time."""
    dice = _dice(f"job/{key}/{visits_before}")
    pick = dice.random()
    ends = "finish"
    if is_lead and not visits_before:
        ends = "hand_back" if pick < HAND_BACK else "suspend" if pick < HAND_BACK + SUSPEND else "finish"
    return Job(
        set_off_min=dice.uniform(1, 8), travel_factor=dice.lognormvariate(0, 0.2),
        work_min=WORK_MIN[grade] * dice.lognormvariate(0, WORK_SPREAD), ends=ends, resume_min=dice.uniform(50, 120),
        in_fence=dice.random() >= OUTSIDE_FENCE, photo=dice.random() < PHOTO,
    )  # fmt: skip


def word(key: str) -> Word:
    """What the customer says when the work is done."""
    dice = _dice(f"word/{key}")
    pick = dice.random()
    satisfaction = dice.choice((1, 2, 3, 4)) if pick < POOR else dice.choice((5, 6, 6, 7, 7))
    return Word(
        refuses=POOR <= pick < POOR + REFUSES,
        satisfaction=satisfaction,
        after_min=dice.uniform(3, 11),
        by_link=dice.random() < BY_LINK,
    )


def follow_up(key: str, *, tries: int) -> FollowUpTry:
    """The next try of a follow-up call; tries count only an hour apart."""
    dice = _dice(f"follow-up/{key}/{tries}")
    after_min = dice.uniform(60, 150) if tries == 0 else dice.uniform(65, 90)
    return FollowUpTry(after_min, reached=dice.random() >= NOT_REACHED, solved=dice.random() >= NOT_SOLVED)


def acknowledgement(key: str) -> float:
    """Minutes until somebody of the desk says that they have seen a call that a machine logged."""
    dice = _dice(f"seen/{key}")
    return dice.uniform(12, 30) if dice.random() < LATE else dice.uniform(0.5, 4)


def ownership(key: str) -> Ownership:
    """How the owner of an escalated case takes it."""
    dice = _dice(f"owner/{key}")
    after_min = dice.uniform(45, 90) if dice.random() < LATE else dice.uniform(2, 14)
    return Ownership(after_min, dice.uniform(25, 60))


def answers(satisfaction: int, key: str) -> Mapping[str, int]:
    """The five perceptions that go with a satisfaction; somebody dissatisfied may find one of them at its lowest."""
    dice = _dice(f"answers/{key}")
    names: Sequence[str] = ("quality", "speed", "attitude", "information", "safety")
    return {
        name: max(2 if satisfaction > NEUTRAL else 1, min(7, satisfaction + dice.choice((-1, 0, 0, 1))))
        for name in names
    }
