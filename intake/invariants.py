"""What must never be true of intake's rows: each statement returns the violating rows, so an empty answer is good.

`:now` is the Clock's instant. Open complaints are those with a `next_due_at`, which has an index; of the others only
those are looked at that changed lately, unless everything is asked (`foundation.ledger.recent`).
"""

from typing import Final

from foundation.ledger.pruning import KEPT_FOR
from foundation.ledger.recent import SINCE, SINCE_ID, changed
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

#: Numbers of each year, counted back from the last, that the minute's check looks for.
NUMBERS_LOOKED_AT: Final = 1000

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
        WHERE id IN {changed("complaints")} AND next_due_at IS NULL AND stage IN ({", ".join(f"'{stage}'" for stage in OPEN)})
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
        WITH live AS (SELECT complaint_id, min(due_at) AS due_at FROM deadlines WHERE closed_at IS NULL
                      GROUP BY complaint_id)
        SELECT c.id, c.number FROM complaints c LEFT JOIN live ON live.complaint_id = c.id
        WHERE c.next_due_at IS NOT NULL AND c.next_due_at IS DISTINCT FROM live.due_at
        UNION ALL
        SELECT c.id, c.number FROM live JOIN complaints c ON c.id = live.complaint_id WHERE c.next_due_at IS NULL
    """,
    "intake: an acknowledged call without ledger entry or announcement": f"""
        SELECT c.id, c.number FROM complaints c
        WHERE c.id >= {SINCE_ID} AND (
            NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = c.id AND e.step = 'LOG')
            OR (c.received_at > CAST(:now AS timestamptz) - interval '{KEPT_FOR.days - 1} days' AND NOT EXISTS (
                SELECT 1 FROM announcements a WHERE a.subject_id = c.id AND a.kind = 'complaint.logged')))
    """,  # noqa: S608 -- our own constants
    "intake: a deadline overdue for more than a minute has not fired": """
        SELECT id, complaint_id, kind, due_at FROM deadlines
        WHERE closed_at IS NULL AND fired_at IS NULL
          AND due_at < CAST(:now AS timestamptz) - interval '60 seconds'
          AND opened_at < CAST(:now AS timestamptz) - interval '60 seconds'
    """,
    "intake: complaint numbers have a gap": f"""
        WITH given AS (
            SELECT n.year, s.serial, n.year || '-' || lpad(s.serial::text, greatest(6, length(s.serial::text)), '0') AS number
            FROM number_counters n CROSS JOIN LATERAL generate_series(
                CASE WHEN {SINCE} = '-infinity' THEN 1 ELSE greatest(1, n.last - {NUMBERS_LOOKED_AT - 1}) END, n.last
            ) AS s (serial)
        )
        SELECT given.number, 'nobody has it' AS fault FROM given
        WHERE NOT EXISTS (SELECT 1 FROM complaints c WHERE c.number = given.number)
        UNION ALL
        SELECT c.number, 'never given' AS fault FROM complaints c
        WHERE c.id >= {SINCE_ID} AND NOT EXISTS (
            SELECT 1 FROM number_counters n
            WHERE n.year = c.year AND n.last >= CAST(split_part(c.number, '-', 2) AS bigint))
    """,  # noqa: S608 -- our own constants
    "intake: one key made two complaints, or none": f"""
        WITH answered AS (
            SELECT encode(key_sha256, 'hex') AS key, made AS number
            FROM idempotency WHERE created_at >= {SINCE} AND route = 'POST /api/v1/complaints' AND status = 201
        )
        SELECT key, min(number) AS number FROM answered GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT key, number FROM answered
        WHERE number IS NULL OR NOT EXISTS (SELECT 1 FROM complaints c WHERE c.number = answered.number)
        UNION ALL
        SELECT min(key), number FROM answered GROUP BY number HAVING count(*) > 1
    """,  # noqa: S608 -- our own constants
}
