"""Each program loads only what it needs, and the supervisor leaves to others what is done once."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app import settings
from app.parts import up
from foundation.database import migrating
from foundation.database import server as postgres
from foundation.database.server import Server
from tests.postgres import Ground

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty(ground: Ground) -> Iterator[Server]:
    """A database that nobody migrated."""
    superuser = ground.server.database("postgres").superuser_url
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_unprepared WITH (FORCE)")
        postgres.make_database(connection, "test_unprepared")
        yield ground.server.database("test_unprepared")
        connection.execute("DROP DATABASE test_unprepared WITH (FORCE)")


def loaded(module: str) -> set[str]:
    """The top-level packages that are there once the module is."""
    program = f"import {module}, json, sys; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize(
    ("part", "without"),
    [
        ("up", {"litestar", "dramatiq", "reportlab", "uvicorn", "httpx", "typer", "rich", "geopy", "intake", "web"}),
        ("web", {"typer", "alembic", "pypinyin"}),
        ("worker", {"typer", "alembic", "pypinyin", "uvicorn", "web"}),
        ("clockwork", {"typer", "alembic", "pypinyin", "uvicorn", "web"}),
    ],
)
def test_a_part_loads_nothing_that_only_others_need(part: str, without: set[str]) -> None:
    assert loaded(f"app.parts.{part}") & without == set()


def test_an_empty_database_is_migrated_before_the_parts_start(empty: Server, tmp_path: Path) -> None:
    wanted = dataclasses.replace(settings.from_environment({}), var=tmp_path, demo=False)
    assert migrating.is_due(empty.owner_url)
    up.prepare(wanted, empty)
    assert not migrating.is_due(empty.owner_url)


def test_a_database_that_lacks_nothing_starts_no_program(
    database: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    wanted = dataclasses.replace(settings.from_environment({}), var=tmp_path, demo=False)
    up.prepare(wanted, database)
    assert capfd.readouterr().out == ""
