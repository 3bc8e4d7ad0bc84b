"""Map tiles of somebody else: none unless an operator names them, then from that one place only.

Positions are kept on WGS 84; tiles of Chinese services are shifted (GCJ-02), so that what is drawn on them is shifted, too.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from intake import datum


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where tiles come from (`url` with {z}, {x} and {y}; empty: none), in which datum, and whom to thank for them."""

    url: str = ""
    datum: str = datum.WGS84
    credit: str = ""

    @property
    def origin(self) -> str | None:
        """Scheme and host that a browser must be allowed to ask; None for our own."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else None

    def shown(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place on WGS 84 is drawn, to a metre; our own outlines are on WGS 84."""
        place = datum.from_wgs84(latitude, longitude, datum=self.datum if self.url else datum.WGS84)
        return round(place.latitude, 5), round(place.longitude, 5)
