"""What must always be true of escalations: queries that return a row for each violation. `:now` is domain time."""

from typing import Final

from foundation.ledger.recent import SINCE, SINCE_ID, changed

INVARIANTS: Final[dict[str, str]] = {
    "escalation: an open case stands on exactly one rung, the one of its level": """
        SELECT k.id, count(r.id) AS rungs FROM cases k
        LEFT JOIN rungs r ON r.case_id = k.id AND r.raised_at IS NULL AND r.returned_at IS NULL
        WHERE k.ended_at IS NULL
        GROUP BY k.id HAVING count(r.id) <> 1 OR bool_or(r.level IS DISTINCT FROM k.level)
    """,
    "escalation: levels are climbed in order, from the one that opened the case": f"""
        SELECT k.id, high.level FROM cases k JOIN rungs high ON high.case_id = k.id
        WHERE k.id IN (SELECT id FROM cases WHERE ended_at IS NULL
                       UNION ALL SELECT id FROM cases WHERE complaint_id IN {changed("complaints")})
          AND (high.level < k.opened_level
           OR (high.level > k.opened_level AND NOT EXISTS (
                SELECT 1 FROM rungs low WHERE low.case_id = k.id AND low.level < high.level
                AND (low.opened_at <= high.opened_at OR high.returned_at IS NOT NULL)))
           OR EXISTS (
                SELECT 1 FROM rungs low WHERE low.case_id = k.id AND low.level < high.level
                AND low.opened_at > high.opened_at AND high.returned_at IS NULL))
    """,  # noqa: S608 -- our own constants
    "escalation: an open case has an owner": """
        SELECT k.id, k.reason, r.level FROM cases k JOIN rungs r ON r.case_id = k.id AND r.level = k.level
        WHERE k.ended_at IS NULL AND r.owner_user_id IS NULL
    """,
    "escalation: silence is answered within a minute": """
        SELECT r.id, r.next_notice_at FROM rungs r JOIN cases k ON k.id = r.case_id
        WHERE k.ended_at IS NULL AND r.next_notice_at < CAST(:now AS timestamptz) - interval '60 seconds'
    """,
    "escalation: nobody is forgotten: the rung of an open case has its next notice, acknowledged or not": """
        SELECT r.id FROM rungs r JOIN cases k ON k.id = r.case_id AND k.level = r.level
        WHERE k.ended_at IS NULL AND r.next_notice_at IS NULL
    """,
    "escalation: an acknowledged rung that nobody finishes goes up, or its owner is reminded": """
        SELECT r.id, r.act_due_at FROM rungs r JOIN cases k ON k.id = r.case_id AND k.level = r.level
        WHERE k.ended_at IS NULL AND r.acknowledged_at IS NOT NULL
          AND (r.act_due_at IS NULL OR (r.act_due_at < CAST(:now AS timestamptz) - interval '60 seconds'
               AND r.next_notice_at <= r.act_due_at))
    """,
    "escalation: no ladder is held while people are in danger": """
        SELECT r.id, r.held_until FROM rungs r JOIN cases k ON k.id = r.case_id AND k.level = r.level
        JOIN complaints c ON c.id = k.complaint_id
        WHERE k.ended_at IS NULL AND r.held_until > CAST(:now AS timestamptz) AND c.injury_or_danger
          AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = c.id AND e.step = 'GRADE'
                          AND e.recorded_at > CAST(:now AS timestamptz) - interval '60 seconds')
    """,
    "escalation: a missed deadline is in front of somebody within a minute": f"""
        SELECT d.id, d.kind FROM deadlines d
        WHERE d.fired_at >= {SINCE} AND d.fired_at < CAST(:now AS timestamptz) - interval '60 seconds'
          AND d.closed_how IS DISTINCT FROM 'kept'
          AND NOT EXISTS (SELECT 1 FROM cases k WHERE k.complaint_id = d.complaint_id
                          AND (k.outcome IS DISTINCT FROM 'annulled' OR k.ended_by IS NOT NULL))
    """,  # noqa: S608 -- our own constants
    "escalation: an open major complaint had its case within a minute of the call": """
        SELECT c.id FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.grade = 'major'
          AND c.received_at < CAST(:now AS timestamptz) - interval '60 seconds'
          AND c.stage NOT IN ('closed', 'rerouted', 'merged', 'withdrawn')
          AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = c.id AND e.step = 'GRADE'
                          AND e.recorded_at > CAST(:now AS timestamptz) - interval '60 seconds')
          AND NOT EXISTS (SELECT 1 FROM cases k WHERE k.complaint_id = c.id AND k.reason IN ('major', 'structural'))
    """,
    "escalation: every case has its entry in the ledger": f"""
        SELECT k.id FROM cases k
        WHERE k.id >= {SINCE_ID} AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = k.complaint_id
                          AND e.step = 'escalation.opened' AND e.facts ->> 'case_id' = k.id::text)
    """,  # noqa: S608 -- our own constants
}
