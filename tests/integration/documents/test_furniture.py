"""The papers themselves: what a reader of the file finds in it."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, PdfObject
from reportlab.pdfgen.canvas import Canvas

from foundation.documents import furniture
from foundation.documents.bilingual import Pair
from foundation.documents.flowables import Heading, Remarks, Text
from foundation.documents.pictures import Picture, pictures
from foundation.documents.signing import Signature, draw_strokes, signatures
from foundation.documents.tables import Column, Fact, Rows, facts
from foundation.language import Language
from tests.integration.documents import papers


def rendered(*, reader: Language = Language.CHINESE, remarks: str | None = None) -> bytes:
    story = papers.a_story() if remarks is None else papers.a_story(remarks=remarks)
    return furniture.render(story, head=papers.a_head(reader), made_at=papers.MADE_AT)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def fonts_of(pdf: bytes) -> list[DictionaryObject]:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return [_below(font) for page in pages for font in _below(page, "/Resources", "/Font").values()]


def _below(node: PdfObject, *names: str) -> DictionaryObject:
    """What a dictionary holds under names inside each other, references followed."""
    found = node.get_object()
    for name in names:
        assert isinstance(found, DictionaryObject)
        found = found[name].get_object()
    assert isinstance(found, DictionaryObject)
    return found


@pytest.fixture(scope="module")
def paper() -> bytes:
    return rendered()


@pytest.mark.parametrize(
    "words",
    [
        "产品技术服务情况反馈", "客户满意度", "Customer satisfaction", "2026-000387", "浙江省杭州市余杭区仓前街道",
        "Arrived fast; please verify the serial number first.", "第 1 页 / 共 2 页", "Page 1 of 2",
        "2a97516c354b68848cdbd8f54a226a0a", "https://fs.example.cn/v/7Q4K-M2XA", "等部件 waiting for parts",
    ],
)  # fmt: skip
def test_chinese_and_english_words_are_found_in_the_file(paper: bytes, words: str) -> None:
    assert words in text_of(paper)


def test_a_name_with_rare_characters_can_be_searched_and_a_missing_one_is_seen(paper: bytes) -> None:
    assert f"{papers.RARE_NAME}〓[U+2123C]" in text_of(paper)


def test_every_font_is_embedded(paper: bytes) -> None:
    names = set()
    for font in fonts_of(paper):
        names.add(str(font["/BaseFont"]).partition("+")[2])
        assert "/FontFile2" in _below(font, "/FontDescriptor")
    assert names == {"NotoSansSC-Regular", "NotoSansSC-Bold", "CalloutRare-Regular"}


def test_no_page_has_a_transition_and_nothing_is_base85(paper: bytes) -> None:
    assert all("/Trans" not in page for page in PdfReader(io.BytesIO(paper)).pages)
    assert b"ASCII85" not in paper


def test_the_same_story_gives_the_same_bytes_dated_as_told(paper: bytes) -> None:
    assert rendered() == paper
    details = PdfReader(io.BytesIO(paper)).metadata
    assert details is not None
    assert str(details["/CreationDate"]) == "D:20261121033107+00'00'"


def test_a_reader_of_english_sees_english_first() -> None:
    text = text_of(rendered(reader=Language.ENGLISH))
    assert "Page 1 of 2 第 1 页 / 共 2 页" in text
    assert "Product technical service feedback" in text


def test_a_thousand_characters_of_remarks_twenty_parts_and_twelve_photos_lay_out() -> None:
    remarks = "很满意，但是请早点来。Thank you. " * 40
    story = [
        *papers.a_story(remarks=remarks),
        Rows(
            [Column(Pair("部件", "Part"), 2), Column(Pair("数量", "Qty"), 1)],
            [[f"部件 {n}", str(n)] for n in range(200)],
        ),
        *pictures([Picture(papers.a_jpeg(), f"照片 {n}") for n in range(12)]),
    ]
    text = text_of(furniture.render(story, head=papers.a_head(), made_at=papers.MADE_AT))
    assert text.replace("\n", "").count("请早点来") == 40
    assert {int(number) for number in re.findall(r"部件 (\d+)", text)} == set(range(200))
    assert text.count("部件 Part") > 3, "the headings are repeated on each page"
    assert all(f"照片 {n}" in text for n in range(12))


@pytest.mark.parametrize("length", [0, 1, 4000, 20_000])
def test_any_length_of_a_value_or_a_remark_lays_out_and_loses_nothing(length: int) -> None:
    long = "塔" * length
    story = [
        *facts([Fact(Pair("原因", "Cause"), long)]),
        Heading(1, Pair("意见", "Remarks")),
        Remarks(long),
        Text(long),
    ]
    text = text_of(furniture.render(story, head=papers.a_head(), made_at=papers.MADE_AT))
    assert text.count("塔") == 3 * length


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        [[{"t": 0, "x": 5, "y": 5}]],
        [[{"t": 0, "x": 5, "y": 5}, {"t": 1, "x": 5, "y": 90}]],
        papers.a_signature(),
    ],
    ids=["none", "empty", "dot", "straight", "name"],
)
def test_any_strokes_are_drawn_inside_their_box(strokes: list[list[dict[str, float]]]) -> None:
    story = signatures([Signature(Pair("签字", "Signature"), "赵", strokes)])
    assert furniture.render(story, head=papers.a_head(), made_at=papers.MADE_AT).startswith(b"%PDF")


@pytest.mark.parametrize("strokes", [papers.a_signature(), [[{"x": 0.0, "y": 0.0}, {"x": 500.0, "y": 0.0}]]])
def test_strokes_never_leave_their_box(strokes: list[list[dict[str, float]]]) -> None:
    canvas = Canvas(io.BytesIO(), pageCompression=0)
    draw_strokes(canvas, strokes, x=10, y=10, width=200, height=40)
    points = re.findall(r"(-?[\d.]+) (-?[\d.]+) [ml]\b", canvas.getCurrentPageContent())
    assert len(points) >= 2
    assert all(9.9 <= float(x) <= 210.1 and 9.9 <= float(y) <= 50.1 for x, y in points)


def test_the_qr_code_says_the_address() -> None:
    matrix = furniture.qr_matrix("https://fs.example.cn/v/7Q4K-M2XA")
    assert len(matrix) == len(matrix[0]) == 29
    assert furniture._runs(b"\1\1\0\1") == [(0, 2), (3, 1)]
