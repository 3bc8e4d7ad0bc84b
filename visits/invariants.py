"""What must always be true of visits: queries that return a row for each violation. All take `:now`."""

from typing import Final

INVARIANTS: Final[dict[str, str]] = {
    "visits: a suspended complaint has its open suspension, and no other has": """
        SELECT c.id FROM complaints c LEFT JOIN suspensions s ON s.complaint_id = c.id AND s.resumed_at IS NULL
        WHERE (c.stage = 'suspended') <> (s.id IS NOT NULL)
    """,
    "visits: a repaired, confirmed or closed complaint has a service report of its round": """
        SELECT c.id FROM complaints c
        WHERE c.stage IN ('repaired', 'confirmed', 'closed') AND NOT EXISTS (
            SELECT 1 FROM service_reports r WHERE r.complaint_id = c.id AND r.round = c.reopened_count
        )
    """,
    "visits: the lead of a complaint on site has a visit with a graded arrival": """
        SELECT c.id FROM complaints c
        JOIN assignments a ON a.complaint_id = c.id AND a.crew_role = 'lead' AND a.ended_at IS NULL
        WHERE c.stage = 'on_site' AND EXISTS (SELECT 1 FROM phone_commands p WHERE p.assignment_id = a.id)
          AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.assignment_id = a.id AND v.arrived_at IS NOT NULL)
    """,
    "visits: a job that ended more than two minutes ago has no open visit": """
        SELECT v.id FROM visits v JOIN assignments a ON a.id = v.assignment_id
        WHERE v.left_at IS NULL AND a.ended_at < CAST(:now AS timestamptz) - interval '120 seconds'
    """,
    "visits: a command's receipt says what the command's row says": """
        SELECT id FROM phone_commands WHERE answer ->> 'outcome' <> outcome OR answer ->> 'id' <> id::text
    """,
}
