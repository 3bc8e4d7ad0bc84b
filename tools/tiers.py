"""Run tiers of checks and tests in order, stop at the first red, and print what each took against its budget.

    python tools/tiers.py check unit integration [--only tests/unit/test_x.py]

`make test` names all tiers, so continuous integration and people run the same. A tier whose folder doesn't exist is
said so, never passed over in silence.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent

#: Seconds a tier may take on two cores; more is printed as over budget, not failed, since machines differ.
BUDGETS: Final = {
    "check": 30,
    "unit": 5,
    "integration": 240,
    "stories": 180,
    "contracts": 120,
    "browser": 240,
    "all": 900,
}

#: Test processes per tier, on a machine of two cores; starting a second process takes longer than all unit tests.
PROCESSES: Final = {"integration": 2, "stories": 2, "contracts": 2, "browser": 2}

#: These see no fixture of the database, whose libraries take as long to load as all their tests.
ALONE: Final = {
    "check": ("-p", "no:xdist", "--confcutdir=tests/contracts"),
    "unit": ("-p", "no:xdist", "--confcutdir=tests/unit"),
}

#: The one test file that needs a broker of its own.
RABBIT: Final = ROOT / "tests" / "integration" / "jobs" / "test_rabbit.py"

#: Commands that run beside each other, of `make check` and of the unit tests.
LANES: Final = 2
#: Unit tests that load the web framework; the others begin at once.
LATE: Final = ("tests/unit/web", "tests/unit/app", "tests/unit/replay")


def checks() -> Iterator[Sequence[str]]:
    """Commands of `make check`: the one that takes longest, then the others, quickest first."""
    python = sys.executable
    yield [f"{BIN}/mypy", "--no-error-summary", "."]
    yield [f"{BIN}/ruff", "check", "--quiet", "."]
    yield [f"{BIN}/ruff", "format", "--check", "--quiet", "."]
    yield [python, "tools/lock.py", "check"]
    yield [python, "tools/texts.py", "check"]
    yield [python, "tools/vendor.py", "check"]
    yield [f"{BIN}/deptry", "."]
    yield [f"{BIN}/lint-imports"]
    yield [python, "tools/docs.py", "check"]
    yield [python, "-m", "pytest", "-q", *ALONE["check"], "tests/contracts/test_structure.py"]


def tests(tier: str, *, only: str | None) -> Iterator[Sequence[str]]:
    """The commands of a tier."""
    if tier == "browser":
        yield [sys.executable, "tools/browser.py"]
    if tier == "unit" and only is None:
        yield pytest(tier, LATE)
        yield pytest(tier, [f"tests/{tier}", *(f"--ignore={folder}" for folder in LATE)])
        return
    left_out = [] if tier != "integration" or is_rabbit_ready(only) else [f"--ignore={RABBIT}"]
    many = ["-n", str(PROCESSES[tier])] if tier in PROCESSES and only is None else []
    yield pytest(tier, [*many, *left_out, only or f"tests/{tier}"])


def pytest(tier: str, words: Iterable[str]) -> Sequence[str]:
    return [sys.executable, "-m", "pytest", "-q", *ALONE.get(tier, ()), *words]


def is_rabbit_ready(only: str | None) -> bool:
    """Whether the broker's tests may run, should they be asked for. Has the broker before two processes ask for it.

    Where it can't be had that is said and its tests are left out, but never in continuous integration: there they fail.
    """
    if only is not None and not RABBIT.is_relative_to(ROOT / only.partition("::")[0]):
        return True
    had = subprocess.run([sys.executable, "tools/rabbit.py"], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    return had.returncode == 0 or "CI" in os.environ


def passed(command: Sequence[str]) -> bool:
    """Whether the command ended well; its output goes straight to the reader."""
    ended = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    return is_green(command, code=ended.returncode)


def all_passed(commands: Iterable[Sequence[str]]) -> bool:
    """Whether all ended well, run beside each other; what each says is told in one piece. The first red stops all."""
    begun: list[subprocess.Popen[str]] = []

    def run_through(command: Sequence[str]) -> tuple[str, int]:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        begun.append(process)
        return process.communicate()[0], process.returncode

    with ThreadPoolExecutor(LANES) as lanes:
        running = {lanes.submit(run_through, command): command for command in commands}
        for ended in as_completed(running):
            words, code = ended.result()
            print(words, end="", flush=True)
            if not is_green(running[ended], code=code):
                lanes.shutdown(wait=False, cancel_futures=True)
                for process in begun:
                    process.terminate()
                return False
    return True


def is_green(command: Sequence[str], *, code: int) -> bool:
    """Whether the command ended well; one that didn't is named."""
    if code:
        print(f"red: {' '.join(command)}", file=sys.stderr, flush=True)
    return code == 0


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def run(tier: str, *, only: str | None) -> bool:
    """Run one tier; True when all of it is green."""
    print(f"── {tier}", flush=True)
    if tier == "check":
        return all_passed(checks())
    if not (ROOT / "tests" / tier).is_dir():
        print(f"tests/{tier} does not exist yet: nothing was run")
        return True
    if tier == "unit":
        return all_passed(tests(tier, only=only))
    return all(passed(command) for command in tests(tier, only=only))


def report(took: dict[str, float]) -> None:
    """Print seconds against budgets."""
    for tier, seconds in {**took, "all": sum(took.values())}.items():
        budget = BUDGETS[tier]
        print(f"{tier:12} {seconds:7.1f} s of {budget} s{'   over budget' if seconds > budget else ''}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("tiers", nargs="+", choices=[tier for tier in BUDGETS if tier != "all"])
    parser.add_argument("--only", help="one test file or folder instead of the whole tier")
    given = parser.parse_args()
    took: dict[str, float] = {}
    for tier in given.tiers:
        began = time.monotonic()
        green = run(tier, only=given.only)
        took[tier] = time.monotonic() - began
        if not green:
            return 1
    report(took)
    return 0


if __name__ == "__main__":
    sys.exit(main())
