"""What happened when: discs on a line with the time between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.documents import typesetting
from foundation.documents.bilingual import Pair
from foundation.documents.flowables import GREEN, OUTLINE, WHITE, WIDTH, Piece
from foundation.documents.tables import ring, tick
from foundation.documents.typesetting import GREY, INK, Canvas, Span

#: More moments than this go to the next line.
PER_LINE: Final = 6
LINE_HEIGHT: Final = 52.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the path: its name, its time as text, the time since the step before, and whether it happened."""

    label: Pair
    at: str
    gap: str = ""
    done: bool = True


class Timeline(Piece):
    """Moments from left to right, up to six on a line."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        """In the order they happened."""
        self.lines = [moments[start : start + PER_LINE] for start in range(0, len(moments), PER_LINE)]
        super().__init__(height=LINE_HEIGHT * len(self.lines), after=2)
        self.step = WIDTH / max(min(len(moments), PER_LINE), 1)

    def paint(self, canvas: Canvas) -> None:
        """Draw the lines, then discs over them."""
        for number, moments in enumerate(self.lines):
            y = self.height - LINE_HEIGHT * number - 13
            self._line(canvas, moments, y)
            for index, moment in enumerate(moments):
                self._moment(canvas, moment, x=self._middle(index), y=y)

    def _line(self, canvas: Canvas, moments: Sequence[Moment], y: float) -> None:
        for index, moment in enumerate(moments):
            if index:
                canvas.setStrokeColor(GREEN if moment.done else OUTLINE)
                canvas.setLineWidth(1.2)
                canvas.line(self._middle(index - 1), y, self._middle(index), y)
            if moment.gap:
                x = self._middle(index) - self.step / 2 if index else 4.0
                text = typesetting.fitted(Span(moment.gap, 6.5, colour=GREY), width=self.step - 14)
                typesetting.draw(canvas, text, x=x, y=y + 5, align="centre" if index else "left")

    def _moment(self, canvas: Canvas, moment: Moment, *, x: float, y: float) -> None:
        if moment.done:
            tick(canvas, x=x, y=y, colour=GREEN, radius=5.8)
        else:
            canvas.setFillColor(WHITE)
            canvas.circle(x, y, 5.6, stroke=0, fill=1)
            ring(canvas, x=x, y=y)
        room = self.step - 4
        for text, size, bold, colour, below in (
            (moment.label.first, 8.0, True, INK, 17.0),
            (moment.label.second, 6.3, False, GREY, 25.0),
            (moment.at, 7.8, False, INK, 35.0),
        ):
            span = typesetting.fitted(Span(text, size, bold=bold, colour=colour), width=room)
            typesetting.draw(canvas, span, x=x, y=y - below, align="centre")

    def _middle(self, index: int) -> float:
        return self.step * (index + 0.5)
