"""Commands as an operator gives them: over a database of their own, which the environment names."""

import io
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol
from uuid import UUID

import pytest

from app import cli
from foundation.clock import MachineClock
from foundation.database import server
from foundation.database.identity import new_id
from foundation.database.session import Sessions, unit_of_work
from foundation.jobs.job import Job, JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.ledger import relay
from foundation.ledger.announcing import Event, announce


class GateShut(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "gate.shut"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, owner_url: str) -> None:
    given = {"DATABASE_URL": database_url, "DATABASE_OWNER_URL": owner_url, "CALLOUT_VAR": str(tmp_path)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    # The tests' server forgets on purpose what a crash would cost; commands refuse such a one.
    monkeypatch.setattr(server, "assert_durable", lambda connection: None)
    monkeypatch.setattr(cli.console, "width", 300)
    monkeypatch.setenv("COLUMNS", "300")  # Usage errors are drawn in a box as wide as the terminal.


@pytest.fixture
def dead_letter(sessions: Sessions) -> UUID:
    """An errand whose only attempt failed."""

    def fail(db: object, event: GateShut, now: datetime) -> None:
        raise ValueError("the [gate] is shut")

    jobs = by_name([Job(name="gate.open", hears=GateShut, run=fail, max_attempts=1)])
    context = JobContext(sessions=sessions, clock=MachineClock())
    with unit_of_work(sessions) as db:
        announce(db, GateShut(subject_id=new_id()), now=context.now())
    rung: list[relay.Errand] = []
    relay.relay_once(sessions, subscriptions=subscriptions(jobs), ring=rung.extend, now=context.clock.machine_now())
    ((job, announcement, _),) = rung
    assert run_errand(context, jobs, job, announcement) is False
    return announcement


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind: its exit code, its answer, its refusal."""

    code: int
    answer: str
    refusal: str

    @property
    def lines(self) -> list[str]:
        return self.answer.splitlines()


class Callout(Protocol):
    """Runs the command; see the fixture of that name."""

    def __call__(self, *arguments: str, typed: str = "") -> Said:
        """What the command with these arguments left behind."""


@pytest.fixture
def callout(environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callout:
    """The `callout` command from its arguments to its exit code; `typed` is what stands on its standard input."""

    def run(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["callout", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        answer, refusal = capsys.readouterr()
        return Said(code=int(ended.value.code or 0), answer=answer, refusal=refusal)

    return run
