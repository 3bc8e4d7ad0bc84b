"""Policies of grading and service levels."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "2026_11_21_06_severity"
down_revision: str | None = "2026_11_21_05_intake"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The rule book as shipped, frozen here: what a running case was stamped with must not follow later code.
GRADING = """
{"rules": [
  {"code": "M1", "when": [{"fact": "injury", "any_of": ["suspected", "yes"]}],
   "at_least": "major", "unknown_counts": true},
  {"code": "M2", "when": [{"fact": "people_in_danger", "any_of": [true]}],
   "at_least": "major", "unknown_counts": true},
  {"code": "M3", "when": [{"fact": "structure_or_load", "any_of": [true]}],
   "at_least": "major", "unknown_counts": true},
  {"code": "M4", "when": [{"fact": "property_loss", "any_of": ["large"]}], "at_least": "major"},
  {"code": "M5", "when": [{"fact": "public_attention", "any_of": [true]}], "at_least": "major"},
  {"code": "S1", "when": [{"fact": "machine_state", "any_of": ["stopped"]}], "at_least": "serious"},
  {"code": "S2", "when": [{"fact": "safety_device_out", "any_of": [true]}], "at_least": "serious"},
  {"code": "S3", "when": [{"fact": "work_halted", "any_of": [true]}], "at_least": "serious"},
  {"code": "S4", "when": [{"fact": "same_fault_recently", "any_of": [true]}], "one_up": true},
  {"code": "S5", "when": [{"fact": "last_feedback_poor", "any_of": [true]}], "at_least": "serious"}
], "otherwise": "G1"}
"""
SERVICE_LEVELS = """
{
  "major": {"acknowledge": 5, "accept": 15, "on_site_target": 360, "on_site_promise": 1440,
    "resolve": 2880, "feedback": 30, "follow_up": 1440},
  "serious": {"acknowledge": 15, "accept": 60, "on_site_target": 720, "on_site_promise": 1440,
    "resolve": 4320, "feedback": 30, "follow_up": 4320},
  "general": {"acknowledge": 30, "accept": 240, "on_site_target": 1440, "on_site_promise": 1440,
    "resolve": 7200, "feedback": 30, "follow_up": 10080}
}
"""
SHIPPED = """
INSERT INTO policies (id, kind, version, valid_from, document, author_id, created_at)
VALUES (CAST(:id AS uuid), :kind, 1, '2020-01-01T00:00:00Z', CAST(:document AS jsonb), NULL, '2020-01-01T00:00:00Z')
"""
REFUSE = """
CREATE FUNCTION policies_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    RAISE EXCEPTION 'a saved policy is never changed: save a new version' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Make the table, ship version 1, refuse changes."""
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "version"),
        sa.CheckConstraint("kind IN ('grading', 'service_levels')", name="kind_word"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
    )
    op.create_index("ix_policies_valid_from", "policies", ["valid_from"])
    shipped = sa.text(SHIPPED)
    for key, kind, document in (
        ("019aa2f0-0000-7000-8000-000000000001", "grading", GRADING),
        ("019aa2f0-0000-7000-8000-000000000002", "service_levels", SERVICE_LEVELS),
    ):
        op.execute(shipped.bindparams(id=key, kind=kind, document=document))
    op.execute(REFUSE)
    op.execute("CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION policies_stay()")
    op.execute(
        "CREATE TRIGGER stay_whole BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION policies_stay()"
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("policies")
    op.execute("DROP FUNCTION policies_stay()")
