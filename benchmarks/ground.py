"""Where benchmarks stand: one durable server under var/bench and databases of known content, kept between runs."""

import ast
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from benchmarks import bulk
from foundation.accounts import actions
from foundation.accounts.roles import system
from foundation.clock import MachineClock
from foundation.database import migrating, server
from foundation.database.server import Server
from foundation.database.session import Sessions, engine_for, unit_of_work

ROOT: Final = Path(__file__).resolve().parent.parent
VAR: Final = ROOT / "var" / "bench"
BENCH: Final = system("benchmark")
#: A maker fills a migrated, empty database over these two connections: the superuser's and the application's.
Fill = Callable[[psycopg.Connection, Sessions], None]


@contextmanager
def running(*, preload: Path | None = None, folder: str = "server") -> Iterator[Server]:
    """The durable server of the benchmarks; `preload` is a library put before the system's own."""
    before = os.environ.get("LD_PRELOAD")
    if preload is not None:
        os.environ["LD_PRELOAD"] = str(preload)
    try:
        started = server.start(VAR / folder, say=print)
    finally:
        os.environ.pop("LD_PRELOAD", None)
        if before is not None:
            os.environ["LD_PRELOAD"] = before
    with started:
        yield started.server


def database(found: Server, name: str, fill: Fill) -> Server:
    """A database made by `fill` for the present migrations, made once and kept; who measures works on a `copy`."""
    whole = f"{name}_{_shape()}"
    with _superuser(found) as connection:
        if _exists(connection, whole):
            return found.database(whole)
        print(f"making {whole} (kept for later runs) …", flush=True)
        _drop(connection, "draft")
        server.make_database(connection, "draft")
        draft = found.database("draft")
        migrating.upgrade(draft.owner_url)
        sessions = sessions_of(draft)
        with psycopg.connect(draft.superuser_url, autocommit=True) as owner:
            fill(owner, sessions)
            sessions.engine.dispose()
            owner.execute("VACUUM (ANALYZE)")
        connection.execute(sql.SQL("ALTER DATABASE draft RENAME TO {}").format(sql.Identifier(whole)))
    return found.database(whole)


@contextmanager
def copy(found: Server, original: Server, name: str = "measured") -> Iterator[Server]:
    """A copy to measure on, dropped afterwards."""
    source = psycopg.conninfo.conninfo_to_dict(original.app_url)["dbname"]
    with _superuser(found) as connection:
        _drop(connection, name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER callout_owner TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(str(source))
            )
        )
        connection.execute("CHECKPOINT")
    try:
        with psycopg.connect(found.database(name).superuser_url, autocommit=True) as owner:
            bulk.freshen(owner)
        yield found.database(name)
    finally:
        with _superuser(found) as connection:
            _drop(connection, name)


def company(people: int) -> Fill:
    """A company with a register of units and `people` technicians on duty, each with an account."""

    def fill(owner: psycopg.Connection, sessions: Sessions) -> None:
        bulk.regions(sessions)
        bulk.register(owner)
        bulk.technicians(owner, people)

    return fill


def sessions_of(found: Server, *, pool_size: int = 2) -> Sessions:
    """Sessions over this database, for what is measured in this process; dispose of the engine afterwards."""
    return Sessions(engine=engine_for(found.app_url, pool_size=pool_size, application="benchmark"))


def token(found: Server, *powers: str) -> str:
    """A fresh API token with these powers, for all regions."""
    sessions = sessions_of(found)
    with unit_of_work(sessions) as db:
        made = actions.add_token(
            db, f"bench {os.urandom(4).hex()}", powers=powers, regions=None, actor=BENCH, now=MachineClock().now()
        )
    sessions.engine.dispose()
    return made.secret


def _superuser(found: Server) -> psycopg.Connection:
    return psycopg.connect(found.database("postgres").superuser_url, autocommit=True)


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _shape() -> str:
    """A digest of the migrations and of what fills, whatever their layout: a changed table makes new databases."""
    files = [Path(bulk.__file__), *sorted((ROOT / "migrations").rglob("*.py"))]
    said = [ast.dump(ast.parse(file.read_text(encoding="utf-8"))) for file in files]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
