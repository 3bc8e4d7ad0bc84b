"""A complaint turns out to be graver: it is regraded, rings at several people, and is given to one by hand; in both languages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.assembly import System
from foundation.language import Language
from tests.browser.test_hard_days import signed_in, system
from tests.serving import serving
from tests.town import SERIOUS, Town

__all__ = ["system"]
pytestmark = pytest.mark.committed
PATIENCE = 100


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for what the server does on its own."""
    for _ in range(PATIENCE):
        if is_so():
            return
        page.wait_for_timeout(100)
    assert is_so()


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_case_is_regraded_rings_at_several_and_is_given_by_hand(
    chromium: Browser, town: Town, system: System, language: Language
) -> None:
    number = town.report(facts=SERIOUS)
    with serving(system) as served:
        people = {
            who: signed_in(chromium, town, served.url, who) for who in ("dispatcher", "lu", "wang", "chen", "zhou")
        }
        for context in people.values():
            context.add_cookies([{"name": "language", "value": str(language), "url": served.url}])
        desk = people["dispatcher"].new_page()
        regrade(desk, number)
        until(desk, lambda: town.complaint(number).grade == "major")
        town.works.rest()
        ringing = town.offers(number)
        assert len(ringing) > 1, "a major complaint rings at several"
        phones = {who: people[who].new_page() for who in ringing}
        for who, phone in phones.items():
            phone.goto("/t")
            expect(phone.locator(f"#o-{ringing[who]} .grade.major")).to_be_visible()
        override(desk, number)
        until(desk, lambda: town.stage(number) == "assigned")
        town.works.rest()
        chosen = town.rows(
            "SELECT lower(t.code) AS who FROM assignments a JOIN technicians t ON t.id = a.technician_id"
        )
        for who, phone in phones.items():
            phone.reload()
            expect(phone.locator(f"#o-{ringing[who]}")).to_have_count(0)
        assert len(chosen) == 1
        for context in people.values():
            context.close()


def regrade(desk: Page, number: str) -> None:
    """By keys, with a reason."""
    desk.goto(f"/?c={number}")
    expect(desk.locator("#shown-title")).to_contain_text(number)
    desk.keyboard.press("r")
    form = desk.locator("#act-regrading")
    form.locator("input[value=major]").check()
    form.locator("[name=reason]").fill("吊钩在下滑。")
    desk.keyboard.press("Control+Enter")


def override(desk: Page, number: str) -> None:
    """The second best instead of the best, with the reason; leaving the page sends it at once."""
    desk.goto(f"/?c={number}")
    expect(desk.locator("#shown-title .grade, #shown .grade").first).to_be_visible()
    desk.keyboard.press("2")
    reason = desk.locator(".people details[open] input[name=reason]")
    expect(reason).to_be_focused()
    reason.fill("他熟悉这个工地。")
    desk.keyboard.press("Enter")
    expect(desk.locator("#undo")).to_be_visible()
    desk.goto(f"/complaints/{number}")
