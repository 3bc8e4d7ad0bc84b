"""The customer's page on a phone: following, contesting, rating, signing, the paper; and what a dead link says."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.conftest import Budget
from tests.integration.promises.asking import a_link
from tests.serving import serving
from tests.town import Town

pytestmark = pytest.mark.committed
PHONE: ViewportSize = {"width": 390, "height": 844}


class Thumb:
    """A thumb that counts its taps."""

    def __init__(self, page: Page) -> None:
        """Rest above the page."""
        self.page, self.taps = page, 0

    def tap(self, selector: str) -> None:
        """One tap."""
        self.taps += 1
        self.page.locator(selector).first.click()

    def sign(self) -> None:
        """One stroke over the box, counted as a tap."""
        self.taps += 1
        box = self.page.locator(".signature canvas")
        box.scroll_into_view_if_needed()
        area = box.bounding_box()
        assert area is not None
        mouse = self.page.mouse
        mouse.move(area["x"] + 30, area["y"] + 60)
        mouse.down()
        for step in range(1, 24):
            mouse.move(area["x"] + 30 + step * 10, area["y"] + 60 + (step % 5) * 12)
        mouse.up()


@pytest.fixture
def open_phone(chromium: Browser, town: Town) -> Iterator[tuple[str, BrowserContext]]:
    """A customer's phone in English; a word on its console or a request to another origin fails the test."""
    with serving(town.works.system) as served:
        context = chromium.new_context(base_url=served.url, locale="en-GB", viewport=PHONE, has_touch=True)
        yield served.url, context
        context.close()


@pytest.fixture
def phone(open_phone: tuple[str, BrowserContext]) -> Iterator[Page]:
    url, context = open_phone
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("request", lambda sent: complaints.append(sent.url) if not sent.url.startswith((url, "data:")) else None)
    yield page
    assert [each for each in complaints if "status of 4" not in each] == []


def link(town: Town, number: str, *, purpose: str = "follow") -> str:
    return f"/c/{a_link(town, number, purpose=purpose)}"


def test_a_customer_follows_contests_rates_and_signs_in_ten_taps_and_gets_the_paper(
    town: Town, phone: Page, budget: Budget
) -> None:
    number = town.report()
    town.bring(number, "repaired")
    path = link(town, number, purpose="feedback")
    phone.goto(path)
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Your complaint {number}")
    expect(phone.get_by_text("The work is finished. Please say how it was.")).to_be_visible()
    expect(phone.get_by_text("Brake pads exchanged")).to_be_visible()
    thumb = Thumb(phone)
    for question in ("satisfaction", "quality", "speed", "attitude", "information", "safety"):
        thumb.tap(f'input[name="answers.{question}"][value="6"]')
    thumb.sign()
    thumb.tap("[data-send]")
    expect(phone.get_by_role("status").first).to_have_text("Thank you. Your copy follows below.")
    budget("customer: rate and sign", thumb.taps, 10, "taps")
    assert town.stage(number) == "confirmed"
    town.works.rest()
    expect(phone.get_by_role("link", name="Open the signed feedback (PDF)")).to_be_visible(timeout=15_000)
    paper = phone.request.get(f"{path}/paper")
    assert paper.body().startswith(b"%PDF")
    assert paper.headers["referrer-policy"] == "no-referrer"
    thumb.tap('input[value="not_solved"]')
    thumb.tap("#contest button")
    expect(phone.get_by_text("You say: it is not solved.")).to_be_visible()
    assert "not_solved" in town.cases(number)
    assert thumb.taps <= 10, thumb.taps


def test_an_empty_signature_is_asked_for_again_with_everything_kept(town: Town, phone: Page) -> None:
    number = town.report()
    town.bring(number, "repaired")
    phone.goto(link(town, number, purpose="feedback"))
    for question in ("satisfaction", "quality", "speed", "attitude", "information", "safety"):
        phone.locator(f'input[name="answers.{question}"][value="3"]').click()
    phone.get_by_label("Anything you want to tell us").fill("Too slow.")
    phone.locator("[data-send]").click()
    expect(phone.get_by_role("alert").first).to_contain_text("not a signature")
    expect(phone.locator('input[name="answers.speed"][value="3"]')).to_be_checked()
    expect(phone.get_by_label("Anything you want to tell us")).to_have_value("Too slow.")
    assert town.stage(number) == "repaired"


def test_a_customer_sends_where_they_are(town: Town, open_phone: tuple[str, BrowserContext], phone: Page) -> None:
    number = town.report(serial=None, address="上海市浦东新区", region_code="east")
    url, context = open_phone
    context.grant_permissions(["geolocation"], origin=url)
    context.set_geolocation({"latitude": 31.2001, "longitude": 121.6002, "accuracy": 15})
    phone.goto(link(town, number))
    phone.get_by_role("button", name="Send my position").click()
    expect(phone.get_by_text("Thank you, we have your position.")).to_be_visible()
    assert town.complaint(number).latitude == pytest.approx(31.2001)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_page_reads_without_a_script_and_never_scrolls_sideways(
    town: Town, chromium: Browser, open_phone: tuple[str, BrowserContext], language: str
) -> None:
    number = town.report()
    town.bring(number, "en_route")
    context = chromium.new_context(
        base_url=open_phone[0], locale=language, viewport={"width": 320, "height": 640}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(link(town, number))
    expected = "技师已出发。" if language == "zh-CN" else "The technician is on the way."
    expect(page.get_by_text(expected)).to_be_visible()
    expect(page.locator(".when").first).to_be_visible()
    expect(page.locator("a[href^='tel:']").first).to_be_visible()
    assert "138****8000" in page.content()
    assert "13800138000" not in page.content()
    widths = page.locator("html").bounding_box()
    assert widths is not None
    assert widths["width"] <= 320
    page.get_by_role("radio").nth(3).check()
    page.locator("#contest button").click()
    assert "manager_wanted" in town.cases(number)
    context.close()


def test_a_link_that_opens_nothing_says_so_kindly_and_whom_to_call(town: Town, phone: Page) -> None:
    number = town.report()
    expired = link(town, number)
    town.jump(days=91)
    for path in (expired, "/c/" + "x" * 43, "/c"):
        answer = phone.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(phone.get_by_role("heading", name="This link opens nothing any more")).to_be_visible()
        expect(phone.locator("a[href^='tel:']")).to_be_visible()


def test_neither_the_page_nor_its_address_is_kept_or_told(town: Town, open_phone: tuple[str, BrowserContext]) -> None:
    with httpx.Client(base_url=open_phone[0]) as client:
        answer = client.get(link(town, town.report()))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_whoever_holds_the_paper_can_check_it_and_a_changed_one_is_found_out(
    town: Town, phone: Page, tmp_path: Path
) -> None:
    number = town.report()
    town.bring(number, "confirmed")
    (row,) = town.rows("SELECT record_sha256 FROM feedbacks")
    paper = phone.request.get(f"{link(town, number)}/paper").body()
    genuine, changed = tmp_path / "paper.pdf", tmp_path / "changed.pdf"
    genuine.write_bytes(paper)
    changed.write_bytes(paper + b" ")
    phone.goto(f"/v/{row.record_sha256}")
    expect(phone.get_by_text("The record is kept here and is unchanged.")).to_be_visible()
    expect(phone.get_by_text("王大海")).to_be_visible()
    for file, said in ((genuine, "Yes, bit by bit."), (changed, "No. This file is not what was made")):
        phone.get_by_label("The PDF").set_input_files(str(file))
        phone.get_by_role("button", name="Check the file").click()
        expect(phone.get_by_text(said)).to_be_visible()
    phone.goto("/v/" + "0" * 64)
    expect(phone.get_by_text("There is no such record here.")).to_be_visible()
