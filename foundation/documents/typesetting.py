"""Lines of mixed Chinese and English: where they may break, and how they are drawn.

reportlab breaks either at spaces (Chinese never breaks) or anywhere (English words are torn), and knows one typeface
per run. Here each character has its own typeface and each gap between two is either a place to break or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, Protocol

from reportlab.lib.colors import HexColor

from foundation.documents import fonts

#: From here on a character is as wide as high and may be followed by a new line (CJK radicals).
WIDE_FROM: Final = 0x2E80
#: 行首禁则 and 行末禁则: what may not begin, and not end, a line (GB/T 15834).
NEVER_FIRST: Final = frozenset("!),.:;?]}’”…·%°℃、。〃々〉》」』】〕〗！），．：；？］｝％～—")
NEVER_LAST: Final = frozenset("([{‘“〈《「『【〔〖（［｛￥$#№")

#: A colour of reportlab; made once, because reading "#16202A" anew for each word costs a third of a page's time.
Colour = object
INK: Final[Colour] = HexColor("#16202A")
GREY: Final[Colour] = HexColor("#5B6770")


class TextObject(Protocol):
    """What is used of reportlab's text object."""

    def setFont(self, name: str, size: float) -> None: ...  # noqa: N802
    def setFillColor(self, colour: object) -> None: ...  # noqa: N802
    def textOut(self, text: str) -> None: ...  # noqa: N802


class Canvas(Protocol):
    """What is used of reportlab's canvas, which ships no types. Points, from the lower left."""

    def beginText(self, x: float, y: float) -> TextObject: ...  # noqa: N802
    def drawText(self, text: TextObject) -> None: ...  # noqa: N802
    def saveState(self) -> None: ...  # noqa: N802
    def restoreState(self) -> None: ...  # noqa: N802
    def setFillColor(self, colour: object) -> None: ...  # noqa: N802
    def setStrokeColor(self, colour: object) -> None: ...  # noqa: N802
    def setLineWidth(self, width: float) -> None: ...  # noqa: N802
    def setLineCap(self, kind: int) -> None: ...  # noqa: N802
    def setLineJoin(self, kind: int) -> None: ...  # noqa: N802
    def line(self, x1: float, y1: float, x2: float, y2: float, /) -> None: ...
    def rect(  # noqa: PLR0917 — reportlab's signature.
        self, x: float, y: float, width: float, height: float, stroke: int, fill: int
    ) -> None: ...
    def roundRect(  # noqa: N802, PLR0917 — reportlab's signature.
        self, x: float, y: float, width: float, height: float, radius: float, stroke: int, fill: int
    ) -> None: ...
    def circle(self, x: float, y: float, radius: float, stroke: int, fill: int) -> None: ...
    def beginPath(self) -> Path: ...  # noqa: N802
    def drawPath(self, path: Path, stroke: int, fill: int) -> None: ...  # noqa: N802
    def drawImage(self, image: object, x: float, y: float, width: float, height: float) -> None: ...  # noqa: N802


class Path(Protocol):
    """What is used of reportlab's path."""

    def moveTo(self, x: float, y: float) -> None: ...  # noqa: N802
    def lineTo(self, x: float, y: float) -> None: ...  # noqa: N802
    def rect(self, x: float, y: float, width: float, height: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one dress; size in points."""

    text: str
    size: float = 8.5
    bold: bool = False
    colour: Colour = INK


@dataclass(frozen=True, slots=True)
class Sort:
    """One printed character (a printers' sort) with its typeface and width in points."""

    character: str
    font: str
    width: float
    size: float
    colour: Colour


Line = tuple[Sort, ...]
Align = Literal["left", "centre", "right"]


def broken(spans: Sequence[Span] | Span, *, width: float) -> list[Line]:
    """The text in lines of at most `width` points; a line feed always begins a new one. At least one line, perhaps empty.

    A word longer than a line is cut where the line ends; nothing ever sticks out.
    """
    lines: list[Line] = []
    for paragraph in _paragraphs((spans,) if isinstance(spans, Span) else spans):
        rest = paragraph
        while rest:
            end = _end_of_line(rest, width)
            lines.append(_trimmed(rest[:end]))
            rest = _without_leading_space(rest[end:])
        if not paragraph:
            lines.append(())
    return lines


def width_of(span: Span) -> float:
    """How long the text is on one line, in points."""
    return sum(sort.width for sort in _sorts(span))


def draw_line(canvas: Canvas, line: Line, *, x: float, y: float) -> None:
    """Draw a line with its foot at `y`, beginning at `x`."""
    text = canvas.beginText(x, y)
    for (font, size, colour), sorts in groupby(line, key=lambda sort: (sort.font, sort.size, sort.colour)):
        text.setFont(font, size)
        text.setFillColor(colour)
        text.textOut("".join(sort.character for sort in sorts))
    canvas.drawText(text)


def draw(canvas: Canvas, span: Span, *, x: float, y: float, align: Align = "left") -> None:
    """Draw one unbroken text; `x` is its left end, its middle ("centre") or its right end ("right")."""
    shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    draw_line(canvas, _sorts(span), x=x - shift * width_of(span), y=y)


def shrunk(span: Span, *, width: float) -> Span:
    """The span in a size, down to two thirds, in which it is at most `width` points long; then cut as `fitted`."""
    factor = max(min(width / max(width_of(span), 1.0), 1.0), 2 / 3)
    return fitted(Span(span.text, span.size * factor, bold=span.bold, colour=span.colour), width=width + 0.01)


def fitted(span: Span, *, width: float) -> Span:
    """The span, cut with … when it is longer than `width` points on one line."""
    if width_of(span) <= width:
        return span
    text = span.text
    while text and width_of(_saying(span, text + "…")) > width:
        text = text[:-1]
    return _saying(span, text + "…")


def _saying(span: Span, text: str) -> Span:
    return Span(text, size=span.size, bold=span.bold, colour=span.colour)


def _sorts(span: Span) -> Line:
    return tuple(
        Sort(character, font, width * span.size, span.size, span.colour)
        for character, font, width in fonts.cast(span.text, bold=span.bold)
    )


def _paragraphs(spans: Sequence[Span]) -> list[Line]:
    """The text cut at its own line ends, which may stand inside any span."""
    paragraphs: list[list[Sort]] = [[]]
    for span in spans:
        first, *others = span.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        paragraphs[-1].extend(_sorts(_saying(span, first)))
        paragraphs.extend(list(_sorts(_saying(span, other))) for other in others)
    return [tuple(paragraph) for paragraph in paragraphs]


def _end_of_line(sorts: Line, width: float) -> int:
    """How many sorts the first line takes: up to the last place to break that fits, at least one."""
    used, last_break = 0.0, 0
    for index, sort in enumerate(sorts):
        used += sort.width
        if used > width and sort.character != " ":
            return last_break or max(index, 1)
        if index + 1 < len(sorts) and may_break(sort.character, sorts[index + 1].character):
            last_break = index + 1
    return len(sorts)


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after in NEVER_FIRST or before in NEVER_LAST or after == " ":
        return False
    return before == " " or ord(before) >= WIDE_FROM or ord(after) >= WIDE_FROM


def _trimmed(line: Line) -> Line:
    end = len(line)
    while end and line[end - 1].character == " ":
        end -= 1
    return line[:end]


def _without_leading_space(line: Line) -> Line:
    start = 0
    while start < len(line) and line[start].character == " ":
        start += 1
    return line[start:]
