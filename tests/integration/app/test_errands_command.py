"""An operator sees the jobs that failed for the last time, and decides what becomes of each, on the command line."""

from uuid import UUID

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app import cli
from foundation.database.identity import new_id
from foundation.database.session import Sessions, reading

pytestmark = pytest.mark.committed


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
