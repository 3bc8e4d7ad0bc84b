"""An operator sees the jobs that failed for the last time, and decides what becomes of each, on the command line."""

from datetime import datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app import cli
from foundation.clock import MachineClock
from foundation.database import server
from foundation.database.identity import new_id
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs.job import Job, JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.ledger import relay
from foundation.ledger.announcing import Event, announce

pytestmark = pytest.mark.committed


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


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, ["errands", *arguments])


def errand(sessions: Sessions) -> tuple[str, int, bool]:
    with reading(sessions) as look:
        state, attempts, seen = look.execute(text("SELECT state, attempts, seen_at IS NOT NULL FROM errands")).one()
    return state, attempts, seen


@pytest.mark.usefixtures("environment")
def test_a_dead_letter_is_shown_with_its_trouble_seen_and_tried_again(sessions: Sessions, dead_letter: UUID) -> None:
    shown = run().output
    assert all(part in shown for part in (str(dead_letter), "gate.open", "gate.shut", "the [gate] is shut", "no"))
    assert run("--seen", str(dead_letter), "gate.open").exit_code == 0
    assert errand(sessions) == ("parked", 1, True)
    assert run("--again", str(dead_letter), "gate.open").exit_code == 0
    assert errand(sessions) == ("waiting", 0, True)
    assert "No errand is parked." in run().output


@pytest.mark.usefixtures("environment", "dead_letter")
def test_what_is_no_dead_letter_is_said_and_nothing_changes(sessions: Sessions) -> None:
    for how in ("--seen", "--again"):
        refused = run(how, str(new_id()), "gate.open")
        assert (refused.exit_code, "No parked errand" in refused.output) == (cli.FOUND_SOMETHING, True)
        assert run(how).exit_code == 2
    assert run("--seen", "--again", str(new_id()), "gate.open").exit_code == 2
    assert errand(sessions) == ("parked", 1, False)
