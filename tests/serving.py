"""A real web process of the application in a thread, over a test's database: for browsers and plain HTTP clients."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import uvicorn

from app import settings
from app.assembly import System, assemble
from foundation.accounts import passwords
from foundation.clock import Clock
from tests import engines, standing

#: Seconds the server has to come up.
START_S = 20


@dataclass(frozen=True, slots=True)
class Served:
    """Where the application answers, and its parts for looking behind it."""

    url: str
    system: System


@cache
def hash_of(password: str) -> str:
    """The hash of a password that many tests give to somebody, computed once: it is meant to be slow."""
    return passwords.hashed(password)


def system_for(database_url: str, var: Path, *, clock: Clock | None = None) -> System:
    """The application's parts over a test's database; nothing of the machine's environment is taken over."""
    found = assemble(
        settings.from_environment({"CALLOUT_VAR": str(var), "CALLOUT_SECURE_COOKIES": "no", "CALLOUT_DEMO": "no"}),
        database_url,
        part="tests",
    )
    engine = engines.lend(database_url, application="callout-tests")
    return replace(found, clock=clock or found.clock, sessions=replace(found.sessions, engine=engine))


@contextmanager
def serving(system: System, *, port: int = 0) -> Iterator[Served]:
    """Serve until the block ends, on a port the machine chooses, or on the one where it was before."""
    app = standing.lend(system)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        app, http="httptools", loop="uvloop", lifespan="on", log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(START_S * 50):
        if server.started or not thread.is_alive():
            break
        waiting.wait(0.02)
    assert server.started, "the server did not start"
    try:
        yield Served(url=f"http://127.0.0.1:{listener.getsockname()[1]}", system=system)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        if not thread.is_alive():
            standing.give_back(app)
            engines.give_back(system.sessions.engine)
