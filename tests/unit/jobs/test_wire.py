"""What comes over the wire is tidied or refused with its field named."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.problems import FieldWrong
from foundation.wire import (
    AwareTime,
    Code,
    Latitude,
    Line,
    PageSize,
    Text,
    Wire,
    checked,
    cursor_id,
    cursor_of,
    cursor_parts,
    page,
    tidy_text,
)


class Note(Wire, frozen=True, kw_only=True):
    title: Line = "t"
    text: Text = ""
    code: Code = "c"
    at: AwareTime | None = None
    tags: list[Line] = msgspec.field(default_factory=list)
    latitude: Latitude = 0.0
    size: PageSize = 1


class Loose(msgspec.Struct):
    title: str
    note: Note


def decoded(document: str) -> Note:
    return msgspec.json.decode(document, type=Note)


def test_text_is_composed_and_trimmed() -> None:
    note = decoded('{"title": "  e\\u0301t\\u00e9 ", "text": " a\\n\\tb ", "tags": [" x "]}')
    assert (note.title, note.text, note.tags) == ("été", "a\n\tb", ["x"])
    assert checked(Loose(title=" a ", note=note)).title == "a"


@pytest.mark.parametrize(
    "document",
    [
        '{"title": "a\\u0000b"}',
        '{"title": "a\\nb"}',
        '{"title": "ab\\n"}',
        '{"title": "   "}',
        '{"title": ""}',
        '{"title": "' + "x" * 201 + '"}',
        '{"title": "\\ud800"}',
        '{"title": 7}',
        '{"text": "a\\u0007"}',
        '{"text": "' + "x" * 4001 + '"}',
        '{"code": "a;b"}',
        '{"at": "2026-11-24T08:00:00"}',
        '{"at": "1999-01-01T00:00:00Z"}',
        '{"at": "2100-01-01T00:00:00Z"}',
        '{"at": "0001-01-01T00:00:00+14:00"}',
        '{"latitude": 91}',
        '{"latitude": 1e999}',
        '{"size": 0}',
        '{"size": 101}',
        '{"size": 99999999999999999999999999}',
        '{"tags": ["a\\u0000"]}',
        '{"unknown": 1}',
    ],
)
def test_odd_input_is_refused(document: str) -> None:
    refused = (msgspec.ValidationError, msgspec.DecodeError)
    if document == '{"title": "ab\\n"}':  # white space at the end is trimmed, not refused
        assert decoded(document).title == "ab"
        return
    with pytest.raises(refused):
        decoded(document)


def test_the_field_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$.title"):
        decoded('{"title": "a\\u0000b"}')


def test_instants_come_out_in_utc() -> None:
    assert decoded('{"at": "2026-11-24T08:00:00+08:00"}').at == datetime(2026, 11, 24, tzinfo=UTC)
    assert str(decoded('{"at": "2026-11-24T08:00:00+08:00"}').at).endswith("+00:00")


@given(st.text(max_size=50))
def test_tidying_twice_changes_nothing(text: str) -> None:
    try:
        once = tidy_text(text)
    except ValueError:
        return
    assert tidy_text(once) == once


def test_a_page_says_where_to_go_on() -> None:
    rows = ["a", "b", "c"]
    first = page(rows, size=2, shape=str.upper, key=lambda row: (row,))
    assert first.items == ["A", "B"]
    assert cursor_parts(first.next, count=1) == ("b",)
    assert page(rows, size=3, shape=str.upper, key=lambda row: (row,)).next is None
    assert page([], size=3, shape=str.upper, key=lambda row: (row,)).items == []


@pytest.mark.parametrize("cursor", ["x", "AAAA", cursor_of("a", "b"), cursor_of("a\x00"), "é", "W10"])
def test_a_cursor_we_never_gave_is_refused(cursor: str) -> None:
    with pytest.raises(FieldWrong):
        cursor_parts(cursor, count=1)


def test_a_cursor_of_one_id() -> None:
    assert cursor_id(None) is None
    with pytest.raises(FieldWrong):
        cursor_id(cursor_of("no id"))
