"""Runs the whole system on one machine: database, migrations, demo data, then web, worker and clockwork.

This process lives as long as the system and only looks after others, so it loads little and leaves to a program of its
own what is done once.
"""

import http.client
import signal
import sys
import threading
from typing import Final

import psycopg

from app import program
from app.children import children, environment_for
from app.demo import people
from app.place import DATABASE_FOLDER, outside
from app.settings import Settings
from app.supervisor import up as supervise
from foundation.clock import stopwatch
from foundation.database import launching, migrating
from foundation.database.cluster import DatabaseRefused
from foundation.database.server import Server

#: Seconds between two looks whether the pages answer, and after which the operator is told that they don't.
LOOK_S: Final = 0.1
PATIENCE_S: Final = 90.0
#: Seconds one look may take.
ANSWER_S: Final = 1.0


def up(settings: Settings) -> None:
    """Run database, web, worker and clockwork until told to stop."""
    program.say("Callout is starting …")
    supervise(
        outside(settings),
        data_dir=settings.var / DATABASE_FOLDER,
        log_dir=settings.var / "log",
        prepare=lambda server: prepare(settings, server),
        children=lambda server: children(settings, server),
        ready=lambda _server: _tell(settings),
        say=program.say,
    )
    program.say("Callout has stopped. Everything is kept under " + str(settings.var) + ".")


def prepare(settings: Settings, server: Server) -> None:
    """Newest shape and demo data, where they are missing; what was begun ends with us. Raises DatabaseRefused."""
    if not (migrating.is_due(server.owner_url) or (settings.demo and _is_empty(server))):
        return
    environment = {**environment_for(settings, server), "DATABASE_OWNER_URL": server.owner_url}
    command = (sys.executable, "-m", "app.parts.prepare")
    preparing = launching.launch(command, dies_by=signal.SIGKILL, env=environment)
    try:
        code = preparing.wait()
    finally:
        preparing.kill()
        preparing.wait()
    if code:
        raise DatabaseRefused("The database could not be prepared; what stands above says why. Nothing was lost.")


def _is_empty(server: Server) -> bool:
    """Whether the database has no region yet, which is what demo data begin with."""
    with psycopg.connect(server.app_url) as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM regions)").fetchone()
    return found is None or not found[0]


def _tell(settings: Settings) -> None:
    """Say where to look as soon as the pages answer; the supervisor goes on watching meanwhile."""
    threading.Thread(target=_tell_when_ready, args=(settings,), daemon=True).start()


def _tell_when_ready(settings: Settings) -> None:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 -- compared, not bound
    ends_at = stopwatch() + PATIENCE_S
    pause = threading.Event()
    while not _answers(host, settings.port):
        if stopwatch() > ends_at:
            program.say(f"The pages don't answer yet; {settings.var / 'log' / 'web.log'} says why.")
            return
        pause.wait(LOOK_S)
    program.say(f"Callout runs at {settings.public_url} (logs: {settings.var / 'log'}). Ctrl-C stops it.")
    if settings.demo:
        for line in people.sign_in_lines():
            program.say(line)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    program.run(up)
