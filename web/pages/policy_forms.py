"""A policy's document as a form: its values by path, tables for what repeats, and what differs from another. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from foundation.problems import FieldWrong
from web import forms

Scalar: TypeAlias = str | int | float | bool | None
Flat: TypeAlias = Mapping[str, Scalar]

#: What begins the names of the form's fields that belong to the document.
PREFIX: Final = "p."
#: How yes and no are sent.
YES, NO = "true", "false"
#: Parts of a path that leads into a table: its name, the row, the field.
ROW_DEPTH: Final = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the document in its form; `kind` is text, number or flag."""

    path: str
    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Grid:
    """What repeats with the same fields: a row for each, a column for each field."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; None where there is none."""

    path: str
    before: Scalar
    after: Scalar


def flat(document: object, path: str = "") -> dict[str, Scalar]:
    """Every value of the document by its path, but for those that say nothing; lists count from 0."""
    if isinstance(document, Mapping):
        parts: Iterable[tuple[str, object]] = document.items()
    elif isinstance(document, list | tuple):
        parts = ((str(place), each) for place, each in enumerate(document))
    else:
        return {} if document in {None, ""} else {path: cast("Scalar", document)}
    found: dict[str, Scalar] = {}
    for name, inner in parts:
        found |= flat(inner, f"{path}.{name}" if path else str(name))
    return found


def differences(before: object, after: object) -> list[Change]:
    """What differs, in the order of the document before; what is new comes last."""
    old, new = flat(before), flat(after)
    paths = [*old, *(path for path in new if path not in old)]
    return [Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def document_of(sent: Mapping[str, str], *, like: object) -> dict[str, object]:
    """The document that a form means; values are of the kind that `like` has there, or in the same column.

    Raises FieldWrong for a number that isn't one.
    """
    known = flat(like)
    typed = {
        path: _typed(text, path, known)
        for path, text in ((name.removeprefix(PREFIX), text) for name, text in sent.items() if name.startswith(PREFIX))
        if text.strip()
    }
    return forms.nested(typed)


def _typed(text: str, path: str, known: Flat) -> Scalar:
    model = known[path] if path in known else next((known[each] for each in known if _alike(each, path)), None)
    if isinstance(model, bool):
        return text == YES
    if isinstance(model, int | float):
        return _number(text, path)
    return text.strip()


def _number(text: str, path: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise FieldWrong(field=path, reason="not-a-number") from None


def _alike(one: str, other: str) -> bool:
    """Whether two paths lead to the same column of one table, or to entries of one list."""
    return _column_of(one) == _column_of(other)


def _column_of(path: str) -> tuple[str, ...]:
    """The path without its row: what a table is called, and the field with places in lists left open."""
    parts = path.split(".")
    table, field = (parts[:1], parts[2:]) if len(parts) > ROW_DEPTH else (parts[:-1], parts[-1:])
    return (*table, "|", *("*" if part.isdecimal() else part for part in field))


def merged(base: Mapping[str, object], draft: Mapping[str, object]) -> dict[str, object]:
    """The draft with every field of `base` that was emptied, so that it can be filled again; lists are the draft's."""
    fields = {path: value for path, value in flat(base).items() if not path.rpartition(".")[2].isdecimal()}
    return forms.nested({**fields, **flat(draft)})


def layout(document: Mapping[str, object]) -> tuple[list[Grid], list[Cell]]:
    """Tables for what repeats, and the single values beside them, in the order of the document."""
    grids, single = [], []
    records = {name: tuple(flat(part)) for name, part in document.items() if _is_record(part)}
    together = {name: document[name] for name, keys in records.items() if list(records.values()).count(keys) > 1}
    if together:
        grids.append(_grid("", together, prefix=""))
    for name, part in document.items():
        if name in together:
            continue
        rows = _rows(part)
        if rows is not None:
            grids.append(_grid(name, rows, prefix=f"{name}."))
        else:
            single += [_cell(path, value) for path, value in flat({name: part}).items()]
            single += _room(name, part)
    return grids, single


def _is_record(part: object) -> bool:
    return isinstance(part, Mapping) and not any(isinstance(each, Mapping | list | tuple) for each in part.values())


def _rows(part: object) -> Mapping[str, object] | None:
    """The entries of a part that is a table: a list of objects, or objects by name."""
    if isinstance(part, list | tuple) and part and all(isinstance(each, Mapping) for each in part):
        return {str(place): each for place, each in enumerate(part)}
    if isinstance(part, Mapping) and len(part) > 1 and all(isinstance(each, Mapping) for each in part.values()):
        return part
    return None


def _grid(name: str, rows: Mapping[str, object], *, prefix: str) -> Grid:
    values = {row: flat(part) for row, part in rows.items()}
    columns = list(dict.fromkeys(_columns(values.values())))
    cells = tuple(
        tuple(_cell_of(f"{prefix}{row}.{column}", column, values[row], values.values()) for column in columns)
        for row in rows
    )
    return Grid(name, tuple(rows), tuple(columns), cells)


def _columns(rows: Iterable[Flat]) -> list[str]:
    """The fields of all rows; entries of one list stand together, in order."""
    found = list(dict.fromkeys(path for row in rows for path in row))
    order = list(dict.fromkeys(_stem(path) for path in found))
    return sorted(
        found, key=lambda path: (order.index(_stem(path)), path if path.rpartition(".")[2].isdecimal() else "")
    )


def _stem(path: str) -> str:
    before, _, last = path.rpartition(".")
    return before if last.isdecimal() else path


def _cell_of(path: str, column: str, row: Flat, rows: Iterable[Flat]) -> Cell:
    """The cell; an empty one where only other rows say something."""
    if column in row:
        return _cell(path, row[column])
    like = next(other[column] for other in rows if column in other)
    return Cell(path, "", _cell(path, like).kind)


def _room(name: str, part: object) -> Sequence[Cell]:
    """An empty place behind the last entry of a list of plain values."""
    if isinstance(part, list | tuple) and part:
        return [Cell(f"{name}.{len(part)}", "", _cell("", cast("Scalar", part[0])).kind)]
    return []


def _cell(path: str, value: Scalar) -> Cell:
    if isinstance(value, bool):
        return Cell(path, YES if value else NO, "flag")
    return Cell(path, "" if value is None else str(value), "number" if isinstance(value, int | float) else "text")
