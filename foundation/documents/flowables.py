"""Pieces of a page that know their height: running text, section headings, the remarks box.

Everything is drawn with our own typesetting, not with reportlab's Paragraph and Table: those name Helvetica in the file
without embedding it, and tear English words in Chinese lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from foundation.documents import typesetting
from foundation.documents.bilingual import Pair
from foundation.documents.typesetting import GREY, INK, Canvas, Colour, Line, Span

#: A4 with margins of 15 mm: the width of all furniture, in points.
WIDTH: Final = 510.24
NAVY: Final[Colour] = HexColor("#0D4F6C")
GREEN: Final[Colour] = HexColor("#0E7565")
ORANGE: Final[Colour] = HexColor("#C2410C")
PALE: Final[Colour] = HexColor("#F0F4F7")
HAIRLINE: Final[Colour] = HexColor("#D3DAE0")
OUTLINE: Final[Colour] = HexColor("#93A1AC")
WHITE: Final[Colour] = HexColor("#FFFFFF")
#: Distance of two lines, in sizes.
LEADING: Final = 1.42
#: Badge of a heading, its side in points.
BADGE: Final = 13.0
REMARK_INSET: Final = 12.0


class Piece(Flowable):  # type: ignore[misc]  # reportlab ships no types.
    """A flowable of fixed size that draws itself by `paint` with its lower left corner at (0, 0)."""

    def __init__(self, *, height: float, width: float = WIDTH, before: float = 0, after: float = 0) -> None:
        """Sizes and distances to the neighbours in points."""
        super().__init__()
        self.width, self.height = width, height
        self.before, self.after = before, after

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """As reportlab asks."""
        return self.width, self.height

    def getSpaceBefore(self) -> float:  # noqa: N802
        """As reportlab asks."""
        return self.before

    def getSpaceAfter(self) -> float:  # noqa: N802
        """As reportlab asks."""
        return self.after

    def draw(self) -> None:
        """As reportlab asks."""
        self.paint(self.canv)

    def paint(self, canvas: Canvas) -> None:
        """Draw on the canvas."""
        raise NotImplementedError


class Text(Piece):
    """Running text over the whole width; breaks over pages between lines."""

    def __init__(self, text: str | Span | Sequence[Span], *, before: float = 0, after: float = 4) -> None:
        """A plain string is set in 8.5 points."""
        self.lines = typesetting.broken(as_spans(text), width=WIDTH)
        super().__init__(height=height_of(self.lines), before=before, after=after)

    def split(self, _width: float, height: float) -> list[Piece]:
        """As many lines as fit, then the rest."""
        fits = lines_within(self.lines, height)
        if fits == 0:
            return []
        return [_text_of(self, self.lines[:fits], after=0), _text_of(self, self.lines[fits:], after=self.after)]

    def paint(self, canvas: Canvas) -> None:
        """Draw the lines."""
        draw_lines(canvas, self.lines, x=0, top=self.height)


class Heading(Piece):
    """A section's number in a badge and its title in both languages; never alone on a page's foot."""

    def __init__(self, number: int, title: Pair) -> None:
        """`number` counts the sections from 1."""
        super().__init__(height=BADGE, before=13, after=6)
        self.number, self.title = number, title
        self.keepWithNext = 1

    def paint(self, canvas: Canvas) -> None:
        """Draw badge and both titles on one line."""
        canvas.setFillColor(NAVY)
        canvas.roundRect(0, 0, BADGE, BADGE, 2.5, stroke=0, fill=1)
        middle = BADGE / 2
        typesetting.draw(
            canvas, Span(str(self.number), 8.5, bold=True, colour=WHITE), x=middle, y=middle - 3.1, align="centre"
        )
        first = Span(self.title.first, 10.5, bold=True, colour=INK)
        typesetting.draw(canvas, first, x=BADGE + 6, y=middle - 3.8)
        x = BADGE + 6 + typesetting.width_of(first) + 7
        typesetting.draw(canvas, Span(self.title.second, 8, colour=GREY), x=x, y=middle - 3.8)


class Remarks(Piece):
    """What somebody said in their own words, in a pale box; breaks over pages between lines."""

    def __init__(self, text: str | Sequence[Span], *, lines: Sequence[Line] | None = None) -> None:
        """`lines` are the already broken lines of a part that goes on over the page."""
        inner = WIDTH - 2 * REMARK_INSET
        self.lines = list(lines) if lines is not None else typesetting.broken(as_spans(text, size=9), width=inner)
        super().__init__(height=height_of(self.lines) + 2 * REMARK_INSET - 6, after=2)

    def split(self, _width: float, height: float) -> list[Piece]:
        """As many lines as fit into a box, then a box with the rest."""
        fits = lines_within(self.lines, height - 2 * REMARK_INSET + 6)
        if fits == 0:
            return []
        return [Remarks("", lines=self.lines[:fits]), Remarks("", lines=self.lines[fits:])]

    def paint(self, canvas: Canvas) -> None:
        """Draw box and lines."""
        canvas.setFillColor(PALE)
        canvas.roundRect(0, 0, self.width, self.height, 5, stroke=0, fill=1)
        draw_lines(canvas, self.lines, x=REMARK_INSET, top=self.height - REMARK_INSET + 3)


def as_spans(text: str | Span | Sequence[Span], *, size: float = 8.5) -> list[Span]:
    """Text as spans; a plain string in one span of `size` points."""
    if isinstance(text, str):
        return [Span(text, size)]
    return [text] if isinstance(text, Span) else list(text)


def leading_of(line: Line) -> float:
    """Height of a line in points: that of its largest sort; an empty line counts as 8.5 points."""
    return LEADING * max((sort.size for sort in line), default=8.5)


def height_of(lines: Sequence[Line]) -> float:
    """Height of lines in points."""
    return sum(leading_of(line) for line in lines)


def lines_within(lines: Sequence[Line], height: float) -> int:
    """How many of the lines fit into a height."""
    used = 0.0
    for count, line in enumerate(lines):
        used += leading_of(line)
        if used > height:
            return count
    return len(lines)


def draw_lines(canvas: Canvas, lines: Sequence[Line], *, x: float, top: float) -> None:
    """Draw lines under each other, the first one's upper edge at `top`."""
    for line in lines:
        height = leading_of(line)
        top -= height
        typesetting.draw_line(canvas, line, x=x, y=top + 0.26 * height)


def _text_of(whole: Text, lines: list[Line], *, after: float) -> Text:
    part = Text("", after=after)
    part.lines, part.height = lines, height_of(lines)
    part.before = whole.before
    return part
