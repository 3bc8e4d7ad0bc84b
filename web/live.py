"""Live updates: one LISTEN per process, encoded once, sent to every open board as server-sent events.

The notification only says that something was announced; what changed is read from the announcements, so a missed
notification costs one poll. Streams carry complaint numbers only; the page asks for what it may see.
"""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import anyio.to_thread
import psycopg

from foundation.clock import stopwatch
from foundation.database.session import Scope, Sessions, reading
from foundation.jobs.doorbell import CHANNEL, plain_url
from web import queries

logger = logging.getLogger("callout.live")

#: Seconds between two flushes to the boards: at most four a second, the first one at once.
FLUSH_GAP_S: Final = 0.25
#: Seconds after which the announcements are read without having been poked.
POLL_S: Final = 2.0
#: Seconds between two signs of life; a page without one for 25 s says that it is stale.
PING_S: Final = 10.0
#: Seconds after which a stream ends and the page asks anew: whoever was signed out or sees less by then hears no more.
LONGEST_S: Final = 300.0
#: Seconds before a listener that lost the database tries again.
RECONNECT_S: Final = 1.0
#: Announcements remembered as already sent; more than fit into the overlap of two reads.
REMEMBERED: Final = 20_000


@dataclass(slots=True, eq=False)
class Board:
    """One open stream: what it may see and what waits to be sent to it."""

    scope: Scope
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(maxsize=64))


@dataclass(slots=True)
class Hub:
    """All open boards of this process. `start` when the application starts, `stop` before it ends."""

    sessions: Sessions
    database_url: str
    boards: set[Board] = field(default_factory=set)
    poked: asyncio.Event = field(default_factory=asyncio.Event)
    seen: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    sent: int = 0
    #: The last read failed: what was announced since the one before may be out of reach of the next.
    behind: bool = False
    longest_s: float = LONGEST_S

    async def start(self) -> None:
        """Listen and flush in the background. What was announced before is already on the pages."""
        self._remember(await self._recent())
        self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._flush())]

    async def stop(self) -> None:
        """End every stream, so that the server can stop: open streams would hold it for ever."""
        for board in list(self.boards):
            _offer(board, None)
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def stream(self, scope: Scope, *, resumed: bool) -> AsyncIterator[bytes]:
        """Events for one board. A stream that resumes begins with `refresh`: the page reads its rows once."""
        board = Board(scope=scope)
        self.boards.add(board)
        try:
            yield b"retry: 1000\n\n"
            if resumed:
                yield self._event("refresh", {})
            ends_at = stopwatch() + self.longest_s
            while stopwatch() < ends_at:
                try:
                    chunk = await asyncio.wait_for(board.waiting.get(), PING_S)
                except TimeoutError:
                    yield self._event("ping", {})
                    continue
                if chunk is None:
                    return
                yield chunk
        finally:
            self.boards.discard(board)

    async def _listen(self) -> None:
        """Turn notifications into pokes; reconnect for as long as the process lives."""
        url = plain_url(self.database_url)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.poked.set()
                    async for _ in connection.notifies():
                        self.poked.set()
            except psycopg.Error as fault:
                logger.warning("live updates lost the database, trying again: %s", type(fault).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _flush(self) -> None:
        """Read what is new and hand it to the boards that may see it, at most four times a second."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.poked.wait(), POLL_S)
            self.poked.clear()
            if self.boards:
                await self.send_changes()
            await asyncio.sleep(FLUSH_GAP_S)

    async def send_changes(self) -> None:
        """Hand what is new to the boards that may see it; where something may have been missed, all read their rows."""
        try:
            recent = await self._recent()
        except Exception:  # The stream outlives any trouble of one read; the pages' banner tells of longer ones.
            logger.exception("live updates could not be read")
            self.behind = True
            return
        missed = self.behind or recent.may_miss(self.seen)
        changes = [change for change in recent.changes if change.announcement_id not in self.seen]
        self._remember(recent)
        self.behind = False
        if missed:
            self._refresh()
        elif changes:
            by_region: dict[str, set[str]] = {}
            for change in changes:
                by_region.setdefault(change.region_code, set()).add(change.number)
            self._deliver(by_region)

    def _remember(self, recent: queries.Recent) -> None:
        for announcement_id in recent.announcements:
            self.seen[announcement_id] = None
        while len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)

    def _refresh(self) -> None:
        """Tell every board to read its rows again."""
        chunk = self._event("refresh", {})
        for board in list(self.boards):
            _offer(board, chunk)

    def _deliver(self, by_region: dict[str, set[str]]) -> None:
        """Encode once per set of regions, not once per board."""
        encoded: dict[frozenset[str] | None, bytes] = {}
        for board in list(self.boards):
            regions = board.scope.regions
            if regions not in encoded:
                numbers = sorted({n for r, ns in by_region.items() if regions is None or r in regions for n in ns})
                encoded[regions] = self._event("changed", {"numbers": numbers}) if numbers else b""
            if encoded[regions]:
                _offer(board, encoded[regions])

    async def _recent(self) -> queries.Recent:
        return await anyio.to_thread.run_sync(self._read_recent)

    def _read_recent(self) -> queries.Recent:
        with reading(self.sessions) as look:
            return queries.recent_changes(look)

    def _event(self, name: str, data: dict[str, object]) -> bytes:
        self.sent += 1
        return f"id: {self.sent}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _offer(board: Board, chunk: bytes | None) -> None:
    """Queue for a board; one that reads too slowly loses its oldest events and is told to refresh."""
    try:
        board.waiting.put_nowait(chunk)
    except asyncio.QueueFull:
        while not board.waiting.empty():
            board.waiting.get_nowait()
        board.waiting.put_nowait(chunk if chunk is None else b"event: refresh\ndata: {}\n\n")
