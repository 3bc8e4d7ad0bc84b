"""T6, T7 and a dispatch decision: finding the nearest among many, choosing and ringing one."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import psycopg
from geopy.distance import geodesic
from sqlalchemy import text

import technicians.queries
from benchmarks import bulk, ground
from benchmarks.figures import Figure, median, percentile, rounded
from dispatch import rounds
from foundation.clock import MachineClock, stopwatch
from foundation.database.server import Server
from foundation.database.session import ReadSession, Sessions, reading, unit_of_work

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
NEAREST: Final = 10
ASKED: Final = 300
#: Looks whose answer is compared with every technician measured one by one; it takes seconds each where there are many.
COMPARED: Final = {1_000: 60, 10_000: 60, 100_000: 20, 1_000_000: 6}
DECISIONS: Final = 200
WARM: Final = 30

#: Great-circle distances of all, by a formula of its own, without any index.
_ALL: Final = text(
    """
    SELECT t.code, t.home_latitude, t.home_longitude FROM technicians t
    JOIN skills s ON s.technician_id = t.id AND s.family = :family
    ORDER BY sin(radians(t.home_latitude - :latitude) / 2) ^ 2 + cos(radians(:latitude))
        * cos(radians(t.home_latitude)) * sin(radians(t.home_longitude - :longitude) / 2) ^ 2
    LIMIT 50
    """
)


def nearest() -> list[Figure]:
    """T6: time to find the ten nearest who can, from a thousand to a million technicians; the first must be right."""
    times: dict[int, list[float]] = {}
    right = compared = 0
    with ground.running() as server:
        bases = [(size, ground.database(server, f"company_{size}", ground.company(size))) for size in SIZES]
        for size, found in bases:
            with _looking(found) as look:
                times[size] = _asked(look)
                right += _exact(look, COMPARED[size])
                compared += COMPARED[size]
    took = {size: median(values) for size, values in times.items()}
    growth = took[SIZES[-1]] / took[SIZES[0]]
    detail = {f"{size:,} technicians, median µs": rounded(value * 1e6) for size, value in took.items()}
    return [
        Figure("T6 nearest ten: 10⁶ ÷ 10³ technicians", rounded(growth), "×", 6, detail=detail),
        Figure("T6 the first is the nearest by geodesic", 100 * right / compared, "%", 100, at_least=True,
               detail={"looks compared": compared}),
    ]  # fmt: skip


def decisions() -> list[Figure]:
    """T7 and one decision: candidates with reasons, choice, claim, record, commit, at 10⁴ and 10⁵ technicians."""
    times: dict[int, list[float]] = {}
    with ground.running() as server:
        for size in SIZES[1:3]:
            original = ground.database(server, f"company_{size}", ground.company(size))
            with ground.copy(server, original) as found:
                times[size] = _decided(found)
    small, large = (times[size] for size in SIZES[1:3])
    late_small, late_large = percentile(small, 0.95) * 1000, percentile(large, 0.95) * 1000
    return [
        Figure("one decision with 10,000 technicians, p95", rounded(late_small), "ms", 20,
               detail={"median ms": rounded(median(small) * 1000)}),
        Figure("one decision: 100,000 ÷ 10,000 technicians, p95", rounded(late_large / late_small), "×", 2,
               detail={"p95 ms": rounded(late_large), "median ms": rounded(median(large) * 1000)}),
        Figure("T7 pick and claim: 100,000 ÷ 10,000 technicians", rounded(median(large) / median(small)), "×", 2.5),
    ]  # fmt: skip


@contextmanager
def _looking(found: Server) -> Iterator[ReadSession]:
    sessions = ground.sessions_of(found)
    with reading(sessions) as look:
        yield look
    sessions.engine.dispose()


def _asked(look: ReadSession) -> list[float]:
    dice, now = random.Random(6), MachineClock().now()
    times = []
    for _ in range(ASKED):
        latitude, longitude = _place(dice)
        began = stopwatch()
        found = technicians.queries.nearest(
            look, family=dice.choice(bulk.FAMILIES), latitude=latitude, longitude=longitude, at=now, limit=NEAREST
        )
        times.append(stopwatch() - began)
        assert len(found) == NEAREST
    return times[WARM:]


def _exact(look: ReadSession, count: int) -> int:
    """How often the nearest of the ten, by geodesic, is the nearest of all by geodesic."""
    dice, now, right = random.Random(66), MachineClock().now(), 0
    look.execute(text("SET LOCAL statement_timeout = 0"))
    for _ in range(count):
        place, family = _place(dice), dice.choice(bulk.FAMILIES)
        given = {"family": family, "latitude": place[0], "longitude": place[1]}
        ten = technicians.queries.nearest(look, **given, at=now, limit=NEAREST)  # type: ignore[arg-type]  # mixed values
        mine = min(ten, key=lambda one: geodesic(place, (one.position.latitude, one.position.longitude)).km)
        everybody = look.execute(_ALL, given).all()
        best = min(everybody, key=lambda row: geodesic(place, (row.home_latitude, row.home_longitude)).km)
        right += mine.code == best.code
    return right


def _decided(found: Server) -> list[float]:
    with psycopg.connect(found.superuser_url, autocommit=True) as owner:
        bulk.complaints(owner, DECISIONS + WARM, spread="1 minute", first_due="4 hours")
        ids = [row[0] for row in owner.execute("SELECT id FROM complaints ORDER BY id").fetchall()]
        owner.execute("ANALYZE complaints, deadlines")
    sessions = ground.sessions_of(found)
    times = [_decide(sessions, one) for one in ids]
    with reading(sessions) as look:
        rung = look.scalar(text("SELECT count(DISTINCT complaint_id) FROM offers"))
    assert rung == len(ids), f"only {rung} of {len(ids)} decisions rang somebody"
    sessions.engine.dispose()
    return times[WARM:]


def _decide(sessions: Sessions, complaint_id: UUID) -> float:
    began = stopwatch()
    with unit_of_work(sessions) as db:
        rounds.decide(db, complaint_id, actor=ground.BENCH, now=MachineClock().now())
    return stopwatch() - began


def _place(dice: random.Random) -> tuple[float, float]:
    return 27.5 + (bulk.SPREAD - 1) * dice.random(), 116.5 + (bulk.SPREAD - 1) * dice.random()
