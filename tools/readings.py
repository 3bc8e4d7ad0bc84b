"""Make the table of how characters are read: `python -m tools.readings`.

The usual reading of each character and the phrases in which it isn't what is read, made from the dictionaries of
pypinyin (MIT). Writes `intake/readings.tsv.gz`, the same bytes from the same dictionaries.
"""

import gzip
from collections.abc import Mapping
from itertools import islice
from typing import Final

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from intake.readings import TABLE, Readings

Phrases = dict[str, tuple[str, ...]]


def usual() -> dict[int, str]:
    """Each character's usual reading."""
    return dict(zip(PINYIN_DICT, lazy_pinyin(list(map(chr, PINYIN_DICT)), style=Style.NORMAL), strict=True))


def every_phrase() -> Phrases:
    """All phrases with their readings, a syllable per character."""
    syllables = iter(lazy_pinyin(list(PHRASES_DICT), style=Style.NORMAL))
    return {phrase: tuple(islice(syllables, len(phrase))) for phrase in PHRASES_DICT}


def needed(characters: Mapping[int, str], phrases: Phrases) -> Phrases:
    """The phrases without which some phrase would be read wrongly: a phrase within a longer one may need the longer."""
    kept: Phrases = {}
    while more := _misread(Readings(characters=characters, phrases=kept, longest=_longest(kept)), phrases):
        kept |= more
    return kept


def _misread(readings: Readings, phrases: Phrases) -> Phrases:
    return {phrase: right for phrase, right in phrases.items() if tuple(readings.syllables(phrase)) != right}


def _longest(phrases: Phrases) -> int:
    return max(map(len, phrases), default=0)


def table() -> str:
    """A line per syllable with its characters, then a line per phrase with its syllables."""
    characters = usual()
    by_syllable: dict[str, list[str]] = {}
    for code, syllable in sorted(characters.items()):
        by_syllable.setdefault(syllable, []).append(chr(code))
    kept = needed(characters, every_phrase())
    lines = [f"{syllable}\t{''.join(found)}" for syllable, found in sorted(by_syllable.items())]
    return "\n".join([*lines, *(f"{phrase}\t{' '.join(kept[phrase])}" for phrase in sorted(kept)), ""])


def main() -> None:
    """Write the table."""
    text: Final = table()
    with TABLE.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())
    print(f"{TABLE}: {text.count(chr(10))} lines, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
