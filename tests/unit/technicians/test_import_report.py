"""What is told of a file in parts is what would be told of it at once."""

from itertools import pairwise

import pytest

from intake.importing import SAMPLE, GoodLine, ImportReport, LineFault
from technicians.imports import report


def told(first: int, last: int) -> ImportReport:
    """Of the lines between: every third is wrong, every fourth taken with two remarks, each with a column of its own."""
    made = ImportReport(lines=last - first)
    for line in range(first, last):
        if line % 3 == 0:
            made.refused += 1
            made.faults.append(LineFault(line, "family", "blank", text=f"=line {line}"))
            continue
        made.added += 1
        if line % 4 == 0:
            made.faults += [LineFault(line, name, "unknown", "?", kept=True) for name in ("region", "datum")]
        if len(made.sample) < SAMPLE:
            made.sample.append(GoodLine(line, {"serial": str(line), f"column {line}": "x"}))
    return made


@pytest.mark.parametrize("cuts", [(2, 500), (2, 9, 500), (2, 3, 4, 250, 499, 500)])
def test_the_parts_are_told_as_the_whole(cuts: tuple[int, ...]) -> None:
    counts, shown, pieces = report.counts(ImportReport()), report.kept(None), []
    for first, last in pairwise(cuts):
        part = told(first, last)
        counts = report.counts_of_both(counts, report.counts(part))
        shown = report.shown_of_both(report.kept(report.stored(shown)), report.shown(part), of_report=f"hash {first}")
        pieces.append(report.rows(part.faults))
    whole = told(2, 500)
    assert counts == report.counts(whole)
    assert report.for_readers(report.stored(shown)) == report.stored(report.shown(whole))
    assert shown.parts == [f"hash {first}" for first in cuts[:-1]]
    assert report.bound(pieces) == report.as_csv(whole.faults)
