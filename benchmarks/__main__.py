"""`make bench`, or `python -m benchmarks [names…]`: runs one benchmark after the other, prints tables, keeps JSON.

Each runs in a process of its own. Databases that take minutes to fill are kept under var/bench for the next run.
"""

import argparse
import importlib
import subprocess
import sys
from typing import Final

from benchmarks import figures
from benchmarks.ground import ROOT, VAR

#: Name → module and function, in the order in which all are run.
ALL: Final = {
    "cost": "intake.cost",
    "pace": "intake.pace",
    "slow-disk": "intake.slow_disk",
    "peer": "peer.compared",
    "starting": "work.starting",
    "offering": "work.offering",
    "lateness": "work.lateness",
    "nearest": "field.nearest",
    "decisions": "field.decisions",
    "growth": "scale.growth",
    "boards": "live.boards",
    "memory": "idle.memory",
}


def one(name: str) -> None:
    """Run a benchmark in this process."""
    module, _, function = ALL[name].partition(".")
    before = figures.fsync_rate(VAR)
    found: list[figures.Figure] = getattr(importlib.import_module(f"benchmarks.{module}"), function)()
    beside = figures.machine(fsync_before=before, folder=VAR)
    figures.show(name, found, beside)
    print(f"  kept in {figures.save(name, found, beside).relative_to(ROOT)}", flush=True)


def main() -> int:
    """Run what was named, or all; 1 when one could not be run (a target that isn't reached is a result)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help="which ones; all without")
    names: list[str] = parser.parse_args().names or list(ALL)
    if len(names) == 1:
        one(names[0])
        return 0
    ended = [subprocess.run([sys.executable, "-m", "benchmarks", name], cwd=ROOT, check=False) for name in names]
    return int(any(process.returncode for process in ended))


if __name__ == "__main__":
    sys.exit(main())
