"""PostgreSQL for tests: one server per run, one migrated template, clones of it.

The server lives in the first free slot, so that runs beside each other don't meet; its folder and the template (keyed
by the migrations' text) stay for the next run. Slots are in memory where there is room, else in `var/test`: a clone of
seven hundred files costs half a second of the system's time on a disk, a thirtieth of it in memory, and nothing of it
has to survive. Started in pytest's main process, it dies with it.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from foundation.database import migrating, server
from foundation.database.cluster import DatabaseRefused
from foundation.database.server import RunningServer, Server

ROOT: Final = Path(__file__).resolve().parent.parent
SLOTS: Final = 24
#: A file system in memory, on Linux, and the bytes of it that must be free: the data, its log and a crowd of clones.
MEMORY: Final = Path("/dev/shm")
ROOM: Final = 4 * 1024**3
#: A link of the chain to stop at, for work on a package while links above it are half-written.
TARGET: Final = os.environ.get("CALLOUT_TEST_MIGRATIONS", "head")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where clones are made: the server's addresses and the template's name."""

    server: Server
    template: str

    @contextmanager
    def clone(self, name: str) -> Iterator[Server]:
        """A fresh migrated database, dropped at the end."""
        with self._superuser() as connection:
            _drop(connection, name)
            made = sql.SQL("CREATE DATABASE {} OWNER callout_owner TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(self.template)))
        try:
            yield self.server.database(name)
        finally:
            with self._superuser() as connection:
                _drop(connection, name)

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.server.database("postgres").superuser_url, autocommit=True)


def start() -> RunningServer:
    """A forgetful server in the first slot that nobody runs."""
    slots = _slots()
    for slot in range(SLOTS):
        folder = slots / str(slot)
        try:
            return server.start(folder, say=lambda _: None, durable=False)
        except DatabaseRefused as refused:
            if "already run" not in str(refused):
                raise
    raise DatabaseRefused(f"All {SLOTS} slots of {slots} are taken.")


def _slots() -> Path:
    """Where the slots are: in memory if it is ours and has room, else on the disk."""
    mark = hashlib.sha256(bytes(ROOT)).hexdigest()[:12]
    kept = MEMORY / f"callout-test-{os.geteuid()}-{mark}"
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= ROOM:
            kept.mkdir(mode=0o755, exist_ok=True)
            found = kept.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                return kept
    on_disk = ROOT / "var" / "test"
    on_disk.mkdir(parents=True, exist_ok=True)
    return on_disk


def ground(found: Server) -> Ground:
    """The template for the migrations as they are now, made unless it is there; what earlier runs left is dropped."""
    name = "template_" + _shape()
    with psycopg.connect(found.database("postgres").superuser_url, autocommit=True) as connection:
        names = {
            row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^(template|test)_'")
        }
        for old in names - {name}:
            _drop(connection, old)
        if name not in names:
            server.make_database(connection, "test_draft")
            migrating.upgrade(found.database("test_draft").owner_url, to=TARGET)
            connection.execute(sql.SQL("ALTER DATABASE test_draft RENAME TO {}").format(sql.Identifier(name)))
    return Ground(server=found, template=name)


def _shape() -> str:
    """A digest of all migrations: a changed link makes a new template."""
    digest = hashlib.sha256(TARGET.encode())
    for file in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
