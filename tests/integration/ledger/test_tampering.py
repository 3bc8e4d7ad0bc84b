"""Eleven ways to alter history, each done with the rights of the database's owner, each noticed by the verifier."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from foundation.database.identity import new_id
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.ledger import chain, checkpoints, erasing, history, keys, verifying
from foundation.ledger.recording import record

pytestmark = pytest.mark.committed

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Robot:
    kind = "system"
    id = None
    label = "robot"


class Archive:
    """A ledger with two chains of four entries and two checkpoints, its folder and its keys."""

    def __init__(self, sessions: Sessions, owner_url: str, folder: Path) -> None:
        self.sessions, self.owner_url, self.folder = sessions, owner_url, folder / "checkpoints"
        self.key = keys.signing_key(folder / "keys")
        self.subject, self.other = new_id(), new_id()
        self.write(self.subject, 2)
        self.write(self.other, 4)
        self.seal()
        self.write(self.subject, 2)
        self.seal()

    def write(self, subject: UUID, count: int) -> None:
        for number in range(count):
            with unit_of_work(self.sessions) as db:
                record(
                    db,
                    subject,
                    "NOTE",
                    actor=Robot(),
                    now=NOW,
                    facts={"number": number, "share": -0.0, "far": 1e22},
                    private={"phone": "13800138000"},
                )

    def seal(self) -> int:
        return checkpoints.make_all(self.sessions, key=self.key, folder=self.folder, now=lambda: NOW)

    def attack(self, *statements: str) -> None:
        """As the owner of the tables, triggers switched off."""
        with psycopg.connect(self.owner_url) as connection:
            connection.execute("SELECT set_config('callout.regions', '*', true)")  # Row security binds the owner too.
            tables = ("ledger_entries", "ledger_heads", "ledger_checkpoints", "ledger_private_facts")
            for table in tables:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                connection.execute(statement.replace(":subject", f"'{self.subject}'"))

    def rewrite(self, subject: UUID, *, first: int = 1) -> None:
        """What somebody with time does: recompute the chain from entry `first` on, head included."""
        with reading(self.sessions) as look:
            entries = [
                entry
                for link in history.from_database(look).chains
                if link.subject_id == str(subject)
                for entry in link.entries
            ]
        previous = chain.GENESIS
        changes = []
        for entry in entries:
            own = chain.entry_hash(previous, entry.content) if entry.seq >= first else bytes.fromhex(entry.hash)
            changes.append(
                f"UPDATE ledger_entries SET previous_hash = '\\x{previous.hex()}', hash = '\\x{own.hex()}' "
                f"WHERE id = '{entry.content['id']}'"
            )
            previous = own
        changes.append(
            f"UPDATE ledger_heads SET seq = {len(entries)}, hash = '\\x{previous.hex()}' WHERE subject_id = '{subject}'"
        )
        self.attack(*changes)

    def findings(self, public: Ed25519PublicKey | None = None) -> set[str]:
        with reading(self.sessions) as look:
            found = verifying.verify(look, folder=self.folder, public_key=public or self.key.public_key())
        return {finding.code for finding in found}


@pytest.fixture
def archive(sessions: Sessions, owner_url: str, tmp_path: Path) -> Archive:
    return Archive(sessions, owner_url, tmp_path)


def test_an_untouched_history_has_no_findings(archive: Archive) -> None:
    assert archive.findings() == set()


def test_1_a_changed_fact_is_noticed(archive: Archive) -> None:
    archive.attack("UPDATE ledger_entries SET facts = '{\"number\": 9}' WHERE subject_id = :subject AND seq = 2")
    assert "entry-altered" in archive.findings()


def test_2_a_changed_time_is_noticed(archive: Archive) -> None:
    archive.attack(
        "UPDATE ledger_entries SET done_at = done_at - interval '1 s' WHERE subject_id = :subject AND seq = 3"
    )
    assert "entry-altered" in archive.findings()


def test_3_a_deleted_entry_is_noticed(archive: Archive) -> None:
    archive.attack(
        "DELETE FROM ledger_private_facts USING ledger_entries e WHERE e.id = entry_id AND e.subject_id = :subject "
        "AND e.seq = 2",
        "DELETE FROM ledger_entries WHERE subject_id = :subject AND seq = 2",
    )
    assert {"entry-missing", "link-broken"} <= archive.findings()


def test_4_a_cut_tail_is_noticed_even_when_the_head_is_set_back(archive: Archive) -> None:
    archive.attack(
        "DELETE FROM ledger_private_facts USING ledger_entries e WHERE e.id = entry_id AND e.subject_id = :subject "
        "AND e.seq > 2",
        "DELETE FROM ledger_entries WHERE subject_id = :subject AND seq > 2",
    )
    archive.rewrite(archive.subject)
    assert archive.findings() == {"tail-cut"}


def test_5_a_whole_chain_written_anew_is_noticed(archive: Archive) -> None:
    archive.attack("UPDATE ledger_entries SET actor_label = 'somebody' WHERE subject_id = :subject AND seq = 1")
    archive.rewrite(archive.subject)
    assert archive.findings() == {"chain-rewritten"}


def test_6_entries_in_another_order_are_noticed(archive: Archive) -> None:
    archive.attack(
        "UPDATE ledger_entries SET seq = -1 WHERE subject_id = :subject AND seq = 2",
        "UPDATE ledger_entries SET seq = 2 WHERE subject_id = :subject AND seq = 3",
        "UPDATE ledger_entries SET seq = 3 WHERE subject_id = :subject AND seq = -1",
    )
    assert {"entry-altered", "link-broken"} <= archive.findings()


def test_7_an_inserted_entry_is_noticed(archive: Archive) -> None:
    archive.attack(
        "UPDATE ledger_entries SET seq = seq + 10 WHERE subject_id = :subject AND seq > 2",
        "UPDATE ledger_entries SET seq = seq - 9 WHERE subject_id = :subject AND seq > 2",
        "INSERT INTO ledger_entries SELECT gen_random_uuid(), subject_id, subject_kind, 3, step, actor_kind, actor_id, "
        "actor_label, facts, done_at, recorded_at, previous_hash, hash FROM ledger_entries "
        "WHERE subject_id = :subject AND seq = 2",
    )
    assert {"entry-altered", "link-broken", "head-differs"} <= archive.findings()


def test_8_an_altered_head_is_noticed(archive: Archive) -> None:
    archive.attack("UPDATE ledger_heads SET seq = 3 WHERE subject_id = :subject")
    assert archive.findings() == {"head-differs"}


def test_9_an_altered_checkpoint_is_noticed_in_the_file_and_in_the_row(archive: Archive) -> None:
    path = archive.folder / "00000002.json"
    path.write_text(path.read_text().replace("2026-11-24T08", "2026-11-24T09"))
    assert {"checkpoint-altered", "checkpoint-differs-from-file"} <= archive.findings()
    archive.attack(
        "UPDATE ledger_checkpoints SET document = jsonb_set(document, '{made_at}', '\"2026-11-24\"') WHERE number = 1"
    )
    assert "checkpoint-altered" in archive.findings()


def test_10_a_removed_checkpoint_is_noticed(archive: Archive) -> None:
    archive.attack("DELETE FROM ledger_checkpoints WHERE number = 2")
    assert "checkpoint-missing" in archive.findings()
    (archive.folder / "00000001.json").unlink()
    assert "checkpoint-missing" in archive.findings()


def test_11_a_swapped_key_is_noticed(archive: Archive, tmp_path: Path) -> None:
    known = archive.key.public_key()
    archive.key = Ed25519PrivateKey.generate()
    archive.write(archive.subject, 1)
    archive.seal()
    assert archive.findings(known) == {"checkpoint-by-another-key"}


def test_a_removed_chain_is_noticed(archive: Archive) -> None:
    archive.attack(
        "DELETE FROM ledger_private_facts USING ledger_entries e WHERE e.id = entry_id AND e.subject_id = :subject",
        "DELETE FROM ledger_entries WHERE subject_id = :subject",
        "DELETE FROM ledger_heads WHERE subject_id = :subject",
    )
    assert archive.findings() == {"chain-removed"}


def test_a_replaced_personal_value_is_noticed(archive: Archive) -> None:
    archive.attack("UPDATE ledger_private_facts SET value = '13900139000'")
    assert archive.findings() == {"private-value-altered"}


def test_erased_personal_values_leave_the_chain_whole(archive: Archive) -> None:
    with unit_of_work(archive.sessions) as db:
        assert erasing.erase(db, archive.subject, names=["phone"], now=NOW) == 4
        assert erasing.erase(db, archive.subject, now=NOW) == 0
    assert archive.findings() == set()


def test_a_dump_is_verified_without_the_database(archive: Archive, tmp_path: Path) -> None:
    def codes() -> set[str]:
        with reading(archive.sessions) as look:
            assert history.write_dump(look, tmp_path / "ledger.jsonl.gz", made_at=NOW) == 2
        found = verifying.verify_dump(
            tmp_path / "ledger.jsonl.gz", folder=archive.folder, public_key=archive.key.public_key()
        )
        return {finding.code for finding in found}

    assert codes() == set()
    archive.attack("UPDATE ledger_entries SET facts = '{}' WHERE subject_id = :subject AND seq = 4")
    assert codes() == {"entry-altered", "private-value-altered"}


def test_a_file_that_is_no_checkpoint_is_a_finding(archive: Archive) -> None:
    (archive.folder / "00000001.json").write_text(json.dumps({"document": 1}))
    assert "checkpoint-altered" in archive.findings()


def test_a_lost_file_at_the_end_is_written_again(archive: Archive) -> None:
    (archive.folder / "00000002.json").unlink()
    assert checkpoints.export_missing(archive.sessions, folder=archive.folder) == 1
    assert archive.findings() == set()


def test_nothing_new_makes_no_checkpoint(archive: Archive) -> None:
    assert archive.seal() == 0


REFUSED = (
    "UPDATE ledger_entries SET step = 'X'",
    "DELETE FROM ledger_entries",
    "TRUNCATE ledger_entries CASCADE",
    "DELETE FROM ledger_heads",
    "UPDATE ledger_checkpoints SET number = 7",
    "DELETE FROM ledger_checkpoints",
    "DELETE FROM ledger_private_facts",
    "UPDATE ledger_private_facts SET value = 'x'",
    "UPDATE ledger_private_facts SET value = NULL",
)


def test_the_database_refuses_to_alter_history(archive: Archive, database_url: str, owner_url: str) -> None:
    for url in (database_url, owner_url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT set_config('callout.regions', '*', false)")  # So that there are rows to alter.
            for statement in REFUSED:
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException)):
                    connection.execute(statement)
    assert archive.findings() == set()


def test_two_writers_of_one_chain_queue_up(archive: Archive) -> None:
    subject = new_id()
    with unit_of_work(archive.sessions) as db:
        record(db, subject, "A", actor=Robot(), now=NOW, facts={})
        record(db, subject, "B", actor=Robot(), now=NOW, facts={})
    assert archive.findings() == set()


def test_the_signing_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    keys.signing_key(tmp_path)
    path = tmp_path / keys.PRIVATE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.signing_key(tmp_path).public_key() == keys.public_key(tmp_path / keys.PUBLIC_NAME)
    path.chmod(0o644)
    with pytest.raises(keys.KeyUnusable):
        keys.signing_key(tmp_path)
