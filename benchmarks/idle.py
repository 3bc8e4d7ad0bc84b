"""Memory of the whole system at rest, as `callout up` runs it: proportional set size, shared pages counted once."""

import os
import sys
import threading
from typing import Final

import psutil

from benchmarks import processes
from benchmarks.figures import Figure, rounded
from benchmarks.ground import ROOT, VAR

#: Seconds the system runs before it is looked at; every loop has then ticked.
REST_S: Final = 40.0


def memory() -> list[Figure]:
    """MB of web, worker, clockwork and database together; the supervisor beside them is told, too."""
    port = processes.free_port()
    environment = {
        **os.environ, "CALLOUT_VAR": str(VAR / "idle"), "CALLOUT_DEMO": "no", "CALLOUT_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with processes.program([sys.executable, "-m", "app", "up"], environment=environment, log="up.log") as up:
        processes.wait_for(f"http://127.0.0.1:{port}/health/live", up)
        threading.Event().wait(REST_S)
        parts = _parts(psutil.Process(up.pid))
    total = sum(size for name, size in parts.items() if name != "supervisor")
    return [Figure("memory of web, worker, clockwork, database at rest", rounded(total), "MB", 600,
                   detail={name: rounded(size) for name, size in parts.items()})]  # fmt: skip


def _parts(up: psutil.Process) -> dict[str, float]:
    found: dict[str, list[psutil.Process]] = {
        "supervisor": [up],
        "web": [],
        "worker": [],
        "clockwork": [],
        "database": [],
    }
    for child in up.children(recursive=True):
        last = child.cmdline()[-1] if child.cmdline() else ""
        found[last if last in found else "database"].append(child)
    return {name: processes.pss_mb(these) for name, these in found.items()}
