"""The shape of the code: rules of `structure.py` hold everywhere, and each is seen to find its planted fault."""

import importlib.metadata
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.structure import PACKAGES, RULES, Source, source

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = (*PACKAGES, "migrations", "tests", "tools", "benchmarks")
#: Other text that people read and that may grow beyond reading.
PAGES: Final = ("*.html", "*.css", "*.js")


@cache
def files() -> tuple[Source, ...]:
    """Every file, parsed once for all rules."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


@pytest.mark.parametrize("name", RULES)
def test_no_file_breaks_the_rule(name: str) -> None:
    rule = RULES[name]
    found = [f"{file.path}: {fault}" for file in files() for fault in rule.find(file)]
    assert not found, f"{rule.breaks}\n" + "\n".join(found)


@pytest.mark.parametrize("name", RULES)
def test_the_rule_finds_its_planted_fault_and_nothing_else(name: str) -> None:
    rule = RULES[name]
    assert list(rule.find(source(rule.planted_at, rule.planted)))
    assert not list(rule.find(source("intake/planted.py", rule.fine)))


def test_pages_and_styles_stay_readable() -> None:
    """A page longer than 500 lines has two subjects; vendored files are somebody else's."""
    paths = (path for pattern in PAGES for path in (ROOT / "web").rglob(pattern) if "vendor" not in path.parts)
    assert [str(path) for path in paths if path.read_text(encoding="utf-8").count("\n") > 500] == []


def test_our_top_level_names_belong_to_nobody_else() -> None:
    """A distribution of the same name would be imported instead of our package, or we instead of it."""
    taken = sys.stdlib_module_names | importlib.metadata.packages_distributions().keys()
    assert set(PACKAGES) & taken == set()


def test_every_package_says_what_it_owns_and_promises() -> None:
    """The docstring of a package is the first thing read; a package without one is a drawer."""
    silent = [
        package for package in PACKAGES
        if (ROOT / package).is_dir() and len((ROOT / package / "__init__.py").read_text().split()) < 12
    ]  # fmt: skip
    assert silent == []
