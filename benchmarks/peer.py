"""T3 and T4: the same load on django-helpdesk 2.6, the peer that anyone can install: gunicorn, token API, our PostgreSQL.

It is installed into an environment of its own under var/bench at the first run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import psycopg

from benchmarks import calls, ground, load, processes
from benchmarks.figures import Figure, median, percentile, rounded
from foundation.database import server as servers
from foundation.database.server import Server

PACKAGES: Final = ("django-helpdesk==2.6.1", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
HOME: Final = ground.VAR / "helpdesk"
PEOPLE: Final = 200
CONNECTIONS: Final = 32
SECONDS: Final = 4.0
ROUNDS: Final = 5
WARM: Final = 400
#: Run inside the peer: a queue, and a member of staff with a token, which is printed.
_SET_UP: Final = """
import django; django.setup()
from django.contrib.auth import get_user_model
from helpdesk.models import Queue
from rest_framework.authtoken.models import Token
staff = get_user_model().objects.create_superuser("bench", "bench@example.test", "bench")
Queue.objects.create(title="Hotline", slug="hotline")
print(Token.objects.create(user=staff).key)
"""


def compared() -> list[Figure]:
    """Calls per second and p99 at 32 connections, ours ÷ theirs, in alternating rounds."""
    _install()
    with ground.running() as server, _database(server) as peer:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        environment = _environment(peer)
        key = _set_up(environment)
        with (
            ground.copy(server, original) as found,
            processes.part("web", found) as web,
            _serving(environment) as port,
        ):
            ours = calls.requests(ground.token(found, "complaint.log"))
            return _figures(web.port, ours, port, _tickets(key))


def _figures(our_port: int, ours: Iterator[bytes], their_port: int, theirs: Iterator[bytes]) -> list[Figure]:
    load.closed(our_port, ours, connections=CONNECTIONS, count=WARM).must_be(201)
    load.closed(their_port, theirs, connections=CONNECTIONS, count=WARM // 4).must_be(201)
    mine, others = [], []
    for _ in range(ROUNDS):
        mine.append(load.closed(our_port, ours, connections=CONNECTIONS, seconds=SECONDS).must_be(201))
        others.append(load.closed(their_port, theirs, connections=CONNECTIONS, seconds=SECONDS).must_be(201))
    pairs = list(zip(mine, others, strict=True))
    late = [(percentile(a.seconds, 0.99), percentile(b.seconds, 0.99)) for a, b in pairs]
    rate = {"calls/s": rounded(median(a.per_s for a in mine)), "tickets/s": rounded(median(b.per_s for b in others))}
    waits = {
        "calls, p99 ms": rounded(median(a for a, _ in late) * 1000),
        "tickets, p99 ms": rounded(median(b for _, b in late) * 1000),
    }
    return [
        Figure("T3 calls/s ÷ django-helpdesk's tickets/s", rounded(median(a.per_s / b.per_s for a, b in pairs)), "×", 12,
               at_least=True, detail={**rate}),
        Figure("T4 p99 ÷ django-helpdesk's", rounded(median(a / b for a, b in late)), "", 0.15, detail={**waits}),
    ]  # fmt: skip


def _install() -> None:
    if not (HOME / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run([str(HOME / "bin" / "pip"), "install", "--quiet", *PACKAGES], check=True)
        (HOME / "installed").write_text("\n".join(PACKAGES), encoding="ascii")


def _database(server: Server) -> psycopg.Connection:
    """An empty database of the peer's own; what comes back only closes at the end, the database stays until next time."""
    connection = psycopg.connect(server.database("postgres").superuser_url, autocommit=True)
    connection.execute("DROP DATABASE IF EXISTS peer WITH (FORCE)")
    servers.make_database(connection, "peer")
    return connection


def _environment(connection: psycopg.Connection) -> Mapping[str, str]:
    """Where Django finds the database; the peer owns its tables, as its documentation has it."""
    place = connection.info
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.peer_settings", "PYTHONPATH": str(ground.ROOT),
        "PEER_NAME": "peer", "PEER_USER": place.user, "PEER_PASSWORD": place.password, "PEER_HOST": place.host,
        "PEER_PORT": str(place.port),
    }  # fmt: skip


def _set_up(environment: Mapping[str, str]) -> str:
    python = str(HOME / "bin" / "python")
    subprocess.run(
        [python, "-m", "django", "migrate", "--verbosity", "0"], env=dict(environment), cwd=ground.VAR, check=True
    )
    said = subprocess.run(
        [python, "-c", _SET_UP], env=dict(environment), cwd=ground.VAR, check=True, capture_output=True, text=True
    )
    return said.stdout.split()[-1]


@contextmanager
def _serving(environment: Mapping[str, str]) -> Iterator[int]:
    """Two workers of gunicorn with four threads each, so that connections are kept; gives the port."""
    port = processes.free_port()
    command = [
        str(HOME / "bin" / "gunicorn"),
        "--workers",
        "2",
        "--threads",
        "4",
        "--keep-alive",
        "30",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
        "django.core.wsgi:get_wsgi_application()",
    ]
    with processes.program(command, environment=environment, log="peer.log") as process:
        processes.wait_for(f"http://127.0.0.1:{port}/api/tickets/", process)
        yield port


def _tickets(key: str) -> Iterator[bytes]:
    """What a call says, as a ticket."""
    number = 0
    while True:
        number += 1
        said = {"queue": 1, "title": f"起升无动作 {number}", "description": calls.SENTENCES[number % 4], "priority": 3,
                "submitter_email": "caller@example.test"}  # fmt: skip
        body = json.dumps(said, ensure_ascii=False).encode()
        yield load.request("/api/tickets/", body, headers={"Authorization": f"Token {key}"})
