"""The numbers by which dispatch decides, stored with every decision, so that a record replays under its own policy."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Final, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from intake.grades import RANK, Grade
from technicians.hours import DAY, WEEK, WorkingTime

#: Where life, health or property is in danger the limits of Art. 41 of the Labour Law of the PRC don't apply (Art. 42);
#: these keep people from being worn out instead.
EMERGENCY: Final = WorkingTime(max_daily_h=16, max_weekly_h=72, min_rest_h=6)

Minutes: TypeAlias = Annotated[int, Meta(ge=1, le=10_080)]
Hours: TypeAlias = Annotated[int, Meta(ge=1, le=336)]
#: People looked at in one step; more than this is no decision but a search.
People: TypeAlias = Annotated[int, Meta(ge=1, le=500)]


class GradeRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What differs by grade. Minutes unless the name says otherwise."""

    #: How long an offer waits for its answer (domain §6.3).
    offer_life_min: Minutes
    #: How many technicians ring at once.
    rings: Annotated[int, Meta(ge=1, le=20)]
    #: Expected work on site; a guess on the long side, because visits overrun by 40 % one time in five.
    work_min: Minutes
    #: How far beyond the end of duty a visit may run before it is tomorrow's.
    overtime_min: Annotated[int, Meta(ge=0, le=1440)]
    #: Whether people on call may be woken for it.
    on_call: bool
    #: Whether lateness is measured against the target (True) or the promise (False).
    against_target: bool
    #: How long after declining or not answering somebody may be asked again, when no one else is left.
    ask_again_min: Minutes
    #: How often a waiting complaint is looked at again when nothing happens meanwhile; seconds.
    look_every_s: Annotated[int, Meta(ge=1, le=3600)]


class Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a version says. The defaults are the shipped ones; sources: domain §5–6 and the simulation of the design notes."""

    major: GradeRules = GradeRules(
        offer_life_min=3,
        rings=3,
        work_min=240,
        overtime_min=720,
        on_call=True,
        against_target=True,
        ask_again_min=10,
        look_every_s=15,
    )
    serious: GradeRules = GradeRules(
        offer_life_min=10,
        rings=1,
        work_min=180,
        overtime_min=180,
        on_call=True,
        against_target=False,
        ask_again_min=30,
        look_every_s=30,
    )
    general: GradeRules = GradeRules(
        offer_life_min=30,
        rings=1,
        work_min=132,
        overtime_min=60,
        on_call=False,
        against_target=False,
        ask_again_min=60,
        look_every_s=60,
    )
    #: How many of the nearest are looked at, and how many more of the qualified and reachable when these won't do.
    nearest: People = 24
    further: Annotated[tuple[People, ...], Meta(max_length=4)] = (48, 192)
    #: A visit that could only start later than this after its limit is no visit; hours.
    horizon_h: Hours = 72
    #: Working time for a major complaint.
    emergency: WorkingTime = EMERGENCY
    #: Work that runs over its forecast is taken to last this much longer from now; minutes.
    overrun_min: Minutes = 30
    #: Those rostered within so many hours, qualified, are looked at when the nearest have nobody to offer to.
    askable_within_h: Hours = 24


class Policy(Numbers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of one version."""

    version: int = 1

    def rules(self, grade: Grade) -> GradeRules:
        """The rules of one grade."""
        match grade:
            case Grade.MAJOR:
                return self.major
            case Grade.SERIOUS:
                return self.serious
            case Grade.GENERAL:
                return self.general
            case _:
                assert_never(grade)


#: Version 1.
SHIPPED: Final = Policy()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the numbers: the path of the field and a code (`dispatch-fault.<reason>` in the catalogues)."""

    field: str
    reason: str


def numbered(numbers: Numbers, version: int) -> Policy:
    """The numbers as the policy of this version."""
    said = {name: getattr(numbers, name) for name in Numbers.__struct_fields__}
    return Policy(**said, version=version)


def numbers_of(policy: Policy) -> Numbers:
    """What the version says, without its number."""
    return Numbers(**{name: getattr(policy, name) for name in Numbers.__struct_fields__})


def faults(numbers: Numbers) -> list[Fault]:
    """Everything that makes these numbers unfit, in the order of the document; empty when they may be saved."""
    rules = [(grade, getattr(numbers, grade)) for grade in sorted(Grade, key=RANK.__getitem__)]
    found = []
    for (grade, graver), (_, milder) in pairwise(rules):
        waits = ("offer_life_min", "ask_again_min", "look_every_s")
        found += [
            Fault(f"{grade}.{name}", "graver-waits-longer")
            for name in waits
            if getattr(graver, name) > getattr(milder, name)
        ]
        if graver.rings < milder.rings:
            found.append(Fault(f"{grade}.rings", "graver-rings-fewer"))
        if milder.on_call and not graver.on_call:
            found.append(Fault(f"{grade}.on_call", "graver-wakes-nobody"))
    return [*found, *_faults_of_hours(numbers.emergency)]


def _faults_of_hours(emergency: WorkingTime) -> list[Fault]:
    """Hours that no day or week has, and rest that work leaves no room for."""
    hour = timedelta(hours=1)
    daily, weekly = 1 <= emergency.max_daily_h <= DAY / hour, 1 <= emergency.max_weekly_h <= WEEK / hour
    rest = 0 <= emergency.min_rest_h <= DAY / hour - emergency.max_daily_h
    checks = {"max_daily_h": daily, "max_weekly_h": weekly, "min_rest_h": rest}
    return [Fault(f"emergency.{name}", "impossible-hours") for name, fits in checks.items() if not fits]
