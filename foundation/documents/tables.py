"""Tables of a document: facts in two columns, rows under headings, answers in seven steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.documents import typesetting
from foundation.documents.bilingual import Pair
from foundation.documents.flowables import (
    GREEN,
    HAIRLINE,
    NAVY,
    ORANGE,
    OUTLINE,
    PALE,
    WHITE,
    WIDTH,
    Piece,
    as_spans,
    draw_lines,
    height_of,
)  # fmt: skip
from foundation.documents.typesetting import GREY, INK, Canvas, Colour, Line, Span

LABEL: Final = 76.5
VALUE: Final = WIDTH / 2 - LABEL
INSET: Final = 4.5
PADDING: Final = 5.0
#: A value with more lines than this in half the width gets the whole width.
NARROW_LINES: Final = 4
#: A row never gets higher than this many lines, so that it fits on any page; a longer value goes on in the next row.
ROW_LINES: Final = 30
NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; `wide` gives the value the whole width."""

    label: Pair
    value: str | Sequence[Span]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and its share of the width (any unit; shares are set in relation)."""

    title: Pair
    share: float


def facts(entries: Sequence[Fact]) -> list[Piece]:
    """A table of facts, two side by side where both are short; each row may go to the next page."""
    rows: list[Piece] = []
    waiting: _Cell | None = None
    for cell in map(_cell, entries):
        if cell.wide:
            rows += [_FactRow([waiting])] if waiting else []
            rows += [_FactRow([part]) for part in _portions(cell)]
            waiting = None
        elif waiting:
            rows.append(_FactRow([waiting, cell]))
            waiting = None
        else:
            waiting = cell
    return [*rows, _FactRow([waiting])] if waiting else rows


@dataclass(frozen=True, slots=True)
class _Cell:
    first: tuple[Line, ...]
    second: tuple[Line, ...]
    value: tuple[Line, ...]
    wide: bool

    @property
    def height(self) -> float:
        return max(height_of(self.first) + height_of(self.second), height_of(self.value)) + 2 * PADDING


def _cell(entry: Fact) -> _Cell:
    spans = as_spans(entry.value or NOTHING, size=9)
    value = typesetting.broken(spans, width=VALUE - 2 * INSET)
    wide = entry.wide or len(value) > NARROW_LINES
    if wide:
        value = typesetting.broken(spans, width=WIDTH - LABEL - 2 * INSET)
    inner = LABEL - 2 * INSET
    return _Cell(
        first=tuple(typesetting.broken(Span(entry.label.first, 8), width=inner)),
        second=tuple(typesetting.broken(Span(entry.label.second, 6.3, colour=GREY), width=inner)),
        value=tuple(value),
        wide=wide,
    )


def _portions(cell: _Cell) -> list[_Cell]:
    parts = [cell.value[start : start + ROW_LINES] for start in range(0, len(cell.value), ROW_LINES)]
    labels = [(cell.first, cell.second), *[((), ())] * (len(parts) - 1)]
    return [
        _Cell(first=first, second=second, value=part, wide=True)
        for (first, second), part in zip(labels, parts, strict=True)
    ]


class _FactRow(Piece):
    """One row of facts: one wide one, or one or two narrow ones."""

    def __init__(self, cells: Sequence[_Cell]) -> None:
        super().__init__(height=max(cell.height for cell in cells))
        self.cells = cells

    def paint(self, canvas: Canvas) -> None:
        for index, cell in enumerate(self.cells):
            left = index * WIDTH / 2
            canvas.setFillColor(PALE)
            canvas.rect(left, 0, LABEL, self.height, stroke=0, fill=1)
            label = height_of(cell.first) + height_of(cell.second)
            top = (self.height + label) / 2
            draw_lines(canvas, cell.first, x=left + INSET, top=top)
            draw_lines(canvas, cell.second, x=left + INSET, top=top - height_of(cell.first))
            draw_lines(canvas, cell.value, x=left + LABEL + INSET, top=(self.height + height_of(cell.value)) / 2)
        _rule(canvas, 0)
        _rule(canvas, self.height)


class Rows(Piece):
    """Rows under column headings; the headings are repeated on each page."""

    HEAD: Final = 15.0

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        broken: Sequence[Sequence[list[Line]]] | None = None,
    ) -> None:
        """Each row has one text per column; `broken` are rows already set, of a part that goes on over the page."""
        total = sum(column.share for column in columns)
        self.columns = columns
        self.widths = [WIDTH * column.share / total for column in columns]
        self.rows = broken if broken is not None else [self._set(row) for row in rows]
        super().__init__(height=self.HEAD + sum(map(_row_height, self.rows)), before=5, after=2)

    def _set(self, row: Sequence[str]) -> list[list[Line]]:
        return [
            typesetting.broken(Span(text or NOTHING, 8.5), width=width - 2 * INSET)[:ROW_LINES]
            for text, width in zip(row, self.widths, strict=True)
        ]

    def split(self, _width: float, height: float) -> list[Piece]:
        """As many rows as fit below the headings, then the rest with the headings again."""
        used, fits = self.HEAD, 0
        for row in self.rows:
            used += _row_height(row)
            if used > height:
                break
            fits += 1
        if fits == 0:
            return []
        return [Rows(self.columns, (), broken=part) for part in (self.rows[:fits], self.rows[fits:]) if part]

    def paint(self, canvas: Canvas) -> None:
        """Draw headings, then rows from above."""
        top = self.height - self.HEAD
        canvas.setFillColor(PALE)
        canvas.rect(0, top, WIDTH, self.HEAD, stroke=0, fill=1)
        titles = [[self._title(column, width)] for column, width in zip(self.columns, self.widths, strict=True)]
        self._across(canvas, titles, top + self.HEAD - 2)
        for row in self.rows:
            self._across(canvas, row, top - PADDING / 2)
            top -= _row_height(row)
            _rule(canvas, top)

    def _title(self, column: Column, width: float) -> Line:
        span = typesetting.fitted(Span(str(column.title), 7, colour=GREY), width=width - 2 * INSET)
        return typesetting.broken(span, width=WIDTH)[0]

    def _across(self, canvas: Canvas, cells: Sequence[Sequence[Line]], top: float) -> None:
        left = 0.0
        for cell, width in zip(cells, self.widths, strict=True):
            draw_lines(canvas, cell, x=left + INSET, top=top)
            left += width


class Likert(Piece):
    """Answers on a scale from 1: one line per question, the chosen step ticked, none ticked where nothing was said."""

    HEAD: Final = 27.0
    ROW: Final = 17.6
    LABEL: Final = 108.0
    #: Of seven: from here on content, up to here not.
    CONTENT_FROM: Final = 5
    DISCONTENT_TO: Final = 3

    def __init__(self, scale: Sequence[Pair], answers: Sequence[tuple[Pair, int | None]]) -> None:
        """`scale` names the steps from the worst to the best."""
        super().__init__(height=self.HEAD + self.ROW * len(answers), after=2)
        self.scale, self.answers = scale, answers
        self.step = (WIDTH - self.LABEL) / len(scale)

    def paint(self, canvas: Canvas) -> None:
        """Draw the scale, then a line per question."""
        top = self.height - self.HEAD
        canvas.setFillColor(PALE)
        canvas.rect(0, top, WIDTH, self.HEAD, stroke=0, fill=1)
        for index, name in enumerate(self.scale):
            self._name(canvas, index, name, top)
        for index, (question, answer) in enumerate(self.answers):
            self._answer(canvas, question, answer, y=top - self.ROW * (index + 1), main=index == 0)

    def _name(self, canvas: Canvas, index: int, name: Pair, foot: float) -> None:
        x, room = self._middle(index), self.step - 2
        first = typesetting.fitted(Span(name.first, 7.6, bold=True, colour=INK), width=room)
        second = typesetting.fitted(Span(f"{index + 1} · {name.second}", 5.8, colour=GREY), width=room)
        typesetting.draw(canvas, first, x=x, y=foot + 15.5, align="centre")
        typesetting.draw(canvas, second, x=x, y=foot + 7, align="centre")

    def _answer(self, canvas: Canvas, question: Pair, answer: int | None, *, y: float, main: bool) -> None:
        first = Span(question.first, 8.5, main, INK)
        typesetting.draw(canvas, first, x=INSET + 1, y=y + 5.6)
        x = INSET + 1 + typesetting.width_of(first) + 4
        second = typesetting.fitted(Span(question.second, 6.3, colour=GREY), width=max(self.LABEL + 14 - x, 10))
        typesetting.draw(canvas, second, x=x, y=y + 5.6)
        for index in range(len(self.scale)):
            if index + 1 == answer:
                tick(canvas, x=self._middle(index), y=y + self.ROW / 2, colour=self._colour(answer))
            else:
                ring(canvas, x=self._middle(index), y=y + self.ROW / 2)
        _rule(canvas, y)

    def _colour(self, answer: int) -> Colour:
        if answer >= self.CONTENT_FROM:
            return GREEN
        return ORANGE if answer <= self.DISCONTENT_TO else NAVY

    def _middle(self, index: int) -> float:
        return self.LABEL + self.step * (index + 0.5)


def tick(canvas: Canvas, *, x: float, y: float, colour: Colour, radius: float = 6.2) -> None:
    """A filled disc with a white tick, its middle at (x, y)."""
    canvas.setFillColor(colour)
    canvas.circle(x, y, radius, stroke=0, fill=1)
    canvas.setStrokeColor(WHITE)
    canvas.setLineWidth(radius / 4.4)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    path.moveTo(x - 0.45 * radius, y + 0.02 * radius)
    path.lineTo(x - 0.12 * radius, y - 0.34 * radius)
    path.lineTo(x + 0.47 * radius, y + 0.36 * radius)
    canvas.drawPath(path, stroke=1, fill=0)


def ring(canvas: Canvas, *, x: float, y: float, radius: float = 5.6) -> None:
    """An empty circle, its middle at (x, y)."""
    canvas.setStrokeColor(OUTLINE)
    canvas.setLineWidth(0.6)
    canvas.circle(x, y, radius, stroke=1, fill=0)


def _row_height(row: Sequence[Sequence[Line]]) -> float:
    return max(height_of(cell) for cell in row) + PADDING


def _rule(canvas: Canvas, y: float) -> None:
    canvas.setStrokeColor(HAIRLINE)
    canvas.setLineWidth(0.5)
    canvas.line(0, y, WIDTH, y)
