"""The administrator's registers: a person's form and sessions, a file previewed and imported, a unit that moved."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from foundation.accounts import actions
from foundation.accounts.models import User
from foundation.accounts.roles import Role, system
from foundation.clock import MachineClock
from foundation.database.server import Server
from foundation.database.session import reading, unit_of_work
from foundation.language import Language
from intake import registering
from intake.models import Equipment
from intake.registering import NewCustomer, NewSite, NewUnit
from tests.browser.conftest import PASSWORD
from tests.serving import Served, serving, system_for

pytestmark = pytest.mark.committed

#: As long as names of Chinese companies get.
LONG = "上海市浦东新区陆家嘴金融贸易区综合开发建设投资集团有限公司第三建筑工程分公司"
PAGES = (
    "/me", "/admin", "/admin/technicians", "/admin/outlets", "/admin/regions", "/admin/equipment",
    "/admin/equipment/ZJ5510-7?to=临港", "/admin/customers", "/admin/imports",
)  # fmt: skip


@pytest.fixture
def served(database: Server, tmp_path: Path) -> Iterator[Served]:
    parts = system_for(database.app_url, tmp_path, clock=MachineClock())
    now, by = parts.clock.now(), system("tests")
    with unit_of_work(parts.sessions) as db:
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=by, now=now)
        for login, role in (("admin", Role.ADMIN), ("head", Role.HEAD), ("deputy", Role.HEAD)):
            actions.add_user(
                db, login, name=f"The {login}", role=role, regions=["HD"], password=PASSWORD,
                language=Language.ENGLISH, actor=by, now=now,
            )  # fmt: skip
        customer = registering.add_customer(db, NewCustomer(name=LONG, region_code="HD"), actor=by, now=now)
        sites = [
            registering.add_site(db, NewSite(name=name, customer_id=customer.id, region_code="HD"), actor=by, now=now)
            for name in ("临港新片区综合体工地", "梅溪湖工地")
        ]
        new = NewUnit(serial_number="ZJ5510-7", family="tower_crane", model="ZJ5510", site_id=sites[1].id)
        registering.add_unit(db, new, actor=by, now=now)
    with serving(parts) as found:
        yield found


@pytest.fixture
def refused(chromium: Browser, served: Served) -> Iterator[Page]:
    """A browser whose console may tell of the refusals that the test provokes."""
    context = chromium.new_context(base_url=served.url, locale="en-GB")
    yield context.new_page()
    context.close()


def sign_in(page: Page, login: str = "head") -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/sign-in"))


def speak(page: Page, language: Language) -> None:
    """Choose the language of the browser."""
    page.context.add_cookies([{"name": "language", "value": language, "url": page.url}])


def test_a_persons_form_keeps_how_they_are_reached_and_takes_the_deputy_away(refused: Page, served: Served) -> None:
    page = refused
    sign_in(page, "admin")
    page.goto("/admin/people")
    page.get_by_role("link", name="head", exact=True).click()
    form = page.locator("form[data-main]")
    form.get_by_label("Phone").fill("+86 138 0000 0000")
    form.get_by_label("E-mail").fill("nobody")
    page.evaluate("document.querySelector('form[data-main]').noValidate = true")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#wrong-email")).to_be_visible()
    expect(form.get_by_label("Phone")).to_have_value("+86 138 0000 0000")
    form.get_by_label("E-mail").fill("head@callout.example")
    form.get_by_label("Deputy").select_option(label="The deputy")
    form.get_by_label("Told by, in this order 1").select_option("sms")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    form.get_by_label("Deputy").select_option("")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    with reading(served.system.sessions) as look:
        head = look.scalars(select(User).where(User.login == "head")).one()
    assert (head.phone, head.email, head.deputy_id) == ("+86 138 0000 0000", "head@callout.example", None)
    assert head.channels[0] == "sms"


def test_a_session_left_open_elsewhere_is_ended_from_ones_own_page(
    page: Page, chromium: Browser, served: Served
) -> None:
    elsewhere = chromium.new_page(base_url=served.url, locale="en-GB")
    sign_in(elsewhere)
    sign_in(page)
    page.locator(".who .me").click()
    expect(page.get_by_text("this browser")).to_have_count(1)
    page.get_by_role("button", name="End this session").click()
    expect(page.get_by_role("button", name="End this session")).to_have_count(0)
    elsewhere.goto("/me")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))
    elsewhere.close()


@pytest.mark.parametrize("language", list(Language))
def test_a_file_is_previewed_line_by_line_and_then_imported(page: Page, served: Served, language: Language) -> None:
    sign_in(page)
    speak(page, language)
    page.goto("/admin/imports")
    content = "serial_number,family,site\nN1,tower_crane,临港\n,hoist,临港\nN2,tower_crane,临港\n".encode("gb18030")
    page.locator("select[name=register]").select_option("equipment")
    page.locator("input[type=file]").set_input_files({"name": "台账.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("form[data-main] button.primary").click()
    expect(page.locator("#faults + ul > li")).to_have_count(1)
    expect(page.locator("#faults + ul")).to_contain_text(",hoist,临港")
    with reading(served.system.sessions) as look:
        assert look.scalars(select(Equipment.serial_number)).all() == ["ZJ5510-7"]
    word = {Language.ENGLISH: "Import the 2 good lines", Language.CHINESE: "导入 2 行正确数据"}[language]
    page.get_by_role("button", name=word).click()
    expect(page.locator(".notice.good")).to_be_visible()
    with reading(served.system.sessions) as look:
        assert set(look.scalars(select(Equipment.serial_number))) == {"ZJ5510-7", "N1", "N2"}


def test_a_spreadsheet_and_a_huge_file_are_refused_in_words(refused: Page, tmp_path: Path) -> None:
    page = refused
    sign_in(page)
    page.goto("/admin/imports")
    file = tmp_path / "list.csv"
    for content, words in ((b"PK\x03\x04" + b"x" * 100, "spreadsheet"), (b"a" * 50 * 2**20, "16 MB")):
        file.write_bytes(content)
        page.locator("input[type=file]").set_input_files(file)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.locator("form[data-main] button.primary").click()
        assert answered.value.status == 422
        expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_unit_that_moved_stands_at_its_new_site_with_its_history(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/equipment?q=5510")
    page.get_by_role("link", name="ZJ5510-7").click()
    page.locator("input[name=to]").fill("临港")
    page.locator("input[name=to]").press("Enter")
    page.get_by_text("临港新片区综合体工地").click()
    page.get_by_role("button", name="Keep the relocation").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    expect(page.locator("#moves + ol")).to_contain_text("梅溪湖工地")
    expect(page.locator("dl")).to_contain_text("临港新片区综合体工地")


@pytest.mark.parametrize("width", [320, 1440])
def test_no_page_of_the_registers_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page)
    for language in Language:
        speak(page, language)
        for path in PAGES:
            page.goto(path)
            assert "⟦" not in page.content()
            fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert fits, (language, path)
