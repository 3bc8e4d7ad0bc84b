"""What a trial or an import found wrong, as counts, as a page shows it, and as a CSV file. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final

from intake.importing import ImportReport, LineFault

#: Faults that a page shows; the others are in the file.
SHOWN: Final = 100
#: Columns of a good line, and characters of a line and of a value, that are shown.
COLUMNS: Final = 12
LONGEST: Final = 500
#: What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def counts(report: ImportReport) -> dict[str, int]:
    """How many lines there are and what becomes of them; `noted` were taken without a field."""
    return {
        "lines": report.lines, "added": report.added, "changed": report.changed, "unchanged": report.unchanged,
        "refused": report.refused, "noted": len({fault.line for fault in report.faults if fault.kept}),
    }  # fmt: skip


def shown(report: ImportReport) -> dict[str, object]:
    """The first faults, those of refused lines first, and the first good lines."""
    faults = sorted(report.faults, key=lambda fault: (fault.kept, fault.line))
    return {
        "faults": [_fault(fault) for fault in faults[:SHOWN]],
        "more": max(0, len(faults) - SHOWN),
        "columns": list(dict.fromkeys(name for good in report.sample for name in _short(good.fields))),
        "sample": [{"line": good.line, "fields": _short(good.fields)} for good in report.sample],
    }


def as_csv(faults: Iterable[LineFault]) -> bytes:
    """Every fault, by line, as UTF-8 with its mark, so that spreadsheets read it; no value begins a formula."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(("line", "field", "reason", "value", "kept", "text"))
    for fault in sorted(faults, key=lambda fault: fault.line):
        row = (fault.field, fault.reason, fault.value, "yes" if fault.kept else "no", fault.text)
        writer.writerow((fault.line, *(_harmless(value) for value in row)))
    return made.getvalue().encode("utf-8-sig")


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _fault(fault: LineFault) -> dict[str, object]:
    return {
        "line": fault.line, "field": fault.field, "reason": fault.reason, "value": _storable(fault.value),
        "kept": fault.kept, "text": _storable(fault.text[:LONGEST]),
    }  # fmt: skip


def _short(fields: Mapping[str, str]) -> dict[str, str]:
    told = {name: value for name, value in fields.items() if value}
    return {_storable(name): _storable(value[:LONGEST]) for name, value in list(told.items())[:COLUMNS]}


def _storable(text: str) -> str:
    """Without what PostgreSQL's JSON can't hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
