"""The sketch around a site: north is up, distances are true, everybody stays inside the square."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pages import sketch
from web.pages.sketch import HALF, Spot

SITE = (31.23, 121.47)
DEGREES = st.tuples(st.floats(-85, 85), st.floats(-180, 180))


def test_a_tenth_of_a_degree_north_is_eleven_kilometres_up() -> None:
    east, north = sketch.offset_km(SITE[0] + 0.1, SITE[1], around=SITE)
    assert east == 0
    assert north == pytest.approx(11.12, abs=0.01)
    (mark,) = sketch.draw(SITE, [Spot("1", "can", SITE[0] + 0.1, SITE[1])]).marks
    assert mark.x == 0
    assert mark.y < 0


def test_a_degree_east_is_shorter_the_farther_north() -> None:
    east, _ = sketch.offset_km(60.0, 11.0, around=(60.0, 10.0))
    assert east == pytest.approx(111.2 / 2, rel=0.01)


def test_the_short_way_goes_over_the_date_line() -> None:
    east, _ = sketch.offset_km(0.0, -179.9, around=(0.0, 179.9))
    assert east == pytest.approx(0.2 * 111.2, rel=0.001)


def test_rings_have_round_kilometres_and_hold_everybody_who_can_go() -> None:
    drawn = sketch.draw(SITE, [Spot("1", "can", 31.6, 121.47), Spot("x", "cannot", 25.0, 110.0)])
    assert [ring.km for ring in drawn.rings] == [10, 20, 50]
    assert math.hypot(drawn.marks[0].x, drawn.marks[0].y) <= drawn.rings[-1].radius


@given(site=DEGREES, places=st.lists(DEGREES, max_size=8))
def test_nobody_stands_outside_the_picture(site: tuple[float, float], places: list[tuple[float, float]]) -> None:
    spots = [Spot(str(at), "can" if at % 2 else "cannot", *place) for at, place in enumerate(places)]
    drawn = sketch.draw(site, spots)
    assert all(math.hypot(mark.x, mark.y) <= HALF for mark in drawn.marks)
