"""Take the pictures of the README from a running demo: `python tools/pictures.py [http://127.0.0.1:8000]`.

Sign-in, board and case page, on a desk's screen (1440 px) and a phone's (390 px), in both languages. Needs Chromium
(`python tools/browser.py` finds or installs it).
"""

import lzma
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.demo.people import PASSWORD
from foundation.documents import fonts
from tools.browser import ensure

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZES: Final = {"1440": (1440, 900), "390": (390, 844)}
#: Language of the browser → the word in the file's name.
LANGUAGES: Final = {"en-GB": "en", "zh-CN": "zh"}
#: Sees every region, so the board is full.
LOGIN: Final = "head"
#: A page that shows more than this many screens is cut there.
SCREENS: Final = 2
FLAGS: Final = ["--no-sandbox", "--disable-background-networking", "--hide-scrollbars"]


def take(browser: Browser, url: str, *, locale: str, size: str) -> None:
    """The three pages in one language at one width."""
    width, height = SIZES[size]
    context = browser.new_context(base_url=url, locale=locale, viewport={"width": width, "height": height})
    # A person's own language wins over the browser's; what was chosen on the page wins over both.
    context.add_cookies([{"name": "language", "value": "en" if locale.startswith("en") else locale, "url": url}])
    page = context.new_page()
    name = f"{LANGUAGES[locale]}-{size}.png"
    page.goto("/sign-in")
    page.screenshot(path=FOLDER / f"sign-in-{name}")
    page.fill("input[name=login]", LOGIN)
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("main a[href^='/complaints/']")
    shoot(page, FOLDER / f"board-{name}", width=width, height=height)
    # The last of the major ones is the furthest on, so its timeline tells most.
    page.locator("main a[href^='/complaints/']", has=page.locator(".grade.major")).last.click()
    page.wait_for_selector(".timeline")
    shoot(page, FOLDER / f"case-{name}", width=width, height=height)
    context.close()


def shoot(page: Page, path: Path, *, width: int, height: int) -> None:
    """The page from its top, as long as it is, up to a limit."""
    page.wait_for_timeout(500)  # The countdowns are written by a script.
    tall = min(page.evaluate("document.documentElement.scrollHeight"), height * SCREENS)
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})


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
