"""What a trial or an import found wrong, as counts, as a page shows it, and as a CSV file. Pure."""

import codecs
import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final, cast

import msgspec

from intake.importing import SAMPLE, ImportReport, LineFault

#: Faults that a page shows; the others are in the file.
SHOWN: Final = 100
#: Columns of a good line, and characters of a line and of a value, that are shown.
COLUMNS: Final = 12
LONGEST: Final = 500
#: What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_HEADER: Final = codecs.BOM_UTF8 + b"line,field,reason,value,kept,text\r\n"


class Fault(msgspec.Struct, frozen=True):
    """A fault as it is shown."""

    line: int
    field: str
    reason: str
    value: str
    kept: bool
    text: str


class Good(msgspec.Struct, frozen=True):
    """A good line as it is shown."""

    line: int
    fields: dict[str, str]


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a page shows of a file, or of what was read of it; `parts` are the hashes of its report's parts so far."""

    faults: list[Fault]
    more: int
    columns: list[str]
    sample: list[Good]
    parts: list[str] = []


def counts(report: ImportReport) -> dict[str, int]:
    """How many lines there are and what becomes of them; `noted` were taken without a field."""
    return {
        "lines": report.lines, "added": report.added, "changed": report.changed, "unchanged": report.unchanged,
        "refused": report.refused, "noted": len({fault.line for fault in report.faults if fault.kept}),
    }  # fmt: skip


def counts_of_both(before: Mapping[str, int], part: Mapping[str, int]) -> dict[str, int]:
    """The counts of two parts of a file as those of both."""
    return {name: before[name] + count for name, count in part.items()}


def shown(report: ImportReport) -> Shown:
    """The first faults, those of refused lines first, and the first good lines."""
    return Shown(
        faults=[_fault(fault) for fault in sorted(report.faults, key=_order)[:SHOWN]],
        more=max(0, len(report.faults) - SHOWN),
        columns=list(dict.fromkeys(name for good in report.sample for name in _short(good.fields))),
        sample=[Good(good.line, _short(good.fields)) for good in report.sample],
    )


def shown_of_both(before: Shown, part: Shown, *, of_report: str | None) -> Shown:
    """What is shown of the parts so far and of the next one, as if both had been read at once.

    `of_report` is the hash of the next part's report; None when it has no fault.
    """
    faults = sorted(before.faults + part.faults, key=_order)
    sample = (before.sample + part.sample)[:SAMPLE]
    columns = dict.fromkeys(before.columns + part.columns)
    return Shown(
        faults=faults[:SHOWN],
        more=before.more + part.more + max(0, len(faults) - SHOWN),
        columns=[name for name in columns if any(name in good.fields for good in sample)],
        sample=sample,
        parts=before.parts + ([of_report] if of_report else []),
    )


def stored(shown: Shown) -> dict[str, object]:
    """As it is kept with the import."""
    return cast("dict[str, object]", msgspec.to_builtins(shown))


def kept(found: Mapping[str, object] | None) -> Shown:
    """As it was kept; nothing before the first part."""
    return msgspec.convert(found or stored(shown(ImportReport())), Shown)


def for_readers(found: Mapping[str, object] | None) -> dict[str, object] | None:
    """What is shown, without what only the next part needs."""
    return None if found is None else {name: value for name, value in found.items() if name != "parts"}


def as_csv(faults: Iterable[LineFault]) -> bytes:
    """Every fault, by line, as UTF-8 with its mark, so that spreadsheets read it; no value begins a formula."""
    return bound([rows(faults)])


def bound(pieces: Iterable[bytes]) -> bytes:
    """The rows of all parts of a file below one header."""
    return b"".join((_HEADER, *pieces))


def rows(faults: Iterable[LineFault]) -> bytes:
    """The faults of a part of a file, by line, without the header."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    for fault in sorted(faults, key=lambda fault: fault.line):
        row = (fault.field, fault.reason, fault.value, "yes" if fault.kept else "no", fault.text)
        writer.writerow((fault.line, *(_harmless(value) for value in row)))
    return made.getvalue().encode()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _order(fault: Fault | LineFault) -> tuple[bool, int]:
    return fault.kept, fault.line


def _fault(fault: LineFault) -> Fault:
    return Fault(
        line=fault.line, field=fault.field, reason=fault.reason, value=_storable(fault.value), kept=fault.kept,
        text=_storable(fault.text[:LONGEST]),
    )  # fmt: skip


def _short(fields: Mapping[str, str]) -> dict[str, str]:
    told = {name: value for name, value in fields.items() if value}
    return {_storable(name): _storable(value[:LONGEST]) for name, value in list(told.items())[:COLUMNS]}


def _storable(text: str) -> str:
    """Without what PostgreSQL's JSON can't hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
