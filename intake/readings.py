"""How Chinese characters are read: pinyin without tones, of names above all (重庆 → chong qing, not zhong qing).

The table (`tools/readings.py` makes it) has each character's usual reading and the phrases in which a character is
read otherwise. It takes 3 MB where the dictionaries it is made from would take 50 MB of each process.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).resolve().parent / "readings.tsv.gz"
_SHORTEST_PHRASE: Final = 2


@dataclass(frozen=True, slots=True)
class Readings:
    """Usual readings by code point, and the phrases with other readings; `longest` is the longest phrase's length."""

    characters: Mapping[int, str]
    phrases: Mapping[str, tuple[str, ...]]
    longest: int

    def syllables(self, text: str) -> Iterator[str]:
        """One syllable per character, the longest phrase first; a character nobody knows stands for itself."""
        start = 0
        while start < len(text):
            for length in range(min(self.longest, len(text) - start), _SHORTEST_PHRASE - 1, -1):
                if (found := self.phrases.get(text[start : start + length])) is not None:
                    yield from found
                    start += length
                    break
            else:
                yield self.characters.get(ord(text[start]), text[start])
                start += 1


@cache
def readings() -> Readings:
    """The table, read when a name is first sounded."""
    characters: dict[int, str] = {}
    phrases: dict[str, tuple[str, ...]] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode().splitlines():
        left, _, right = line.partition("\t")
        if left.isascii():
            characters |= dict.fromkeys(map(ord, right), left)
        else:
            phrases[left] = tuple(right.split())
    return Readings(characters=characters, phrases=phrases, longest=max(map(len, phrases)))
