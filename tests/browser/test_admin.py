"""The administrator's desk: a policy edited, compared, tried and saved; a token seen once; the tour of a demo."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.demo import people
from foundation.accounts import actions
from foundation.accounts.models import User
from foundation.accounts.roles import Role, system
from foundation.clock import MachineClock
from foundation.database.server import Server
from foundation.database.session import reading, unit_of_work
from foundation.language import Language
from severity import queries
from tests.browser.conftest import PASSWORD
from tests.serving import Served, serving, system_for

pytestmark = pytest.mark.committed


@pytest.fixture
def served(database: Server, tmp_path: Path) -> Iterator[Served]:
    parts = system_for(database.app_url, tmp_path, clock=MachineClock())
    now, by = parts.clock.now(), system("tests")
    with unit_of_work(parts.sessions) as db:
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=by, now=now)
        for login, role in (("admin", Role.ADMIN), ("manager.hd", Role.MANAGER), ("head", Role.HEAD)):
            actions.add_user(
                db, login, name=f"The {login}", role=role, regions=["HD"], password=PASSWORD,
                language=Language.ENGLISH, actor=by, now=now,
            )  # fmt: skip
    with serving(parts) as found:
        yield found


def sign_in(page: Page, login: str = "admin") -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("header.known")).to_be_visible()


def test_an_administrator_begins_at_the_administration(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    for path in (
        "/admin/people", "/admin/tokens", "/admin/policies", "/admin/policies/grading", "/admin/policies/ladder",
        "/admin/policies/dispatch", "/admin/security", "/admin/settings", "/admin/shifts",
    ):  # fmt: skip
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()


def test_a_policy_is_edited_compared_tried_and_saved(page: Page, served: Served) -> None:
    sign_in(page)
    page.goto("/admin/policies/service-levels")
    page.locator("input[name='p.major.accept']").fill("10")
    page.get_by_role("button", name="Show differences").click()
    row = page.locator("#differences tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("15")
    expect(row).to_contain_text("10")
    expect(page.locator("#rehearsal")).to_contain_text("The manager.hd")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    with reading(served.system.sessions) as look:
        assert queries.in_force(look, now=served.system.clock.now()).levels.major.accept == 10


def test_a_graver_grade_that_would_wait_longer_is_named_and_not_saved(page: Page, served: Served) -> None:
    sign_in(page)
    page.goto("/admin/policies/service-levels")
    page.locator("input[name='p.major.accept']").fill("300")
    page.get_by_role("button", name="Show differences").click()
    expect(page.get_by_role("heading", name="What must be put right")).to_be_visible()
    expect(page.get_by_role("button", name="Save as version")).to_have_count(0)


def test_changed_grading_rules_are_tried_on_calls(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    sign_in(page)
    page.goto("/admin/policies/grading")
    page.locator("select[name='p.rules.5.at_least']").select_option("major")
    page.get_by_role("button", name="Show differences").click()
    expect(page.locator("#trial .otherwise")).to_have_count(1)
    expect(page.locator("#trial .otherwise")).to_contain_text("S1")
    expect(page.locator("#rehearsal")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_tokens_secret_is_shown_once(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/tokens")
    page.get_by_label("Name of the system").fill("PBX")
    page.get_by_role("checkbox", name="complaint.log").check()
    page.get_by_role("button", name="Make").click()
    secret = page.locator(".secret").inner_text()
    assert len(secret) > 20
    page.goto("/admin/tokens")
    expect(page.get_by_text("PBX")).to_be_visible()
    assert secret not in page.content()


def test_somebody_added_may_sign_in_and_closed_may_not(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/people")
    form = page.locator("form[data-main]")
    form.get_by_label("Login").fill("agent.new")
    form.get_by_label("Name").fill("林晓")
    form.get_by_label("New password").fill(PASSWORD)
    form.get_by_label("HD").check()
    form.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="agent.new").click()
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("button", name="Reopen the account")).to_be_visible()


def test_a_manager_finds_no_people_and_no_tokens(page: Page) -> None:
    sign_in(page, "manager.hd")
    page.goto("/admin")
    expect(page.get_by_role("link", name="Policies")).to_be_visible()
    expect(page.get_by_role("link", name="API tokens")).to_have_count(0)


@pytest.fixture
def demo(served: Served) -> Iterator[Served]:
    """The same company as a demo, whose head has the published password."""
    parts = replace(served.system, settings=replace(served.system.settings, demo=True))
    with unit_of_work(parts.sessions) as db:
        head = db.scalars(select(User).where(User.login == "head")).one()
        actions.set_password(db, head.id, people.PASSWORD, actor=system("tests"), now=parts.clock.now())
    with serving(parts) as found:
        yield found


def test_one_press_on_the_tour_signs_in(chromium: Browser, demo: Served) -> None:
    page = chromium.new_page(base_url=demo.url, locale="en-GB")
    page.goto("/sign-in")
    expect(page.get_by_text("the cases that climbed to the top")).to_be_visible()
    page.get_by_role("button", name="夏国平").click()
    expect(page).to_have_url(demo.url + "/")
    page.close()


def test_a_system_that_is_no_demo_lets_nobody_in_by_one_press(page: Page) -> None:
    assert page.request.post("/sign-in/demo", form={"login": "head"}).status == 404


def test_on_a_phone_signing_out_is_in_the_menu(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page)
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.get_by_role("button", name="Keys and appearance").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))


@pytest.mark.parametrize("width", [320, 1440])
def test_no_page_of_the_administration_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page)
    for path in ("/admin", "/admin/people", "/admin/policies/ladder", "/admin/settings", "/admin/shifts"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
