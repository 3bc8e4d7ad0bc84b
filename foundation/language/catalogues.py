"""The texts themselves, read once from `locale/`.

Two kinds, because they are asked for differently:

* **coded texts** for Problems, messages and words (`problem.technician-busy.title`, `grade.major`, `stage.assigned`):
  one `locale/<package>.toml` per package, both languages side by side, so that neither can be forgotten;
* **sentences of templates**, whose English is the key (`{% trans %}`): `locale/zh_CN/LC_MESSAGES/callout.po`, kept by
  Babel (`make texts`) and read directly, so that nothing compiled is in the repository.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po

from foundation.language import phrases
from foundation.language.tongues import Language

LOCALE: Final = Path(__file__).resolve().parents[2] / "locale"
#: The keys of a coded text in its TOML table.
KEYS: Final = {"en": Language.ENGLISH, "zh": Language.CHINESE}


class CatalogueBroken(Exception):
    """A catalogue file that can't be used; the message names the file and the text."""


def translate(language: Language, code: str, /, **facts: object) -> str:
    """The text `code` in `language` with its facts put in; instants are shown in UTC and say so.

    Placeholders are `{fact}` or `{fact:kind}`, see `phrases`. Never fails: an unknown code gives `⟦code⟧`, a missing
    fact leaves its placeholder standing.
    """
    return translate_in(language, code, facts)


def translate_in(language: Language, code: str, facts: Mapping[str, object], *, zone: ZoneInfo | None = None) -> str:
    """As `translate`, with instants on the wall clock of `zone` (the reader's or the site's)."""
    text = coded_texts().get(code)
    if text is None:
        return f"⟦{code}⟧"
    return phrases.filled(text[language], facts, language=language, zone=zone, words=_words_of(language))


def has(code: str) -> bool:
    """Whether there is a text for `code`."""
    return code in coded_texts()


def gettext(language: Language, message: str) -> str:
    """A template's sentence, found by its English."""
    if language is Language.ENGLISH:
        return message
    return chinese_sentences().get(message, message)


def ngettext(language: Language, singular: str, plural: str, number: int) -> str:
    """A template's sentence that counts something; Chinese has one form for all numbers."""
    if language is Language.ENGLISH:
        return singular if number == 1 else plural
    return chinese_sentences().get(singular, singular if number == 1 else plural)


@cache
def coded_texts() -> dict[str, dict[Language, str]]:
    """Every coded text of every package. Raises CatalogueBroken for a code defined twice or in one language only."""
    return read_coded_texts(LOCALE)


def read_coded_texts(folder: Path) -> dict[str, dict[Language, str]]:
    """All `*.toml` of a folder merged. Raises CatalogueBroken as `coded_texts`."""
    merged: dict[str, dict[Language, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for code, text in _tables(path).items():
            if code in merged:
                message = f"{path.name}: the text {code!r} is defined twice"
                raise CatalogueBroken(message)
            merged[code] = text
    return merged


def _tables(path: Path) -> dict[str, dict[Language, str]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name}: {error}"
        raise CatalogueBroken(message) from error
    return {code: _both(path, code, table) for code, table in tables.items()}


def _both(path: Path, code: str, table: object) -> dict[Language, str]:
    if not isinstance(table, dict) or set(table) != set(KEYS):
        message = f'{path.name}: {code!r} needs exactly en and zh (is the code in quotes, as in ["grade.major"]?)'
        raise CatalogueBroken(message)
    return {KEYS[key]: str(text) for key, text in table.items()}


@cache
def chinese_sentences() -> dict[str, str]:
    """English sentence of a template → Chinese; sentences still marked fuzzy are left out, as gettext does."""
    path = LOCALE / "zh_CN" / "LC_MESSAGES" / "callout.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN", domain="callout")
    return {
        _first(message.id): _first(message.string)
        for message in catalogue
        if message.id and not message.fuzzy and _first(message.string)
    }


def _first(forms: str | list[str] | tuple[str, ...] | None) -> str:
    if not forms:
        return ""
    return forms if isinstance(forms, str) else forms[0]


def _words_of(language: Language) -> phrases.Words:
    def word(code: str) -> str:
        text = coded_texts().get(code)
        return f"⟦{code}⟧" if text is None else text[language]

    return word
