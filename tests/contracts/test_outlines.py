"""The outlines of maps are what their tool makes of the boundaries, and small enough for the board."""

import gzip
from typing import Final

from tools import outlines

#: Bytes, packed, that a page with a map may load for them.
MOST: Final = 60_000


def test_the_outlines_are_made_by_their_tool() -> None:
    assert outlines.TARGET.read_text(encoding="utf-8") == outlines.outlines()


def test_the_outlines_are_small_enough_for_the_board() -> None:
    assert len(gzip.compress(outlines.TARGET.read_bytes(), mtime=0)) <= MOST


def test_names_are_written_as_their_places_write_them() -> None:
    given = {"西安": "Xi'an", "六安": "Lu'an", "重庆": "Chongqing", "陕西": "Shaanxi", "广州": "Guangzhou"}
    assert {name: outlines.english(name) for name in given} == given


def test_a_line_is_kept_as_its_first_point_and_steps() -> None:
    assert outlines.packed([(11641, 4019), (11640, 4021), (11650, 4021)]) == [11641, 4019, -1, 2, 10, 0]
