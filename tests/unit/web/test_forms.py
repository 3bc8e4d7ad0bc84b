"""Names of a form's fields are paths; those that contradict each other are refused."""

from zoneinfo import ZoneInfo

import pytest

from foundation.problems import FieldWrong
from web import forms


def test_paths_become_the_document_they_mean() -> None:
    said = forms.nested({"cause.component": "a", "parts.0.name": "b", "parts.1.name": "c", "empty": ""})
    assert said == {"cause": {"component": "a"}, "parts": [{"name": "b"}, {"name": "c"}]}


@pytest.mark.parametrize("fields", [{"answers": "x", "answers.remarks": "y"}, {"a.b": "x", "a.b.c": "y"}])
def test_a_field_that_is_a_word_and_a_group_at_once_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(FieldWrong):
        forms.nested(fields)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-22T10:00+00:00"])
def test_a_clocks_time_is_refused_when_it_is_none_or_brings_a_zone_of_its_own(text: str) -> None:
    with pytest.raises(FieldWrong):
        forms.wall_time(text, field="until", zone=ZoneInfo("Asia/Shanghai"))
