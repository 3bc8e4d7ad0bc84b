"""The embedded PostgreSQL server: started, owned and stopped by one process of ours.

It promises: one owner per data directory; nobody but this machine can connect, and nobody without a password; unlimited
time for recovery after a crash, with progress told; settings that lose acknowledged commits are refused. The server
dies with its owner, by a fast shutdown, so that a killed supervisor leaves nothing behind that holds the data.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from foundation.database import cluster, launching
from foundation.database.cluster import DatabaseRefused

DATABASE: Final = "callout"
OWNER_ROLE: Final = "callout_owner"
APP_ROLE: Final = "callout"
#: Text search by trigrams, exclusion constraints on ranges, nearest neighbour on the sphere.
EXTENSIONS: Final = ("pg_trgm", "btree_gist", "cube", "earthdistance")

#: Seconds between two looks, between two sentences about a long start, and for a fast shutdown before an immediate one.
LOOK_S: Final = 0.02
TELL_S: Final = 2.0
FAST_SHUTDOWN_S: Final = 2.0

#: What makes an acknowledged commit survive a crash. `local` and the remote kinds flush here too; `off` doesn't.
DURABLE_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
}
#: The oldest server that migrations and queries are written for, as PostgreSQL counts in `server_version_num`.
OLDEST: Final = 16_00_00
#: What stands between two major versions in that count.
MAJOR: Final = 1_00_00
_SETTINGS: Final = "SELECT name, setting FROM pg_settings WHERE name = ANY(%(names)s)"


@dataclass(frozen=True, slots=True)
class Server:
    """Addresses of one database, as libpq URLs: of its owner (migrations), of the application, of the superuser."""

    owner_url: str
    app_url: str
    superuser_url: str

    def database(self, name: str) -> "Server":
        """The same server's addresses of another database."""
        urls = (self.owner_url, self.app_url, self.superuser_url)
        return Server(*(urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe=""))) for url in urls))


@dataclass(slots=True)
class RunningServer:
    """A server this process started; `stop` it, or use it as a context manager."""

    server: Server
    process: subprocess.Popen[bytes]
    owner: IO[str] = field(repr=False)

    def stop(self) -> None:
        """Shut down fast (open transactions roll back), immediately when that takes too long. Safe to repeat."""
        for how, seconds in (
            (signal.SIGINT, FAST_SHUTDOWN_S),
            (signal.SIGQUIT, FAST_SHUTDOWN_S),
            (signal.SIGKILL, None),
        ):
            if self.process.poll() is not None:
                break
            self.process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(data_dir: Path, *, say: Callable[[str], None], durable: bool = True) -> RunningServer:
    """Start the server of `data_dir`, made at the first start, and wait until it answers, however long recovery takes.

    Call from the main thread: the server is told to stop when the calling thread ends. `durable=False` is for tests.
    Raises DatabaseRefused with a sentence: another owner, no programs, a failed start, settings that lose commits.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    owner = _own(data_dir)
    try:
        running = _start(data_dir, owner=owner, say=say, durable=durable)
    except BaseException:
        owner.close()
        raise
    try:
        prepare(running.server)
        if durable:
            with psycopg.connect(running.server.app_url) as connection:
                names = {"names": list(DURABLE_VALUES)}
                _refuse_forgetful(dict(connection.execute(_SETTINGS, names).fetchall()))
    except BaseException:
        running.stop()
        raise
    return running


def running(data_dir: Path) -> Server | None:
    """The addresses of the server that another process runs on `data_dir`; None when nobody does."""
    path = data_dir.absolute() / "owner"
    if not path.exists():
        return None
    with path.open() as owner, suppress(BlockingIOError):
        fcntl.flock(owner, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    data_dir = data_dir.absolute()
    return _addresses(data_dir, port=int((data_dir / "port").read_text()), sockets=cluster.socket_path(data_dir))


def assert_recent(connection: Connection) -> None:
    """Raise DatabaseRefused when the server is older than what migrations and queries are written for."""
    number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if number < OLDEST:
        raise DatabaseRefused(
            f"The database is PostgreSQL {number // MAJOR}; Callout needs PostgreSQL {OLDEST // MAJOR} or newer."
        )


def assert_durable(connection: Connection) -> None:
    """Raise DatabaseRefused unless what this connection commits survives a crash of the database's machine.

    Asked with the application's own role, since a role or a database can carry its own `synchronous_commit`.
    """
    found = connection.execute(text(_SETTINGS.replace("%(names)s", ":names")), {"names": list(DURABLE_VALUES)})
    _refuse_forgetful({row.name: row.setting for row in found})


def assert_bound(connection: Connection) -> None:
    """Raise DatabaseRefused when row-level security doesn't bind this role: everybody would see every region."""
    if connection.execute(text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")).scalar():
        raise DatabaseRefused(
            "The role of DATABASE_URL is a superuser or bypasses row-level security, so everybody would see every "
            "region. Give it an ordinary role, and the owner's to DATABASE_OWNER_URL."
        )


def durability_faults(settings: Mapping[str, str]) -> list[str]:
    """The settings that let acknowledged commits be lost, each as `name=value`."""
    return [f"{name}={settings.get(name)}" for name, good in DURABLE_VALUES.items() if settings.get(name) not in good]


def prepare(server: Server) -> None:
    """Make roles, extensions and the database as far as they are missing. Safe to repeat.

    The application's role owns nothing and is no superuser, so that row-level security binds it and the ledger's
    refusals hold. Extensions go into the template, so that every database made later has them.
    """
    with psycopg.connect(server.database("template1").superuser_url, autocommit=True) as connection:
        for url, role in ((server.owner_url, OWNER_ROLE), (server.app_url, APP_ROLE)):
            _make_role(connection, role, password=str(psycopg.conninfo.conninfo_to_dict(url)["password"]))
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        _assert_knows_chinese(connection)
        make_database(connection, DATABASE)


def make_database(connection: psycopg.Connection, name: str, *, template: str = "template1") -> None:
    """Make a database of the owner's, unless it exists; only the owner and the application may connect."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(made.format(sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)))
    for statement in ("REVOKE ALL ON DATABASE {} FROM PUBLIC", "GRANT CONNECT, TEMPORARY ON DATABASE {} TO callout"):
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _make_role(connection: psycopg.Connection, role: str, *, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}")
    connection.execute(made.format(sql.Identifier(role), sql.Literal(password)))


def _assert_knows_chinese(connection: psycopg.Connection) -> None:
    found = connection.execute(
        "SELECT cardinality(show_trgm('电梯')) > 0 AND similarity('电梯困人', '电梯') > 0"
    ).fetchone()
    if found is None or not found[0]:
        raise DatabaseRefused("This machine's C.UTF-8 locale knows no Chinese letters, so search would find nothing.")


def _refuse_forgetful(settings: Mapping[str, str]) -> None:
    if faults := durability_faults(settings):
        raise DatabaseRefused(
            f"The database would lose acknowledged work in a crash ({', '.join(faults)}); it must have "
            "fsync, full_page_writes and synchronous_commit on."
        )


def _own(data_dir: Path) -> IO[str]:
    """The lock of the one process that may run this data directory; the operating system frees it when that ends."""
    owner = (data_dir / "owner").open("a+")
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner.seek(0)
        pid = owner.read().strip() or "unknown"
        owner.close()
        raise DatabaseRefused(f"The database in {data_dir} is already run by process {pid}. Stop that first.") from None
    owner.truncate(0)
    owner.write(str(os.getpid()))
    owner.flush()
    return owner


def _start(data_dir: Path, *, owner: IO[str], say: Callable[[str], None], durable: bool) -> RunningServer:
    account = launching.account_for(data_dir / "cluster")
    _outlive_orphan(data_dir / "cluster", say=say)
    if not (data_dir / "cluster").exists():
        say("Making the database's folder …")
        password = cluster.passwords(data_dir).superuser
        cluster.make(data_dir, superuser_password=password, account=account)
    sockets = cluster.socket_folder(data_dir, account=account)
    port = cluster.free_port(data_dir)
    cluster.configure(data_dir, port=port, sockets=sockets, durable=durable)
    log = cluster.log_file(data_dir)
    read_from = log.stat().st_size if log.exists() else 0
    with log.open("ab") as sink:
        process = launching.launch(
            [str(cluster.program("postgres")), "-D", str(data_dir / "cluster")],
            account=account,
            pass_closed=account is not None and cluster.must_pass_closed(data_dir),
            dies_by=signal.SIGINT,
            log=sink,
        )
    started = RunningServer(server=_addresses(data_dir, port=port, sockets=sockets), process=process, owner=owner)
    with _stopping_on_failure(started):
        _await_ready(data_dir / "cluster", process=process, log=log, read_from=read_from, say=say)
    return started


@contextmanager
def _stopping_on_failure(started: RunningServer) -> Iterator[None]:
    try:
        yield
    except BaseException:
        started.stop()
        raise


def _addresses(data_dir: Path, *, port: int, sockets: Path) -> Server:
    """Addresses by the socket, which answers a small statement 20 µs and more sooner than TCP."""
    known = cluster.passwords(data_dir)
    place = f"/{DATABASE}?host={quote(str(sockets), safe='')}&port={port}"
    return Server(
        owner_url=f"postgresql://{OWNER_ROLE}:{known.owner}@{place}",
        app_url=f"postgresql://{APP_ROLE}:{known.app}@{place}",
        superuser_url=f"postgresql://postgres:{known.superuser}@{place}",
    )


def _outlive_orphan(folder: Path, *, say: Callable[[str], None]) -> None:
    """Wait for a server whose owner was killed: it is shutting down by itself, and two must never share the data."""
    orphan = _orphan(folder)
    if orphan is None:
        return
    say("Waiting for the database of an interrupted run to shut down …")
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            orphan.send_signal(how)
            orphan.wait(FAST_SHUTDOWN_S)
        if not orphan.is_running():
            return


def _orphan(folder: Path) -> psutil.Process | None:
    """The process that still runs on these data, if there is one; a pid file that speaks of no such process is removed.

    PostgreSQL would take a recycled process number for itself and refuse to start for ever. It is told apart by the
    working folder, which PostgreSQL sets to its data.
    """
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return None
    try:
        orphan = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if Path(orphan.cwd()) == folder.resolve():
            return orphan
    except (ValueError, psutil.Error):
        pass
    pid_file.unlink(missing_ok=True)
    return None


def _await_ready(
    folder: Path, *, process: subprocess.Popen[bytes], log: Path, read_from: int, say: Callable[[str], None]
) -> None:
    """Wait until the server says in its own pid file that it is ready; tell about it when that takes long."""
    began = told = time.monotonic()
    while not _is_ready(folder / "postmaster.pid", pid=process.pid):
        if process.poll() is not None:
            words = log.read_bytes()[read_from:].decode(errors="replace")
            raise DatabaseRefused(f"PostgreSQL did not start; it said:\n{words[-4000:]}")
        if time.monotonic() - told >= TELL_S:
            told = time.monotonic()
            say(f"The database is recovering ({told - began:.0f} s): {_last_words(log, read_from=read_from)}")
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)


def _is_ready(pid_file: Path, *, pid: int) -> bool:
    """Whether the file, whose first line is the process and eighth the status, calls this process ready."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 (line 8 of postmaster.pid)


def _last_words(log: Path, *, read_from: int) -> str:
    lines = log.read_bytes()[read_from:].decode(errors="replace").splitlines()
    return lines[-1].partition("LOG: ")[2].strip() if lines else "no word yet"
