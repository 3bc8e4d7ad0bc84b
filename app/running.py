"""Starting the parts: everything under one supervisor, or one process of it."""

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Final

import httpx
import uvicorn

from app import subscriptions
from app.asgi import create_app
from app.assembly import assemble
from app.clockwork import turning
from app.demo import seeding
from app.place import DATABASE_FOLDER, found, outside
from app.settings import Settings
from app.supervisor import ChildSpec
from app.supervisor import up as supervise
from app.worker import working
from foundation.clock import ShiftedClock, clock_from, stopwatch
from foundation.database.server import Server
from foundation.jobs import broker as queue
from foundation.jobs.subscribing import subscriptions as who_hears

#: Parts that make a whole system, in the order in which they start.
PARTS: Final = ("web", "worker", "clockwork")
#: Seconds between two looks whether the pages answer, and after which the operator is told that they don't.
LOOK_S: Final = 0.1
PATIENCE_S: Final = 90.0
#: Seconds that open requests get when the web process is told to stop; streams are closed at once.
GRACE_S: Final = 2


def up(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Run database, web, worker and clockwork until told to stop."""
    say("Callout is starting …")
    supervise(
        outside(settings),
        data_dir=settings.var / DATABASE_FOLDER,
        log_dir=settings.var / "log",
        prepare=lambda server: _prepare(settings, server, say=say),
        children=lambda server: children(settings, server),
        ready=lambda _server: _tell(settings, say=say),
        say=say,
    )
    say("Callout has stopped. Everything is kept under " + str(settings.var) + ".")


def children(settings: Settings, server: Server) -> list[ChildSpec]:
    """The processes of the system; all share one clock, also one that runs faster."""
    environment = environment_for(settings, server)
    return [
        ChildSpec(name=part, command=(sys.executable, "-m", "app", part), environment=environment) for part in PARTS
    ]


def environment_for(settings: Settings, server: Server) -> Mapping[str, str]:
    """The environment of a child: where the database is, and the clock with its anchor."""
    environment = {
        **os.environ,
        "DATABASE_URL": server.app_url,
        "CALLOUT_VAR": str(settings.var),
        "CALLOUT_DEMO": "yes" if settings.demo else "no",
    }
    environment.pop("DATABASE_OWNER_URL", None)
    clock = clock_from(settings.clock)
    if isinstance(clock, ShiftedClock):
        environment["CALLOUT_CLOCK"] = clock.spec()
    return environment


def web(settings: Settings) -> None:
    """Serve pages and API until told to stop."""
    _log_to_output()
    with found(settings, say=print) as server:
        system = assemble(settings, server.app_url, part="web")
        application = create_app(system)
        _keep_what_is_loaded()
        uvicorn.run(
            application, host=settings.host, port=settings.port, http="httptools", loop="uvloop", lifespan="on",
            access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S, log_config=None,
            proxy_headers=False,
        )  # fmt: skip


def worker(settings: Settings) -> None:
    """Run jobs until told to stop."""
    _log_to_output()
    with found(settings, say=print) as server:
        system = assemble(settings, server.app_url, part="worker", pool_size=settings.worker_threads + 1)
        doors = queue.broker_for(settings.broker_url, database_url=server.app_url)
        _keep_what_is_loaded()
        with working(system.context, jobs=subscriptions.jobs(system), broker=doors, threads=settings.worker_threads):
            _until_told_to_stop()


def clockwork(settings: Settings) -> None:
    """Run relay, sweeps and watchdog until told to stop."""
    _log_to_output()
    with found(settings, say=print) as server:
        system = assemble(settings, server.app_url, part="clockwork")
        jobs = subscriptions.jobs(system)
        doors = queue.broker_for(settings.broker_url, database_url=server.app_url)
        _keep_what_is_loaded()
        with turning(
            system.context, subscriptions=who_hears(jobs), ring=queue.ring_on(doors, jobs),
            recurring=subscriptions.recurring(system), database_url=server.app_url,
        ):  # fmt: skip
            _until_told_to_stop()
        doors.close()


def _keep_what_is_loaded() -> None:
    """Code and tables stay for the life of the process: the garbage collector needn't walk through them each time."""
    gc.collect()
    gc.freeze()


def _until_told_to_stop() -> None:
    """Wait for SIGTERM or Ctrl-C. The wait is cut up so that the signal is seen at once."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    while not ending.wait(0.5):
        pass


def _log_to_output() -> None:
    """One line per event, its level as a word, so that the supervisor repeats what a person must see."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    for noisy in ("dramatiq", "httpx", "uvicorn.error", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _prepare(settings: Settings, server: Server, *, say: Callable[[str], None]) -> None:
    """Demo data on the first start."""
    if settings.demo:
        seeding.seed(assemble(settings, server.app_url, part="demo"), say=say)


def _tell(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Say where to look as soon as the pages answer; the supervisor goes on watching meanwhile."""
    threading.Thread(target=_tell_when_ready, args=(settings,), kwargs={"say": say}, daemon=True).start()


def _tell_when_ready(settings: Settings, *, say: Callable[[str], None]) -> None:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 -- compared, not bound
    ends_at = stopwatch() + PATIENCE_S
    pause = threading.Event()
    while not _answers(f"http://{host}:{settings.port}/health/live"):
        if stopwatch() > ends_at:
            say(f"The pages don't answer yet; {settings.var / 'log' / 'web.log'} says why.")
            return
        pause.wait(LOOK_S)
    say(f"Callout runs at {settings.public_url} (logs: {settings.var / 'log'}). Ctrl-C stops it.")
    if settings.demo:
        for line in seeding.sign_in_lines():
            say(line)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
