"""Lines end where readers expect it, and no character is lost."""

from __future__ import annotations

import lzma
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.documents import fonts, typesetting
from foundation.documents.typesetting import Span

MIXED = "起升变频器直流母线欠压，进线接触器 KM1 一相触点烧蚀（约 180 m）。Please verify the serial number first."


def text_of(line: typesetting.Line) -> str:
    return "".join(sort.character for sort in line)


@pytest.mark.parametrize("width", [40, 90, 180, 400])
def test_no_line_sticks_out_and_none_begins_or_ends_with_the_wrong_sign(width: float) -> None:
    lines = typesetting.broken(Span(MIXED, 9), width=width)
    for line in lines:
        assert sum(sort.width for sort in line) <= width + 0.001
        assert text_of(line)[0] not in typesetting.NEVER_FIRST
        assert text_of(line)[-1] not in typesetting.NEVER_LAST
    assert "".join(map(text_of, lines)).replace(" ", "") == MIXED.replace(" ", "")


def test_an_english_word_is_not_torn() -> None:
    lines = [text_of(line) for line in typesetting.broken(Span(MIXED, 9), width=90)]
    for word in ("KM1", "Please", "verify", "serial", "number", "first."):
        assert any(word in line for line in lines), word


def test_a_word_longer_than_the_line_is_cut() -> None:
    lines = typesetting.broken(Span("x" * 300, 9), width=60)
    assert "".join(map(text_of, lines)) == "x" * 300
    assert len(lines) > 10


def test_line_ends_of_the_text_are_kept() -> None:
    assert [text_of(line) for line in typesetting.broken(Span("a\r\n\nb\rc", 9), width=99)] == ["a", "", "b", "c"]


def test_a_character_comes_from_noto_then_from_the_fallback_then_as_its_number() -> None:
    assert fonts.cast("𬭎", bold=False)[0][1] == fonts.REGULAR
    assert fonts.cast("𬭎", bold=True)[0][1] == fonts.BOLD
    assert fonts.cast("𠮷", bold=True)[0][1] == fonts.RARE
    assert "".join(sort[0] for sort in fonts.cast("𡈼", bold=False)) == "〓[U+2123C]"


def test_what_has_no_picture_is_left_out_and_spaces_are_spaces() -> None:
    assert "".join(sort[0] for sort in fonts.cast("a\u200b\ufeffb\xa0c\td", bold=False)) == "ab c d"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.floats(min_value=30, max_value=300))
def test_any_text_at_all_is_set_and_every_character_is_seen(text: str, width: float) -> None:
    lines = typesetting.broken(Span(text, 9), width=width)
    seen = "".join(map(text_of, lines))
    for character in unicodedata.normalize("NFC", text):
        if character in "\r\n" or ord(character) in fonts.PICTURELESS or character.isspace():
            continue
        assert character in seen or f"[U+{ord(character):04X}]" in seen.replace(" ", "")


def test_a_tounicode_map_writes_utf16_in_blocks_of_a_hundred() -> None:
    lines = fonts.to_unicode("F", [0, *range(0x4E00, 0x4E00 + 150), 0x2CB4E]).splitlines()
    assert "<97> <D872DF4E>" in lines
    assert [line for line in lines if line.endswith("beginbfchar")] == ["100 beginbfchar", "51 beginbfchar"]
    assert not any(line.startswith("<00> <0000>") for line in lines)


def test_a_font_that_is_not_the_packed_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digests.json").write_text((fonts.FOLDER / "digests.json").read_text())
    (tmp_path / "CalloutRare-Regular.ttf.xz").write_bytes(lzma.compress(b"something else"))
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    with pytest.raises(fonts.FontsBroken):
        fonts.unpacked("CalloutRare-Regular.ttf")


def test_an_unpacked_font_is_kept_and_a_damaged_copy_is_unpacked_again(tmp_path: Path) -> None:
    font = fonts.unpacked("CalloutRare-Regular.ttf", cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == font
    kept.write_bytes(b"torn")
    assert fonts.unpacked("CalloutRare-Regular.ttf", cache=tmp_path) == font
    assert kept.read_bytes() == font
