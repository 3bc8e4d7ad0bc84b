"""Which languages there are, and which of them a reader gets."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language every text exists in, by its BCP 47 tag."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


#: Whoever states no wish, or only wishes we can't meet, gets the language of the source texts.
OTHERWISE = Language.ENGLISH


def negotiate(
    accept_language: str | None, preferred: str | None = None, *, otherwise: Language = OTHERWISE
) -> Language:
    """The language to answer in: the reader's own choice, else the best of their `Accept-Language` header.

    Weights as in RFC 9110 §12.5.4; a tag matches by its primary language (`zh-TW` and `zh-Hans` get `zh-CN`). A
    header that can't be read counts as no wish and is never an error.
    """
    chosen = _language_of(preferred or "")
    if chosen is not None:
        return chosen
    for tag in _wishes(accept_language or ""):
        if tag == "*":
            return otherwise
        wished = _language_of(tag)
        if wished is not None:
            return wished
    return otherwise


def _language_of(tag: str) -> Language | None:
    primary = tag.strip().replace("_", "-").split("-")[0].lower()
    return {"zh": Language.CHINESE, "en": Language.ENGLISH}.get(primary)


def _wishes(header: str) -> list[str]:
    """The header's tags, most wanted first; equal weights keep their order, weight 0 is a refusal and left out."""
    weighted = [_weighted(part) for part in header.split(",")]
    wanted = [(weight, tag) for weight, tag in weighted if weight > 0 and tag]
    return [tag for _, tag in sorted(wanted, key=lambda wish: -wish[0])]


def _weighted(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, text = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0, tag.strip()
    try:
        return float(text), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
