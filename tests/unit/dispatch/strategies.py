"""Random snapshots: every kind of person, every grade, any moment.

Hypothesis draws only a seed and the size; the rest comes from a generator of that seed. Drawing each value would cost
fifty times as much, and the unit tier must answer within seconds.
"""

from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from dispatch.snapshot import Pending, Person, Refusal, Snapshot, Tried, Window
from intake.grades import Grade
from technicians.hours import Period
from tests.unit.dispatch.people import AT, a_need, a_person, a_snapshot


def minutes(dice: Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=dice.randint(least, most))


def window(dice: Random) -> Window:
    start = AT + minutes(dice, -600, 3000)
    return Window(start, start + minutes(dice, 1, 720), on_call=dice.random() < 0.5)


def worked(dice: Random) -> Period:
    start = AT - minutes(dice, 1, 9000)
    return Period(start, min(AT, start + minutes(dice, 1, 720)))


def person(dice: Random, number: int) -> Person:
    return a_person(
        number,
        travel_min=dice.choice([0.0, dice.uniform(0, 90), dice.uniform(0, 900)]),
        region=dice.choice(["east", "west"]),
        active=dice.randint(0, 9) > 0,
        skilled=dice.randint(0, 9) > 0,
        certified_until=dice.choice([None, date(2026, 11, 20) + timedelta(days=dice.randint(0, 42))]),
        senior=dice.random() < 0.5,
        windows=tuple(window(dice) for _ in range(dice.randint(0, 4))),
        worked=tuple(worked(dice) for _ in range(dice.randint(0, 3))),
        free_at=dice.choice([None, AT + minutes(dice, -600, 3000)]),
        in_crew=dice.randint(0, 9) == 0,
        pending=dice.choice([None, *Pending]),
        carries_heavy=dice.random() < 0.5,
        excluded_until=dice.choice([None, AT + minutes(dice, -300, 300)]),
        tried=dice.choice([None, Tried(dice.choice(list(Refusal)), AT - minutes(dice, 0, 300))]),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    dice = Random(draw(st.integers(0, 2**32)))
    crowd = [person(dice, number) for number in range(1, draw(st.integers(0, 12)) + 1)]
    qualified = sum(1 for one in crowd if one.skilled and one.active) + dice.randint(0, 30)
    need = a_need(
        dice.choice(list(Grade)),
        called_at=AT - minutes(dice, 0, 3000),
        needs_senior=dice.random() < 0.5,
        needs_certificate=dice.random() < 0.5,
        ringing=dice.randint(0, 2),
        heavy_parts=dice.random() < 0.3,
    )
    snapshot = a_snapshot(*crowd, need=need)
    return Snapshot(
        at=snapshot.at, need=need, people=snapshot.people, total=max(100, qualified), qualified=qualified,
        counted_at=snapshot.counted_at, travel_source="test",
    )  # fmt: skip
