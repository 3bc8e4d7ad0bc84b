"""Tiles come from one named place, or from none; what is drawn on them stands where they have it."""

import pytest

from app.tiles import checked_datum, checked_url
from intake import datum
from web import headers
from web.tiles import Tiles

SHIFTED = Tiles("https://tiles.example/{z}/{x}/{y}.png", datum.GCJ02)
PLACE = (31.2304, 121.4737)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("", None),
        ("/tiles/{z}/{x}/{y}.png", None),
        ("https://tiles.example/{z}/{x}/{y}.png?key=1", "https://tiles.example"),
        ("http://10.0.0.7:8080/{z}/{y}/{x}", "http://10.0.0.7:8080"),
    ],
)
def test_an_address_of_tiles_names_the_one_origin_that_is_asked(url: str, origin: str | None) -> None:
    assert Tiles(checked_url(url)).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example/", "https://{s}.tiles.example/{z}/{x}/{y}.png", "ftp://tiles.example/{z}/{x}/{y}",
        "https:///{z}/{x}/{y}", "//tiles.example/{z}/{x}/{y}", "javascript:{z}{x}{y}",
        "https://tiles.example;script-src */{z}/{x}/{y}", "https://a b/{z}/{x}/{y}", "https://me@host/{z}/{x}/{y}",
    ],
)  # fmt: skip
def test_what_could_open_more_than_one_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        checked_url(url)


def test_only_known_datums_are_taken() -> None:
    assert [checked_datum(name) for name in ("wgs84", "gcj02")] == ["wgs84", "gcj02"]
    with pytest.raises(ValueError, match="wgs84 or gcj02"):
        checked_datum("bd09")


def test_places_are_shifted_for_shifted_tiles_only() -> None:
    assert SHIFTED.shown(*PLACE) == pytest.approx(datum.from_wgs84(*PLACE, datum="gcj02"), abs=1e-5)
    assert Tiles(SHIFTED.url).shown(*PLACE) == PLACE
    assert Tiles("", datum.GCJ02).shown(*PLACE) == PLACE


def test_the_security_policy_names_one_directive_for_pictures() -> None:
    assert headers.PICTURES in headers.CONTENT_SECURITY_POLICY
    assert headers.CONTENT_SECURITY_POLICY.count("img-src") == 1
