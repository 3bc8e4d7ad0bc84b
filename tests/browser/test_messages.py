"""What is there for oneself, by phone: from the work to the message and back, in both languages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_customer import PHONE
from tests.browser.test_technician import sign_in
from tests.serving import serving
from tests.town import Town
from tests.townspeople import PASSWORD

pytestmark = pytest.mark.committed


@pytest.fixture
def phone(chromium: Browser, town: Town) -> Iterator[Page]:
    """A phone that reads English."""
    with serving(town.works.system) as served:
        context = chromium.new_context(base_url=served.url, locale="en-GB", viewport=PHONE, has_touch=True)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        yield page
        context.close()
        assert complaints == []


def test_a_technician_is_led_from_the_work_to_the_word_not_to_go(town: Town, phone: Page) -> None:
    number = town.report()
    who = town.accept(number)
    sign_in(phone, who)
    expect(phone.locator("#waiting")).to_be_hidden()
    town.post("agent", f"/complaints/{number}/withdrawal", {"reason": "The customer's own fitter is there."})
    phone.reload()
    expect(phone.locator("#waiting")).to_have_text(re.compile(r"^1 waiting$"))
    phone.get_by_role("navigation").get_by_role("link", name="For me").tap()
    told = phone.get_by_role("listitem").filter(has_text=f"{number}: please do not go")
    expect(told).to_contain_text("urgent")
    told.get_by_role("button", name="I have read it").tap()
    expect(phone.get_by_role("status").filter(has_text="Noted")).to_have_text("Noted that you have read it.")
    expect(phone.locator("#waiting")).to_be_hidden()
    phone.context.add_cookies([{"name": "language", "value": "zh-CN", "url": phone.url}])
    phone.goto("/messages")
    expect(phone.get_by_role("heading", name="待办与消息")).to_be_visible()
    expect(phone.get_by_text(f"{number}：请勿前往")).to_be_visible()


def test_the_figure_follows_a_board_that_stays_open(town: Town, phone: Page) -> None:
    phone.clock.install()
    phone.goto("/sign-in")
    phone.locator("input[name=login]").fill("dispatcher")
    phone.locator("input[name=password]").fill(PASSWORD)
    phone.locator("section.narrow button.primary").click()
    phone.wait_for_url(re.compile(r"/$"))
    expect(phone.locator("#waiting")).to_be_hidden()
    number = town.report(serial=None)
    expect(phone.locator("#rows")).to_contain_text(number)
    phone.clock.run_for(20_000)
    expect(phone.locator("#waiting")).to_have_text(re.compile(r"^2 waiting$"))
