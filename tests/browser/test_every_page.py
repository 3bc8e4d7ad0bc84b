"""Every page, in both languages and all themes: accessible, wholly translated, never wider than the screen, quiet."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app import routes
from foundation.language import Language
from tests.browser import looking
from tests.browser.gallery import Gallery
from tests.browser.pages import PAGES, PARTS, Shown
from tests.contracts.test_permissions import declared

TABLE = [pytest.param(shown, id=shown.name.replace(" ", "-")) for shown in PAGES]
#: Every theme with the device's own preference: the one for more contrast has a light and a dark side.
THEMES = (("light", "light"), ("dark", "dark"), ("contrast", "light"), ("contrast", "dark"))
FIELD = ("field", "light")
NARROW = 320
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: A window of 1280 px at 200 % zoom, for a browser that zooms text alone.
ZOOMED = 640


class Wardrobe:
    """One browser profile per person, opened once and worn by all tests; what their consoles say is kept."""

    def __init__(self, browser: Browser, gallery: Gallery) -> None:
        """Nobody is here yet."""
        self.browser, self.gallery = browser, gallery
        self.worn: dict[str | None, tuple[BrowserContext, Page]] = {}
        self.said: list[str] = []

    def page_of(self, who: str | None) -> Page:
        """The person's only tab, signed in."""
        if who not in self.worn:
            self.worn[who] = self._open(who)
        return self.worn[who][1]

    def _open(self, who: str | None) -> tuple[BrowserContext, Page]:
        context = self.browser.new_context(base_url=self.gallery.url, viewport=WIDE)  # type: ignore[arg-type]
        if who is not None:
            context.add_cookies([{"name": "session", "value": self.gallery.session(who), "url": self.gallery.url}])
        page = context.new_page()
        page.on("console", lambda said: self.said.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda fault: self.said.append(str(fault)))
        page.on("request", lambda sent: self._note(sent.url))
        return context, page

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme != "data" and not url.startswith(self.gallery.url):
            self.said.append(f"asked for {url}")

    def open(self, shown: Shown, language: Language) -> Page:
        """The page in this language, loaded once."""
        page = self.page_of(shown.who)
        self.worn[shown.who][0].add_cookies([{"name": "language", "value": str(language), "url": self.gallery.url}])
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        self.said = []
        answer = page.goto(self.gallery.path(shown.path))
        assert answer is not None
        assert answer.status == shown.status
        looking.bring_eyes(page)
        self.said = [word for word in self.said if f"status of {shown.status}" not in word or shown.status == 200]
        return page

    def close(self) -> None:
        """Everybody goes."""
        for context, _ in self.worn.values():
            context.close()


@pytest.fixture(scope="module")
def wardrobe(chromium: Browser, gallery: Gallery) -> Iterator[Wardrobe]:
    made = Wardrobe(chromium, gallery)
    yield made
    made.close()


def test_every_page_stands_in_the_table() -> None:
    reads = {name.removeprefix("GET ") for name in declared(routes.PAGES) if name.startswith("GET ")}
    assert {shown.route for shown in PAGES} | set(PARTS) == reads
    assert len({shown.name for shown in PAGES}) == len(PAGES)


@pytest.mark.parametrize("language", list(Language), ids=str)
@pytest.mark.parametrize("shown", TABLE)
def test_a_page_is_accessible_translated_and_fits_in_every_theme(
    wardrobe: Wardrobe, shown: Shown, language: Language
) -> None:
    page = wardrobe.open(shown, language)
    found = {
        "words": looking.untranslated(looking.ask(page, "texts()"), language, names=wardrobe.gallery.names),
        "clipped": looking.ask(page, "clipped()"),
        "wcag": looking.ask(page, "judged()"),
    }
    for theme, scheme in (*THEMES, *([FIELD] if shown.field else [])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("(name) => window.__walk.theme(name)", theme)
        found[f"{theme}, {scheme}"] = [
            *page.evaluate("(rules) => window.__walk.judged(rules)", looking.OF_A_THEME),
            *narrow(page, f"{theme} at {NARROW} px", width=NARROW),
        ]
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.evaluate("window.__walk.theme('light'); window.__walk.enlarge('200%')")
    found["zoomed"] = narrow(page, "at 200 %", width=ZOOMED)
    found["said"] = wardrobe.said
    assert {promise: broken for promise, broken in found.items() if broken} == {}


def narrow(page: Page, when: str, *, width: int) -> list[str]:
    """What flows over at this width."""
    page.set_viewport_size({"width": width, "height": 800})
    return [f"{when}: {each}" for each in (*looking.ask(page, "wide()"), *looking.ask(page, "clipped()"))]


@pytest.mark.parametrize("shown", TABLE)
def test_tab_reaches_everything_in_order_and_is_seen(wardrobe: Wardrobe, shown: Shown) -> None:
    page = wardrobe.open(shown, Language.ENGLISH)
    assert looking.tab_through(page) == []


@contextmanager
def afresh(chromium: Browser, gallery: Gallery, shown: Shown, *, scripts: bool) -> Iterator[Page]:
    """The page in Chinese in a browser that has seen nothing: an unfinished call brings headings of its own."""
    context = chromium.new_context(base_url=gallery.url, java_script_enabled=scripts, viewport=PHONE)  # type: ignore[arg-type]
    context.add_cookies([{"name": "language", "value": "zh-CN", "url": gallery.url}])
    if shown.who is not None:
        context.add_cookies([{"name": "session", "value": gallery.session(shown.who), "url": gallery.url}])
    page = context.new_page()
    page.goto(gallery.path(shown.path))
    yield page
    context.close()


@pytest.mark.parametrize("shown", [param for param in TABLE if param.values[0].plain])  # type: ignore[union-attr]
def test_a_page_reads_without_scripts(chromium: Browser, gallery: Gallery, shown: Shown) -> None:
    with afresh(chromium, gallery, shown, scripts=True) as page:
        looking.bring_eyes(page)
        scripted = looking.ask(page, "headings()")
    with afresh(chromium, gallery, shown, scripts=False) as page:
        read = page.locator("main").inner_text()
    assert scripted
    assert [heading for heading in scripted if heading not in read] == []
