"""What a sweep could not do for now: its turn comes again, later each time, and costs nobody else theirs.

A row that fails stays due, because rows are the truth: the invariants go on judging it, and another process may try it.
It is only passed over, for a second, then for two, four, up to a minute, and has its turn behind everybody who has not
failed. While one is left every tick ends with SweepIncomplete, so the loop is in trouble: the health page shows it and the
service outside hears of it at once, not only when the invariants call the row late.

All this is kept by the loop, in memory: patience is no promise to anybody. A new process tries everything at once, which
is what whoever mended the cause is waiting for.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

log = logging.getLogger(__name__)

#: Seconds of machine time until what failed is tried again; doubled at each further failure, up to the longest.
FIRST_WAIT_S: Final = 1
LONGEST_WAIT_S: Final = 60
#: Doublings beyond which the wait is the longest anyway: a number that stays small however long something fails.
_MOST_DOUBLINGS: Final = LONGEST_WAIT_S.bit_length()


class SweepIncomplete(Exception):
    """Some rows failed and are tried again; the message says how many, and of one why."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What came of the turns that were given: how many rows were moved, and who failed of what."""

    moved: int = 0
    failed: Mapping[UUID, Exception] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setback:
    """One row that failed so many times in a row, and the machine time from which it may be tried again."""

    failures: int
    again_at: datetime
    trouble: str


@dataclass(slots=True)
class Setbacks:
    """The rows that one loop of this process could not move; `sweep` names it in the log."""

    sweep: str
    of: dict[UUID, Setback] = field(default_factory=dict)


#: Gives everybody due their turn, except for those passed over; who fails doesn't keep the others waiting.
Everybody: TypeAlias = Callable[[frozenset[UUID]], Turns]
#: Gives one row its turn, in a unit of work of its own, if it is still due.
One: TypeAlias = Callable[[UUID], Turns]


def take_turns(setbacks: Setbacks, *, everybody: Everybody, one: One, now: datetime) -> int:
    """First everybody who has not failed, then those who have and have waited; returns how many rows were moved.

    `now` is machine time. Raises SweepIncomplete when all had their turn and somebody stays behind.
    """
    came = everybody(frozenset(setbacks.of))
    moved = came.moved
    for key, error in came.failed.items():
        _set_back(setbacks, key, error, now=now)
    for key in _ready(setbacks, now=now):
        again = _again(one, key)
        moved += again.moved
        if key in again.failed:
            _set_back(setbacks, key, again.failed[key], now=now)
        else:
            del setbacks.of[key]  # Done, or not due any more; if somebody else holds it, the next tick finds it anew.
    if setbacks.of:
        raise SweepIncomplete(_told(setbacks))
    return moved


def wait_after(failures: int) -> timedelta:
    """How long something that failed so many times in a row is left alone."""
    doublings = min(failures - 1, _MOST_DOUBLINGS)
    return timedelta(seconds=min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S))


def _set_back(setbacks: Setbacks, key: UUID, error: Exception, *, now: datetime) -> None:
    before = setbacks.of.get(key)
    failures = 1 if before is None else before.failures + 1
    wait = wait_after(failures)
    setbacks.of[key] = Setback(failures, now + wait, f"{type(error).__name__}: {error}")
    log.error(
        "ALARM %s failed for %s, %d in a row; tried again in %d s",
        setbacks.sweep, key, failures, wait.total_seconds(), exc_info=error,
    )  # fmt: skip


def _ready(setbacks: Setbacks, *, now: datetime) -> list[UUID]:
    """Who has waited, the longest first. A clock that was set back must not make anybody wait for it to come round."""
    latest = now + timedelta(seconds=LONGEST_WAIT_S)
    waited = [(each.again_at, key) for key, each in setbacks.of.items() if not now < each.again_at <= latest]
    return [key for _, key in sorted(waited)]


def _again(one: One, key: UUID) -> Turns:
    try:
        return one(key)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is this row's, and those behind it have their turn
        return Turns(failed={key: error})


def _told(setbacks: Setbacks) -> str:
    key = min(setbacks.of)
    return f"{len(setbacks.of)} failed and are tried again; {key}: {setbacks.of[key].trouble}"
