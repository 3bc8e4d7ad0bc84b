"""A whole document: letterhead and foot on each page, the story between them, one PDF out.

The standard is a paper a company is proud to hand over. Compose a story from `flowables`, `tables`, `timeline`,
`signing` and `pictures`, give it a letterhead and call `render`. The same input gives the same bytes.
"""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import segno
from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas as PdfCanvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from foundation.documents import fonts, typesetting
from foundation.documents.bilingual import Pair, pair
from foundation.documents.flowables import HAIRLINE, NAVY, WHITE, WIDTH, Piece
from foundation.documents.typesetting import GREY, INK, Align, Canvas, Span
from foundation.language import Language

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN: Final = (PAGE_WIDTH - WIDTH) / 2
BAND: Final = 67.5
FOOT: Final = 46.0
QR_SIDE: Final = 53.0
#: A fixed mask spares segno the search for the best of eight; every reader reads all of them.
QR_MASK: Final = 3

# Base 85 makes files a quarter larger for printers of the last century.
rl_config.useA85 = 0
#: reportlab keeps a document's subsets inside the shared fonts and was not written for threads.
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every page.

    `title` in both languages; `number` with its label; `house` is the company's line; `verify_url` is in the code to
    scan; `record_sha256` binds the paper to the record; `notices` is small print for the foot.
    """

    reader: Language
    title: Pair
    number: str
    number_label: Pair
    house: str
    verify_url: str
    record_sha256: str
    notices: Sequence[str] = ()


def render(story: Sequence[Piece], *, head: Letterhead, made_at: datetime) -> bytes:
    """The PDF of a story, dated `made_at` (aware); the same input gives the same bytes.

    Some 50 ms once the fonts are known to the process (`fonts.register`). A story is used up by rendering it.
    """
    fonts.register()
    written = io.BytesIO()
    with _ONE_AT_A_TIME:
        template = BaseDocTemplate(
            written, pagesize=A4, title=str(head.title), author=head.house, subject=head.number, invariant=1,
            initialFontName=fonts.REGULAR, pageCompression=1, lang=str(head.reader),
        )  # fmt: skip
        frame = Frame(
            MARGIN, FOOT, WIDTH, PAGE_HEIGHT - BAND - FOOT - 17,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        template.addPageTemplates(PageTemplate(frames=[frame]))
        template.build(list(story), canvasmaker=functools.partial(_Sheets, head=head, made_at=made_at))
    return written.getvalue()


class _Sheets(PdfCanvas):  # type: ignore[misc]  # reportlab ships no types.
    """A canvas that draws letterhead and foot when the number of pages is known."""

    def __init__(self, *arguments: object, head: Letterhead, made_at: datetime, **options: object) -> None:
        super().__init__(*arguments, **options)
        # Invariant bytes would carry reportlab's own date of the year 2000.
        self._doc._timeStamp.YMDhms = made_at.astimezone(UTC).timetuple()[:6]  # noqa: SLF001 — no other way is offered.
        self.head = head
        self.sheets: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802
        """Put the page aside until all are there."""
        self.sheets.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Finish each page, then write the file."""
        for number, sheet in enumerate(self.sheets, start=1):
            self.__dict__.update(sheet)
            draw_head(self, self.head)
            draw_foot(self, self.head, page=number, of=len(self.sheets))
            super().showPage()
            # reportlab writes an empty transition into every page, which PDF/A refuses.
            self._doc.Pages.pages[-1].Trans = None
        super().save()


def draw_head(canvas: Canvas, head: Letterhead) -> None:
    """The band with crane, titles, number and the code to scan."""
    canvas.setFillColor(NAVY)
    canvas.rect(0, PAGE_HEIGHT - BAND, PAGE_WIDTH, BAND, stroke=0, fill=1)
    _draw_crane(canvas, x=MARGIN, y=PAGE_HEIGHT - 54)
    right = PAGE_WIDTH - MARGIN
    _draw_qr(canvas, head.verify_url, x=right - QR_SIDE, y=PAGE_HEIGHT - 7.5 - QR_SIDE)
    edge = right - QR_SIDE - 12
    scan = pair(head.reader, "document.scan")
    _write(canvas, Span(head.number, 11.5, bold=True, colour=WHITE), x=edge, drop=31.5, align="right")
    _write(canvas, Span(str(head.number_label), 7, colour=WHITE), x=edge, drop=43.5, align="right")
    _write(canvas, Span(str(scan), 7, colour=WHITE), x=edge, drop=55, align="right")
    left = MARGIN + 56.5
    room = edge - left - max(typesetting.width_of(Span(head.number, 11.5, bold=True)), 90) - 10
    for text, size, bold, drop in (
        (head.title.first, 17.0, True, 31.5),
        (head.title.second.upper(), 8.8, False, 46.5),
        (head.house, 7.3, False, 58.5),
    ):
        span = typesetting.shrunk(Span(text, size, bold=bold, colour=WHITE), width=room)
        _write(canvas, span, x=left, drop=drop)


def draw_foot(canvas: Canvas, head: Letterhead, *, page: int, of: int) -> None:
    """The rule, small print, record hash and page numbers."""
    top = FOOT - 8
    canvas.setStrokeColor(HAIRLINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, top, PAGE_WIDTH - MARGIN, top)
    numbers = Span(str(pair(head.reader, "document.page", page=page, of=of)), 6.5, colour=GREY)
    typesetting.draw(canvas, numbers, x=PAGE_WIDTH - MARGIN, y=top - 9, align="right")
    room = WIDTH - typesetting.width_of(numbers) - 16
    record = pair(head.reader, "document.record")
    verify = pair(head.reader, "document.verify")
    small = [*head.notices, f"{verify}: {head.verify_url}", f"{record}: {head.record_sha256}"]
    for index, text in enumerate(small[:4]):
        span = typesetting.fitted(Span(text, 6.2, colour=GREY), width=room if index == 0 else WIDTH)
        typesetting.draw(canvas, span, x=MARGIN, y=top - 9 - 8 * index)


def _write(canvas: Canvas, span: Span, *, x: float, drop: float, align: Align = "left") -> None:
    typesetting.draw(canvas, span, x=x, y=PAGE_HEIGHT - drop, align=align)


def _draw_qr(canvas: Canvas, text: str, *, x: float, y: float) -> None:
    canvas.setFillColor(WHITE)
    canvas.rect(x, y, QR_SIDE, QR_SIDE, stroke=0, fill=1)
    matrix = qr_matrix(text)
    quiet = 3
    module = QR_SIDE / (len(matrix) + 2 * quiet)
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    for row, modules in enumerate(matrix):
        for start, length in _runs(modules):
            path.rect(
                x + (quiet + start) * module, y + QR_SIDE - (quiet + row + 1) * module, length * module, module
            )  # fmt: skip
    canvas.drawPath(path, stroke=0, fill=1)


@functools.lru_cache(maxsize=64)
def qr_matrix(text: str) -> tuple[bytes, ...]:
    """The modules of a QR code of error level M, one byte each, 1 is dark."""
    return tuple(bytes(row) for row in segno.make_qr(text, error="m", mask=QR_MASK, boost_error=False).matrix)


def _runs(modules: bytes) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for index, dark in enumerate(modules):
        if dark and runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((index, 1))
    return runs


#: The tower crane of the letterhead as polylines, points from the lower left.
CRANE: Final = (
    ((0, 36), (14, 45), (44, 35)),
    ((0, 36), (0, 33), (44, 33), (44, 35)),
    ((14, 45), (10, 36), (10, 0)),
    ((14, 45), (15, 36), (15, 0)),
    ((10, 29), (15, 24), (10, 19), (15, 14), (10, 9), (15, 4)),
    ((6, 0), (19, 0)),
    ((37, 33), (37, 22)),
)


def _draw_crane(canvas: Canvas, *, x: float, y: float) -> None:
    canvas.setStrokeColor(WHITE)
    canvas.setLineWidth(1.3)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for points in CRANE:
        path = canvas.beginPath()
        path.moveTo(x + points[0][0], y + points[0][1])
        for dx, dy in points[1:]:
            path.lineTo(x + dx, y + dy)
        canvas.drawPath(path, stroke=1, fill=0)
