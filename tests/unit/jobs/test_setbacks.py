"""What fails is tried again later and later, behind everybody else, and is told as long as it lasts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from foundation.jobs.setbacks import Setbacks, SweepIncomplete, Turns, take_turns, wait_after

AT = datetime(2026, 11, 24, tzinfo=UTC)
BROKEN, FINE = UUID(int=1), UUID(int=2)


class Sweep:
    """Rows that are due, some of which fail; who had a turn, in order."""

    def __init__(self, *due: UUID, failing: tuple[UUID, ...] = (BROKEN,)) -> None:
        self.due, self.failing, self.setbacks = list(due), set(failing), Setbacks("mill")
        self.turns: list[UUID] = []

    def everybody(self, passing_over: frozenset[UUID]) -> Turns:
        came = [self.one(key) for key in [key for key in self.due if key not in passing_over]]
        failed = {key: error for each in came for key, error in each.failed.items()}
        return Turns(sum(each.moved for each in came), failed)

    def one(self, key: UUID) -> Turns:
        if key not in self.due:
            return Turns()
        self.turns.append(key)
        if key in self.failing:
            return Turns(failed={key: ValueError("out of oil")})
        self.due.remove(key)
        return Turns(1)

    def tick(self, *, at_s: float, one: Callable[[UUID], Turns] | None = None) -> int:
        now = AT + timedelta(seconds=at_s)
        return take_turns(self.setbacks, everybody=self.everybody, one=one or self.one, now=now)


def test_the_wait_doubles_from_a_second_to_a_minute() -> None:
    waits = [wait_after(failures).total_seconds() for failures in (1, 2, 3, 4, 5, 6, 7, 8, 10_000)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_who_fails_waits_and_then_comes_behind_everybody_else() -> None:
    sweep = Sweep(BROKEN, FINE)
    with pytest.raises(SweepIncomplete):
        sweep.tick(at_s=0)
    assert sweep.turns == [BROKEN, FINE]
    sweep.due = [BROKEN, FINE]
    with pytest.raises(SweepIncomplete, match=f"1 failed and are tried again; {BROKEN}: ValueError: out of oil"):
        sweep.tick(at_s=0.5)
    assert sweep.turns[2:] == [FINE], "it waits, and is told all the same"
    sweep.due = [BROKEN, FINE]
    with pytest.raises(SweepIncomplete):
        sweep.tick(at_s=1)
    assert sweep.turns[3:] == [FINE, BROKEN]


def test_what_is_mended_or_not_due_any_more_is_forgotten_when_its_turn_comes() -> None:
    sweep = Sweep(BROKEN)
    with pytest.raises(SweepIncomplete):
        sweep.tick(at_s=0)
    sweep.failing.clear()
    assert sweep.tick(at_s=1) == 1
    sweep.due, sweep.failing = [BROKEN], {BROKEN}
    with pytest.raises(SweepIncomplete):
        sweep.tick(at_s=2)
    sweep.due.clear()
    assert sweep.tick(at_s=3) == 0


def test_one_whose_unit_of_work_fails_does_not_take_the_turn_of_those_behind_it() -> None:
    other = UUID(int=3)
    sweep = Sweep(BROKEN, other, failing=(BROKEN, other))
    with pytest.raises(SweepIncomplete, match="2 failed"):
        sweep.tick(at_s=0)

    def lost(key: UUID) -> Turns:
        if key == BROKEN:
            raise ConnectionError("at the commit")
        return sweep.one(key)

    sweep.failing.clear()
    with pytest.raises(SweepIncomplete, match=r"1 failed.*at the commit"):
        sweep.tick(at_s=1, one=lost)
    assert sweep.due == [BROKEN]


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it() -> None:
    sweep = Sweep(BROKEN)
    with pytest.raises(SweepIncomplete):
        sweep.tick(at_s=7200)
    sweep.failing.clear()
    assert sweep.tick(at_s=0) == 1
