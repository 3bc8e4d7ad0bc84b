"""The embedded server: one owner, nobody unasked, nothing acknowledged is lost, whatever was killed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine

from foundation.database import cluster, server
from foundation.database.cluster import DatabaseRefused
from foundation.database.server import RunningServer, Server

#: A program that owns a server, says so, and waits to be killed.
OWNER = """
import sys
from pathlib import Path
from foundation.database import server
running = server.start(Path(sys.argv[1]), say=lambda words: None)
print(running.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with server.start(tmp_path_factory.mktemp("durable") / "postgres", say=print) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Longer than a socket's path may be, which a data directory's may."""
    return tmp_path / ("a-long-name-" * 8) / "postgres"


def one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None


def killed_owner(folder: Path) -> int:
    """Start an owner, write a row, kill -9 the owner; the server's process number."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        found = server.running(folder)
        assert found is not None
        with psycopg.connect(found.owner_url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('acknowledged')")
        owner.kill()
    return pid


def test_a_second_start_on_the_same_data_is_refused_with_the_owner_named(running: RunningServer) -> None:
    data_dir = Path(running.owner.name).parent
    with pytest.raises(DatabaseRefused, match=f"already run by process {os.getpid()}. Stop that first"):
        server.start(data_dir, say=print)
    assert one(running.server.app_url, "SELECT 1") == 1


def test_another_process_finds_the_running_server_and_none_after_it_stopped(
    running: RunningServer, tmp_path: Path
) -> None:
    assert server.running(Path(running.owner.name).parent) == running.server
    assert server.running(tmp_path) is None


def test_the_application_owns_nothing_and_bypasses_nothing(running: RunningServer) -> None:
    rights = (
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert one(running.server.app_url, rights) is False
    assert one(running.server.owner_url, rights) is False
    assert one(running.server.app_url, "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
    assert one(running.server.app_url, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'callout'") == (
        server.OWNER_ROLE
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "the socket"])
def test_nobody_connects_without_the_password(running: RunningServer, host: str) -> None:
    url = running.server.superuser_url
    if host != "the socket":
        url = re.sub(r"host=[^&]+", f"host={host}", url)
    assert one(url, "SELECT 1") == 1
    password = cluster.passwords(Path(running.owner.name).parent).superuser
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "guessed"))


def test_only_this_machine_is_listened_to_and_secrets_are_private(running: RunningServer) -> None:
    assert one(running.server.app_url, "SHOW listen_addresses") == "127.0.0.1"
    data_dir = Path(running.owner.name).parent
    assert (data_dir / "passwords.json").stat().st_mode & 0o077 == 0
    assert (data_dir / "cluster").stat().st_mode & 0o077 == 0
    sockets = Path(str(one(running.server.superuser_url, "SHOW unix_socket_directories")))
    assert sockets.stat().st_mode & 0o077 == 0


def test_the_data_are_checksummed_and_chinese_words_are_found(running: RunningServer) -> None:
    assert one(running.server.app_url, "SHOW data_checksums") == "on"
    assert one(running.server.app_url, "SELECT similarity('电梯困人', '电梯') > 0") is True
    assert one(running.server.app_url, "SELECT count(*) FROM pg_extension WHERE extname <> 'plpgsql'") == len(
        server.EXTENSIONS
    )


def test_the_processes_of_the_server_run_as_nobody_privileged(running: RunningServer) -> None:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert "0" not in uids


def test_work_acknowledged_before_the_owner_was_killed_is_there_after(folder: Path) -> None:
    killed_owner(folder)
    with server.start(folder, say=print) as again:
        assert one(again.server.owner_url, "SELECT word FROM kept") == "acknowledged"


def test_work_acknowledged_before_the_server_was_killed_is_there_after(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with server.start(folder, say=print) as first:
        with psycopg.connect(first.server.owner_url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('acknowledged')")
        first.process.send_signal(signal.SIGQUIT)
        first.process.wait()
        assert (folder / "cluster" / "postmaster.pid").exists() is False
    with server.start(folder, say=print) as again:
        assert one(again.server.owner_url, "SELECT word FROM kept") == "acknowledged"
        assert again.server == first.server, "the address is remembered"


def test_a_start_that_was_killed_half_way_leaves_nothing_half_made(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    (folder / "cluster.new" / "base").mkdir(parents=True)
    (folder / "cluster.new" / "PG_VERSION").write_text("18")
    with server.start(folder, say=print, durable=False) as running:
        assert one(running.server.app_url, "SELECT 1") == 1


def test_a_recycled_process_number_does_not_keep_the_database_down(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    server.start(folder, say=print, durable=False).stop()
    (folder / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'cluster'}\n")
    with server.start(folder, say=print, durable=False) as running:
        assert one(running.server.app_url, "SELECT 1") == 1


def test_settings_that_lose_acknowledged_work_are_refused_even_when_the_operator_wrote_them(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    server.start(folder, say=print).stop()
    (folder / "operator.conf").write_text("fsync = off\n")
    with pytest.raises(DatabaseRefused, match=r"would lose acknowledged work in a crash \(fsync=off\)"):
        server.start(folder, say=print)
    assert server.running(folder) is None


def test_a_role_that_commits_without_waiting_is_refused(running: RunningServer) -> None:
    durable(running.server)
    with psycopg.connect(running.server.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE callout SET synchronous_commit = off")
    with pytest.raises(DatabaseRefused, match="synchronous_commit=off"):
        durable(running.server)
    with psycopg.connect(running.server.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE callout RESET synchronous_commit")
    durable(running.server)


def durable(found: Server) -> None:
    url = found.app_url.replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        server.assert_durable(connection)


def test_a_server_that_cannot_start_says_what_postgresql_said(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    server.start(folder, say=print, durable=False).stop()
    (folder / "operator.conf").write_text("shared_buffers = 'a lot'\n")
    with pytest.raises(DatabaseRefused, match="shared_buffers"):
        server.start(folder, say=print, durable=False)


def test_a_socket_folder_of_somebody_else_is_never_used(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    mine = cluster.socket_folder(folder, account=None)
    assert len(os.fsencode(mine)) < cluster.SOCKET_PATH_LIMIT
    mine.rmdir()
    mine.symlink_to(tmp_path)
    with pytest.raises(DatabaseRefused, match="belongs to somebody else"):
        cluster.socket_folder(folder, account=None)
    mine.unlink()
