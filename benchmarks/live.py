"""Boards: how soon a change is on a hundred open ones."""

import asyncio
import re
from collections.abc import Iterator
from typing import Final

import httpx
import uvloop

from benchmarks import calls, ground, processes
from benchmarks.figures import Figure, median, percentile, rounded
from foundation.accounts import actions
from foundation.accounts.roles import Role
from foundation.clock import MachineClock, stopwatch
from foundation.database.server import Server
from foundation.database.session import unit_of_work

PEOPLE: Final = 200
BOARDS: Final = 100
EVENTS: Final = 60
#: Seconds between two calls: not a divisor of the boards' pace, so that some changes wait for the next flush.
GAP_S: Final = 0.33
LOGIN: Final = "bench.head"
PASSWORD: Final = "the-crane-turns-slowly-2026"  # noqa: S105 -- of an account that lives for a minute
_NUMBER: Final = re.compile(rb"\d{4}-\d{6,}")


def boards() -> list[Figure]:
    """From the answer to a call (it is committed) to its number on every open board."""
    with ground.running() as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, processes.part("web", found) as web:
            cookie = _signed_in(found, web.port)
            requests = calls.requests(ground.token(found, "complaint.log"))
            waits = uvloop.run(_watch(web.port, cookie, requests))
    assert len(waits) == BOARDS * EVENTS, f"{len(waits)} of {BOARDS * EVENTS} arrived"
    detail = {"median ms": rounded(median(waits)), "p99 ms": rounded(percentile(waits, 0.99)), "boards": BOARDS}
    return [Figure("change committed → on 100 boards, p95", rounded(percentile(waits, 0.95)), "ms", 250, detail=detail)]


def _signed_in(found: Server, port: int) -> str:
    sessions = ground.sessions_of(found)
    with unit_of_work(sessions) as db:
        actions.add_user(
            db, LOGIN, name="Head", role=Role.HEAD, regions=[], password=PASSWORD, actor=ground.BENCH,
            now=MachineClock().now(),
        )  # fmt: skip
    sessions.engine.dispose()
    answer = httpx.post(
        f"http://127.0.0.1:{port}/api/v1/session", json={"login": LOGIN, "password": PASSWORD}, trust_env=False
    ).raise_for_status()
    return answer.headers["set-cookie"].split(";", 1)[0]


async def _watch(port: int, cookie: str, requests: Iterator[bytes]) -> list[float]:
    committed: dict[bytes, float] = {}
    arrived: list[tuple[bytes, float]] = []
    readers = [asyncio.create_task(_board(port, cookie, arrived)) for _ in range(BOARDS)]
    await asyncio.sleep(3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(EVENTS):
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        number = _NUMBER.search(body)
        assert number is not None, body[:200]
        committed[number[0]] = stopwatch()
        await asyncio.sleep(GAP_S)
    await asyncio.sleep(2)
    for task in readers:
        task.cancel()
    writer.close()
    # A board may have it before the caller has the whole answer: that is no time at all.
    return [max(0.0, (at - committed[number]) * 1000) for number, at in arrived if number in committed]


async def _board(port: int, cookie: str, arrived: list[tuple[bytes, float]]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
    seen: set[bytes] = set()
    try:
        while line := await reader.readline():
            if line.startswith(b"data:"):
                now = stopwatch()
                fresh = set(_NUMBER.findall(line)) - seen
                seen |= fresh
                arrived.extend((number, now) for number in fresh)
    finally:
        writer.close()
