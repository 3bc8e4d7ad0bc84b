"""The correction form as the API's body: what was filled in and nothing else, a position as it was copied from a map."""

import pytest

from foundation.problems import FieldWrong
from intake.corrections import Place
from web.pages.correcting import corrected

WHY = {"reason": "The gate is on the north side.", "version": "7", "csrf": "x", "radius_m": "50"}
SPOT = Place(latitude=31.0304, longitude=121.2231, datum="gcj02", radius_m=50.0)


def placed(**fields: str) -> object:
    return corrected({**WHY, "datum": "gcj02", **fields}).correction.position


def test_only_what_was_filled_in_is_corrected() -> None:
    data = corrected({**WHY, "access_notes": "Gate 3, ask for Mr Li.", "conditions": "", "address": ""})
    given = {name: value for name in ("access_notes", "conditions", "address", "position")
             if isinstance(value := getattr(data.correction, name), str | Place)}  # fmt: skip
    assert given == {"access_notes": "Gate 3, ask for Mr Li."}
    assert (data.version, data.reason) == (7, WHY["reason"])


@pytest.mark.parametrize(
    "fields",
    [
        {"latitude": "31.0304", "longitude": "121.2231"},
        {"latitude": " 31.0304 ", "longitude": "121.2231 "},
        {"latitude": "31.0304, 121.2231"},
        {"latitude": "31.0304，121.2231"},
        {"latitude": "31.0304 121.2231"},
        {"longitude": "31.0304,121.2231", "latitude": ""},
    ],
    ids=["two fields", "with blanks", "pasted", "pasted with a Chinese comma", "pasted with a blank", "other field"],
)
def test_a_position_is_understood_as_people_copy_it(fields: dict[str, str]) -> None:
    assert placed(**fields) == SPOT


def test_how_exact_a_position_is_can_be_said() -> None:
    assert placed(latitude="31.0304", longitude="121.2231", radius_m="3000") == Place(
        latitude=31.0304, longitude=121.2231, datum="gcj02", radius_m=3000.0
    )


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        pytest.param({"latitude": "31.03", "longitude": "121.22", "datum": ""}, "datum", "missing", id="no datum"),
        pytest.param({"latitude": "31.0304"}, "correction.position.longitude", "missing", id="latitude alone"),
        pytest.param({"longitude": "121.2231"}, "correction.position.latitude", "missing", id="longitude alone"),
        pytest.param({"latitude": ""}, "correction.position.latitude", "missing", id="datum alone"),
        pytest.param(
            {"latitude": "121.22, 31.03"}, "correction.position.latitude", "out-of-range", id="longitude first"
        ),
        pytest.param({"latitude": "x", "longitude": "121"}, "correction.position.latitude", "unreadable", id="a word"),
        pytest.param({"latitude": "nan", "longitude": "121"}, "correction.position.latitude", "out-of-range", id="nan"),
        pytest.param({"latitude": "31.03, 121.22, 5"}, "correction.position.latitude", "unreadable", id="three"),
    ],
)
def test_a_position_that_cannot_be_one_names_its_field(fields: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(FieldWrong) as refused:
        placed(**fields)
    assert (refused.value.facts["field"], refused.value.facts["reason"]) == (field, reason)
