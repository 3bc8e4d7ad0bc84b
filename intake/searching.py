"""What a row is found by: characters, sounds, initials, serial numbers and last four digits, as words of a tsvector.

The words are made here when a row is written, so that PostgreSQL neither parses nor guesses: a search is a prefix match
of every word asked for. Chinese runs are stored from each character on, so that any part of a name finds it; sounds
catch what characters don't (华跃, 华岳).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from intake import phones
from intake.readings import readings

_RUNS: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]+|[^\W_㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]+")
_PARTS: Final = re.compile(r"\d+|[^\W\d_]+")
_HAN: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")
#: Characters of a run or word that are kept; longer ones are found by their beginning.
_LONGEST: Final = 40
#: Words of one question that are looked at; more only narrow what is already found.
_MOST_ASKED: Final = 8
_LAST: Final = 4
_DIALLED: Final = re.compile(r"[\s+\-().]*\d[\d\s+\-().]*")
_DIGITS: Final = re.compile(r"\d+")
_NUMBER: Final = re.compile(r"^\s*(?:(\d{4})-)?0*(\d{1,9})\s*$")
_DIGITS_OF_NUMBER: Final = 6


def sounds(name: str) -> tuple[str, str]:
    """The pinyin of a name without tones and spaces, and its initials: 华跃 → huayue, hy. Latin letters stay."""
    syllables = _syllables(_plain(name))
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)


@lru_cache(maxsize=4096)
def name_words(name: str | None) -> frozenset[str]:
    """The words by which a name is found."""
    found: set[str] = set()
    for run in _RUNS.findall(_plain(name or "")):
        if _HAN.match(run):
            found.update(_han_words(run[:_LONGEST]))
        else:
            found.update(_word_parts(run))
    return frozenset(found)


def serial_words(serial_number: str | None) -> set[str]:
    """The words by which a serial number is found: whole without separators, its parts, its last four."""
    if not serial_number:
        return set()
    compact = "".join(_RUNS.findall(_plain(serial_number)))[:_LONGEST]
    digits = "".join(_DIGITS.findall(compact))
    return {compact, digits, compact[-_LAST:], *name_words(serial_number)} - {""}


def phone_words(number: str | None) -> set[str]:
    """The words by which a phone number is found: with and without country code, and its last four digits."""
    if not number:
        return set()
    digits = phones.digits_of(number)
    whole = re.sub(r"\D", "", number.partition(";")[0])
    return {whole, digits, digits[-_LAST:]} - {""}


def vector(words: Iterable[str]) -> str:
    """The words as the text of a tsvector."""
    return " ".join(_quoted(word) for word in sorted(set(words)) if word)


def question(asked: str) -> str | None:
    """The text of a tsquery that finds rows having every word asked for, by its beginning; None if nothing was asked."""
    plain = _plain(asked)
    if _DIALLED.fullmatch(plain):  # A phone number or serial number, grouped as people read it out.
        return f"{_quoted(''.join(_DIGITS.findall(plain))[:_LONGEST])}:*"
    words = [run[:_LONGEST] for run in _RUNS.findall(plain)]
    return " & ".join(f"{_quoted(word)}:*" for word in words[:_MOST_ASKED]) or None


def says_nothing(asked: str | None) -> bool:
    """Whether something was asked of which nothing can be looked up: signs alone, which must not find everything."""
    return bool(asked and asked.strip()) and question(asked or "") is None


def numbers_meant(asked: str, *, year: int) -> list[str]:
    """The complaint numbers that what was asked could be: 2026-387, 000387, 387 of this year or the last."""
    found = _NUMBER.match(asked)
    if found is None:
        return []
    years = [int(found[1])] if found[1] else [year, year - 1]
    return [f"{one}-{int(found[2]):0{_DIGITS_OF_NUMBER}d}" for one in years]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _syllables(text: str) -> list[str]:
    return [part for run in _RUNS.findall(text) for part in (readings().syllables(run) if _HAN.match(run) else [run])]


def _han_words(run: str) -> set[str]:
    syllables = list(readings().syllables(run))
    initials = "".join(syllable[0] for syllable in syllables)
    found = {run[start:] for start in range(len(run))}
    found |= {"".join(syllables[start:])[:_LONGEST] for start in range(len(syllables))}
    return found | {initials[start:] for start in range(len(initials) - 1)}


def _word_parts(run: str) -> set[str]:
    return {run[:_LONGEST], *(part[:_LONGEST] for part in _PARTS.findall(run))}


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
