"""What must always be true of visits: queries that return a row for each violation. All take `:now`."""

from typing import Final

from foundation.ledger.recent import changed

INVARIANTS: Final[dict[str, str]] = {
    "visits: a suspended complaint has its open suspension, and no other has": """
        SELECT c.id FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.stage = 'suspended' AND NOT EXISTS (
            SELECT 1 FROM suspensions s WHERE s.complaint_id = c.id AND s.resumed_at IS NULL)
        UNION ALL
        SELECT c.id FROM suspensions s JOIN complaints c ON c.id = s.complaint_id
        WHERE s.resumed_at IS NULL AND c.stage <> 'suspended'
    """,
    "visits: a repaired, confirmed or closed complaint has a service report of its round": f"""
        SELECT c.id FROM complaints c
        WHERE c.id IN {changed("complaints")} AND c.stage IN ('repaired', 'confirmed', 'closed') AND NOT EXISTS (
            SELECT 1 FROM service_reports r WHERE r.complaint_id = c.id AND r.round = c.reopened_count
        )
    """,  # noqa: S608 -- our own constants
    "visits: the lead of a complaint on site has a visit with a graded arrival": """
        SELECT c.id FROM complaints c
        JOIN assignments a ON a.complaint_id = c.id AND a.crew_role = 'lead' AND a.ended_at IS NULL
        WHERE c.next_due_at IS NOT NULL AND c.stage = 'on_site'
          AND EXISTS (SELECT 1 FROM phone_commands p WHERE p.assignment_id = a.id)
          AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.assignment_id = a.id AND v.arrived_at IS NOT NULL)
    """,
    "visits: a job that ended more than two minutes ago has no open visit": """
        SELECT v.id FROM visits v JOIN assignments a ON a.id = v.assignment_id
        WHERE v.left_at IS NULL AND a.ended_at < CAST(:now AS timestamptz) - interval '120 seconds'
    """,
    "visits: a command's receipt says what the command's row says": f"""
        SELECT id FROM phone_commands WHERE complaint_id IN {changed("complaints")}
          AND (answer ->> 'outcome' <> outcome OR answer ->> 'id' <> id::text)
    """,  # noqa: S608 -- our own constants
}
