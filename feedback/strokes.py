"""Whether strokes on a screen are a signature: pure.

It can't be told whose it is, only that somebody wrote something: not nothing, not a dot, not a slip of the finger.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final

from msgspec import Meta

from feedback.errors import SignatureEmpty
from foundation.wire import Wire

#: Share of the box's width that the pen must travel in all; the shortest real signature tried, 丁, travels 0.6.
SHORTEST_TRAVEL: Final = 0.25
#: Share of the box's width that the signature must span in its larger direction; below it is a dot.
SMALLEST_SPAN: Final = 0.05
#: Points in all; a tap gives one or two.
FEWEST_POINTS: Final = 6

Coordinate = Annotated[float, Meta(ge=-10_000, le=10_000)]


class Point(Wire, frozen=True, kw_only=True):
    """Where the pen was `t` milliseconds after the first touch, in the box's own units, y downwards."""

    x: Coordinate
    y: Coordinate
    t: Annotated[float, Meta(ge=0, le=3_600_000)]


Stroke = Annotated[list[Point], Meta(max_length=5_000)]


class Signature(Wire, frozen=True, kw_only=True):
    """Strokes in a box of the given size."""

    width: Annotated[float, Meta(gt=0, le=10_000)]
    height: Annotated[float, Meta(gt=0, le=10_000)]
    strokes: Annotated[list[Stroke], Meta(max_length=200)]


def checked(signature: Signature) -> Signature:
    """The signature, if it is one. Raises SignatureEmpty with reason `empty`, `dot` or `too-short`."""
    points = [point for stroke in signature.strokes for point in stroke]
    if not points:
        raise SignatureEmpty(reason="empty")
    if span(points) < SMALLEST_SPAN * signature.width:
        raise SignatureEmpty(reason="dot")
    if len(points) < FEWEST_POINTS or travel(signature.strokes) < SHORTEST_TRAVEL * signature.width:
        raise SignatureEmpty(reason="too-short")
    return signature


def travel(strokes: Sequence[Sequence[Point]]) -> float:
    """How far the pen moved on the surface, in the box's units."""
    return sum(
        math.hypot(after.x - before.x, after.y - before.y) for stroke in strokes for before, after in pairwise(stroke)
    )


def span(points: Sequence[Point]) -> float:
    """The larger side of the rectangle around the points, in the box's units."""
    xs = [point.x for point in points]
    ys = [point.y for point in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))
