"""What must never be true of grades and rule books: each query returns the rows that break it."""

from typing import Final

from foundation.ledger.recent import changed

INVARIANTS: Final[dict[str, str]] = {
    # A version is a whole rule book: both documents under one number, without gaps.
    "policy-half": """
        SELECT version FROM policies GROUP BY version HAVING count(*) <> 2
        UNION ALL
        SELECT max(version) FROM policies HAVING max(version) <> count(DISTINCT version)
    """,
    "policy-none-in-force": """
        SELECT 'none' AS version WHERE NOT EXISTS (
            SELECT 1 FROM policies WHERE valid_from <= CAST(:now AS timestamptz)
        )
    """,
    "grade-without-policy": f"""
        SELECT c.id FROM complaints c
        LEFT JOIN policies p ON p.version = c.grade_policy_version AND p.kind = 'grading'
        WHERE c.id IN {changed("complaints")} AND p.id IS NULL
    """,  # noqa: S608 -- our own constants
    "grade-without-reason": f"""
        SELECT id FROM complaints WHERE id IN {changed("complaints")} AND jsonb_array_length(grade_rules) = 0
    """,  # noqa: S608 -- our own constants
}
