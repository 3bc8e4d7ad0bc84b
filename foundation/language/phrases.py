"""Facts put into a sentence.

A placeholder is `{fact}` or `{fact:kind}`; kinds:

* `time`, `date`, `instant` — of an aware datetime or its ISO text, on the reader's wall clock
* `duration` — of a timedelta or a number of seconds; `min` — a number of minutes; `km`, `m` — a distance; `number`
* a family of words with its dot, `{grade:grade.}` — the word `grade.major` when the fact is `major`

Without a kind, datetimes are shown as `instant`, timedeltas as `duration`, decimals in the language's way, lists
joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from foundation.language import formats
from foundation.language.tongues import Language

Words: TypeAlias = Callable[[str], str]

PLACEHOLDER: Final = re.compile(r"\{(\w+)(?::([\w.-]+))?\}")
MOMENTS: Final = {"instant": formats.instant, "time": formats.clock_time, "date": formats.day}
KINDS: Final = frozenset({*MOMENTS, "duration", "min", "km", "m", "number"})


def filled(text: str, facts: Mapping[str, object], *, language: Language, zone: ZoneInfo | None, words: Words) -> str:
    """`text` with every known fact in place; an unknown fact or an unreadable value stays visible as it is."""

    def put(found: re.Match[str]) -> str:
        name, kind = found.group(1), found.group(2)
        if name not in facts:
            return found.group(0)
        return shown(facts[name], kind=kind, language=language, zone=zone, words=words)

    return PLACEHOLDER.sub(put, text)


def placeholders(text: str) -> set[tuple[str, str]]:
    """The (fact, kind) pairs a text uses; both languages must use the same."""
    return {(found.group(1), found.group(2) or "") for found in PLACEHOLDER.finditer(text)}


def shown(value: object, *, kind: str | None, language: Language, zone: ZoneInfo | None, words: Words) -> str:
    """One fact as the reader sees it."""
    if isinstance(value, list | tuple | set | frozenset):
        each = [shown(item, kind=kind, language=language, zone=zone, words=words) for item in value]
        return formats.listed(language, each)
    if kind is not None and kind.endswith("."):
        return words(f"{kind}{value}")
    try:
        return _by_kind(kind or _kind_of(value), value, language=language, zone=zone)
    except (ValueError, TypeError):
        return str(value)


def _kind_of(value: object) -> str:
    if isinstance(value, datetime):
        return "instant"
    if isinstance(value, timedelta):
        return "duration"
    return "number" if isinstance(value, float | Decimal) else ""


def _by_kind(kind: str, value: object, *, language: Language, zone: ZoneInfo | None) -> str:
    if kind in MOMENTS:
        return MOMENTS[kind](language, _as_instant(value), zone=zone)
    if kind in {"duration", "min"}:
        return formats.duration(language, _as_duration(value, minutes=kind == "min"))
    if kind in {"km", "m"}:
        return formats.distance(language, metres=_as_number(value) * (formats.METRES_PER_KM if kind == "km" else 1))
    return formats.number(language, _as_number(value)) if kind == "number" else str(value)


def _as_instant(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        message = "an instant without a time zone can't be shown"
        raise ValueError(message)
    return moment


def _as_duration(value: object, *, minutes: bool) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return timedelta(minutes=_as_number(value)) if minutes else timedelta(seconds=_as_number(value))


def _as_number(value: object) -> float:
    if isinstance(value, int | float | Decimal | str):
        return float(value)
    message = f"{value!r} is not a number"
    raise TypeError(message)
