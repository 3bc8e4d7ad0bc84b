"""Telephone numbers as people say them, kept in one form so that they can be found again."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

#: Where a number without a country code is rung.
HOME: Final = "CN"
#: How people announce an extension, in both languages.
_EXTENSION: Final = re.compile(r"(?:转分机|转|分机|内线|ext(?:ension)?\.?|#|;ext=)\s*(\d{1,7})\s*$", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\D+")
_LEAST: Final = 3
#: A mobile number of mainland China, known by its form: most callers', and the library is slow.
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_BETWEEN: Final = re.compile(r"[\s().\-–]+")


@lru_cache(maxsize=4096)
def normal(given: str | None, *, home: str = HOME) -> str | None:
    """The number as E.164, `;ext=` and the extension after it; digits as given when no country knows the number.

    Full-width digits and 转, 分机, ext are understood. None if there are fewer than three digits: nobody can be rung.
    A number that is merely unusual is never refused, since a caller in distress may give a site's own short number.
    """
    if given is None:
        return None
    plain = unicodedata.normalize("NFKC", given).strip()
    found = _EXTENSION.search(plain)
    extension = f";ext={found[1]}" if found else ""
    body = plain[: found.start()] if found else plain
    digits = _DIGITS.sub("", body)
    if len(digits) < _LEAST:
        return None
    return (_e164(body, home) or ("+" if body.lstrip().startswith("+") else "") + digits) + extension


def digits_of(number: str) -> str:
    """The digits without country code where it is known, for searching."""
    main = number.partition(";")[0]
    if main.startswith("+86"):
        return main[3:]
    return _DIGITS.sub("", main)


def _e164(body: str, home: str) -> str | None:
    mobile = _MOBILE.fullmatch(_BETWEEN.sub("", body)) if home == HOME else None
    if mobile:
        return f"+86{mobile[1]}"
    try:
        number = phonenumbers.parse(body, home)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
