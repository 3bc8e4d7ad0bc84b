"""What must never be true of grades and rule books: each query returns the rows that break it."""

from typing import Final

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
    "grade-without-policy": """
        SELECT c.id FROM complaints c
        LEFT JOIN policies p ON p.version = c.grade_policy_version AND p.kind = 'grading'
        WHERE p.id IS NULL
    """,
    "grade-without-reason": """
        SELECT id FROM complaints WHERE jsonb_array_length(grade_rules) = 0
    """,
}
