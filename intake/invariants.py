"""What must never be true of intake's rows: each statement returns the violating rows, so an empty answer is good.

`:now` is the Clock's instant.
"""

from typing import Final

from intake import clocks
from intake.lifecycle import OPEN

#: Stage, acknowledged, arrived → kind: what `clocks.due_kinds` says, as rows.
_DUE: Final = ", ".join(
    f"('{stage}', {acknowledged}, {arrived}, '{kind}')"
    for stage in OPEN
    for acknowledged in (True, False)
    for arrived in (True, False)
    for kind in sorted(clocks.due_kinds(stage, acknowledged=acknowledged, arrived=arrived))
)

INVARIANTS: Final[dict[str, str]] = {
    "intake: an open complaint lacks a live deadline of a due kind": f"""
        SELECT c.id, c.number, c.stage, due.kind FROM complaints c
        JOIN (VALUES {_DUE}) AS due (stage, acknowledged, arrived, kind)
          ON due.stage = c.stage AND due.acknowledged = (c.first_acknowledged_at IS NOT NULL)
             AND due.arrived = (c.first_arrived_at IS NOT NULL)
        WHERE c.next_due_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM deadlines d WHERE d.complaint_id = c.id AND d.kind = due.kind AND d.closed_at IS NULL)
    """,  # noqa: S608 -- the words are the lifecycle's own
    "intake: an open complaint has no deadline at all": f"""
        SELECT id, number, stage FROM complaints
        WHERE next_due_at IS NULL AND stage IN ({", ".join(f"'{stage}'" for stage in OPEN)})
    """,  # noqa: S608 -- the words are the lifecycle's own
    "intake: a live deadline that the stage doesn't ask for": f"""
        SELECT d.id, c.number, c.stage, d.kind FROM deadlines d JOIN complaints c ON c.id = d.complaint_id
        WHERE d.closed_at IS NULL AND d.kind <> 'latest_departure' AND NOT EXISTS (
            SELECT 1 FROM (VALUES {_DUE}) AS due (stage, acknowledged, arrived, kind)
            WHERE due.stage = c.stage AND due.kind = d.kind
              AND due.acknowledged = (c.first_acknowledged_at IS NOT NULL)
              AND due.arrived = (c.first_arrived_at IS NOT NULL))
    """,  # noqa: S608 -- the words are the lifecycle's own
    "intake: the board shows another deadline than the earliest live one": """
        SELECT c.id, c.number FROM complaints c
        LEFT JOIN (SELECT complaint_id, min(due_at) AS due_at FROM deadlines WHERE closed_at IS NULL
                   GROUP BY complaint_id) d ON d.complaint_id = c.id
        WHERE c.next_due_at IS DISTINCT FROM d.due_at
    """,
    "intake: an acknowledged call without ledger entry or announcement": """
        SELECT c.id, c.number FROM complaints c
        WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = c.id AND e.step = 'LOG')
           OR NOT EXISTS (SELECT 1 FROM announcements a WHERE a.subject_id = c.id AND a.kind = 'complaint.logged')
    """,
    "intake: a deadline overdue for more than a minute has not fired": """
        SELECT id, complaint_id, kind, due_at FROM deadlines
        WHERE closed_at IS NULL AND fired_at IS NULL
          AND due_at < CAST(:now AS timestamptz) - interval '60 seconds'
          AND opened_at < CAST(:now AS timestamptz) - interval '60 seconds'
    """,
    "intake: complaint numbers have a gap": """
        SELECT c.year, count(*) AS complaints, n.last FROM complaints c LEFT JOIN number_counters n ON n.year = c.year
        GROUP BY c.year, n.last
        HAVING count(*) IS DISTINCT FROM n.last
            OR max(CAST(split_part(c.number, '-', 2) AS bigint)) IS DISTINCT FROM n.last
    """,
    "intake: one key made two complaints, or none": """
        WITH answered AS (
            SELECT encode(key_sha256, 'hex') AS key, made AS number
            FROM idempotency WHERE route = 'POST /api/v1/complaints' AND status = 201
        )
        SELECT key, min(number) AS number FROM answered GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT key, number FROM answered
        WHERE number IS NULL OR NOT EXISTS (SELECT 1 FROM complaints c WHERE c.number = answered.number)
        UNION ALL
        SELECT min(key), number FROM answered GROUP BY number HAVING count(*) > 1
    """,
}
