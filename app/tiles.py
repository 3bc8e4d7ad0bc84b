"""What an operator may say about map tiles. Pure; every part reads the settings, so this loads nothing else."""

from typing import Final
from urllib.parse import urlsplit

#: Datums in which tiles may be drawn: names of `intake.datum`.
DATUMS: Final = ("wgs84", "gcj02")
_PLACES: Final = ("{z}", "{x}", "{y}")
#: Signs that would end the directive of the security policy that names the tiles' origin, or mean several hosts.
_NOT_IN_A_HOST: Final = frozenset(" ;,'\"{}@*")


def checked_url(text: str) -> str:
    """The template of the tiles' addresses. ValueError for what is none: a path of our own or http(s) with one fixed host."""
    if not text:
        return text
    parts = urlsplit(text)
    host = parts.netloc if parts.scheme in {"http", "https"} else None
    if not all(place in text for place in _PLACES) or text.startswith("//"):
        raise ValueError("expected an address with {z}, {x} and {y}")
    if host is None and not text.startswith("/"):
        raise ValueError("expected http://, https:// or a path that begins with /")
    if host is not None and (_NOT_IN_A_HOST & set(host) or not parts.hostname):
        raise ValueError("expected one fixed host, without {s}")
    return text


def checked_datum(text: str) -> str:
    """The tiles' datum. ValueError for another word."""
    if text not in DATUMS:
        raise ValueError(f"expected {' or '.join(DATUMS)}")
    return text
