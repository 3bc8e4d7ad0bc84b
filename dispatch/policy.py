"""The numbers by which dispatch decides, stored with every decision, so that a record replays under its own policy."""

from dataclasses import dataclass
from typing import Final, assert_never

from intake.grades import Grade
from technicians.hours import WorkingTime

#: Where life, health or property is in danger the limits of Art. 41 of the Labour Law of the PRC don't apply (Art. 42);
#: these keep people from being worn out instead.
EMERGENCY: Final = WorkingTime(max_daily_h=16, max_weekly_h=72, min_rest_h=6)


@dataclass(frozen=True, slots=True)
class GradeRules:
    """What differs by grade. Minutes unless the name says otherwise."""

    #: How long an offer waits for its answer (domain §6.3).
    offer_life_min: int
    #: How many technicians ring at once.
    rings: int
    #: Expected work on site; a guess on the long side, because visits overrun by 40 % one time in five.
    work_min: int
    #: How far beyond the end of duty a visit may run before it is tomorrow's.
    overtime_min: int
    #: Whether people on call may be woken for it.
    on_call: bool
    #: Whether lateness is measured against the target (True) or the promise (False).
    against_target: bool
    #: How long after declining or not answering somebody may be asked again, when no one else is left.
    ask_again_min: int
    #: How often a waiting complaint is looked at again when nothing happens meanwhile; seconds.
    look_every_s: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The shipped policy is version 1; sources: domain §5–6 and the simulation described in dispatch's design notes."""

    version: int = 1
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
    nearest: int = 24
    further: tuple[int, ...] = (48, 192)
    #: A visit that could only start later than this after its limit is no visit; hours.
    horizon_h: int = 72
    #: Working time for a major complaint.
    emergency: WorkingTime = EMERGENCY
    #: Work that runs over its forecast is taken to last this much longer from now; minutes.
    overrun_min: int = 30
    #: Those rostered within so many hours, qualified, are looked at when the nearest have nobody to offer to.
    askable_within_h: int = 24

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


#: What is in force.
SHIPPED = Policy()
