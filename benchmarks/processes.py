"""The real processes of the system started beside a benchmark, and what they use: CPU by psutil, memory by the kernel."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

from benchmarks.ground import ROOT, VAR
from foundation.clock import stopwatch
from foundation.database.server import Server

#: Seconds a process has to answer after it was started, and to end after it was told to.
START_S: Final = 60.0
STOP_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Part:
    """A running process and, for one that serves, its port."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU used so far, by all its threads."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)


@contextmanager
def part(name: str, database: Server, *, extra: Mapping[str, str] | None = None) -> Iterator[Part]:
    """`web`, `worker` or `clockwork` of the application over this database."""
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": database.app_url, "CALLOUT_VAR": str(VAR / "parts"), "CALLOUT_DEMO": "no",
        "CALLOUT_PORT": str(port), "CALLOUT_SECURE_COOKIES": "no", "PYTHONPATH": str(ROOT), **(extra or {}),
    }  # fmt: skip
    with program([sys.executable, "-m", "app", name], environment=environment, log=f"{name}.log") as process:
        if name == "web":
            wait_for(f"http://127.0.0.1:{port}/health/live", process)
        yield Part(process, port)


@contextmanager
def bare() -> Iterator[Part]:
    """A bare Litestar answer on the same server: what the CPU of a call is compared with."""
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "benchmarks.bare:app", "--port", str(port), "--http", "httptools",
        "--loop", "uvloop", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with program(command, environment=environment, log="bare.log") as process:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield Part(process, port)


@contextmanager
def program(command: list[str], *, environment: Mapping[str, str], log: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block runs; it ends by SIGTERM, or by force when it doesn't."""
    folder = VAR / "log"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / log).open("wb") as sink:
        process = subprocess.Popen(command, env=dict(environment), cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the address answers anything; RuntimeError when the program ended or time is up."""
    ends_at, pause = stopwatch() + START_S, threading.Event()
    while stopwatch() < ends_at and process.poll() is None:
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.HTTPError:
            pause.wait(0.1)
        else:
            return
    message = f"{url} does not answer; see {VAR / 'log'}"
    raise RuntimeError(message)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postmaster(folder: str = "server") -> psutil.Process:
    """PostgreSQL's first process of the benchmarks' server."""
    pid_file = VAR / folder / "cluster" / "postmaster.pid"
    return psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))


def database_cpu_s(first: psutil.Process) -> float:
    """Seconds of CPU of PostgreSQL: all that run and all that ended."""
    total = 0.0
    for process in (first, *first.children(recursive=True)):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
        if process.pid == first.pid:
            total += used.children_user + used.children_system
    return total


def pss_mb(processes: list[psutil.Process]) -> float:
    """Proportional set size in MB: memory shared between processes is counted once in all."""
    total = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
