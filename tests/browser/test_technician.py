"""A technician by phone: accept, set off, arrive, report, let the customer sign; in both languages, by plain forms."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.serving import Served, serving
from tests.town import Town, settled, town
from tests.townspeople import CENTRES, EAST, PASSWORD

__all__ = ["settled", "town"]
pytestmark = pytest.mark.committed

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def field(town: Town) -> Iterator[Served]:
    """The town's own web process: what is done on a page meets the town's jobs."""
    with serving(town.works.system) as found:
        yield found


@pytest.fixture
def phone(chromium: Browser, field: Served) -> Iterator[BrowserContext]:
    """A phone at the gate of the site."""
    latitude, longitude = CENTRES[EAST]
    context = chromium.new_context(
        base_url=field.url, locale="en-GB", viewport=PHONE, has_touch=True, permissions=["geolocation"],
        geolocation={"latitude": latitude, "longitude": longitude, "accuracy": 12},
    )  # fmt: skip
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    opened = phone.new_page()
    said: list[str] = []
    # A refused form is answered with its status, which Chromium writes on the console by itself.
    opened.on("console", lambda word: said.append(word.text) if "status of 422" not in word.text else None)
    opened.on("pageerror", lambda fault: said.append(str(fault)))
    yield opened
    assert said == []


def sign_in(page: Page, who: str) -> None:
    page.goto("/sign-in")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("section.narrow button.primary").click()
    expect(page).to_have_url(re.compile(r"/t$"))


def draw(page: Page) -> None:
    """A signature by pen."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 30):
        page.mouse.move(box["x"] + 20 + 9 * step, box["y"] + 60 + 30 * (step % 2))
    page.mouse.up()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_job_goes_from_the_offer_to_the_signature_by_phone(
    page: Page, phone: BrowserContext, field: Served, town: Town, language: str
) -> None:
    phone.add_cookies([{"name": "language", "value": language, "url": field.url}])
    number = town.report()
    (who,) = town.offers(number)
    sign_in(page, who)
    primary = page.locator(".big.primary")
    primary.click()  # accept
    town.works.rest()
    assert town.stage(number) == "assigned"
    primary.click()  # set off
    town.works.rest()
    town.push(minutes=20)
    page.reload()
    primary.click()  # arrive, by the phone's position
    expect(page.locator(".big.primary[href$='/report']")).to_be_visible()
    town.works.rest()
    assert town.stage(number) == "on_site"
    primary.click()  # the report's form
    page.locator("input[name='report.cause.component']").fill("起升制动器")
    page.locator("input[name='report.cause.symptom']").fill("打滑")
    page.locator("textarea[name='report.work_done']").fill("更换制动片并试车。")
    page.locator("input[name='report.parts.0.name']").fill("制动片")
    page.locator("input[name='report.parts.0.quantity']").fill("2")
    page.locator("input[name='report.works_again'][value=yes]").check()
    primary.click()
    town.works.rest()
    assert town.stage(number) == "repaired"
    primary.click()  # give to the customer
    for question in ("satisfaction", "quality", "speed", "attitude", "information", "safety"):
        page.locator(f"input[name='answers.{question}'][value='6']").check()
    draw(page)
    page.locator("form[data-main] .primary").click()
    expect(page.locator(".notice.good")).to_be_visible()
    town.works.rest()
    assert town.stage(number) == "confirmed"
    town.push(minutes=1)


def test_a_dot_is_no_signature_and_nothing_entered_is_lost(page: Page, town: Town) -> None:
    number = town.report()
    who = town.bring(number, "repaired")
    sign_in(page, who)
    page.locator(".big.primary").click()
    for question in ("satisfaction", "quality", "speed", "attitude", "information", "safety"):
        page.locator(f"input[name='answers.{question}'][value='7']").check()
    page.get_by_label("Anything you want to tell us").fill("Quick and friendly.")
    page.locator("form[data-main] .primary").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Anything you want to tell us")).to_have_value("Quick and friendly.")
    expect(page.locator("input[name='answers.safety'][value='7']")).to_be_checked()
    assert town.stage(number) == "repaired"


def test_a_declined_offer_is_gone_and_the_next_is_asked(page: Page, town: Town) -> None:
    number = town.report()
    (who,) = town.offers(number)
    sign_in(page, who)
    page.get_by_text("I can't").click()
    page.get_by_label("too far").check()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("the next person is asked")).to_be_visible()
    town.works.rest()
    assert who not in town.offers(number)


def test_without_a_position_the_page_asks_for_a_reason_and_a_photo(
    chromium: Browser, field: Served, town: Town
) -> None:
    number = town.report()
    who = town.bring(number, "en_route")
    context = chromium.new_context(base_url=field.url, locale="en-GB", viewport=PHONE)
    page = context.new_page()
    sign_in(page, who)
    page.locator(".big.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("reason")
    expect(page.get_by_label("Why your position")).to_be_visible()
    assert town.stage(number) == "en_route"
    context.close()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_phone(page: Page, town: Town, width: int) -> None:
    number = town.report(sentence="超长描述" * 60)
    who = town.bring(number, "on_site")
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, who)
    for path in ("/t", page.locator(".big.primary").get_attribute("href") or "", f"/t/feedback/{number}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
