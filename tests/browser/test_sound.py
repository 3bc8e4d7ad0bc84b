"""The switch of the sound says what is true: nothing is heard before somebody has touched the page."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import FLAGS
from tests.serving import Served, serving
from tests.town import Town
from tools.browser import ensure

pytestmark = pytest.mark.committed

#: As people's browsers are set; a machine without loudspeakers plays into nothing.
STRICT = ["--autoplay-policy=document-user-activation-required", "--disable-audio-output"]


@pytest.fixture
def strict(chromium: Browser) -> Iterator[Browser]:
    browser = chromium.browser_type.launch(executable_path=ensure(), args=[*FLAGS, *STRICT])
    yield browser
    browser.close()


@pytest.fixture
def open_town(town: Town) -> Iterator[Served]:
    system = town.works.system
    with serving(replace(system, settings=replace(system.settings, secure_cookies=False))) as served:
        yield served


@pytest.fixture
def desk(strict: Browser, town: Town, open_town: Served) -> Iterator[Page]:
    """The dispatcher, signed in elsewhere, so that no page was touched; a word on the console fails the test."""
    town.headers("dispatcher")
    context = strict.new_context(base_url=open_town.url, locale="en-GB")
    context.add_cookies([{"name": "session", "value": town.keys["dispatcher"].token, "url": open_town.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    context.close()
    assert complaints == []


WORDS = {
    "en": ("Press once to hear", "Sound on", "Sound off"),
    "zh-CN": ("按一下才有提示音", "提示音开", "提示音关"),
}


@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("path", ["/", "/?wall=1"], ids=["board", "wall"])
def test_the_sound_is_on_only_once_it_can_be_heard(desk: Page, open_town: Served, path: str, language: str) -> None:
    waits, on, off = WORDS[language]
    desk.context.add_cookies([{"name": "language", "value": language, "url": open_town.url}])
    desk.goto(path)
    switch = desk.locator("#sound")
    expect(switch).to_have_text(waits)
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(switch).to_have_text(on)
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_text(off)
    desk.reload()
    expect(switch).to_have_text(off)
    expect(switch).to_have_attribute("aria-pressed", "false")


def test_a_touch_anywhere_lets_the_sound_be_heard(desk: Page) -> None:
    desk.goto("/?wall=1")
    expect(desk.locator("#sound")).to_have_text("Press once to hear")
    desk.locator("#wall-clock").click()
    expect(desk.locator("#sound")).to_have_text("Sound on")
    desk.reload()
    expect(desk.locator("#sound")).to_have_text("Press once to hear")


def test_a_wall_that_loads_itself_anew_at_night_goes_on_being_heard(desk: Page) -> None:
    desk.clock.install()
    desk.goto("/?wall=1")
    desk.locator("#wall-clock").click()
    expect(desk.locator("#sound")).to_have_text("Sound on")
    desk.evaluate("window.isOld = true")
    desk.clock.fast_forward("07:00:00")
    desk.wait_for_function("!window.isOld && document.readyState === 'complete'")
    expect(desk.locator("#sound")).to_have_text("Sound on")
