"""G9: what happened can't be altered unnoticed. The eleven attacks stand in tests/integration/ledger/test_tampering.py;
here the history that a whole path leaves is verified, and every hand of the application on it is refused."""

from pathlib import Path

import psycopg
import pytest

from foundation.database.session import EVERYTHING, reading
from foundation.jobs import sweeps
from foundation.ledger import keys, verifying
from tests.town import Town

ATTACKS = Path(__file__).resolve().parents[1] / "ledger" / "test_tampering.py"


def findings(town: Town) -> list[str]:
    """What the verifier says of the town's ledger and of the checkpoints it has exported."""
    var = town.works.system.settings.var
    public_key = keys.public_key(var / "keys" / keys.PUBLIC_NAME)
    with reading(town.works.system.sessions, EVERYTHING) as look:
        return [str(found) for found in verifying.verify(look, folder=var / "checkpoints", public_key=public_key)]


def test_the_eleven_attacks_are_proved() -> None:
    written = ATTACKS.read_text(encoding="utf-8")
    assert all(f"def test_{number}_" in written for number in range(1, 12))


def test_the_history_of_a_whole_path_is_whole(town: Town) -> None:
    number = town.report()
    town.bring(number, "closed")
    sweeps.make_checkpoints(
        town.works.context,
        keys=town.works.system.settings.var / "keys",
        folder=town.works.system.settings.var / "checkpoints",
    )
    assert findings(town) == []


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_entries SET facts = '{}'",
        "UPDATE ledger_entries SET recorded_at = recorded_at - interval '1 day'",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries CASCADE",
        "UPDATE ledger_heads SET hash = previous FROM (SELECT hash AS previous FROM ledger_heads LIMIT 1) p",
        "DELETE FROM ledger_heads",
        "DELETE FROM ledger_checkpoints",
        "DROP TABLE ledger_entries CASCADE",
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
    ],
)
def test_the_application_is_refused_or_caught(town: Town, attack: str) -> None:
    town.report()
    var = town.works.system.settings.var
    sweeps.make_checkpoints(town.works.context, keys=var / "keys", folder=var / "checkpoints")
    refusal = attacked(town, attack)
    assert refusal in REFUSALS or findings(town), "altered without anybody noticing"


#: No right to, refused by a trigger, or held by a foreign key.
REFUSALS = frozenset({"42501", "P0001", "23001", "23503", "55000"})


def attacked(town: Town, attack: str) -> str | None:
    """Do it with the application's own hands; how the database refused, None when it let it happen."""
    try:
        with psycopg.connect(town.works.system.database_url) as wire:
            wire.execute("SELECT set_config('callout.regions', '*', false)")
            wire.execute(attack)
    except psycopg.Error as refused:
        return refused.sqlstate
    return None
