"""What a map shows: numbers as people say them, rings that reach whoever matters, the promise as a distance."""

from foundation.language import Language
from web.pages import maps
from web.pages.maps import Mark, Site

SITE = Site(at=(31.23, 121.47), radius_m=30.0, known=True, says="Site")


def somebody(kind: maps.Standing, *, km_north: float) -> Mark:
    at = (SITE.at[0] + km_north / 111.2, SITE.at[1])
    return Mark(id="1", kind=kind, mark="1", says="Lu", at=at)


def rings(*marks: Mark, site: Site = SITE) -> list[float]:
    return [ring.km for ring in maps._rings(site, marks, Language.ENGLISH)]


def test_a_number_is_said_without_year_and_zeros() -> None:
    assert [maps.short(number) for number in ("2026-000387", "2026-100000", "7")] == ["387", "100000", "7"]


def test_rings_reach_the_farthest_who_could_go() -> None:
    assert rings(somebody("can", km_north=80)) == [20, 50, 100]
    assert rings(somebody("can", km_north=4), somebody("cannot", km_north=300)) == [5, 10, 20]
    assert rings(somebody("cannot", km_north=190)) == [50, 100, 200]


def test_nobody_around_still_has_rings_to_judge_distances_by() -> None:
    assert rings() == [5, 10, 20]


def test_a_mere_region_has_no_rings() -> None:
    assert rings(site=Site(at=SITE.at, radius_m=0.0, known=False, says="Region")) == []
