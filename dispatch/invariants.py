"""What must never be true of dispatch: each query returns the rows that break a promise. Parameter: `now`."""

from typing import Final

from foundation.ledger.recent import changed

INVARIANTS: Final[dict[str, str]] = {
    "dispatch.technician_booked_twice": """
        SELECT a.technician_id, a.id AS one, b.id AS other FROM assignments a
        JOIN assignments b ON b.technician_id = a.technician_id AND b.id > a.id AND b.during && a.during
        WHERE a.ended_at IS NULL AND b.ended_at IS NULL AND a.paused_at IS NULL AND b.paused_at IS NULL
    """,
    "dispatch.place_taken_twice": """
        SELECT complaint_id, crew_role, count(*) FROM assignments WHERE ended_at IS NULL
        GROUP BY complaint_id, crew_role HAVING count(*) > 1
    """,
    "dispatch.two_open_rounds": """
        SELECT complaint_id, crew_role, count(*) FROM rounds WHERE closed_at IS NULL
        GROUP BY complaint_id, crew_role HAVING count(*) > 1
    """,
    "dispatch.accepted_without_assignment": f"""
        SELECT o.id FROM offers o WHERE o.complaint_id IN {changed("complaints")} AND o.state = 'accepted'
          AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.offer_id = o.id)
    """,  # noqa: S608 -- our own constants
    "dispatch.offer_never_lapsed": """
        SELECT id, lapses_at FROM offers WHERE state = 'open' AND lapses_at < CAST(:now AS timestamptz) - interval '60 s'
    """,
    "dispatch.forgotten": """
        SELECT c.number FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.stage = 'dispatching' AND NOT EXISTS (
            SELECT 1 FROM rounds r WHERE r.complaint_id = c.id AND r.crew_role = 'lead' AND r.closed_at IS NULL
              AND (r.next_look_at >= CAST(:now AS timestamptz) - interval '60 s'
                   OR EXISTS (SELECT 1 FROM offers o WHERE o.round_id = r.id AND o.state = 'open'
                              AND o.lapses_at >= CAST(:now AS timestamptz) - interval '60 s')))
          AND NOT EXISTS (
            SELECT 1 FROM ledger_heads h WHERE h.subject_id = c.id
              AND h.changed_at >= CAST(:now AS timestamptz) - interval '60 s')
    """,
    "dispatch.assigned_without_lead": """
        SELECT c.number FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.stage IN ('assigned', 'en_route', 'on_site') AND NOT EXISTS (
            SELECT 1 FROM assignments a WHERE a.complaint_id = c.id AND a.crew_role = 'lead' AND a.ended_at IS NULL)
    """,
    "dispatch.paused_without_suspension": """
        SELECT a.id, c.number FROM assignments a JOIN complaints c ON c.id = a.complaint_id
        WHERE a.ended_at IS NULL AND a.paused_at IS NOT NULL AND c.stage <> 'suspended' AND NOT EXISTS (
            SELECT 1 FROM ledger_heads h WHERE h.subject_id = c.id
              AND h.changed_at >= CAST(:now AS timestamptz) - interval '60 s')
    """,
    "dispatch.rings_for_nobody": """
        SELECT o.id FROM offers o JOIN rounds r ON r.id = o.round_id WHERE o.state = 'open' AND r.closed_at IS NOT NULL
    """,
}
