"""The supervisor keeps children alive, says so, and leaves nothing behind when it stops or is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app import supervisor
from app.supervisor import Child, ChildSpec
from foundation.database.cluster import DatabaseRefused
from foundation.database.server import Server

#: Seconds any of these may take on a loaded machine before the test calls it never.
NEVER = 30

#: A whole system whose children only sleep; prints what it says.
SYSTEM = """
import os, sys
from pathlib import Path
from app import supervisor
from app.supervisor import ChildSpec
var = Path(sys.argv[1])
sleeper = (sys.executable, "-c", "import time; time.sleep(1000)")
specs = [ChildSpec(name, sleeper, os.environ) for name in ("web", "worker")]
specs.append(ChildSpec("stubborn", ("/bin/sh", "-c", "trap '' TERM; sleep 1000"), os.environ))
say = lambda words: print(words, flush=True)
supervisor.up(None, data_dir=var / "postgres", log_dir=var / "log", prepare=lambda found: say("prepared"),
              children=lambda found: specs, ready=lambda found: say("ready"), say=say)
say("stopped")
"""


def spec(name: str, program: str) -> ChildSpec:
    return ChildSpec(name=name, command=(sys.executable, "-c", program), environment=os.environ)


def runs(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def until(there: Callable[[], bool]) -> None:
    """Look again until it is so, giving the processor to those who make it so."""
    deadline = time.monotonic() + NEVER
    while not there():
        assert time.monotonic() < deadline, "it never became so"
        os.sched_yield()


def system(folder: Path) -> subprocess.Popen[str]:
    started = subprocess.Popen([sys.executable, "-c", SYSTEM, str(folder)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    for line in started.stdout:
        if line == "ready\n":
            break
    return started


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    return found


def test_a_child_that_ends_is_started_again_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child(spec("worker", "raise SystemExit(3)"), log=tmp_path / "worker.log")
    child.start()
    assert child.process is not None
    child.process.wait()
    supervisor.look_after([child], now=child.began + 1, say=said.append)
    assert said == ["worker ended with code 3; starting again in 0.2 s"]
    supervisor.look_after([child], now=child.began + 1.1, say=said.append)
    assert not runs(child), "the pause is kept"
    supervisor.look_after([child], now=child.began + 1.3, say=said.append)
    assert runs(child)
    supervisor.stop([child])


@pytest.mark.parametrize(("restarts", "seconds"), [(0, 0.2), (1, 0.2), (2, 0.4), (5, 3.2), (50, 30.0)])
def test_pauses_between_restarts_double_up_to_half_a_minute(restarts: int, seconds: float) -> None:
    assert supervisor.pause(restarts) == pytest.approx(seconds)


def test_lines_that_matter_are_repeated_and_the_rest_stays_in_the_file(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child(spec("web", "print('INFO fine'); print('2026 ERROR broken')"), log=tmp_path / "web.log")
    child.start()
    assert child.process is not None
    child.process.wait()
    supervisor.look_after([child], now=child.began, say=said.append)
    assert said[0] == "web: 2026 ERROR broken"
    assert "INFO fine" in child.log.read_text()
    supervisor.stop([child])


def test_a_flood_of_alarms_is_told_as_a_number(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child(spec("web", "print('ERROR\\n' * 50)"), log=tmp_path / "web.log")
    child.start()
    assert child.process is not None
    child.process.wait()
    supervisor.look_after([child], now=child.began, say=said.append)
    assert said[5] == f"web: and 45 more in {child.log}"
    supervisor.stop([child])


def test_a_database_of_somebody_else_that_forgets_commits_is_refused(database: Server) -> None:
    with pytest.raises(DatabaseRefused, match=r"fsync=off, full_page_writes=off, synchronous_commit=off"):
        supervisor.assert_fit(database)


def test_a_role_that_row_level_security_does_not_bind_is_refused(database: Server) -> None:
    with pytest.raises(DatabaseRefused, match="superuser"):
        supervisor.assert_fit(replace(database, app_url=database.superuser_url))


def test_everything_is_stopped_within_five_seconds_of_ctrl_c(tmp_path: Path) -> None:
    with system(tmp_path) as running:
        children = descendants(running)
        assert len(children) > 3
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        assert running.wait(NEVER) == 0
        assert time.monotonic() - began <= 5
        assert not any(child.is_running() for child in children)


def test_a_killed_supervisor_takes_its_children_and_the_database_with_it(tmp_path: Path) -> None:
    with system(tmp_path) as running:
        children = [child for child in descendants(running) if child.name() != "sleep"]
        running.kill()
        until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))


def test_a_killed_database_is_started_again_at_the_same_address(tmp_path: Path) -> None:
    with system(tmp_path) as running:
        first = next(
            child for child in descendants(running) if child.name() == "postgres" and child.ppid() == running.pid
        )
        first.kill()
        assert running.stdout is not None
        assert running.stdout.readline() == "the database was killed by SIGKILL; starting it again\n"
        until(
            lambda: any(
                child.name() == "postgres" and child.ppid() == running.pid and child.pid != first.pid
                for child in descendants(running)
            )
        )
        running.send_signal(signal.SIGTERM)
        assert running.wait(NEVER) == 0
