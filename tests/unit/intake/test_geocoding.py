import pytest

from intake import geocoding


@pytest.mark.parametrize(
    ("address", "matched"),
    [
        ("江苏省南京市鼓楼区中山北路1号", "鼓楼区"),
        ("长沙市岳麓区枫林三路", "岳麓区"),
        ("上海浦东新区张江路", "浦东新区"),
        ("北京市朝阳区建国路", "朝阳区"),
        ("吉林省长春市朝阳区", "朝阳区"),
        ("江苏省南京市", "南京市"),
        ("1614 BROADWAY, Manhattan", "Manhattan"),
        ("12 Main St, Staten Island", "Staten Island"),
    ],
)
def test_an_address_is_placed_by_the_finest_place_it_names(address: str, matched: str) -> None:
    found = geocoding.gazetteer(address)
    assert found is not None
    assert found.matched == matched
    assert found.radius_m > 1000


def test_a_district_that_several_cities_have_is_not_guessed() -> None:
    assert geocoding.gazetteer("鼓楼区中山北路") is None
    assert len(geocoding.alternatives("鼓楼区中山北路")) == 4
    wide = geocoding.gazetteer("江苏省鼓楼区")
    assert wide is not None
    assert wide.matched == "江苏省"
    assert len(wide.alternatives) == 2


def test_beijing_and_changchun_have_different_chaoyang() -> None:
    beijing, changchun = geocoding.gazetteer("北京市朝阳区"), geocoding.gazetteer("长春市朝阳区")
    assert beijing is not None
    assert changchun is not None
    assert abs(beijing.latitude - changchun.latitude) > 3


@pytest.mark.parametrize("address", ["", "nowhere", "🏗", "工地三号楼"])
def test_an_address_that_names_no_place_has_no_position(address: str) -> None:
    assert geocoding.gazetteer(address) is None


def test_a_geocoder_is_chosen_by_name_and_an_unknown_one_refused() -> None:
    assert geocoding.chosen("gazetteer") is geocoding.gazetteer
    assert callable(geocoding.chosen("nominatim"))
    assert callable(geocoding.chosen("photon"))
    assert callable(geocoding.chosen("baidu", key="k"))
    for name, key in (("baidu", None), ("oracle", "k")):
        with pytest.raises(ValueError, match="no geocoder"):
            geocoding.chosen(name, key=key)
