"""What follows if nobody answers: who is called on which level, and when. Pure.

A forecast by the ladder that is stamped on a case, or by the one in force where none is open yet. Every answer changes
what follows, so it is worked out anew each time somebody looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from escalation import ladder as ladders
from escalation.ladder import Call, Ladder, Level, Reason, Silence
from escalation.triggers import MISSED
from foundation.accounts.roles import Role
from intake.grades import Grade


@dataclass(frozen=True, slots=True)
class Ahead:
    """At `at` the deputy of the level is called, or the level itself, which `role` owns."""

    at: datetime
    call: Call
    level: Level
    role: Role


def of_silence(ladder: Ladder, silence: Silence) -> list[Ahead]:
    """What follows an unanswered rung, in order: its deputy, then level by level to the top of the reason's path."""
    due = silence.answer_due_at
    if due is None:
        return []
    ahead = []
    if silence.has_deputy and not silence.with_deputy:
        deputy_at = ladders.deputy_after(ladder, silence, due=due)
        ahead.append(Ahead(deputy_at, Call.DEPUTY, silence.level, ladders.role_of(ladder, silence.level)))
    level = ladders.above(ladder, silence.reason, silence.level)
    return ahead if level is None else [*ahead, *_climb(ladder, silence.reason, silence.grade, level=level, at=due)]


def of_deadline(ladder: Ladder, kind: str, *, due_at: datetime, grade: Grade) -> list[Ahead]:
    """Who is called from `due_at` on when a deadline of this kind is missed; nobody for kinds that open no case."""
    reason = MISSED.get(kind)
    if reason is None:
        return []
    return list(_climb(ladder, reason, grade, level=ladders.opening(ladder, reason), at=due_at))


def _climb(ladder: Ladder, reason: Reason, grade: Grade, *, level: Level, at: datetime) -> Iterator[Ahead]:
    """Each level from this one on, called when the time of the one below is over."""
    rising: Level | None = level
    while rising is not None:
        yield Ahead(at, Call.RAISE, rising, ladders.role_of(ladder, rising))
        within = ladders.answer_within(ladder, rising, grade)
        if within is None:
            return
        at += within
        rising = ladders.above(ladder, reason, rising)
