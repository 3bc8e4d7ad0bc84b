"""Phones, serial numbers, names: what people type and what it is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import phones, searching
from intake.readings import readings
from intake.serials import serial


@pytest.mark.parametrize(
    ("given_number", "kept"),
    [
        ("138 0001 2345", "+8613800012345"),
        ("１３８０００１２３４５", "+8613800012345"),
        ("＋86-138-0001-2345", "+8613800012345"),
        ("021-6234 5678转12", "+862162345678;ext=12"),
        ("021-62345678 分机 8012", "+862162345678;ext=8012"),
        ("+1 (212) 555-0100 ext. 5", "+12125550100;ext=5"),
        ("400-820-8820", "+864008208820"),
        ("110", "110"),
        ("6688", "6688"),
        ("12", None),
        ("转12", None),
        (None, None),
    ],
)
def test_a_phone_number_is_kept_in_one_form(given_number: str | None, kept: str | None) -> None:
    assert phones.normal(given_number) == kept
    if kept is not None:
        assert phones.normal(kept) == kept


@given(st.text(max_size=40))
def test_no_text_breaks_phones_or_searching(text: str) -> None:
    phones.normal(text)
    searching.question(text)
    searching.vector(searching.name_words(text) | searching.serial_words(text))


def test_a_serial_number_is_one_however_it_is_typed() -> None:
    assert serial(" ｚｊ５５１０－50 ") == serial("ZJ5510-50") == "ZJ5510-50"
    assert serial("  ") is None


def test_a_name_is_found_by_characters_sound_and_initials() -> None:
    words = searching.name_words("华跃建筑Ltd")
    assert {"华跃建筑", "建筑", "huayuejianzhu", "jianzhu", "hyjz", "jz", "ltd"} <= words
    assert searching.sounds("华跃") == ("huayue", "hy")
    assert searching.sounds("华岳") == ("huayue", "hy")


@pytest.mark.parametrize(
    ("name", "sound", "initials"),
    [
        ("重庆长安建设", "chongqingchanganjianshe", "cqcajs"),
        ("重型机械", "zhongxingjixie", "zxjx"),
        ("长春长城大厦", "changchunchangchengdasha", "ccccds"),
        ("厦门银行", "xiamenyinhang", "xmyh"),
        ("六安市", "luanshi", "las"),
        ("龘工吊装", "dagongdiaozhuang", "dgdz"),
    ],
)
def test_a_character_is_read_as_its_phrase_wants(name: str, sound: str, initials: str) -> None:
    assert searching.sounds(name) == (sound, initials)


def test_a_character_nobody_knows_stands_for_itself() -> None:
    assert list(readings().syllables("龘\U0003ffff")) == ["da", "\U0003ffff"]


def test_a_question_with_quotes_is_still_one_word() -> None:
    assert searching.question("O'Neil \\ 5510") == "'o':* & 'neil':* & '5510':*"
    assert searching.question("!? ") is None


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("2026-387", ["2026-000387"]),
        ("2026-000387", ["2026-000387"]),
        ("000387", ["2026-000387", "2025-000387"]),
        ("387", ["2026-000387", "2025-000387"]),
        ("2026-1234567", ["2026-1234567"]),
        ("abc", []),
    ],
)
def test_a_complaint_number_may_be_said_short(asked: str, meant: list[str]) -> None:
    assert searching.numbers_meant(asked, year=2026) == meant
