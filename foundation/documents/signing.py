"""Boxes with signatures drawn as lines, exactly as the pen went, sharp at any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foundation.documents import typesetting
from foundation.documents.bilingual import Pair
from foundation.documents.flowables import HAIRLINE, WIDTH, Piece, draw_lines, height_of
from foundation.documents.typesetting import GREY, INK, Canvas, Line, Span

#: A stroke is what the pen drew without being lifted: points {t, x, y}, x to the right, y downwards, any unit.
Stroke = Sequence[Mapping[str, float]]

GAP: Final = 14.0
BOX: Final = (WIDTH - GAP) / 2
INSET: Final = 8.5
#: Room for the signature, in points.
SIGNING_HEIGHT: Final = 44.0
PEN: Final = 1.2
TITLE_HEIGHT: Final = 18.0
#: A straight stroke has no height to fit; it is enlarged at most so much.
LARGEST: Final = 4.0


@dataclass(frozen=True, slots=True)
class Signature:
    """A signed box: whose it is, the strokes (or what stands instead of them), the name and small print below."""

    title: Pair
    name: str
    strokes: Sequence[Stroke] = ()
    instead: str = ""
    notes: Sequence[str] = field(default=())


def signatures(boxes: Sequence[Signature]) -> list[Piece]:
    """The boxes, two on a line."""
    return [_Boxes(boxes[start : start + 2]) for start in range(0, len(boxes), 2)]


class _Boxes(Piece):
    """One or two signature boxes side by side, equally high."""

    def __init__(self, boxes: Sequence[Signature]) -> None:
        self.boxes = [(box, _small_print(box)) for box in boxes]
        small = max(height_of(lines) for _, lines in self.boxes)
        super().__init__(height=TITLE_HEIGHT + SIGNING_HEIGHT + small + 9, before=1, after=5)

    def paint(self, canvas: Canvas) -> None:
        for index, (box, lines) in enumerate(self.boxes):
            left = index * (BOX + GAP)
            canvas.setStrokeColor(HAIRLINE)
            canvas.setLineWidth(0.8)
            canvas.roundRect(left, 0, BOX, self.height, 5, stroke=1, fill=0)
            self._box(canvas, box, lines, left)

    def _box(self, canvas: Canvas, box: Signature, lines: Sequence[Line], left: float) -> None:
        top = self.height - 14
        typesetting.draw(canvas, Span(box.title.first, 8.2, bold=True, colour=INK), x=left + INSET, y=top)
        typesetting.draw(canvas, Span(box.title.second, 6.5, colour=GREY), x=left + BOX - INSET, y=top, align="right")
        foot = self.height - TITLE_HEIGHT - SIGNING_HEIGHT
        if box.strokes:
            room, high = BOX - 2 * INSET, SIGNING_HEIGHT - 4
            draw_strokes(canvas, box.strokes, x=left + INSET, y=foot + 2, width=room, height=high)
        elif box.instead:
            instead = typesetting.broken(Span(box.instead, 8.5, colour=INK), width=BOX - 2 * INSET)
            draw_lines(canvas, instead[:3], x=left + INSET, top=self.height - TITLE_HEIGHT - 2)
        canvas.setStrokeColor(HAIRLINE)
        canvas.setLineWidth(0.5)
        canvas.line(left + INSET, foot, left + BOX - INSET, foot)
        draw_lines(canvas, lines, x=left + INSET, top=foot - 1)


def draw_strokes(canvas: Canvas, strokes: Sequence[Stroke], *, x: float, y: float, width: float, height: float) -> None:
    """Draw strokes into a rectangle, undistorted, as large as fits and to the left; a touch without a way is a dot."""
    points = [(float(point["x"]), float(point["y"])) for stroke in strokes for point in stroke]
    if not points:
        return
    left, top = min(px for px, _ in points), min(py for _, py in points)
    wide, high = max(px for px, _ in points) - left, max(py for _, py in points) - top
    scale = min(width / wide if wide else LARGEST, height / high if high else LARGEST)
    rise = y + (height + high * scale) / 2
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
    canvas.setLineWidth(PEN)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for stroke in strokes:
        way = [(x + (float(p["x"]) - left) * scale, rise - (float(p["y"]) - top) * scale) for p in stroke]
        _draw_way(canvas, way)


def _draw_way(canvas: Canvas, way: Sequence[tuple[float, float]]) -> None:
    if not way:
        return
    if len(set(way)) == 1:
        canvas.circle(*way[0], PEN * 0.7, stroke=0, fill=1)
        return
    path = canvas.beginPath()
    path.moveTo(*way[0])
    for point in way[1:]:
        path.lineTo(*point)
    canvas.drawPath(path, stroke=1, fill=0)


def _small_print(box: Signature) -> list[Line]:
    spans = [Span(box.name, 8.5), *(Span(f"\n{note}", 6.3, colour=GREY) for note in box.notes)]
    return typesetting.broken(spans, width=BOX - 2 * INSET)
