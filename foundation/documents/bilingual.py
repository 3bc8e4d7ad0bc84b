"""Words that stand on a document twice: first in the reader's language, smaller in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.language import Language, translate

OTHER: Final = {Language.CHINESE: Language.ENGLISH, Language.ENGLISH: Language.CHINESE}


@dataclass(frozen=True, slots=True)
class Pair:
    """One meaning in two languages, the reader's first."""

    first: str
    second: str

    def __str__(self) -> str:
        """Both on one line, as in small print."""
        return f"{self.first} {self.second}"


def pair(reader: Language, code: str, /, **facts: object) -> Pair:
    """The text `code` of the catalogues for a reader of `reader`."""
    return Pair(translate(reader, code, **facts), translate(OTHER[reader], code, **facts))
