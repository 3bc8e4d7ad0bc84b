"""What must never be true of technicians: each query returns the rows that break it (parameter `:now`).

Registers are as large as the staff, not as long as its history: only what joins them is bounded to recent changes.
"""

from typing import Final

from foundation.ledger.recent import SINCE, changed

INVARIANTS: Final[dict[str, str]] = {
    # Somebody active with a skill can't be found by it, or somebody who left can.
    "technician-out-of-reach": f"""
        SELECT s.technician_id, s.family FROM skills s JOIN technicians t ON t.id = s.technician_id
        LEFT JOIN technician_reach r ON r.technician_id = s.technician_id AND r.family = s.family
        WHERE t.id IN {changed("technicians")} AND t.active AND r.technician_id IS NULL
        UNION ALL
        SELECT r.technician_id, r.family FROM technician_reach r JOIN technicians t ON t.id = r.technician_id
        LEFT JOIN skills s ON s.technician_id = r.technician_id AND s.family = r.family
        WHERE t.id IN {changed("technicians")} AND (NOT t.active OR s.technician_id IS NULL)
    """,  # noqa: S608 -- our own constants
    # A position was taken while its owner was signed off, or is kept for longer than it may be.
    "position-off-duty": f"""
        SELECT p.technician_id FROM positions p JOIN duty d ON d.technician_id = p.technician_id
        WHERE p.at >= {SINCE} AND d.state = 'off' AND p.at > d.since
    """,  # noqa: S608 -- our own constants
    "position-kept-too-long": """
        SELECT technician_id FROM positions
        WHERE at < CAST(:now AS timestamptz) - interval '30 days' - interval '2 hours'
    """,
    "duty-of-somebody-who-left": """
        SELECT d.technician_id FROM duty d JOIN technicians t ON t.id = d.technician_id
        WHERE d.state <> 'off' AND NOT t.active
    """,
    "duty-from-the-future": """
        SELECT technician_id FROM duty WHERE since > CAST(:now AS timestamptz) + interval '1 minute'
    """,
}
