"""Catalogues and formats made known to a Jinja environment.

Jinja's i18n extension asks for one catalogue per environment; here the language is a variable of the page (`language`,
and `zone` for its wall clock), so that one environment serves all readers.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from foundation.language import catalogues, formats
from foundation.language.tongues import OTHERWISE, Language


def install(environment: Environment) -> None:
    """Give templates `{% trans %}`, `word(code, **facts)`, `word_or(code, otherwise)` and the filters instant,
    short_instant, clock_time, day, duration, time_left, km, number and percent; each page is rendered with `language=`
    and, if known, `zone=`.
    """
    environment.add_extension("jinja2.ext.i18n")
    give = getattr(environment, "install_gettext_callables")  # noqa: B009 — the extension adds it unseen by types.
    give(_gettext, _ngettext, newstyle=True)
    environment.globals["word"] = _word
    environment.globals["word_or"] = _word_or
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(FILTERS)


def _language(context: Context) -> Language:
    found = context.get("language", OTHERWISE)
    return found if isinstance(found, Language) else OTHERWISE


def _zone(context: Context) -> ZoneInfo | None:
    found = context.get("zone")
    return found if isinstance(found, ZoneInfo) else None


@pass_context
def _gettext(context: Context, message: str) -> str:
    return catalogues.gettext(_language(context), message)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, number: int) -> str:
    return catalogues.ngettext(_language(context), singular, plural, number)


@pass_context
def _word(context: Context, code: str, **facts: object) -> str:
    return catalogues.translate_in(_language(context), code, facts, zone=_zone(context))


@pass_context
def _word_or(context: Context, code: str, otherwise: str) -> str:
    """The text of a code that may have none: names of fields that a new document brings."""
    return catalogues.translate_in(_language(context), code, {}) if catalogues.has(code) else otherwise


@pass_context
def _instant(context: Context, at: datetime) -> str:
    return formats.instant(_language(context), at, zone=_zone(context))


@pass_context
def _short_instant(context: Context, at: datetime) -> str:
    return formats.short_instant(_language(context), at, zone=_zone(context))


@pass_context
def _clock_time(context: Context, at: datetime) -> str:
    return formats.clock_time(_language(context), at, zone=_zone(context))


@pass_context
def _day(context: Context, on: date) -> str:
    return formats.day(_language(context), on, zone=_zone(context))


@pass_context
def _duration(context: Context, length: timedelta) -> str:
    return formats.duration(_language(context), length)


@pass_context
def _time_left(context: Context, left: timedelta) -> str:
    return formats.time_left(_language(context), left)


@pass_context
def _km(context: Context, distance_km: float) -> str:
    return formats.distance(_language(context), metres=distance_km * formats.METRES_PER_KM)


@pass_context
def _number(context: Context, value: float) -> str:
    return formats.number(_language(context), value)


@pass_context
def _percent(context: Context, share: float) -> str:
    return formats.percent(_language(context), share)


FILTERS = {
    "instant": _instant,
    "short_instant": _short_instant,
    "clock_time": _clock_time,
    "day": _day,
    "duration": _duration,
    "time_left": _time_left,
    "km": _km,
    "number": _number,
    "percent": _percent,
}
