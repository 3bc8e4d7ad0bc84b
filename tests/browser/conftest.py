"""Chromium on a real web process over a database of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from foundation.accounts import actions
from foundation.accounts.roles import Role, system
from foundation.clock import MachineClock
from foundation.database.server import Server
from foundation.database.session import unit_of_work
from foundation.language import Language
from tests.serving import Served, hash_of, serving, system_for
from tools.browser import ensure

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
