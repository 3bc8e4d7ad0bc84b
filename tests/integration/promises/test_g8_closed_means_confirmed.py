"""G8: a closed complaint has a signed feedback or a witnessed refusal, and its paper is the one that was made."""

import psycopg
import pytest

from tests.town import Refused, Town

CLOSE = "UPDATE complaints SET stage = 'closed', closed_at = :now, closed_how = 'solved' WHERE number = :number"


def test_nothing_closes_without_the_customers_word(town: Town) -> None:
    number = town.report()
    town.bring(number, "repaired")
    with pytest.raises(Refused, match=r"step-not-allowed|not-closable"):
        town.post("manager", f"/complaints/{number}/closure")
    with pytest.raises(Exception, match="clos"):  # The database itself says no, whoever asks.
        town.execute(CLOSE, now=town.now, number=number)
    assert town.stage(number) == "repaired"


def test_nothing_closes_without_the_question_afterwards(town: Town) -> None:
    number = town.report()
    town.bring(number, "confirmed")
    with pytest.raises(Refused, match="not-closable"):
        town.post("manager", f"/complaints/{number}/closure")
    with pytest.raises(Exception, match="clos"):
        town.execute(CLOSE, now=town.now, number=number)


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM feedbacks",
        "UPDATE feedbacks SET satisfaction = 7, remarks = 'Perfect!'",
        "UPDATE feedbacks SET complaint_id = gen_random_uuid()",
        "DELETE FROM follow_ups",
        "DELETE FROM documents",
        "UPDATE documents SET sha256 = repeat('0', 64)",
    ],
)
def test_what_a_case_was_closed_on_can_not_be_taken_away(town: Town, attack: str) -> None:
    number = town.report()
    town.bring(number, "closed")
    with pytest.raises(Exception, match=r"(?s)permission denied|refus|violates|never|kept"):
        town.execute(attack)
    assert town.rows("SELECT 1 FROM feedbacks") != []


def test_a_paper_that_was_altered_on_the_disk_is_found_and_never_given_out(town: Town) -> None:
    number = town.report()
    town.bring(number, "closed")
    (paper,) = town.rows("SELECT id, sha256 FROM documents")
    folder = town.works.system.settings.var / "files"
    (file,) = [path for path in folder.rglob("*") if path.is_file() and path.name.startswith(paper.sha256[:4])] or [
        path for path in folder.rglob("*") if path.is_file() and path.read_bytes().startswith(b"%PDF")
    ]
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"%PDF-1", b"%PDF-2", 1))
    town.push(minutes=2)
    damaged = [name for name in town.works.violations() if "hash" in name or "document" in name or "paper" in name]
    assert damaged
    answer = town.ask("agent", "GET", f"/complaints/{number}/documents/{paper.id}")
    assert answer.status_code >= 400
    file.write_bytes(file.read_bytes().replace(b"%PDF-2", b"%PDF-1", 1))
    town.push(minutes=2)


def test_the_hash_on_the_paper_proves_the_record(town: Town) -> None:
    number = town.report()
    town.bring(number, "closed")
    (row,) = town.rows("SELECT record_sha256 FROM feedbacks")
    known = town.ask(None, "GET", f"/records/{row.record_sha256}")
    assert known.json()["number"] == number
    other = ("0" if row.record_sha256[0] != "0" else "1") + row.record_sha256[1:]
    assert town.ask(None, "GET", f"/records/{other}").status_code == 404


def test_the_application_can_not_switch_the_refusal_off(town: Town) -> None:
    url = town.works.system.database_url
    with psycopg.connect(url) as wire, pytest.raises(psycopg.errors.InsufficientPrivilege):
        wire.execute("ALTER TABLE complaints DISABLE TRIGGER ALL")
