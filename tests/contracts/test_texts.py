"""The check of the catalogues finds what it is there to find."""

from __future__ import annotations

import pytest

from foundation.language import Language
from tools import texts
from tools.template_words import untranslated

SOUND = {
    "photo-refused.pixels": {Language.ENGLISH: "Too many pixels", Language.CHINESE: "像素过多"},
    "problem.photo-refused.detail": dict.fromkeys(Language, "{reason:photo-refused.}"),
}


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("{a} is late", "{b} 已迟到", "different placeholders"),
        ("{a:time}", "{a}", "different placeholders"),
        ("Late", " ", "empty"),
        ("{a:clock}", "{a:clock}", "neither a kind"),
        ("{a:nothing.}", "{a:nothing.}", "neither a kind"),
    ],
)
def test_a_text_that_differs_between_the_languages_is_found(english: str, chinese: str, fault: str) -> None:
    planted = {**SOUND, "x.y": {Language.ENGLISH: english, Language.CHINESE: chinese}}
    assert any(finding.startswith("x.y") and fault in finding for finding in texts.of_coded_texts(planted))


def test_a_sound_text_is_let_through() -> None:
    planted = {
        **SOUND,
        "x.y": {Language.ENGLISH: "{r:photo-refused.} {t:time}", Language.CHINESE: "{t:time}{r:photo-refused.}"},
    }
    assert list(texts.of_coded_texts(planted)) == []


def test_a_problem_without_text_and_a_text_without_problem_are_found() -> None:
    found = list(texts.of_codes({**SOUND, "problem.nobody.title": SOUND["photo-refused.pixels"]}))
    assert any("'photo-too-large' has no text problem.photo-too-large.title" in finding for finding in found)
    assert "problem.nobody.title: no Problem has this code" in found


def test_a_text_nobody_asks_for_and_an_answer_nobody_has_are_found() -> None:
    found = list(texts.of_codes({**SOUND, "surely-nobody.says-this": SOUND["photo-refused.pixels"]}))
    assert "surely-nobody.says-this: nobody asks for this text" in found
    assert not any(finding.startswith("photo-refused.pixels") for finding in found)
    assert any("there is no text 'document.scan'" in finding for finding in found)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>\n{{ name }}: 你好</p>", [": 你好"]),
        ('<img alt="A crane">', ["A crane"]),
        ('<input type="submit" value="Send">', ["Send"]),
        ('<button aria-label="Close {{ x }}">×</button>', ["Close"]),
        ("<p>{% trans %}Hello <b>you</b>{% endtrans %} · {{ x }} 12:30</p>", []),
        ("<p>{# remark #}{% if x %}{{ y }}{% endif %}</p>", []),
        ("<script>let x = 'word';</script><style>p { color: red }</style>", []),
        ('<b translate="no">ACME <i>Cranes</i></b>', []),
        ("<title>{{ number }} · Callout</title>", []),
        ('<input type="text" name="word" value="data" placeholder="">', []),
    ],
)
def test_a_word_outside_trans_is_found_and_nothing_else(source: str, words: list[str]) -> None:
    assert [said for _, said in untranslated(source)] == words


def test_the_line_of_a_word_is_named() -> None:
    assert untranslated("{% trans %}\na\n{% endtrans %}\n<p>b</p>") == [(4, "b")]
