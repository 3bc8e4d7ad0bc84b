"""Chromium on a real web process over a database of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

import pytest
from _pytest.terminal import TerminalReporter
from playwright.sync_api import Browser, Page, sync_playwright

from foundation.accounts import actions
from foundation.accounts.roles import Role, system
from foundation.clock import MachineClock
from foundation.database.server import Server
from foundation.database.session import unit_of_work
from foundation.language import Language
from tests.browser.gallery import Gallery, gallery_over
from tests.postgres import Ground
from tests.serving import Served, hash_of, serving, system_for
from tests.town import settled, town
from tests.townspeople import Register
from tools.browser import ensure

__all__ = ["settled", "town"]


class Budget(Protocol):
    """Keeps a figure for the table at the end and holds it against its budget.

    `bears` is how many times the budget a figure may be that depends on what else the machine does, before the test
    fails; the table says what is over budget in any case.
    """

    def __call__(self, what: str, measured: float, at_most: float, unit: str, *, bears: float = 1.0) -> None:
        """What was measured, how much, at most how much, of what."""


BUDGET: Final = "budget"
PASSWORD = "a long enough password"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = ensure()
    assert path is not None, "no Chromium; tools/browser.py says what to do"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def served(database: Server, tmp_path: Path) -> Iterator[Served]:
    parts = system_for(database.app_url, tmp_path, clock=MachineClock())
    now = parts.clock.now()
    by = system("tests")
    with unit_of_work(parts.sessions) as db:
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=by, now=now)
        for login, name, role in (
            ("agent.hd", "林晓", Role.AGENT), ("manager.hd", "王经理", Role.MANAGER), ("head", "总监", Role.HEAD)
        ):  # fmt: skip
            actions.add_user(
                db,
                login,
                name=name,
                role=role,
                regions=["HD"],
                password_hash=hash_of(PASSWORD),
                language=Language.ENGLISH,
                actor=by,
                now=now,
            )
    with serving(parts) as found:
        yield found


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """A fresh browser profile; a word on the console or a request to another origin fails the test."""
    context = chromium.new_context(base_url=served.url, locale="en-GB", viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda fault: complaints.append(str(fault)))
    opened.on(
        "request", lambda sent: complaints.append(sent.url) if not sent.url.startswith((served.url, "data:")) else None
    )
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def gallery(
    settled: tuple[Ground, Register], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    """The town in which everything is there, shared by all tests that only look."""
    with gallery_over(settled, name=f"test_gallery_{worker_id}", var=tmp_path_factory.mktemp("gallery")) as found:
        yield found


@pytest.fixture
def budget(record_property: Callable[[str, object], None]) -> Budget:
    def kept(what: str, measured: float, at_most: float, unit: str, *, bears: float = 1.0) -> None:
        record_property(BUDGET, [what, round(measured, 1), at_most, unit])
        assert measured <= at_most * bears, f"{what}: {measured:.1f} {unit}, at most {at_most} {unit}"

    return kept


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """One table of everything that was measured."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, [])]
    rows = sorted(value for each in reports for name, value in each.user_properties if name == BUDGET)
    if not rows:
        return
    terminalreporter.section("budgets")
    for what, measured, at_most, unit in rows:
        over = "" if measured <= at_most else "   over budget"
        terminalreporter.write_line(f"{what:58} {measured:8g} of {at_most:g} {unit}{over}")
