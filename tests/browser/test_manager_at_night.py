"""The manager at night, in the dark, on a phone that isn't signed in: the letter's link, I take it, hold once, report."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Budget
from tests.browser.test_customer import PHONE, Thumb
from tests.serving import serving
from tests.town import NOBODY_HURT, Town
from tests.town_works import KeptChannel
from tests.townspeople import PASSWORD

pytestmark = pytest.mark.committed

HELD = "The crew is at the gate; the guard fetches the key."


@pytest.fixture
def night(chromium: Browser, town: Town) -> Iterator[Page]:
    """A phone that nobody has signed in on, in the dark."""
    with serving(town.works.system) as served:
        context = chromium.new_context(
            base_url=served.url, locale="en-GB", viewport=PHONE, has_touch=True, color_scheme="dark"
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("request", lambda asked: None if asked.url.startswith(served.url) else complaints.append(asked.url))
        yield page
        context.close()
        assert [each for each in complaints if "status of 4" not in each] == []


def letter_link(town: Town) -> str:
    """The path in the newest letter to the manager."""
    assert isinstance(town.works.mail, KeptChannel)
    bodies = [letter.body for letter in town.works.mail.letters if letter.address == "manager@example.test"]
    return str(re.findall(r"/e/[A-Za-z0-9_-]+", bodies[-1])[0])


def written_to(town: Town) -> str:
    """A major complaint that hurts nobody, about which the manager was written to; its number."""
    number = town.report(facts=NOBODY_HURT)
    town.push(minutes=11)
    return number


def with_password(page: Page) -> None:
    """The step up: the login stands there already."""
    page.get_by_role("link", name="Go on with my password").click()
    expect(page.locator("input[name=login]")).to_have_value("manager")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_from_the_letter_to_i_take_it_then_held_once(town: Town, night: Page, budget: Budget) -> None:
    number = written_to(town)
    night.goto(letter_link(town))
    thumb = Thumb(night)
    thumb.taps += 1  # the link itself
    thumb.tap("main button.primary")
    expect(night.get_by_role("link", name="Call the customer")).to_have_attribute("href", re.compile(r"^tel:\+86"))
    thumb.tap("button.big")
    expect(night.get_by_role("status").first).to_have_text(
        "It is yours. The ladder stands still until the next word is due."
    )
    budget("manager: link in a letter to “I take it”, not signed in", thumb.taps, 3, "taps")
    assert town.cases(number)["major"].acknowledged_at is not None
    expect(night.get_by_text("Hold it for 15 minutes")).to_have_count(0)

    with_password(night)
    stale = night.context.new_page()
    stale.goto(night.url)
    for page in (night, stale):
        page.get_by_text("Hold it for 15 minutes").click()
        page.locator("details[open] input[name=reason]").fill(HELD)
        page.get_by_role("button", name="Hold", exact=True).click()
    expect(night.get_by_text(re.compile(rf"Held until \d\d:\d\d by Manager: {HELD}"))).to_be_visible()
    expect(stale.get_by_role("alert")).to_contain_text("Nobody holds a case a second time")
    assert fits(night)
    night.goto(f"/complaints/{number}")
    expect(night.locator(".timeline").get_by_text("Ladder held for 15 minutes")).to_be_visible()


def test_a_used_link_leads_over_the_password_to_the_case(town: Town, night: Page) -> None:
    number = written_to(town)
    link = letter_link(town)
    night.goto(link)
    night.locator("main button.primary").click()
    night.context.clear_cookies()
    night.goto(link)
    night.locator("main button.primary").click()
    expect(night.get_by_role("status").filter(has_text="used already")).to_be_visible()
    night.locator("input[name=login]").fill("manager")
    night.locator("input[name=password]").fill(PASSWORD)
    night.locator("main form button.primary").click()
    expect(night).to_have_url(re.compile(str(town.cases(number)["major"].id)))


def test_the_report_in_five_steps_keeps_what_was_written(town: Town, night: Page) -> None:
    number = written_to(town)
    night.goto(letter_link(town))
    night.locator("main button.primary").click()
    with_password(night)
    night.get_by_role("link", name="Major complaint report").click()
    expect(night.locator("textarea")).to_have_value(re.compile("塔吊停了"))
    for step in ("People and damage", "Done so far", "Cause and scene", "What is needed"):
        night.get_by_role("button", name="Keep and go on").click()
        expect(night.get_by_role("heading", name=step)).to_be_visible()
        night.locator("textarea").fill(f"About: {step}.")
        assert fits(night), step
    night.get_by_role("button", name="Keep", exact=True).click()
    night.reload()
    night.goto(f"/complaints/{number}/major-report?step=3")
    expect(night.locator("textarea")).to_have_value("About: Done so far.")
    night.goto(f"/complaints/{number}/major-report")
    night.get_by_role("button", name="Send it up").click()
    expect(night.get_by_role("heading", name=re.compile("Version 1"))).to_be_visible()
    night.goto(f"/complaints/{number}")
    expect(night.get_by_text(re.compile("Version 1"))).to_be_visible()
    assert town.told("head")[-1] == f"Major complaint report on {number}, version 1"


def test_given_to_a_colleague_and_away_with_a_deputy_at_night(town: Town, night: Page) -> None:
    number = written_to(town)
    night.goto(letter_link(town))
    night.locator("main button.primary").click()
    with_password(night)
    night.get_by_text("Give it to a colleague").click()
    night.locator("details[open] select").select_option(label="Second Manager")
    night.locator("details[open] input[name=reason]").fill("She knows the site.")
    night.get_by_role("button", name="Give it to them").click()
    expect(night.get_by_role("status").first).to_have_text("Your colleague has it now and must answer.")
    assert town.cases(number)["major"].owner == "second manager"
    night.goto("/escalations")
    night.get_by_text("Say when you are away, and who answers").click()
    night.locator("input[name=until]").fill("2027-01-01T08:00")
    night.locator("select[name=deputy_id]").select_option(label="Second Manager")
    night.get_by_role("button", name="I am away").click()
    expect(night.get_by_text("Second Manager answers for you.")).to_be_visible()
    assert fits(night)
