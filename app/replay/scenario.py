"""The day that is played: who calls when about which unit. Pure; the same seed gives the same day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Final

#: Shares of the calls.
MAJOR: Final = 0.05
SERIOUS: Final = 0.25
UNKNOWN_SERIAL: Final = 0.02
DUPLICATE: Final = 0.02
BY_TOKEN: Final = 0.15
#: Calls over the day: (share, middle, standard deviation) as parts of the span; the rest is even. The larger is lunch.
PEAKS: Final = ((0.25, 0.5, 0.1), (0.15, 0.25, 0.08))
#: Minutes after which somebody calls a second time about the same.
CALLS_AGAIN_MIN: Final = (10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the register with the place where it stands, WGS-84."""

    serial_number: str
    family: str
    region_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a machine: the caller's words, component, symptom and its share among such faults."""

    sentence: str
    component: str
    symptom: str
    share: int = 1


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call: minutes after the first, what is said, the answers that grade it."""

    number: int
    at_min: float
    unit: Unit
    fault: Fault
    grade: str
    facts: Mapping[str, object]
    caller: str
    phone: str
    serial_given: str
    knows_serial: bool
    by_token: bool
    #: The call that this one repeats.
    repeats: int | None = None


CALM: Final[Mapping[str, object]] = MappingProxyType(
    {
        "injury": "none", "people_in_danger": False, "structure_or_load": False, "safety_device_out": False,
        "machine_state": "degraded", "work_halted": False, "property_loss": "none", "public_attention": False,
    }
)  # fmt: skip
_MAJOR_FACTS: Final = (
    {"people_in_danger": True, "machine_state": "stopped"},
    {"injury": "suspected", "machine_state": "stopped"},
    {"structure_or_load": True, "machine_state": "stopped"},
)
_SERIOUS_FACTS: Final = ({"machine_state": "stopped"}, {"safety_device_out": True}, {"machine_state": "stopped"})

FAULTS: Final[Mapping[str, Sequence[Fault]]] = MappingProxyType(
    {
        "elevator": (
            Fault("The lift is stuck between floors and nobody answers the alarm.", "door operator", "stuck", 2),
            Fault("Doors open and close all the time, tenants can't get in.", "door operator", "doors cycle", 4),
            Fault("It stops two inches off the landing, somebody tripped.", "leveling", "mislevels", 3),
            Fault("Loud grinding from the machine room when it goes down.", "hoist machine", "grinding", 2),
            Fault("The call buttons on the lobby panel are dead.", "landing panel", "no response", 3),
            Fault("It drops a little when it starts, people are scared.", "brake", "slips", 1),
        ),
        "escalator": (
            Fault("The escalator stops every few minutes and has to be reset.", "comb plate", "trips", 3),
            Fault("The handrail runs slower than the steps.", "handrail drive", "lags", 2),
            Fault("A step has a broken edge.", "step", "broken", 1),
        ),
        "freight": (
            Fault("The freight lift won't take the load any more.", "drive", "no lift", 2),
            Fault("The freight gate doesn't lock.", "gate switch", "no contact", 2),
        ),
        "other": (
            Fault("It doesn't move, the motor hums.", "motor", "hums", 2),
            Fault("The emergency stop is loose.", "emergency stop", "loose", 1),
            Fault("It goes up but not down.", "controller", "one direction", 2),
        ),
    }
)
_NAMES: Final = (
    "J. Alvarez", "M. Chen", "R. Cohen", "S. Diallo", "T. Evans", "N. Fontaine", "K. Grant", "L. Haddad", "P. Ivanov",
    "D. Jackson", "A. Kaur", "B. Lombardi", "C. Murphy", "E. Nowak", "F. Okafor", "G. Park", "H. Quinn", "I. Rivera",
)  # fmt: skip


def plan(units: Sequence[Unit], *, calls: int, span_min: float, seed: int) -> list[PlannedCall]:
    """The calls of the day in the order of time, numbered from 0. `units` must not be empty."""
    dice = Random(f"{seed}/calls")  # noqa: S311 -- seeded on purpose
    times = sorted(_moment(dice) * span_min for _ in range(calls))
    planned: list[PlannedCall] = []
    for number, at_min in enumerate(times):
        earlier = _earlier(planned, at_min, dice=dice) if dice.random() < DUPLICATE else None
        made = _call(number, at_min, units, dice=dice)
        planned.append(made if earlier is None else _again(made, earlier))
    return planned


def _moment(dice: Random) -> float:
    """When in the span somebody calls, 0 to 1."""
    pick = dice.random()
    for share, middle, deviation in PEAKS:
        if pick < share:
            return min(max(dice.gauss(middle, deviation), 0.0), 1.0)
        pick -= share
    return dice.random()


def _earlier(planned: Sequence[PlannedCall], at_min: float, *, dice: Random) -> PlannedCall | None:
    least, most = CALLS_AGAIN_MIN
    recent = [call for call in planned if least <= at_min - call.at_min <= most and call.repeats is None]
    return dice.choice(recent) if recent else None


def _call(number: int, at_min: float, units: Sequence[Unit], *, dice: Random) -> PlannedCall:
    unit = dice.choice(units)
    known = dice.random() >= UNKNOWN_SERIAL
    faults = FAULTS[kind_of(unit.family)]
    grade, facts = _graded(dice)
    return PlannedCall(
        number=number, at_min=at_min, unit=unit, grade=grade, facts=facts,
        fault=dice.choices(faults, weights=[fault.share for fault in faults])[0], caller=dice.choice(_NAMES),
        phone=f"+1 212 {200 + number // 10_000 % 700:03d} {number % 10_000:04d}",
        serial_given=unit.serial_number if known else f"{unit.serial_number[:2]}??{unit.serial_number[-2:]}",
        knows_serial=known, by_token=dice.random() < BY_TOKEN,
    )  # fmt: skip


def _again(made: PlannedCall, earlier: PlannedCall) -> PlannedCall:
    """The same caller about the same unit and fault; they may have reached another operator."""
    return replace(earlier, number=made.number, at_min=made.at_min, by_token=made.by_token, repeats=earlier.number)


def _graded(dice: Random) -> tuple[str, Mapping[str, object]]:
    pick = dice.random()
    if pick < MAJOR:
        return "major", {**CALM, **dice.choice(_MAJOR_FACTS)}
    if pick < MAJOR + SERIOUS:
        return "serious", {**CALM, **dice.choice(_SERIOUS_FACTS)}
    return "general", CALM


def kind_of(family: str) -> str:
    """Which of the lists of faults fits a family of the register."""
    lowered = family.casefold()
    return next((kind for kind in ("escalator", "freight", "elevator") if kind in lowered), "other")
