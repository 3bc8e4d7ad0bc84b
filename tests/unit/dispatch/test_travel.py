"""Travel times."""

import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from dispatch import travel
from dispatch.travel import Place

places = st.builds(Place, st.floats(-60, 60), st.floats(-170, 170))


@given(places, places, places)
def test_a_stop_on_the_way_never_saves_time(start: Place, stop: Place, end: Place) -> None:
    direct = travel.between(start, end).travel_min
    assert direct <= travel.between(start, stop).travel_min + travel.between(stop, end).travel_min + 0.2


@given(places, places)
def test_the_short_cut_for_the_sphere_is_geopys_own(start: Place, end: Place) -> None:
    known = great_circle((start.latitude, start.longitude), (end.latitude, end.longitude)).km
    assert travel.great_circle_km(start, end) == pytest.approx(known, abs=1e-6)


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_further_is_never_sooner(one_km: float, more_km: float) -> None:
    assert travel.minutes(one_km) <= travel.minutes(one_km + more_km)


def test_twenty_kilometres_of_town_take_half_an_hour_and_the_access() -> None:
    assert travel.minutes(20) == 35
    assert travel.minutes(90) == 95


def test_being_there_already_still_takes_the_access_time() -> None:
    here = Place(31.2, 121.5)
    assert travel.between(here, here) == travel.Leg(road_km=0.0, travel_min=5.0)


@given(st.floats(0, 3000))
def test_what_can_be_reached_in_time_is_as_far_as_the_way_takes(within_min: float) -> None:
    reach = travel.reach_km(within_min)
    if reach > 0:
        assert travel.minutes(reach * travel.DETOUR) == pytest.approx(within_min, abs=1e-6)
    else:
        assert within_min <= travel.ACCESS_MIN
