"""The timeline says in words whose doing an entry was."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation.database.identity import new_id
from foundation.language import Language, has
from intake.schemas import EntryOut
from web.pages.timeline import PARTS, timeline

ROOT = Path(__file__).resolve().parents[3]
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


def entry(kind: str, label: str) -> EntryOut:
    return EntryOut(
        id=new_id(), seq=1, step="complaint.logged", actor_kind=kind, actor_label=label, facts={}, private={},
        done_at=AT, recorded_at=AT, hash="0" * 64,
    )  # fmt: skip


def said(kind: str, label: str, language: Language) -> str:
    return timeline([entry(kind, label)], language)[0].actor_label


def test_a_part_of_the_system_is_named_in_the_readers_language() -> None:
    assert said("system", "escalation sweep", Language.CHINESE) == "自动升级"
    assert said("system", "feedback.render", Language.ENGLISH) == "papers"


def test_a_part_that_no_longer_exists_is_the_system() -> None:
    assert said("system", "a job of years ago", Language.CHINESE) == "系统"


@pytest.mark.parametrize("kind", ["user", "token", "customer"])
def test_people_and_other_systems_keep_their_own_name(kind: str) -> None:
    assert said(kind, "escalation sweep", Language.CHINESE) == "escalation sweep"


def test_every_part_that_acts_has_words() -> None:
    packages = (
        "app",
        "foundation",
        "intake",
        "dispatch",
        "escalation",
        "feedback",
        "visits",
        "technicians",
        "severity",
    )
    files = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    labels = {
        label for path in files for label in re.findall(r'\bsystem\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert len(labels) > 5
    assert labels - PARTS.keys() == set()
    assert [code for code in PARTS.values() if not has(code)] == []
