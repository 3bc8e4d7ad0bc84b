"""T8: whether intake, sweep and board take as long with a million open complaints as with a thousand."""

import random
from typing import Final

import msgspec
import psycopg
from sqlalchemy import text

import intake.sweeping
from app import hotline
from benchmarks import bulk, calls, ground
from benchmarks.figures import Figure, median, rounded
from foundation.accounts.roles import Actor, ActorKind
from foundation.clock import MachineClock, stopwatch
from foundation.database.identity import new_id
from foundation.database.session import Sessions, reading, unit_of_work
from intake import boards, schemas

FEW: Final = 1_000
MANY: Final = 1_000_000
TURNS: Final = 120
WARM: Final = 20
#: Lines of the board, deadlines that a sweep finds due.
LINES: Final = 50
DUE: Final = 20
ACTOR: Final = Actor(kind=ActorKind.TOKEN, id=new_id(), label="bench", regions=None)
_FALL_DUE: Final = text(
    """
    UPDATE deadlines SET due_at = :now WHERE id IN (
        SELECT id FROM deadlines WHERE closed_at IS NULL AND fired_at IS NULL ORDER BY due_at DESC LIMIT :due)
    """
)


def _full(count: int) -> ground.Fill:
    def fill(owner: psycopg.Connection, sessions: Sessions) -> None:
        ground.company(200)(owner, sessions)
        bulk.complaints(owner, count)

    return fill


def growth() -> list[Figure]:
    """Each turn measures all three on both, so that both see the same machine."""
    took: dict[tuple[str, int], list[float]] = {}
    with ground.running() as server:
        bases = {size: ground.database(server, f"open_{size}", _full(size)) for size in (FEW, MANY)}
        parts = {size: ground.sessions_of(found) for size, found in bases.items()}
        dice = random.Random(8)
        for turn in range(TURNS + WARM):
            for size, sessions in parts.items():
                for name, seconds in _turn(sessions, dice).items():
                    if turn >= WARM:
                        took.setdefault((name, size), []).append(seconds)
        for sessions in parts.values():
            sessions.engine.dispose()
    return [_figure(name, took[name, FEW], took[name, MANY]) for name in ("intake", "sweep", "board")]


def _turn(sessions: Sessions, dice: random.Random) -> dict[str, float]:
    call = msgspec.convert(calls.call(dice), schemas.CallIn, strict=False).call()
    began = stopwatch()
    with unit_of_work(sessions, ACTOR.scope) as db:
        hotline.take_call(db, call, actor=ACTOR, now=MachineClock().now())
    logged = stopwatch()
    with unit_of_work(sessions) as db:
        now = MachineClock().now()
        db.execute(_FALL_DUE, {"now": now, "due": DUE})
    prepared = stopwatch()
    with unit_of_work(sessions) as db:
        assert intake.sweeping.fire_deadlines(db, now=now) == DUE
    swept = stopwatch()
    with reading(sessions) as look:
        assert len(boards.board(look, limit=LINES)) == LINES
    return {"intake": logged - began, "sweep": swept - prepared, "board": stopwatch() - swept}


def _figure(name: str, few: list[float], many: list[float]) -> Figure:
    detail = {
        f"{FEW:,} open, median ms": rounded(median(few) * 1000),
        f"{MANY:,} open, median ms": rounded(median(many) * 1000),
    }
    return Figure(f"T8 {name}: 10⁶ ÷ 10³ open complaints", rounded(median(many) / median(few)), "×", 1.5, detail=detail)
