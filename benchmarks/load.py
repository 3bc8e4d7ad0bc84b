"""A load generator that costs little: keep-alive connections on uvloop, requests written as bytes, answers cut by length.

It shares the two cores with what it measures, so it must not be the bottleneck: about 30 µs per request.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import uvloop

from foundation.clock import stopwatch

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(slots=True)
class Seen:
    """What became of the requests: seconds each took, answers by status, the bodies if they were asked for."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bodies: list[tuple[int, bytes]] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.took_s

    def must_be(self, status: int) -> "Seen":
        """Itself; RuntimeError unless every answer had this status: a figure made of refusals is worth nothing."""
        if set(self.statuses) != {status}:
            message = f"expected {status} only, got {self.statuses}: {self.bodies[:1]}"
            raise RuntimeError(message)
        return self


def request(path: str, body: bytes, *, headers: dict[str, str], method: str = "POST") -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + _END + body


class _Line(asyncio.Protocol):
    """One connection: sends what it is given, hands each whole answer on."""

    def __init__(self, seen: Seen, then: Callable[["_Line"], None], *, keep_bodies: bool) -> None:
        self.seen, self.then, self.keep_bodies = seen, then, keep_bodies
        self.buffer = b""
        self.began, self.number, self.is_busy = 0.0, 0, False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, number: int, data: bytes, *, began: float | None = None) -> None:
        """Send request `number`; its time counts from `began`, by default from now."""
        self.number, self.is_busy = number, True
        self.began = stopwatch() if began is None else began
        if self.transport is not None:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(_END)
        if not end:
            return
        lower = head.lower()
        at = lower.find(_LENGTH)
        length = int(lower[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self._answered(int(head[9:12]), rest[:length])

    def _answered(self, status: int, body: bytes) -> None:
        self.is_busy = False
        self.seen.seconds.append(stopwatch() - self.began)
        self.seen.statuses[status] = self.seen.statuses.get(status, 0) + 1
        if self.keep_bodies or status >= 400:
            self.seen.bodies.append((self.number, body))
        self.then(self)


def closed(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float | None = None, count: int | None = None,
    keep_bodies: bool = False,
) -> Seen:  # fmt: skip
    """As much as `connections` can: each sends its next request as soon as it has its answer."""
    return uvloop.run(_closed(port, requests, connections, seconds, count, keep_bodies=keep_bodies))


async def _closed(
    port: int, requests: Iterator[bytes], connections: int, seconds: float | None, count: int | None, *,
    keep_bodies: bool,
) -> Seen:  # fmt: skip
    loop, seen, sent, done = asyncio.get_running_loop(), Seen(), 0, asyncio.Event()
    began = stopwatch()
    ends_at = began + (seconds if seconds is not None else 3600.0)

    def go_on(line: _Line) -> None:
        nonlocal sent
        if stopwatch() < ends_at and (count is None or sent < count):
            line.send(sent, next(requests))
            sent += 1
        elif len(seen.seconds) == sent:
            done.set()

    lines = [
        (await loop.create_connection(lambda: _Line(seen, go_on, keep_bodies=keep_bodies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began = stopwatch()
    for line in lines:
        go_on(line)
    await asyncio.wait_for(done.wait(), (seconds or 0) + 120)
    seen.took_s = stopwatch() - began
    _hang_up(lines)
    return seen


def steady(
    port: int, requests: Iterator[bytes], *, per_s: float, seconds: float, connections: int = 64,
    on_send: Callable[[int], None] | None = None,
) -> Seen:  # fmt: skip
    """A fixed rate whatever the answers take; a request's time counts from when it was due. Bodies are kept."""
    return uvloop.run(_steady(port, requests, per_s=per_s, seconds=seconds, connections=connections, on_send=on_send))


async def _steady(
    port: int, requests: Iterator[bytes], *, per_s: float, seconds: float, connections: int,
    on_send: Callable[[int], None] | None,
) -> Seen:  # fmt: skip
    loop, seen, done = asyncio.get_running_loop(), Seen(), asyncio.Event()
    idle: asyncio.Queue[_Line] = asyncio.Queue()
    total = int(per_s * seconds)

    def answered(line: _Line) -> None:
        idle.put_nowait(line)
        if len(seen.seconds) == total:
            done.set()

    lines = [
        (await loop.create_connection(lambda: _Line(seen, answered, keep_bodies=True), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    for line in lines:
        idle.put_nowait(line)
    began = stopwatch()
    for number in range(total):
        due = began + number / per_s
        await asyncio.sleep(max(0.0, due - stopwatch()))
        line = await idle.get()
        if on_send is not None:
            on_send(number)
        line.send(number, next(requests), began=due)
    await asyncio.wait_for(done.wait(), 120)
    seen.took_s = stopwatch() - began
    _hang_up(lines)
    return seen


def _hang_up(lines: list[_Line]) -> None:
    for line in lines:
        if line.transport is not None:
            line.transport.close()
