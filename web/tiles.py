"""Map tiles of somebody else: none unless an operator names them, then from that one place only.

Positions are kept on WGS 84; tiles of Chinese services are shifted (GCJ-02), so that what is drawn on them is shifted, too.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from intake import datum

#: Datums in which tiles may be drawn.
DATUMS: Final = (datum.WGS84, datum.GCJ02)
_PLACES: Final = ("{z}", "{x}", "{y}")
#: Signs that would end the directive of the security policy that names the tiles' origin, or mean several hosts.
_NOT_IN_A_HOST: Final = frozenset(" ;,'\"{}@*")


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where tiles come from (`url` with {z}, {x} and {y}; empty: none), in which datum, and whom to thank for them."""

    url: str = ""
    datum: str = datum.WGS84
    credit: str = ""

    @property
    def origin(self) -> str | None:
        """Scheme and host that a browser must be allowed to ask; None for our own."""
        return _origin(self.url)

    def shown(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place on WGS 84 is drawn, to a metre; our own outlines are on WGS 84."""
        place = datum.from_wgs84(latitude, longitude, datum=self.datum if self.url else datum.WGS84)
        return round(place.latitude, 5), round(place.longitude, 5)


def checked_url(text: str) -> str:
    """The template of the tiles' addresses. ValueError for what is none: a path of our own or http(s) with one fixed host."""
    if not text:
        return text
    host = _origin(text)
    if not all(place in text for place in _PLACES) or text.startswith("//"):
        raise ValueError("expected an address with {z}, {x} and {y}")
    if host is None and not text.startswith("/"):
        raise ValueError("expected http://, https:// or a path that begins with /")
    if host is not None and (_NOT_IN_A_HOST & set(host) or not urlsplit(text).hostname):
        raise ValueError("expected one fixed host, without {s}")
    return text


def checked_datum(text: str) -> str:
    """The tiles' datum. ValueError for another word."""
    if text not in DATUMS:
        raise ValueError(f"expected {' or '.join(DATUMS)}")
    return text


def _origin(url: str) -> str | None:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else None
