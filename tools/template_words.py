"""Words a template says outside `{% trans %}`: readers of the other language would get them untranslated."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

#: Attributes whose value is read or heard by people.
SPOKEN: Final = frozenset({"title", "alt", "placeholder", "label", "aria-label", "aria-description"})
#: Elements that are closed by themselves.
VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 — reads as a list.
)
TRANSLATED: Final = re.compile(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", re.DOTALL)
COMMENTS: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
CODE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: The product's name is the same in every language.
NAME: Final = "Callout"
#: Stands where code stood, so that `a{{ b }}c` isn't taken for the word `ac`; no letter.
HOLE: Final = "\x1f"


def untranslated(source: str) -> list[tuple[int, str]]:
    """(line, words) of each literal text with letters; what an element marks `translate="no"` is let through."""
    parser = _Words()
    parser.feed(_blanked(source))
    parser.close()
    return parser.found


def _blanked(source: str) -> str:
    """The template with its code replaced by holes; line numbers stay right."""
    for pattern in (COMMENTS, TRANSLATED, CODE):
        source = pattern.sub(lambda found: HOLE + "\n" * found.group(0).count("\n"), source)
    return source


class _Words(HTMLParser):
    """Collects literal words; silent inside scripts, styles and what must not be translated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN or (tag == "input" and name == "value" and ("type", "submit") in attrs):
                self._note(value or "")
        if tag in VOID:
            return
        if self.silent or tag in {"script", "style", "code"} or ("translate", "no") in attrs:
            self.silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._note(data)

    def _note(self, text: str) -> None:
        words = " ".join(text.replace(HOLE, " ").split())
        if any(character.isalpha() for character in words.replace(NAME, "")):
            self.found.append((self.getpos()[0], words))
