"""Documents say what the code says, in both languages, and lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app import clockwork, routes, settings, subscriptions
from app.assembly import assemble
from foundation.accounts.roles import Role
from foundation.language import Language, translate
from intake.clocks import Kind
from intake.grades import Grade
from intake.lifecycle import Stage
from tests.contracts.test_permissions import declared
from tools import docs

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS: Final = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
SECTIONS: Final = ["Status", "Context", "Decision", "Consequences", "Alternatives", "How it is enforced"]
LINK: Final = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
NAMED_FILE: Final = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|toml|json|lock|po|md)|\w+\.toml)`")
ROW: Final = re.compile(r"^\| `([^`]+)` \| ([^|]*) \|", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """The text below a heading of the second level."""
    return read(name).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_generated_documents_are_in_step_with_the_code() -> None:
    assert docs.out_of_step() == []


def test_a_document_out_of_step_is_noticed() -> None:
    text = "before\n<!-- block: generated -->\nold\n<!-- /block -->\nafter\n"
    assert docs.replaced(text, "block", "new") == text.replace("old\n", "\nnew\n")
    with pytest.raises(ValueError, match="no marks"):
        docs.replaced(text, "another", "new")


def test_operations_lists_every_setting_with_its_default() -> None:
    shown = {
        name: default.strip().strip("`") for name, default in ROW.findall(section("docs/operations.md", "Settings"))
    }
    assert shown == {row.name: row.value for row in settings.in_force({})}


def test_operations_lists_every_loop_with_how_often_it_ticks(tmp_path: Path) -> None:
    system = assemble(settings.from_environment({"CALLOUT_VAR": str(tmp_path)}), docs.NOWHERE, part="docs")
    loops = clockwork.loops(subscriptions={}, ring=lambda _: None, recurring=subscriptions.recurring(system))
    shown = dict(ROW.findall(section("docs/operations.md", "Loops")))
    assert shown == {loop.name: f"{loop.every_s:g} s" for loop in loops}


def test_operations_names_every_secret_that_a_proxys_log_must_leave_out() -> None:
    said = re.findall(r"Its access log must leave out ([^.]+)\.", read("docs/operations.md"))
    assert [set(re.findall(r"`(/[^`]*/)`", sentence)) for sentence in said] == [{*secrets_in_paths()}]


def secrets_in_paths() -> Iterator[str]:
    """What comes before the part of an address that opens something to whoever knows it, signed in or not.

    Left out: a paper's code, which is printed for whoever holds the paper and opens no more than that says, and a
    refusal's code, which is a word of the catalogues.
    """
    for name, handler in [*declared(routes.API).items(), *declared(routes.PAGES).items()]:
        before, hole, _ = name.partition(" ")[2].partition("{")
        if hole and "public" in handler.opt and "key_is_enough" not in handler.opt and before != "/problems/":
            yield before


def test_the_glossary_has_every_word_the_screens_show() -> None:
    glossary = read("docs/glossary.md")
    families = {"role": Role, "grade": Grade, "stage": Stage, "deadline": Kind}
    missing = [
        code
        for family, words in families.items()
        for code in (f"{family}.{word}" for word in words)
        for language in (Language.CHINESE, Language.ENGLISH)
        if translate(language, code) not in glossary
    ]
    assert missing == []


def test_architecture_explains_every_folder_of_the_source() -> None:
    hidden = {"var", "build", "dist"}
    source = [
        path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._" and path.name not in hidden
    ]
    explained = read("docs/architecture.md")
    assert [name for name in sorted(source) if f"`{name}/`" not in explained] == []


def test_the_chinese_readme_is_a_complete_twin() -> None:
    english, chinese = read("README.md"), read("README.zh-CN.md")
    commands = [re.findall(r"```sh\n.*?```", text, re.DOTALL) for text in (english, chinese)]
    assert commands[0] == commands[1]
    assert english.count("\n## ") == chinese.count("\n## ")
    assert len(re.findall(r"(?m)^\*\*\d", english)) == len(re.findall(r"(?m)^\*\*\d", chinese))
    assert [f"[`{package}/`]({package})" in chinese for package in docs.PACKAGES] == [True] * len(docs.PACKAGES)
    assert english.count("](docs/pictures/") == chinese.count("](docs/pictures/")


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    listed = re.findall(r"^\* \[\d{4}\]\((.+?)\)", read("docs/decisions/README.md"), re.MULTILINE)
    assert listed == [path.name for path in DECISIONS]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_all_its_sections_and_says_something_in_each(path: Path) -> None:
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[1::2] == SECTIONS
    assert all(said.strip() for said in parts[2::2])


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_link_leads_to_a_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_file_that_is_named_exists(path: Path) -> None:
    assert [name for name in named_files(path) if not (ROOT / name).exists()] == []


def named_files(path: Path) -> Iterator[str]:
    """Files of the source that a document names; what an installation makes under var/ isn't source."""
    for name in NAMED_FILE.findall(path.read_text(encoding="utf-8")):
        if not name.startswith("var/"):
            yield name
