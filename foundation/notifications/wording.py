"""A message in the words of its reader: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from foundation.language.catalogues import has, translate, translate_in
from foundation.language.tongues import Language


@dataclass(frozen=True, slots=True)
class Words:
    """What the reader reads."""

    subject: str
    body: str


def words_of(
    template: str,
    facts: Mapping[str, object],
    *,
    language: Language,
    is_repeat: bool = False,
    otherwise: ZoneInfo | None = None,
) -> Words:
    """`message.<template>.subject` and `.body` with the facts put in; a template without a body has its subject twice.

    Instants are shown on the wall clock of the fact `timezone` (IANA name); where it isn't given, on that of `otherwise`,
    and without either in UTC.
    """
    zone = _zone(facts.get("timezone")) or otherwise
    subject = translate_in(language, f"message.{template}.subject", facts, zone=zone)
    body_code = f"message.{template}.body"
    body = translate_in(language, body_code, facts, zone=zone) if has(body_code) else subject
    if is_repeat:
        subject = translate(language, "message.repeat.subject", subject=subject)
    return Words(subject=subject, body=body)


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
