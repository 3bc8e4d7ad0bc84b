"""Runs the whole system on one machine: the database, then web, worker and clockwork as children of one process.

It promises: a child that ends is started again, with growing pauses, and that is said; the database too; whoever kills
the supervisor kills its children (Linux); Ctrl-C, SIGTERM and SIGHUP stop everything within 5 s. Killing any child at
any moment loses nothing, so a child that doesn't stop when asked is killed.

What children print goes into `<name>.log`; lines that a person must see are repeated on the terminal.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from foundation.database import launching, server
from foundation.database.cluster import LOG_LIMIT, DatabaseRefused
from foundation.database.server import RunningServer, Server

#: Seconds between two looks at the children.
LOOK_S: Final = 0.1
#: Seconds children have to stop when asked; with the database's shutdown the whole stays under 5 s.
GRACE_S: Final = 2.5
#: Seconds before the first restart, the longest pause, and the life after which a child counts as well again.
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 30.0
WELL_AFTER_S: Final = 60.0
#: A restart that follows this many others without a well life is a trouble worth naming.
TROUBLE_AFTER: Final = 5

#: Lines a person must see, by the level words of Python's logging.
MATTERS: Final = re.compile(r"\b(WARNING|ERROR|CRITICAL|ALARM)\b")
#: Lines repeated per look; a flood stays in the file.
REPEATED: Final = 5


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """A program to keep alive: its name, its command and its whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class Child:
    """A program being kept alive."""

    spec: ChildSpec
    log: Path
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    restarts: int = 0
    next_start: float = 0.0
    read_to: int = 0

    def start(self) -> None:
        """Start it, its words going to its log; it is killed when the supervisor's main thread ends."""
        self.read_to = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as sink:
            self.process = launching.launch(
                self.spec.command, dies_by=signal.SIGKILL, log=sink, env=self.spec.environment
            )
        self.began = time.monotonic()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (of time.monotonic), then kill it and whatever it started."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self.kill_all()
        self.process.wait()

    def kill_all(self) -> None:
        """Kill the child's whole session: what it started must not live on beside its successor."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def up(
    external: Server | None,
    *,
    data_dir: Path,
    log_dir: Path,
    prepare: Callable[[Server], None],
    children: Callable[[Server], Sequence[ChildSpec]],
    ready: Callable[[Server], None],
    say: Callable[[str], None],
) -> None:
    """Run until told to stop. Call from the main thread.

    `external` is a database that somebody else runs; None starts the embedded one in `data_dir`. Then: `prepare`
    (migrations, demo data), start `children`, tell `ready`. Raises DatabaseRefused with a sentence, KeyboardInterrupt
    when told to stop before everything runs, and what `prepare` raises.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack, _interrupting():
        keeper = stack.enter_context(_keeper(external, data_dir=data_dir, say=say))
        prepare(keeper.server)
        with _told_to_stop() as ending:
            crew = [Child(spec, log=log_dir / f"{spec.name}.log") for spec in children(keeper.server)]
            stack.callback(stop, crew)
            for child in crew:
                child.start()
            ready(keeper.server)
            while not ending.wait(LOOK_S):
                keeper.look(now=time.monotonic())
                look_after(crew, now=time.monotonic(), say=say)
            say("Stopping …")
            stack.close()


def look_after(crew: Sequence[Child], *, now: float, say: Callable[[str], None]) -> None:
    """Repeat what matters, start again what ended and whose pause is over. `now` is of time.monotonic."""
    for child in crew:
        _repeat(child, say=say)
        process = child.process
        if process is not None and process.poll() is not None:
            child.kill_all()
            child.process = None
            child.restarts = 0 if now - child.began > WELL_AFTER_S else child.restarts + 1
            child.next_start = now + pause(child.restarts)
            wait = pause(child.restarts)
            say(f"{child.spec.name} {_how_it_ended(process.returncode)}; starting again in {wait:.1f} s")
            if child.restarts >= TROUBLE_AFTER:
                say(f"{child.spec.name} keeps ending; its last words are in {child.log}")
        elif process is None and now >= child.next_start:
            child.start()


def pause(restarts: int) -> float:
    """Seconds to wait before the next start, doubling with each restart that followed a short life."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** max(0, restarts - 1)))


def stop(crew: Sequence[Child]) -> None:
    """Ask all to stop, kill after the grace who hasn't."""
    for child in crew:
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_S
    for child in crew:
        child.end(deadline)


@dataclass(slots=True)
class _Keeper:
    """Keeps the embedded database running, at the same address; does nothing for one that somebody else runs."""

    server: Server
    start: Callable[[], RunningServer] | None
    say: Callable[[str], None]
    running: RunningServer | None = None
    failures: int = 0
    next_start: float = 0.0

    def look(self, *, now: float) -> None:
        """Start the database again when it ended. Recovery is waited for: without a database there is nothing to do."""
        if self.running is not None and self.running.process.poll() is not None:
            self.say(f"the database {_how_it_ended(self.running.process.returncode)}; starting it again")
            self.running.stop()
            self.running = None
        if self.running is None and self.start is not None and now >= self.next_start:
            try:
                self.running = self.start()
                self.failures = 0
            except DatabaseRefused as refused:
                self.failures += 1
                self.next_start = now + pause(self.failures)
                self.say(str(refused))
            else:
                self._must_be_where_it_was()

    def _must_be_where_it_was(self) -> None:
        if self.running is not None and self.running.server != self.server:
            raise DatabaseRefused("Another program took the database's port while it was down; start Callout again.")


@contextmanager
def _keeper(external: Server | None, *, data_dir: Path, say: Callable[[str], None]) -> Iterator[_Keeper]:
    if external is not None:
        assert_fit(external)
        yield _Keeper(server=external, start=None, say=say)
        return
    running = server.start(data_dir, say=say)
    keeper = _Keeper(server=running.server, start=lambda: server.start(data_dir, say=say), say=say, running=running)
    try:
        yield keeper
    finally:
        if keeper.running is not None:
            keeper.running.stop()


def assert_fit(external: Server) -> None:
    """Raise DatabaseRefused when a database that somebody else runs doesn't answer, is too old, would show rows to
    everybody or lose commits.
    """
    with _connected(external.app_url, named="DATABASE_URL") as connection:
        server.assert_recent(connection)
        server.assert_bound(connection)
        server.assert_durable(connection)
    if external.owner_url != external.app_url:
        with _connected(external.owner_url, named="DATABASE_OWNER_URL"):
            pass


@contextmanager
def _connected(url: str, *, named: str) -> Iterator[Connection]:
    """A connection of its own. Raises DatabaseRefused for what is no address, or leads to no database."""
    try:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    except (ArgumentError, ImportError, ValueError):
        raise DatabaseRefused(f"{named} is no address like postgresql://user:password@host:5432/name.") from None
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as away:
        raise DatabaseRefused(f"The database of {named} can't be used: {away.orig}") from None
    finally:
        engine.dispose()


def _how_it_ended(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _repeat(child: Child, *, say: Callable[[str], None]) -> None:
    """Tell the new lines that matter, then keep the log within its limit (one older generation stays)."""
    size = child.log.stat().st_size if child.log.exists() else 0
    if size > child.read_to:
        with child.log.open("rb") as file:
            file.seek(max(child.read_to, size - LOG_LIMIT))
            lines = file.read(size - file.tell()).decode(errors="replace").splitlines()
        child.read_to = size
        telling = [line for line in lines if MATTERS.search(line)]
        for line in telling[:REPEATED]:
            say(f"{child.spec.name}: {line}")
        if len(telling) > REPEATED:
            say(f"{child.spec.name}: and {len(telling) - REPEATED} more in {child.log}")
    if size > LOG_LIMIT:
        # The child keeps its file open for appending, so the file is emptied in place after a copy was put aside.
        shutil.copyfile(child.log, child.log.with_suffix(".log.1"))
        os.truncate(child.log, 0)
        child.read_to = 0


@contextmanager
def _interrupting() -> Iterator[None]:
    """While things are being prepared, every request to stop interrupts at once."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """While the system runs, a request to stop is noted, so that stopping is orderly."""
    ending = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    with _handling(note):
        yield ending


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
