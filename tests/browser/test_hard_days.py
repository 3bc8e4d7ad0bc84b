"""What goes wrong on a working day: the server restarts, twelve tabs are open, the computer's clock is wrong."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, expect

from app.assembly import System
from tests.serving import serving
from tests.town import MAJOR, SERIOUS, Town

pytestmark = pytest.mark.committed

TABS = 12
#: Milliseconds after which a page without a sign of life says so, with a second for saying it.
STALE_MS = 26_000


@pytest.fixture
def system(town: Town) -> System:
    """The town's own system, as a browser without TLS can use it."""
    system = town.works.system
    return replace(system, settings=replace(system.settings, secure_cookies=False))


def signed_in(chromium: Browser, town: Town, url: str, who: str) -> BrowserContext:
    """A browser in which somebody is signed in."""
    context = chromium.new_context(base_url=url, locale="en-GB", viewport={"width": 1440, "height": 900})
    town.headers(who)
    context.add_cookies([{"name": "session", "value": town.keys[who].token, "url": url}])
    return context


@pytest.fixture
def office(chromium: Browser, town: Town, system: System) -> Iterator[BrowserContext]:
    """The dispatcher's browser."""
    with serving(system) as served:
        context = signed_in(chromium, town, served.url, "dispatcher")
        yield context
        context.close()


def streams_of(context: BrowserContext) -> list[Request]:
    """Every event stream that the browser asks for from now on."""
    found: list[Request] = []
    context.on("request", lambda sent: found.append(sent) if sent.url.endswith("/live") else None)
    return found


def test_a_board_says_that_it_is_stale_while_the_server_is_away_and_misses_nothing_after_it(
    chromium: Browser, town: Town, system: System
) -> None:
    before = town.report(facts=SERIOUS)
    with serving(system) as served:
        context = signed_in(chromium, town, served.url, "dispatcher")
        streams = streams_of(context)
        page = context.new_page()
        page.clock.install()
        with page.expect_response(lambda answer: "/board/rows" in answer.url):
            page.goto("/")
        expect(page.locator(f"#c-{before}")).to_be_visible()
    page.clock.run_for(STALE_MS)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#stale")).to_contain_text(re.compile(r"Data stopped at \d\d?:\d\d:\d\d"))
    meanwhile = town.report(facts=MAJOR, serial="ZJ5510-51")
    with serving(system, port=urlsplit(served.url).port or 0):
        for _ in range(20):
            page.clock.run_for(2_000)
            page.wait_for_timeout(250)
            if page.locator(f"#c-{meanwhile}").is_visible():
                break
        expect(page.locator(f"#c-{meanwhile}")).to_be_visible()
        expect(page.locator("#stale")).to_be_hidden()
        assert len(streams) >= 2
        context.close()


def test_the_twelfth_tab_still_opens_and_all_of_them_follow(town: Town, office: BrowserContext) -> None:
    streams = streams_of(office)
    tabs = [office.new_page() for _ in range(TABS)]
    for tab in tabs:
        tab.goto("/", timeout=15_000)
    first = town.report(facts=SERIOUS)
    for tab in tabs:
        expect(tab.locator(f"#c-{first}")).to_be_visible(timeout=15_000)
    assert len(streams) == 1, "the tabs of one person share a stream"
    tabs.pop(0).close()
    for _ in range(50):
        if len(streams) == 2:
            break
        tabs[0].wait_for_timeout(100)
    second = town.report(facts=MAJOR, serial="ZJ5510-51")
    for tab in tabs:
        expect(tab.locator(f"#c-{second}")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("wrong", [timedelta(minutes=10), timedelta(minutes=-10)], ids=["ahead", "behind"])
def test_a_computer_whose_clock_is_wrong_shows_what_is_left_by_the_servers(
    town: Town, office: BrowserContext, wrong: timedelta
) -> None:
    number = town.report(facts=SERIOUS)
    page = office.new_page()
    page.clock.install(time=town.now + wrong)
    page.goto("/")
    shown = page.locator(f"#c-{number} time[data-left]").first
    due = datetime.fromisoformat(shown.get_attribute("datetime") or "").astimezone(UTC)
    expect(shown).to_contain_text(re.compile(r"\d\d:\d\d"))
    minutes, seconds = map(int, re.findall(r"(\d+):(\d\d)", shown.inner_text())[0])
    left = timedelta(minutes=minutes, seconds=seconds)
    assert timedelta() <= (due - town.now) - left < timedelta(seconds=15)


def test_an_input_methods_enter_sends_nothing_and_goes_nowhere(chromium: Browser, town: Town, system: System) -> None:
    with serving(system) as served:
        context = signed_in(chromium, town, served.url, "agent")
        page = context.new_page()
        page.goto("/intake")
        page.get_by_label("Caller's phone").fill("13912345678")
        words = page.get_by_label("In the caller's words")
        words.focus()
        keyboard = context.new_cdp_session(page)
        composed = "diaogou"
        keyboard.send("Input.imeSetComposition", {"text": composed, "selectionStart": 7, "selectionEnd": 7})
        expect(words).to_have_value(composed)
        for modifiers in (0, 2):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "modifiers": modifiers}
            keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        expect(words).to_be_focused()
        assert urlsplit(page.url).path == "/intake"
        keyboard.send("Input.insertText", {"text": "吊钩"})
        expect(words).to_have_value("吊钩")
        assert town.rows("SELECT 1 FROM complaints") == []
        context.close()
