"""The manager at night, on a phone: from the link in the message to "I take it", in both languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Budget
from tests.browser.test_customer import PHONE, Thumb
from tests.serving import serving
from tests.town import MAJOR, Town
from tests.townspeople import PASSWORD

pytestmark = pytest.mark.committed


@pytest.fixture
def night(chromium: Browser, town: Town) -> Iterator[Page]:
    """A manager's phone, signed in since the evening."""
    with serving(town.works.system) as served:
        context = chromium.new_context(base_url=served.url, locale="en-GB", viewport=PHONE, has_touch=True)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto("/sign-in")
        page.locator("input[name=login]").fill("manager")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        yield page
        context.close()
        assert [each for each in complaints if "status of 4" not in each] == []


def link_in_the_message(town: Town, number: str) -> str:
    """Where the newest message to the manager about the case leads."""
    row = town.rows(
        "SELECT facts FROM messages WHERE recipient_user_id = :who AND facts ->> 'number' = :number ORDER BY id DESC LIMIT 1",
        who=town.person("manager").id,
        number=number,
    )[0]
    return str(row.facts["link"])


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_from_the_message_to_i_take_it_in_three_taps(town: Town, night: Page, language: str, budget: Budget) -> None:
    number = town.report(facts=MAJOR)
    night.context.add_cookies([{"name": "language", "value": language, "url": night.url}])
    night.goto(link_in_the_message(town, number))
    thumb = Thumb(night)
    thumb.taps += 1  # the link itself
    thumb.tap("button.primary")
    chinese, english = (
        "已由您受理。请按时报告进展，此前不再升级。",
        "It is yours. The ladder stands still until the next word is due.",
    )
    expect(night.get_by_role("status").first).to_have_text(chinese if language == "zh-CN" else english)
    budget(f"manager: message to “I take it” ({language})", thumb.taps, 3, "taps")
    case = town.cases(number)["major"]
    assert case.acknowledged_at is not None


def test_several_are_taken_at_once_and_the_rest_waits(town: Town, night: Page) -> None:
    numbers = [town.report(serial=serial, facts=MAJOR) for serial in ("ZJ5510-50", "ZJ5510-51", "ZJ5510-52")]
    night.goto("/escalations")
    boxes = night.get_by_role("checkbox", name="tick")
    expect(boxes.first).to_be_visible()
    for number in numbers[:2]:
        night.locator("article", has_text=number).get_by_role("checkbox").first.check()
    night.get_by_role("button", name="I take all that are ticked").click()
    expect(night.get_by_role("status").first).to_have_text(
        "They are yours. Their ladders stand still until the next word is due."
    )
    taken = [town.cases(number)["major"].acknowledged_at is not None for number in numbers]
    assert taken == [True, True, False]


def test_a_case_shows_what_follows_silence_and_ends_only_with_an_outcome(town: Town, night: Page) -> None:
    number = town.report(facts=MAJOR)
    night.goto(f"/escalations/{town.cases(number)['major'].id}")
    expect(night.get_by_role("heading", name="Escalation ladder")).to_be_visible()
    expect(night.locator(".steps li.ahead").first).to_be_visible()
    night.get_by_text("End it with an outcome").click()
    night.get_by_role("radio", name="remedied").check()
    night.get_by_label("In a sentence").fill("The rope is new.")
    night.get_by_role("button", name="End it", exact=True).click()
    expect(night.get_by_text("It has ended. The complaint goes on.")).to_be_visible()
    assert "major" not in town.cases(number)


def test_a_refusal_keeps_what_was_entered(town: Town, night: Page) -> None:
    number = town.report(facts=MAJOR)
    case_id = town.cases(number)["major"].id
    night.goto(f"/escalations/{case_id}")
    town.post("manager", f"/escalations/{case_id}/outcome", {"outcome": "agreed", "text": "By telephone."})
    night.get_by_text("Raise it one level").click()
    night.locator("details[open] input[name=reason]").fill("Above my limit.")
    night.get_by_role("button", name="Raise", exact=True).click()
    expect(night.get_by_role("alert")).to_contain_text("nothing more can be done")


@pytest.mark.parametrize("width", [320, 1440])
def test_the_inbox_never_scrolls_sideways(town: Town, night: Page, width: int) -> None:
    number = town.report(facts=MAJOR, sentence="超长描述" * 30)
    night.set_viewport_size({"width": width, "height": 800})
    for path in ("/escalations", "/escalations?show=all", f"/escalations/{town.cases(number)['major'].id}"):
        night.goto(path)
        assert night.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
