"""The commands at their surface: what they print, what they exit with, and that a wrong word gets a sentence."""

import csv
import gzip
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app import chores, cli
from foundation.accounts import actions as accounts
from foundation.accounts import secrets
from foundation.accounts.roles import system
from foundation.clock import MachineClock
from foundation.database import migrating, server
from foundation.database.identity import new_id
from foundation.database.session import EVERYTHING, Sessions, reading, unit_of_work
from foundation.ledger import checkpoints, keys, recording
from technicians import people
from technicians.people import Place
from technicians.words import OutletKind
from tests.integration.app.conftest import Callout, Said

pytestmark = pytest.mark.committed

OPERATIONS = Path(__file__).resolve().parents[3] / "docs" / "operations.md"
FOUNDER = system("tests")
PASSWORD = "rope-and-hook-2026"
EQUIPMENT = "serial_number,family\nZJ-1,tower crane\nZJ-2,\n"
REGISTERS = {
    "equipment": EQUIPMENT,
    "customers": "name,phone\n华跃建筑,+862133334444\n,+862133335555\n",
    "technicians": "code,name,region,outlet,families\nT1,陈师傅,HD,Depot,tower crane:3\nT2,,HD,Depot,hoist\n",
}

#: What the second line of each lacks.
NOT_FILLED_IN = {"equipment": "family", "customers": "name", "technicians": "name"}


@pytest.fixture
def region(sessions: Sessions) -> None:
    """A region with an outlet, which people and registers refer to."""
    now = MachineClock().now()
    with unit_of_work(sessions) as db:
        accounts.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=FOUNDER, now=now)
        people.add_outlet(
            db, name="Depot", kind=OutletKind.OWN, region_code="HD", place=Place(31.2, 121.5), actor=FOUNDER, now=now
        )


def is_refused(said: Said, *words: str) -> bool:
    """Exit code 2, nothing for a program to read, and a sentence with these words instead of a traceback."""
    told = " ".join(said.refusal.replace("│", " ").split())
    assert "Traceback" not in told
    assert [word for word in words if word not in told] == [], told
    return said.code == cli.REFUSED and said.answer == ""


def count(sessions: Sessions, table: str) -> int:
    with reading(sessions, EVERYTHING) as look:
        return int(look.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


# ---- migrate, and the database itself


def test_migrate_brings_the_database_to_the_newest_shape(callout: Callout, owner_url: str) -> None:
    migrating.downgrade(owner_url, to="-1")
    assert migrating.is_due(owner_url)
    assert callout("migrate") == Said(0, "The database has the newest shape.\n", "")
    assert not migrating.is_due(owner_url)
    assert callout("migrate").code == 0


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_a_database_that_is_not_there_is_said(callout: Callout, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "postgresql://callout:secret-word@127.0.0.1:1/callout")
    said = callout("migrate")
    assert is_refused(said, f"The database of {name} can't be used", "refused")
    assert "secret-word" not in said.refusal


@pytest.mark.parametrize("url", ["mysql://callout@127.0.0.1/callout", "callout", "postgresql://callout@127.0.0.1:x/y"])
def test_what_is_no_address_of_a_database_is_said(callout: Callout, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert is_refused(callout("migrate"), "DATABASE_URL is no address like postgresql://")


def test_a_database_too_old_is_refused_with_both_versions(
    callout: Callout, monkeypatch: pytest.MonkeyPatch, owner_url: str
) -> None:
    with psycopg.connect(owner_url) as connection:
        present = connection.info.server_version // server.MAJOR
    monkeypatch.setattr(server, "OLDEST", (present + 1) * server.MAJOR)
    assert is_refused(
        callout("migrate"), f"The database is PostgreSQL {present}; Callout needs PostgreSQL {present + 1} or newer."
    )
    monkeypatch.setattr(server, "OLDEST", present * server.MAJOR)
    assert callout("migrate").code == 0


def test_the_document_names_the_oldest_database_that_is_taken() -> None:
    assert server.OLDEST == 16 * server.MAJOR
    assert f"PostgreSQL {server.OLDEST // server.MAJOR} or newer" in OPERATIONS.read_text(encoding="utf-8")


# ---- settings


def test_settings_shows_each_with_its_source_and_hides_secrets(
    callout: Callout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("very-secret\n")
    monkeypatch.setenv("CALLOUT_GEOCODER_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("CALLOUT_MAP_TILES_CREDIT", "© [osm] friends")
    said = callout("settings")
    assert said.code == 0
    shown = {line.split()[1]: line for line in said.lines if line.startswith("│")}
    assert "very-secret" not in said.answer
    assert "file named by CALLOUT_GEOCODER_KEY_FILE" in shown["CALLOUT_GEOCODER_KEY"]
    assert "© [osm] friends" in shown["CALLOUT_MAP_TILES_CREDIT"]
    assert "default" in shown["CALLOUT_PORT"]
    assert "••••••" in shown["DATABASE_URL"]


def test_all_wrong_settings_are_listed_at_once(
    callout: Callout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALLOUT_PORT", "eighty")
    monkeypatch.setenv("SMTP_URL_FILE", str(tmp_path / "nowhere"))
    for command in (["settings"], ["migrate"], ["verify", "ledger"]):
        assert is_refused(callout(*command), "CALLOUT_PORT", "eighty", "SMTP_URL_FILE", "nowhere"), command


# ---- invariants


def test_invariants_that_hold_are_said_to(callout: Callout) -> None:
    for more in ([], ["--all"]):
        assert callout("invariants", *more) == Said(0, "All invariants hold.\n", "")


@pytest.mark.usefixtures("dead_letter")
def test_what_violates_an_invariant_is_shown_as_it_is_with_exit_code_1(callout: Callout, sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        values = {"id": new_id(), "now": MachineClock().now()}
        db.execute(text("INSERT INTO ledger_heads VALUES (:id, 'complaint', 2, '', :now)"), values)
    said = callout("invariants", "--all")
    assert said.code == cli.FOUND_SOMETHING
    assert "a chain has no gap and ends at its head: 1" in said.lines
    assert str(values["id"]) in said.answer
    assert "the [gate] is shut" in said.answer
    assert "All invariants hold." not in said.answer


# ---- verify ledger


def test_a_ledger_is_called_whole_until_it_is_not(callout: Callout, sessions: Sessions, tmp_path: Path) -> None:
    key, now = keys.signing_key(tmp_path / "keys"), MachineClock().now()
    for number in range(2):
        with unit_of_work(sessions) as db:
            recording.record(db, new_id(), "NOTE", actor=FOUNDER, now=now, facts={"number": number})
        checkpoints.make_all(sessions, key=key, folder=tmp_path / "checkpoints", now=lambda: now)
    assert callout("verify", "ledger") == Said(0, "The ledger is whole.\n", "")
    (tmp_path / "checkpoints" / "00000001.json").unlink()
    said = callout("verify", "ledger")
    assert (said.code, said.lines) == (cli.FOUND_SOMETHING, ["checkpoint-missing checkpoint=1"])


def test_without_a_key_nothing_is_called_whole(callout: Callout, tmp_path: Path) -> None:
    path = tmp_path / "keys" / keys.PUBLIC_NAME
    assert is_refused(callout("verify", "ledger"), "can't be read from", path.name)
    path.parent.mkdir()
    path.write_text("no key")
    assert is_refused(callout("verify", "ledger"), "can't be read from", path.name)


# ---- people and tokens


@pytest.mark.usefixtures("region")
def test_somebody_added_may_sign_in(callout: Callout, sessions: Sessions) -> None:
    lin = ("user", "add", "lin", "agent", "--name", "林晓", "--region", "HD", "--email", "lin@example.test")
    assert callout(*lin, typed=PASSWORD + "\n") == Said(0, "lin may sign in.\n", "")
    with reading(sessions, EVERYTHING) as look:
        row = look.execute(text("SELECT name, role, email FROM users WHERE login = 'lin'")).one()
    assert tuple(row) == ("林晓", "agent", "lin@example.test")
    assert is_refused(callout(*lin, typed=PASSWORD + "\n"), "Somebody else has this login.")


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        pytest.param(["agent", "--name", "L"], "short", ["."], id="a weak password"),
        pytest.param(
            ["agent", "--name", "L", "--region", "XX"], PASSWORD, ["There is no such region."], id="no region"
        ),
        pytest.param(["king", "--name", "L"], PASSWORD, ["king", "dispatcher"], id="no such role"),
        pytest.param(["agent"], PASSWORD, ["--name"], id="no name"),
        pytest.param(["agent", "--name", "L", "--age", "7"], PASSWORD, ["--age"], id="no such option"),
    ],
)
def test_somebody_who_cant_be_added_is_refused_with_the_reason(
    callout: Callout, sessions: Sessions, arguments: list[str], typed: str, words: list[str]
) -> None:
    assert is_refused(callout("user", "add", "lin", *arguments, typed=typed), *words)
    assert count(sessions, "users") == 0


@pytest.mark.usefixtures("region")
def test_a_tokens_secret_is_all_that_is_printed(callout: Callout, sessions: Sessions) -> None:
    said = callout("token", "add", "PBX", "--power", "complaint.log", "--region", "HD")
    assert (said.code, len(said.lines)) == (0, 1)
    with reading(sessions, EVERYTHING) as look:
        row = look.execute(text("SELECT token_hash, name, powers::text, regions::text FROM api_tokens")).one()
    assert bytes(row[0]) == secrets.stored(said.lines[0])
    assert tuple(row)[1:] == ("PBX", '["complaint.log"]', '["HD"]')


def test_a_token_for_what_nobody_may_or_nowhere_is_refused(callout: Callout, sessions: Sessions) -> None:
    assert is_refused(callout("token", "add", "PBX", "--power", "world.rule"), "world.rule")
    assert is_refused(callout("token", "add", "PBX", "--power", "complaint.log", "--region", "XX"), "no such region")
    assert is_refused(callout("token", "add", "PBX"), "--power")
    assert count(sessions, "api_tokens") == 0


# ---- registers


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("register", list(REGISTERS))
def test_a_register_is_imported_and_its_bad_lines_are_named(
    callout: Callout, sessions: Sessions, tmp_path: Path, register: str
) -> None:
    file, report = tmp_path / f"{register}.csv", tmp_path / "reports" / "faults.csv"
    file.write_text(REGISTERS[register], encoding="utf-8")
    said = callout("import", register, str(file), "--report", str(report))
    assert said.code == 0
    assert "2 lines: 1 added, 0 changed, 0 unchanged, 1 noted" in said.lines
    assert f"Every noted line is in {report}" in said.lines
    with report.open(encoding="utf-8") as written:
        header, *faults = csv.reader(written)
    assert header == ["line", "field", "reason"]
    ((line, field, reason),) = faults
    assert (line, field) == ("3", NOT_FILLED_IN[register])
    assert f"  line 3: {field}: {reason}" in said.lines
    assert count(sessions, register) == 1
    again = callout("import", register, str(file))
    assert "2 lines: 0 added, 0 changed, 1 unchanged, 1 noted" in again.lines
    assert "Every noted line" not in again.answer


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("register", list(REGISTERS))
def test_a_file_that_is_none_is_refused_with_the_reason(
    callout: Callout, sessions: Sessions, tmp_path: Path, register: str
) -> None:
    wrong, broken = tmp_path / "wrong.csv", tmp_path / "broken.csv.gz"
    wrong.write_bytes(bytes(range(256)))
    broken.write_bytes(gzip.compress(REGISTERS[register].encode())[:-12])
    assert is_refused(callout("import", register, str(tmp_path / "nowhere.csv")), "nowhere.csv", "does not exist")
    assert is_refused(callout("import", register, str(tmp_path)), "is a directory")
    assert is_refused(callout("import", register), "Missing argument")
    assert callout("import", register, str(wrong)).code == cli.REFUSED
    assert callout("import", register, str(broken)).code == cli.REFUSED
    assert count(sessions, register) == 0


def test_a_missing_column_and_a_broken_archive_are_called_that(callout: Callout, tmp_path: Path) -> None:
    file, broken = tmp_path / "units.csv", tmp_path / "broken.csv.gz"
    file.write_text("serial_number\nZJ-1\n")
    broken.write_bytes(gzip.compress(EQUIPMENT.encode())[:-12])
    assert "header: a needed column is missing" in callout("import", "equipment", str(file)).refusal
    assert "broken.csv.gz is a broken archive; nothing was imported" in " ".join(
        callout("import", "equipment", str(broken)).refusal.split()
    )


def test_a_report_that_cant_be_written_is_said_before_anything_is_imported(
    callout: Callout, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text(EQUIPMENT)
    for report in (tmp_path, file / "faults.csv"):
        said = callout("import", "equipment", str(file), "--report", str(report))
        assert is_refused(said, "The report can't be written to", "Nothing was imported.")
    assert count(sessions, "equipment") == 0


def test_many_faults_are_all_in_a_report_of_their_own(callout: Callout, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text("serial_number,family\n" + "ZJ-9,\n" * (chores.SHOWN_FAULTS + 2))
    said = callout("import", "equipment", str(file))
    report = tmp_path / "reports" / "equipment.csv"
    assert f"Every noted line is in {report}" in said.lines
    assert len(report.read_text().splitlines()) == chores.SHOWN_FAULTS + 3
    assert sum(line.startswith("  line ") for line in said.lines) == chores.SHOWN_FAULTS


def test_a_command_that_nobody_knows_gets_a_sentence_and_help_names_the_known(callout: Callout) -> None:
    assert is_refused(callout("dance"), "dance")
    shown = callout("--help")
    assert shown.code == 0
    assert all(
        word in shown.answer for word in ("import", "invariants", "migrate", "settings", "token", "user", "verify")
    )
