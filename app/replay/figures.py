"""What became of the day, read from the database and the bots' tally: as data, and as tables."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import TextClause, text

from app.replay.client import Tally
from app.replay.looking import Standing
from foundation.database.session import ReadSession

GRADES: Final = ("major", "serious", "general")

#: Minutes of the day from the call to the first offer, the first acceptance and the first arrival.
_TIMES: Final = text(
    """
    WITH each AS (
        SELECT c.grade,
            extract(epoch FROM (SELECT min(offered_at) FROM offers o WHERE o.complaint_id = c.id) - c.called_at) / 60 AS offer,
            extract(epoch FROM (SELECT min(accepted_at) FROM assignments a WHERE a.complaint_id = c.id) - c.called_at) / 60
                AS accept,
            extract(epoch FROM (SELECT min(arrived_at) FROM visits v WHERE v.complaint_id = c.id) - c.called_at) / 60 AS site,
            extract(epoch FROM (SELECT min(finished_at) FROM visits v WHERE v.complaint_id = c.id) - c.called_at) / 60
                AS finish
        FROM complaints c WHERE c.stage <> 'merged'
    ), told AS (
        SELECT grade, what, minutes FROM each
        CROSS JOIN LATERAL (VALUES ('offer', offer), ('accept', accept), ('site', site), ('finish', finish)) t (what, minutes)
    )
    SELECT COALESCE(grade, 'all') AS grade, what, count(minutes) AS n,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS median,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY minutes) AS p95
    FROM told GROUP BY GROUPING SETS ((grade, what), (what))
    """
)
#: Deadlines that ended or fired. One that fired and was kept afterwards (the phone's corrected time) is kept.
_PROMISES: Final = text(
    """
    SELECT d.kind, c.grade, count(*) FILTER (WHERE d.closed_how = 'kept') AS kept,
           count(*) FILTER (WHERE d.closed_how = 'missed' OR (d.closed_at IS NULL AND d.fired_at IS NOT NULL)) AS missed
    FROM deadlines d JOIN complaints c ON c.id = d.complaint_id
    WHERE d.kind <> 'latest_departure' GROUP BY 1, 2 ORDER BY 1, 2
    """
)
_ESCALATIONS: Final = text(
    """
    SELECT e.reason, count(*) AS opened, count(*) FILTER (WHERE e.ended_at IS NOT NULL) AS ended,
           max(e.level) AS highest_level,
           count(*) FILTER (WHERE EXISTS (SELECT 1 FROM rungs r WHERE r.case_id = e.id AND r.acknowledged_at > r.answer_due_at
                                          OR r.case_id = e.id AND r.raised_at IS NOT NULL)) AS answered_late
    FROM cases e GROUP BY 1 ORDER BY 2 DESC, 1
    """
)
_OFFERS: Final = text("SELECT state, count(*) AS n FROM offers GROUP BY 1 ORDER BY 2 DESC")
_STAGES: Final = text("SELECT stage, count(*) AS n FROM complaints GROUP BY 1 ORDER BY 2 DESC")
_GRADES: Final = text("SELECT grade, count(*) AS n FROM complaints GROUP BY 1 ORDER BY 2")
_FEEDBACK: Final = text(
    """
    SELECT CASE WHEN state = 'refused' THEN 'refused' WHEN satisfaction < 5 THEN 'poor' ELSE 'satisfied' END AS what,
           count(*) AS n FROM feedbacks GROUP BY 1 ORDER BY 1
    """
)
#: What is counted beside, each by one number.
_COUNTS: Final = text(
    """
    SELECT (SELECT count(*) FROM complaints) AS complaints,
           (SELECT count(*) FROM ledger_entries) AS ledger_entries,
           (SELECT count(*) FROM announcements) AS announcements,
           (SELECT count(*) FROM errands) AS errands,
           (SELECT count(*) FROM errands WHERE state = 'parked') AS parked,
           (SELECT count(*) FROM decisions) AS decisions,
           (SELECT count(*) FROM documents) AS documents,
           (SELECT count(*) FROM photos) AS photos,
           (SELECT count(*) FROM suspensions) AS suspensions,
           (SELECT count(*) FROM visits WHERE left_how = 'handed_back') AS handed_back,
           (SELECT sum(reopened_count) FROM complaints) AS reopened,
           (SELECT count(*) FROM follow_ups WHERE state = 'given_up') AS calls_given_up
    """
)
#: Seconds of the machine from the announcement of a call to its first offer: identifiers carry the machine's time.
_OFFERED: Final = text(
    """
    WITH at AS (
        SELECT a.subject_id, min(('x' || substr(replace(a.id::text, '-', ''), 1, 12))::bit(48)::bigint) / 1000.0 AS s
        FROM announcements a WHERE a.kind = 'complaint.logged' GROUP BY 1
    ), offered AS (
        SELECT complaint_id, min(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint) / 1000.0 AS s
        FROM offers GROUP BY 1
    )
    SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY offered.s - at.s) AS median,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY offered.s - at.s) AS p99
    FROM at JOIN offered ON offered.complaint_id = at.subject_id
    WHERE offered.s - at.s < 60
    """
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known when the day is over, beside the database."""

    standing: Standing
    tally: Tally
    setting: Mapping[str, object]
    invariants: Mapping[str, Sequence[str]]
    ledger: Sequence[str]


def gathered(look: ReadSession, outcome: Outcome) -> dict[str, object]:
    """All figures as plain data."""
    tally, standing = outcome.tally, outcome.standing
    return {
        "setting": dict(outcome.setting),
        "settled": {"final": standing.final, "escalated_with_owner": standing.owned, "left": standing.left},
        "stages": _counted(look, _STAGES, "stage"),
        "grades": _counted(look, _GRADES, "grade"),
        "minutes": _rounded(look, _TIMES),
        "promises": _rounded(look, _PROMISES),
        "escalations": _rounded(look, _ESCALATIONS),
        "offers": _counted(look, _OFFERS, "state"),
        "feedback": _counted(look, _FEEDBACK, "what"),
        "counts": _rounded(look, _COUNTS)[0],
        "call_to_offer_s": _rounded(look, _OFFERED)[0],
        "http": _http(tally),
        "invariants_violated": {name: list(rows) for name, rows in outcome.invariants.items()},
        "ledger_findings": list(outcome.ledger),
    }


def _http(tally: Tally) -> dict[str, object]:
    seconds = sorted(tally.seconds)
    return {
        "requests": sum(tally.statuses.values()),
        "statuses": {str(status): n for status, n in sorted(tally.statuses.items())},
        "refusals": dict(tally.refusals.most_common()),
        "errors": dict(tally.errors.most_common()),
        "sign_ins": tally.sign_ins,
        "median_ms": round(1000 * statistics.median(seconds), 1) if seconds else None,
        "p99_ms": round(1000 * seconds[int(0.99 * (len(seconds) - 1))], 1) if seconds else None,
    }


def _counted(look: ReadSession, query: TextClause, name: str) -> dict[str, int]:
    return {str(row[name]): int(row["n"]) for row in look.execute(query).mappings()}


def _rounded(look: ReadSession, query: TextClause) -> list[dict[str, object]]:
    """Rows with fractions to two decimals."""
    return [
        {
            key: value if value is None or isinstance(value, str | int) else round(float(value), 2)
            for key, value in row.items()
        }
        for row in look.execute(query).mappings()
    ]


def show(console: Console, figures: Mapping[str, object]) -> None:
    """Print the figures as tables."""
    for table in (_times(figures), _promises(figures), _escalations(figures), _rest(figures)):
        console.print(table)


def _rows(figures: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = figures[name]
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _times(figures: Mapping[str, object]) -> Table:
    table = Table(
        "from the call to", *(f"{grade} median / p95" for grade in ("all", *GRADES)), title="Minutes of the day"
    )
    found = {(row["what"], row["grade"]): row for row in _rows(figures, "minutes")}
    for what, words in (
        ("offer", "first offer"),
        ("accept", "acceptance"),
        ("site", "on site"),
        ("finish", "work done"),
    ):
        cells = [_pair(found.get((what, grade))) for grade in ("all", *GRADES)]
        table.add_row(words, *cells)
    return table


def _pair(row: Mapping[str, object] | None) -> str:
    if row is None or row["median"] is None:
        return "—"
    return f"{row['median']} / {row['p95']}  (n {row['n']})"


def _promises(figures: Mapping[str, object]) -> Table:
    table = Table("promise", *GRADES, title="Promises kept")
    found = {(row["kind"], row["grade"]): row for row in _rows(figures, "promises")}
    for kind in dict.fromkeys(str(row["kind"]) for row in _rows(figures, "promises")):
        table.add_row(kind, *(_share(found.get((kind, grade))) for grade in GRADES))
    return table


def _share(row: Mapping[str, object] | None) -> str:
    if row is None:
        return "—"
    kept, missed = int(str(row["kept"])), int(str(row["missed"]))
    return "—" if kept + missed == 0 else f"{100 * kept / (kept + missed):.1f} %  ({kept} of {kept + missed})"


def _escalations(figures: Mapping[str, object]) -> Table:
    names = ("reason", "opened", "ended", "highest_level", "answered_late")
    table = Table(*(name.replace("_", " ") for name in names), title="Escalations")
    for row in _rows(figures, "escalations"):
        table.add_row(*(str(row[name]) for name in names))
    return table


def _rest(figures: Mapping[str, object]) -> Table:
    table = Table("", "", title="And", show_header=False)
    for name in ("settled", "stages", "grades", "offers", "feedback", "counts", "call_to_offer_s", "setting"):
        found = figures[name]
        told = found if isinstance(found, dict) else {}
        table.add_row(name.replace("_", " "), ", ".join(f"{key} {value}" for key, value in told.items()))
    http = figures["http"]
    for name, value in (http if isinstance(http, dict) else {}).items():
        table.add_row(f"http {name}", str(value))
    table.add_row("invariants violated", str(figures["invariants_violated"] or "none"))
    table.add_row("ledger findings", str(figures["ledger_findings"] or "none"))
    return table
