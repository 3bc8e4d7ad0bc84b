"""Texts arrive in the reader's language, whatever is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment

from foundation.language import Language, has, negotiate, translate, translate_in
from foundation.language.catalogues import CatalogueBroken, read_coded_texts
from foundation.language.phrases import filled
from foundation.language.templates import install

SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 21, 0, 12, tzinfo=UTC)


def say(text: str, *, language: Language = Language.ENGLISH, zone: ZoneInfo | None = SHANGHAI, **facts: object) -> str:
    return filled(text, facts, language=language, zone=zone, words=lambda code: f"<{code}>")


@pytest.mark.parametrize(
    ("accept", "preferred", "language"),
    [
        pytest.param(None, None, "en", id="no-wish"),
        pytest.param("zh-CN,zh;q=0.9,en;q=0.8", None, "zh-CN", id="browser-in-china"),
        pytest.param("zh-TW", None, "zh-CN", id="same-primary-language"),
        pytest.param("en;q=0.5, zh;q=0.7", None, "zh-CN", id="weights-decide"),
        pytest.param("fr, de;q=0.9, zh;q=0.1", None, "zh-CN", id="the-best-we-have"),
        pytest.param("zh;q=0, en", None, "en", id="zero-is-a-refusal"),
        pytest.param("fr", None, "en", id="nothing-we-have"),
        pytest.param("*", None, "en", id="anything"),
        pytest.param("zh;q=oops,,;;=", None, "en", id="unreadable-is-no-wish"),
        pytest.param("en", "zh_Hans", "zh-CN", id="own-choice-wins"),
        pytest.param("zh", "klingon", "zh-CN", id="unknown-choice-is-none"),
    ],
)
def test_the_reader_gets_the_language_they_can_read(accept: str | None, preferred: str | None, language: str) -> None:
    assert negotiate(accept, preferred) == language


def test_a_coded_text_comes_in_both_languages_with_its_facts() -> None:
    assert "8 MB" in translate(Language.ENGLISH, "problem.photo-too-large.detail", limit_mb=8, size_mb=9.5)
    assert "不得超过 8 MB" in translate(Language.CHINESE, "problem.photo-too-large.detail", limit_mb=8, size_mb=9.5)


def test_a_missing_text_or_fact_shows_itself_and_never_fails() -> None:
    assert not has("no.such")
    assert translate(Language.CHINESE, "no.such", x=1) == "⟦no.such⟧"
    assert "{limit_mb}" in translate(Language.ENGLISH, "problem.photo-too-large.detail")
    assert say("{until:time}", until="soon") == "soon"


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("{x}", DUE, "21 Nov 2026, 08:12"),
        ("{x:time}", DUE.isoformat(), "08:12"),
        ("{x:date}", DUE, "21 Nov 2026"),
        ("{x}", timedelta(hours=3, minutes=10), "3 h 10 min"),
        ("{x:duration}", 45, "45 s"),
        ("{x:min}", 1440, "1 d"),
        ("{x:km}", 12.345, "12.3 km"),
        ("{x:m}", 850, "850 m"),
        ("{x}", 1234.5, "1,234.5"),
        ("{x}", 2026, "2026"),
        ("{x:grade.}", "major", "<grade.major>"),
        ("{x:role.}", ["agent", "head"], "<role.agent> and <role.head>"),
        ("{x}", [], "–"),
    ],
)
def test_facts_are_shown_as_readers_write_them(text: str, value: object, said: str) -> None:
    assert say(text, x=value) == said


def test_an_instant_without_a_known_place_says_utc() -> None:
    assert say("{x}", zone=None, x=DUE) == "21 Nov 2026, 00:12 UTC"
    assert translate_in(Language.CHINESE, "document.page", {"page": 1, "of": 2}, zone=SHANGHAI) == "第 1 页 / 共 2 页"


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert say("{a} {b}", a="{b}", b="secret") == "{b} secret"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('["a.b"]\nen = "x"\nzh = "某"', '["a.b"]\nen = "y"\nzh = "某"'),
        ('["a.b"]\nen = "x"', ""),
        ('[a.b]\nen = "x"\nzh = "某"', ""),
        ('["a.b"]\nen = "x"\nzh = "某"\nfr = "z"', ""),
        ("broken", ""),
    ],
    ids=["defined-twice", "one-language", "code-without-quotes", "third-language", "not-toml"],
)
def test_a_catalogue_with_a_mistake_is_refused_as_a_whole(tmp_path: Path, first: str, second: str) -> None:
    (tmp_path / "one.toml").write_text(first)
    (tmp_path / "two.toml").write_text(second)
    with pytest.raises(CatalogueBroken):
        read_coded_texts(tmp_path)


def test_one_environment_serves_readers_of_both_languages() -> None:
    page = Environment(autoescape=True)
    install(page)
    template = page.from_string("{% trans %}Sign in{% endtrans %} {{ word('document.scan') }} {{ at | instant }}")
    assert template.render(language=Language.ENGLISH, at=DUE) == "Sign in Scan to verify 21 Nov 2026, 00:12 UTC"
    assert template.render(language=Language.CHINESE, at=DUE, zone=SHANGHAI) == "登录 扫码核验 2026年11月21日 08:12"


def test_a_sentence_that_counts_has_its_plural_in_english() -> None:
    page = Environment(autoescape=True)
    install(page)
    template = page.from_string("{% trans n=n %}{{ n }} photo{% pluralize %}{{ n }} photos{% endtrans %}")
    assert [template.render(language=Language.ENGLISH, n=n) for n in (1, 2)] == ["1 photo", "2 photos"]


def test_facts_in_a_page_are_escaped() -> None:
    page = Environment(autoescape=True)
    install(page)
    template = page.from_string("{{ word('problem.photo-not-an-image.detail', found=found) }}")
    assert "<script>" not in template.render(language=Language.ENGLISH, found="<script>")
