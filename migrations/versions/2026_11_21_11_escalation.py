"""Escalation cases, rungs, outcomes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "2026_11_21_11_escalation"
down_revision: str | None = "2026_11_21_10_feedback"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
REASONS = (
    "acknowledge_missed",
    "accept_missed",
    "nobody_left",
    "promise_at_risk",
    "target_missed",
    "promise_broken",
    "resolve_missed",
    "resume_missed",
    "feedback_missing",
    "feedback_poor",
    "feedback_refused",
    "follow_up_missed",
    "not_solved",
    "handed_back",
    "third_complaint",
    "major",
    "structural",
    "same_fault",
    "nobody_arrived",
    "grade_contested",
    "manager_wanted",
)
OUTCOMES = ("remedied", "agreed", "refusal_confirmed", "not_upheld", "third_party", "annulled")

# The ladder as shipped, frozen here: what a running case was stamped with must not follow later code.
LADDER = """
{"version": 1, "repeat_share": 0.3333333333333333, "deputy_share": 0.6666666666666666, "top_repeat_min": 480,
  "repeat_complaints": 3, "repeat_days": 30, "same_fault_units": 3, "same_fault_days": 90,
  "levels": [
    {"level": 1, "role": "dispatcher", "answer_min": {"major": 15, "serious": 15, "general": 15},
     "act_min": {"major": 15, "serious": 15, "general": 15},
     "end_min": {"major": 240, "serious": 240, "general": 240}},
    {"level": 2, "role": "manager", "answer_min": {"major": 30, "serious": 240, "general": 240},
     "act_min": {"major": 30, "serious": 240, "general": 240},
     "end_min": {"major": 480, "serious": 1440, "general": 1440}},
    {"level": 3, "role": "appraiser", "answer_min": {"major": 1440, "serious": 1440, "general": 1440},
     "act_min": {"major": 1440, "serious": 1440, "general": 1440},
     "end_min": {"major": 2880, "serious": 2880, "general": 2880}},
    {"level": 4, "role": "head", "answer_min": {"major": 480, "serious": 480, "general": 480},
     "act_min": {"major": 480, "serious": 480, "general": 480},
     "end_min": {"major": 1440, "serious": 1440, "general": 1440}},
    {"level": 5, "role": "head", "answer_min": null,
     "act_min": {"major": 2880, "serious": 2880, "general": 2880},
     "end_min": {"major": 20160, "serious": 20160, "general": 20160}}
  ],
  "reasons": {
    "acknowledge_missed": {"line": "acknowledge", "path": [1, 2, 4], "gravity": 0, "also_tells": []},
    "accept_missed": {"line": "accept", "path": [1, 2, 4], "gravity": 0, "also_tells": []},
    "nobody_left": {"line": "arrival", "path": [1, 2, 4], "gravity": 0, "also_tells": []},
    "promise_at_risk": {"line": "arrival", "path": [2, 4], "gravity": 1, "also_tells": []},
    "target_missed": {"line": "arrival", "path": [2, 4], "gravity": 2, "also_tells": []},
    "promise_broken": {"line": "arrival", "path": [2, 4], "gravity": 3, "also_tells": [4]},
    "resolve_missed": {"line": "repair", "path": [2, 3, 4], "gravity": 0, "also_tells": []},
    "resume_missed": {"line": "resume", "path": [1, 2, 4], "gravity": 0, "also_tells": []},
    "feedback_missing": {"line": "feedback", "path": [2, 4], "gravity": 0, "also_tells": []},
    "feedback_poor": {"line": "satisfaction", "path": [2, 4], "gravity": 0, "also_tells": []},
    "feedback_refused": {"line": "refusal", "path": [2, 4], "gravity": 0, "also_tells": []},
    "follow_up_missed": {"line": "follow-up", "path": [1, 2, 4], "gravity": 0, "also_tells": []},
    "not_solved": {"line": "solved", "path": [2, 4], "gravity": 0, "also_tells": []},
    "handed_back": {"line": "handed-back", "path": [2, 4], "gravity": 0, "also_tells": []},
    "third_complaint": {"line": "repeats", "path": [2, 4], "gravity": 0, "also_tells": []},
    "major": {"line": "major", "path": [2, 4], "gravity": 0, "also_tells": []},
    "structural": {"line": "structural", "path": [3, 4], "gravity": 0, "also_tells": []},
    "same_fault": {"line": "same-fault", "path": [3, 4], "gravity": 0, "also_tells": []},
    "nobody_arrived": {"line": "nobody-arrived", "path": [2, 4], "gravity": 0, "also_tells": []},
    "grade_contested": {"line": "grade-contested", "path": [2, 4], "gravity": 0, "also_tells": []},
    "manager_wanted": {"line": "manager-wanted", "path": [2, 4], "gravity": 0, "also_tells": []}
  }}
"""
SHIPPED = """
INSERT INTO ladders (version, valid_from, document, author_id, created_at)
VALUES (1, '2020-01-01T00:00:00Z', CAST(:document AS jsonb), NULL, '2020-01-01T00:00:00Z')
"""

# Whoever may see the complaint may see its cases. Writers are checked by the complaint they lock first; jobs and sweeps
# act for the system and see everything, so nothing more is asked of a written row.
CASES_POLICY = """
CREATE POLICY scope ON cases
USING ((SELECT sees_everything()) OR EXISTS (SELECT 1 FROM complaints c WHERE c.id = cases.complaint_id))
WITH CHECK (true)
"""
RUNGS_POLICY = """
CREATE POLICY scope ON rungs
USING ((SELECT sees_everything()) OR EXISTS (SELECT 1 FROM cases k WHERE k.id = rungs.case_id))
WITH CHECK (true)
"""


# Each author's draft and every version belong to the complaint; a version is amended by another one only.
REPORTS_POLICY = """
CREATE POLICY scope ON {table}
USING ((SELECT sees_everything()) OR EXISTS (SELECT 1 FROM complaints c WHERE c.id = {table}.complaint_id))
WITH CHECK (true)
"""


def _words(column: str, words: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ladders",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_ladders"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_ladders_author_id"),
    )
    op.execute(sa.text(SHIPPED).bindparams(document=LADDER))
    op.execute("CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON ladders FOR EACH ROW EXECUTE FUNCTION policies_stay()")
    op.execute(
        "CREATE TRIGGER stay_whole BEFORE TRUNCATE ON ladders FOR EACH STATEMENT EXECUTE FUNCTION policies_stay()"
    )
    _cases()
    _rungs()
    _reports()
    reports = {table: REPORTS_POLICY.format(table=table) for table in ("major_reports", "report_drafts")}
    for table, policy in {"cases": CASES_POLICY, "rungs": RUNGS_POLICY, **reports}.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(policy)
    op.execute(
        "CREATE TRIGGER major_reports_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON major_reports"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE major_reports ENABLE ALWAYS TRIGGER major_reports_stay")


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("opened_level", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("held_why", sa.String(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_text", sa.String(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("policy", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name="fk_cases_complaint_id"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_cases_ended_by"),
        sa.ForeignKeyConstraint(["held_by"], ["users.id"], name="fk_cases_held_by"),
        sa.CheckConstraint(_words("reason", REASONS), name="ck_cases_reason_word"),
        sa.CheckConstraint(_words("outcome", OUTCOMES), name="ck_cases_outcome_word"),
        sa.CheckConstraint("level BETWEEN 1 AND 5 AND opened_level BETWEEN 1 AND 5", name="ck_cases_levels"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL) AND (outcome IS NULL) = (outcome_text IS NULL)",
            name="ck_cases_ends_with_an_outcome",
        ),
        sa.CheckConstraint(
            "num_nonnulls(held_at, held_until, held_by, held_why) IN (0, 4)", name="ck_cases_held_by_somebody"
        ),
        sa.CheckConstraint(
            "held_until - held_at BETWEEN interval '0 minutes' AND interval '15 minutes'", name="ck_cases_held_briefly"
        ),
    )
    op.create_index(
        "uq_cases_one_open",
        "cases",
        ["complaint_id", "reason"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_cases_complaint_id", "cases", ["complaint_id"])
    op.create_index("ix_cases_open", "cases", ["opened_at", "id"], postgresql_where=sa.text("ended_at IS NULL"))


def _rungs() -> None:
    people = ("owner_user_id", "deputy_of_id", "acknowledged_by", "on_behalf_of")
    op.create_table(
        "rungs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("owner_user_id", sa.Uuid(), nullable=True),
        sa.Column("deputy_of_id", sa.Uuid(), nullable=True),
        sa.Column("appointed_as", sa.String(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("answer_due_at", INSTANT, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("act_due_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("next_notice_at", INSTANT, nullable=True),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("raised_at", INSTANT, nullable=True),
        sa.Column("returned_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rungs"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_rungs_case_id"),
        *(sa.ForeignKeyConstraint([person], ["users.id"], name=f"fk_rungs_{person}") for person in people),
        sa.UniqueConstraint("case_id", "level", name="uq_rungs_case_id_level"),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name="ck_rungs_level"),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="ck_rungs_acknowledged_by_somebody"
        ),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (act_due_at IS NULL)", name="ck_rungs_acknowledged_owes"),
        sa.CheckConstraint(
            "isfinite(answer_due_at) AND isfinite(act_due_at) AND isfinite(next_notice_at)", name="ck_rungs_finite"
        ),
    )
    op.create_index(
        "ix_rungs_due", "rungs", ["next_notice_at", "id"], postgresql_where=sa.text("next_notice_at IS NOT NULL")
    )
    op.create_index("ix_rungs_owner", "rungs", ["owner_user_id"])


def _reports() -> None:
    op.create_table(
        "major_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("to_user_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_major_reports"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name="fk_major_reports_complaint_id"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_major_reports_author_id"),
        sa.ForeignKeyConstraint(["to_user_id"], ["users.id"], name="fk_major_reports_to_user_id"),
        sa.UniqueConstraint("complaint_id", "version", name="uq_major_reports_complaint_id_version"),
        sa.CheckConstraint("version > 0", name="ck_major_reports_version"),
    )
    op.create_table(
        "report_drafts",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "author_id", name="pk_report_drafts"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name="fk_report_drafts_complaint_id"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_report_drafts_author_id"),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("report_drafts", "major_reports", "rungs", "cases", "ladders"):
        op.drop_table(table)
