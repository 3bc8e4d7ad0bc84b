"""G12: backups restore. A drill copies a living town in the order that docs/operations.md gives, and restores it elsewhere
by the words that stand there."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from foundation.clock import HandClock
from foundation.database import cluster, server
from foundation.database.server import Server
from foundation.database.session import EVERYTHING, reading
from foundation.jobs import sweeps
from foundation.ledger import keys, verifying
from tests import engines
from tests.postgres import Ground
from tests.town import GENERAL, Town
from tests.town_works import Works, works_over
from tests.townspeople import Register

OPERATIONS: Final = Path(__file__).resolve().parents[3] / "docs" / "operations.md"
#: What is copied, as it is numbered there: a folder of var/, or the database.
COPIED: Final = re.compile(r"\(\d\) (?:`var/(\w+)`|the (database))")
#: As it stood there for months: what was stated between the two copies is not in the dump.
CHECKPOINTS_LAST: Final = ("keys", "database", "files", "checkpoints")
FILES_FIRST: Final = ("keys", "checkpoints", "files", "database")


def section() -> str:
    return OPERATIONS.read_text(encoding="utf-8").split("\n## Backup and restore\n")[1].split("\n## ")[0]


def documented() -> list[str]:
    return [folder or database for folder, database in COPIED.findall(section())]


def run_as_written(program: str, *, database: str, dump: Path) -> None:
    """Run PostgreSQL's program with the options that the document gives it, on this server and this file."""
    (line,) = re.findall(rf"^PGPASSWORD=… {program} (.+)$", section(), re.MULTILINE)
    about = ("--host", "--port", "--username", "--file", "--dbname")
    how = [word for word in shlex.split(line) if word.startswith("--") and not word.startswith(about)]
    where = [f"--file={dump}", f"--dbname={database}"] if program == "pg_dump" else [f"--dbname={database}", str(dump)]
    done = subprocess.run([str(cluster.program(program)), *how, *where], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@dataclass
class Drill:
    """A town that goes on working while it is copied, and the place where the copies are."""

    town: Town
    ground: Ground
    kept: Path

    @property
    def var(self) -> Path:
        return self.town.works.system.settings.var

    def work(self) -> None:
        """What goes on meanwhile: a call, then its whole case with a paper, each stated by a checkpoint of its own."""
        number = self.town.report(facts=GENERAL)
        self.state()
        self.town.bring(number, "closed")
        self.state()

    def state(self) -> None:
        sweeps.make_checkpoints(self.town.works.context, keys=self.var / "keys", folder=self.var / "checkpoints")

    def back_up(self, order: Sequence[str]) -> None:
        self.work()
        for what in order:
            if what == "database":
                name = str(conninfo_to_dict(self.town.works.system.database_url)["dbname"])
                database = self.ground.server.database(name).superuser_url
                run_as_written("pg_dump", database=database, dump=self.kept / "callout.dump")
            else:
                shutil.copytree(self.var / what, self.kept / what)
            self.work()

    @contextmanager
    def restored(self, name: str) -> Iterator[Works]:
        """The system over the restored copies, after the clockwork's first round."""
        with empty_database(self.ground, name) as database:
            run_as_written("pg_restore", database=database.superuser_url, dump=self.kept / "callout.dump")
            works = works_over(database.app_url, var=self.kept, clock=HandClock(self.town.now))
            works.sweep()
            yield works
            engines.give_back(works.system.sessions.engine)


@contextmanager
def empty_database(ground: Ground, name: str) -> Iterator[Server]:
    """What a first start makes, without its migrations: roles, extensions, an empty database."""
    with psycopg.connect(ground.server.database("postgres").superuser_url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
        server.make_database(connection, name)
        yield ground.server.database(name)
        connection.execute(drop)


@pytest.fixture
def drill(town: Town, settled: tuple[Ground, Register], tmp_path_factory: pytest.TempPathFactory) -> Drill:
    return Drill(town=town, ground=settled[0], kept=tmp_path_factory.mktemp("kept"))


Restored = Callable[[Sequence[str]], tuple[set[str], list[str], dict[str, list[str]]]]


@pytest.fixture
def after(drill: Drill, worker_id: str) -> Restored:
    """What is found after a restore: by the verifier, missing of the files, violated of the invariants."""

    def found(order: Sequence[str]) -> tuple[set[str], list[str], dict[str, list[str]]]:
        drill.back_up(order)
        with drill.restored(f"test_restored_{worker_id}") as works, reading(works.system.sessions, EVERYTHING) as look:
            public_key = keys.public_key(drill.kept / "keys" / keys.PUBLIC_NAME)
            findings = verifying.verify(look, folder=drill.kept / "checkpoints", public_key=public_key)
            named = look.connection().exec_driver_sql("SELECT sha256 FROM documents").scalars().all()
            lost = [sha256 for sha256 in named if not works.system.files.verify(sha256)]
            assert named
            return {finding.code for finding in findings}, lost, works.violations()

    return found


def test_what_is_copied_in_the_documented_order_is_whole_when_it_is_restored(after: Restored) -> None:
    assert sorted(documented()) == sorted(CHECKPOINTS_LAST)
    assert after(documented()) == (set(), [], {})


def test_checkpoints_copied_after_the_database_are_noticed(after: Restored) -> None:
    findings, _, _ = after(CHECKPOINTS_LAST)
    assert {"checkpoint-missing", "chain-removed"} <= findings


def test_files_copied_before_the_database_are_noticed(after: Restored) -> None:
    _, lost, _ = after(FILES_FIRST)
    assert lost
