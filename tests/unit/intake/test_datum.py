import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.problems import FieldWrong
from intake import datum

#: Degrees that are 1 cm at most.
CENTIMETRE = 1e-7


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
@given(latitude=st.floats(18.2, 53.5), longitude=st.floats(73.6, 134.7))
def test_there_and_back_is_the_same_place_to_a_centimetre(name: str, latitude: float, longitude: float) -> None:
    there = datum.from_wgs84(latitude, longitude, datum=name)
    back = datum.to_wgs84(there.latitude, there.longitude, datum=name)
    assert back.latitude == pytest.approx(latitude, abs=CENTIMETRE)
    assert back.longitude == pytest.approx(longitude, abs=CENTIMETRE)


def test_published_pairs_of_tiananmen_agree() -> None:
    """WGS 84 39.90734, 116.39089 is GCJ-02 39.90874, 116.39713 and BD-09 39.91509, 116.40350 (map services, 2020)."""
    gcj = datum.from_wgs84(39.90734, 116.39089, datum="gcj02")
    assert [*gcj] == pytest.approx([39.90874, 116.39713], abs=2e-5)
    bd = datum.from_wgs84(39.90734, 116.39089, datum="bd09")
    assert [*bd] == pytest.approx([39.9151, 116.4035], abs=5e-5)


@given(latitude=st.floats(-89, 0.8), longitude=st.floats(-179, 72))
def test_outside_china_nothing_is_shifted(latitude: float, longitude: float) -> None:
    assert datum.to_wgs84(latitude, longitude, datum="gcj02") == (latitude, longitude)


def test_an_unknown_datum_is_refused_and_zero_zero_is_nowhere() -> None:
    with pytest.raises(FieldWrong):
        datum.to_wgs84(1, 1, datum="mars")
    assert datum.is_nowhere(0.0, -0.0)
    assert not datum.is_nowhere(0.1, 0.0)
