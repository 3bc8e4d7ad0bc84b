"""Photos of the site, two on a line with captions; whole, never cropped: they are evidence."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.utils import ImageReader

from foundation.documents import typesetting
from foundation.documents.flowables import PALE, WIDTH, Piece, draw_lines, height_of
from foundation.documents.typesetting import GREY, Canvas, Line, Span

GAP: Final = 12.0
FRAME: Final = (WIDTH - GAP) / 2
FRAME_HEIGHT: Final = 150.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as `images.accepted` gives it, and what it shows."""

    jpeg: bytes
    caption: str


def pictures(photos: Sequence[Picture]) -> list[Piece]:
    """The photos, two on a line; JPEG data goes into the file as it is."""
    return [_Pictures(photos[start : start + 2]) for start in range(0, len(photos), 2)]


class _Pictures(Piece):
    """One or two photos side by side."""

    def __init__(self, photos: Sequence[Picture]) -> None:
        self.photos = [(photo, _caption(photo)) for photo in photos]
        caption = max(height_of(lines) for _, lines in self.photos)
        super().__init__(height=FRAME_HEIGHT + caption + 4, after=6)

    def paint(self, canvas: Canvas) -> None:
        foot = self.height - FRAME_HEIGHT
        for index, (photo, lines) in enumerate(self.photos):
            left = index * (FRAME + GAP)
            canvas.setFillColor(PALE)
            canvas.roundRect(left, foot, FRAME, FRAME_HEIGHT, 5, stroke=0, fill=1)
            _place(canvas, photo, left=left, foot=foot)
            draw_lines(canvas, lines, x=left, top=foot - 2)


def _place(canvas: Canvas, photo: Picture, *, left: float, foot: float) -> None:
    image = ImageReader(io.BytesIO(photo.jpeg))
    wide, high = image.getSize()
    scale = min(FRAME / wide, FRAME_HEIGHT / high)
    x, y = left + (FRAME - wide * scale) / 2, foot + (FRAME_HEIGHT - high * scale) / 2
    canvas.drawImage(image, x, y, wide * scale, high * scale)


def _caption(photo: Picture) -> list[Line]:
    return typesetting.broken(Span(photo.caption, 7, colour=GREY), width=FRAME)
