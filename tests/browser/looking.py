"""How tests look at a page: its words against the catalogues, its colours, sizes and order by `walk.js` and axe-core."""

import re
from collections.abc import Container
from functools import cache
from pathlib import Path
from typing import Final, cast

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from foundation.language import Language
from foundation.language.catalogues import chinese_sentences, coded_texts

WALK: Final = (Path(__file__).parent / "walk.js").read_text(encoding="utf-8")
HOLE: Final = re.compile(r"%\(\w+\)s|\{[^}]*\}|<[^>]*>")
#: What a rule about colours and sizes says differs between themes; everything else is the same in all of them.
OF_A_THEME: Final = ["color-contrast", "target-size", "link-in-text-block"]
#: Presses of Tab after which a page has no end.
ENDLESS: Final = 600


def bring_eyes(page: Page) -> None:
    """Put axe-core and our own questions into the open page, past its policy, which stays as it is for the page."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate(WALK)


def ask(page: Page, question: str) -> list[str]:
    """One question of `walk.js`; what it finds."""
    return cast("list[str]", page.evaluate(f"window.__walk.{question}"))


def untranslated(words: list[str], language: Language, *, names: Container[str]) -> list[str]:
    """Which of a page's words are those of the other language's catalogue, or of no catalogue at all; names may be."""
    exact, shaped = foreign_words(language)
    said = [text for text in words if text not in names]
    return [text for text in said if "⟦" in text or text in exact or shaped.fullmatch(text)]


@cache
def foreign_words(language: Language) -> tuple[frozenset[str], re.Pattern[str]]:
    """The other language's texts that this one says otherwise: whole ones, and those with something put in."""
    pairs = [*((en, zh) for en, zh in chinese_sentences().items())]
    pairs += [(text[Language.ENGLISH], text[Language.CHINESE]) for text in coded_texts().values()]
    own, other = (0, 1) if language is Language.ENGLISH else (1, 0)
    mine = {pair[own] for pair in pairs}
    texts = {" ".join(pair[other].split()) for pair in pairs if pair[0] != pair[1]} - mine
    exact = frozenset(text for text in texts if not HOLE.search(text))
    shapes = sorted(text for text in texts - exact if len(re.sub(r"\W", "", HOLE.sub("", text))) >= len("到 的"))
    pattern = "|".join(".+".join(re.escape(part) for part in HOLE.split(text)) for text in shapes)
    return exact, re.compile(pattern)


def tab_through(page: Page) -> list[str]:
    """Press Tab from the top to the end; what was not reached, out of order, or reached unseen."""
    page.evaluate("window.__walk.watch()")
    for count in range(1, ENDLESS):
        page.keyboard.press("Tab")
        if count % 10 == 0 and page.evaluate("window.__walk.isRound()"):
            break
    return ask(page, "trail()")
