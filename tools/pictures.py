"""Take the pictures of the README from a running demo: `python tools/pictures.py [http://127.0.0.1:8000]`.

Every kind of page, on a desk's screen (1440 px) and a phone's (390 px), in both languages. Needs Chromium
(`python tools/browser.py` finds or installs it).
"""

import lzma
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.demo.people import PASSWORD
from foundation.documents import fonts
from tools.browser import ensure

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZES: Final = {"1440": (1440, 900), "390": (390, 844)}
#: Language of the browser → the word in the file's name.
LANGUAGES: Final = {"en-GB": "en", "zh-CN": "zh"}
#: A major case of the demo.
CASE: Final = "2026-000008"
#: Who looks at which pages: sign-in name → the picture's name → path.
PAGES: Final = {
    "agent.hd": {"intake": "/intake"},
    "dispatcher.hd": {"board": "/", "case": f"/complaints/{CASE}"},
    "head": {"inbox": "/escalations"},
    "tech.he": {"technician": "/t"},
    "admin": {"people": "/admin/people", "policy": "/admin/policies/ladder", "shifts": "/admin/shifts"},
}
#: A caller of the demo, by the initials of the name, and what they say.
CALLER: Final = "shhy"
SENTENCE: Final = "塔吊起升到一半停机, 操作台没有反应"
#: A page that shows more than this many screens is cut there.
SCREENS: Final = 2
FLAGS: Final = ["--no-sandbox", "--disable-background-networking", "--hide-scrollbars"]


def take(browser: Browser, url: str, *, locale: str, size: str) -> None:
    """All pages in one language at one width."""
    context = visitor(browser, url, locale=locale, size=size)
    shoot(context, "/sign-in", name(f"sign-in-{LANGUAGES[locale]}", size), size=size)
    context.close()
    for login, pages in PAGES.items():
        context = visitor(browser, url, locale=locale, size=size)
        context.request.post("/sign-in", form={"login": login, "password": PASSWORD, "back": "/start"})
        for what, path in pages.items():
            shoot(context, path, name(f"{what}-{LANGUAGES[locale]}", size), size=size)
        context.close()
    context = visitor(browser, url, locale=locale, size=size)
    shoot(context, customers_page(context), name(f"customer-{LANGUAGES[locale]}", size), size=size)
    context.close()


def customers_page(context: BrowserContext) -> str:
    """The address that the desk can give to the customer of the shown case."""
    session = context.request.post("/api/v1/session", data={"login": "dispatcher.hd", "password": PASSWORD}).json()
    given = context.request.post(
        f"/api/v1/complaints/{CASE}/links", data={"purpose": "follow"}, headers={"X-CSRF-Token": session["csrf"]}
    ).json()
    context.request.delete("/api/v1/session", headers={"X-CSRF-Token": session["csrf"]})
    return str(given["customer_link"])


def visitor(browser: Browser, url: str, *, locale: str, size: str) -> BrowserContext:
    """Somebody with an empty browser, who reads this language."""
    width, height = SIZES[size]
    context = browser.new_context(base_url=url, locale=locale, viewport={"width": width, "height": height})
    # A person's own language wins over the browser's; what was chosen on the page wins over both.
    context.add_cookies([{"name": "language", "value": "en" if locale.startswith("en") else locale, "url": url}])
    return context


def name(page: str, size: str) -> Path:
    return FOLDER / f"{page}-{size}.png"


def shoot(context: BrowserContext, path: str, picture: Path, *, size: str) -> None:
    """The page from its top, as long as it is, up to a limit."""
    width, height = SIZES[size]
    page = context.new_page()
    page.goto(path)
    act(page, path)
    page.wait_for_timeout(700)  # The countdowns are written by a script.
    tall = min(page.evaluate("document.documentElement.scrollHeight"), height * SCREENS)
    page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
    page.close()


def act(page: Page, path: str) -> None:
    """What shows more of a page than its beginning: a call half taken, a major case chosen."""
    if path == "/intake":
        page.fill("#who", CALLER)
        page.locator("#callers [role=option]").first.click()
        page.fill("#sentence", SENTENCE)
        page.locator("#questions label[data-digit='1']:visible").first.click()
    elif path == "/" and page.viewport_size and page.viewport_size["width"] > SIZES["390"][0]:
        page.locator(".queue a", has=page.locator(".grade.major")).first.click()


def slim(path: Path) -> None:
    """256 colours are enough for pages, and a third of the bytes."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256)
    few.save(path, optimize=True)


def unpack_fonts(folder: Path) -> None:
    """Where Chromium looks for fonts: a machine without Chinese ones would show boxes."""
    folder.mkdir()
    for packed in fonts.FOLDER.glob("NotoSansSC-*.ttf.xz"):
        (folder / packed.stem).write_bytes(lzma.decompress(packed.read_bytes()))


def main(url: str) -> int:
    program = ensure()
    if program is None:
        print("No Chromium here; python tools/browser.py says what to do.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {**os.environ, "XDG_DATA_HOME": home}
        unpack_fonts(Path(home) / "fonts")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        for locale in LANGUAGES:
            for size in SIZES:
                take(browser, url, locale=locale, size=size)
        browser.close()
    for path in FOLDER.glob("*.png"):
        slim(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
