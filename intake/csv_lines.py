"""Reading CSV so that a misplaced quote costs its own line only.

RFC 4180 lets a quoted field run over several lines, so one quote too many swallows the lines below it. A record that
isn't CSV, or runs over several lines and doesn't fit, therefore gives back all its lines but the first; they are read
again, each by itself where it can stand alone.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

#: The reason of a line that isn't CSV.
NOT_CSV: Final = "not-csv"
#: The reason of a line with more fields than the header has columns.
TOO_MANY: Final = "too-many-fields"


@dataclass(frozen=True, slots=True)
class Record:
    """What stands at a line of the file (the header is 1): its fields by column, or (`fault`) why it can't be read, and
    in any case the line itself.
    """

    line: int
    fields: Mapping[str, str]
    fault: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: what begins below `after` lines under the header, at most so many records of it."""

    after: int = 0
    most: int | None = None


#: The file from its first line to its last.
WHOLE: Final = Part()
#: A text with fewer commas is never taken for a line of the file.
LEAST_COMMAS: Final = 2
#: Whether a record makes sense; asked only of those that run over several lines.
Fits = Callable[[Mapping[str, str]], bool]


class Records:
    """The records below a header; lines with nothing on them are passed over.

    A part in the middle is found by reading everything above it again, a second or so per hundred thousand lines: what a
    misplaced quote costs depends on the lines above, and a file must be read the same way however it is divided.
    """

    def __init__(self, lines: Iterable[str], *, fits: Fits, part: Part = WHOLE) -> None:
        """Read the header, the first line."""
        self._tape = _Tape(lines)
        self._fits = fits
        self._reader = csv.reader(self._tape, strict=True)
        self._header = self._read() or []
        below = (record for record in self if record.line > part.after + 1)
        self._part = below if part.most is None else islice(below, part.most)
        self._beyond = below

    @property
    def reached(self) -> int:
        """How many lines below the header were read."""
        return self._tape.line + len(self._tape.taken) - 2

    def take(self, most: int) -> list[Record]:
        """The next records of the part, at most so many; none at its end."""
        return list(islice(self._part, most))

    def is_at_end(self) -> bool:
        """Whether the file has no record behind the part. Asked last, because it reads on."""
        return next(self._beyond, None) is None

    def lacking(self, needed: Iterable[str]) -> list[str]:
        """The needed columns that the header doesn't have."""
        return [name for name in needed if name not in self._header]

    def __iter__(self) -> Iterator[Record]:
        """One record after the other, faults among them."""
        while self._tape.begin():
            values = self._read()
            if values != []:
                yield self._taken(values)

    def _taken(self, values: list[str] | None) -> Record:
        """The record, or the fault of its first line; then the lines below that one are read again."""
        line = self._tape.line
        fields = self._by_column(values or [])
        if values is None or self._is_torn(values, fields):
            self._tape.give_back()
            return Record(line, {}, NOT_CSV, self._tape.said)
        if any(values[len(self._header) :]):
            return Record(line, {}, TOO_MANY, self._tape.said)
        return Record(line, fields, text=self._tape.said)

    def _by_column(self, values: list[str]) -> dict[str, str]:
        blanks = [""] * (len(self._header) - len(values))
        return dict(zip(self._header, [*values, *blanks], strict=False))

    def _is_torn(self, values: list[str], fields: Mapping[str, str]) -> bool:
        """Whether this is no line of its own: several that a quote ties together, or a piece of one."""
        width = len(self._header)
        if len(self._tape.taken) > 1:
            return len(values) != width or _holds_lines(values, width=width) or not self._fits(fields)
        return self._tape.is_read_again and (len(values) != width or self._tape.taken[0].count('"') % 2 == 1)

    def _read(self) -> list[str] | None:
        """The next record; None if it isn't CSV, also because a field is longer than any field may be."""
        try:
            return next(self._reader, [])
        except csv.Error:
            return None


def _holds_lines(values: Iterable[str], *, width: int) -> bool:
    """Whether a field holds a line with as many fields as a line of the file has."""
    commas = max(LEAST_COMMAS, width - 1)
    return any(line.count(",") >= commas for value in values for line in value.splitlines()[1:])


class _Tape:
    """Lines that can be given back, and which of them the present record took."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.line = 1
        self._suspect_to = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    @property
    def said(self) -> str:
        """What the present record took, without its line's end."""
        return "".join(self.taken).rstrip("\r\n")

    @property
    def is_read_again(self) -> bool:
        """Whether the present record begins with a line that is read for the second time."""
        return self.line <= self._suspect_to

    def begin(self) -> bool:
        """Begin a record behind what was taken; False at the end of the file."""
        self.line += len(self.taken)
        self.taken = []
        if not self._again:
            self._again.extend(line for line in [next(self._lines, None)] if line is not None)
        return bool(self._again)

    def give_back(self) -> None:
        """Keep the first line only; the others are read again."""
        self._suspect_to = max(self._suspect_to, self.line + len(self.taken) - 1)
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
