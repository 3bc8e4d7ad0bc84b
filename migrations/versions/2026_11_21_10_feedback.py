"""Customer feedback, documents, follow-up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "2026_11_21_10_feedback"
down_revision: str | None = "2026_11_21_09_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)
TABLES = ("feedbacks", "late_feedbacks", "refusal_answers", "documents", "follow_ups")
STEPS = ("satisfaction", "quality", "speed", "attitude", "information", "safety")

#: What must be there when a complaint is closed, judged as the transaction commits, whoever closes it and by whatever way.
CLOSED_NEEDS_WITNESSES = """
CREATE FUNCTION closed_needs_witnesses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE missing text := '';
BEGIN
    IF NOT EXISTS (SELECT 1 FROM complaints c WHERE c.id = NEW.id AND c.stage = 'closed') THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM service_reports r WHERE r.complaint_id = NEW.id AND r.round = NEW.reopened_count) THEN
        missing := missing || ' service-report';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM feedbacks f LEFT JOIN refusal_answers a ON a.feedback_id = f.id
        WHERE f.complaint_id = NEW.id AND f.round = NEW.reopened_count
          AND (f.state = 'signed' OR a.feedback_id IS NOT NULL)
    ) THEN
        missing := missing || ' feedback';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM follow_ups u WHERE u.complaint_id = NEW.id AND u.round = NEW.reopened_count
          AND u.state IN ('answered', 'given_up')
    ) THEN
        missing := missing || ' follow-up';
    END IF;
    IF missing <> '' THEN
        RAISE EXCEPTION 'complaint % can not be closed without%', NEW.number, missing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_needs_witnesses', TABLE = 'complaints';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Make the tables, scoped by their complaint; what a customer entered can't be changed or taken back."""
    _feedbacks()
    _late_feedbacks()
    _answers_and_documents()
    _follow_ups()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        # Writing is checked by the complaint that the writer had to lock first.
        op.execute(
            f"CREATE POLICY scope ON {table} USING ((SELECT sees_everything()) OR EXISTS"
            f" (SELECT 1 FROM complaints c WHERE c.id = {table}.complaint_id)) WITH CHECK (true)"
        )
    for table in ("feedbacks", "late_feedbacks", "refusal_answers"):
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_stay")
    # A paper keeps its hash for ever; only when it was looked at, and how, is written anew.
    op.execute(
        "CREATE TRIGGER documents_stay BEFORE UPDATE OF id, complaint_id, feedback_id, kind, version, sha256, size,"
        " language, made_at, replaces_id OR DELETE OR TRUNCATE ON documents"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER follow_ups_stay BEFORE UPDATE OF id, complaint_id, round OR DELETE OR TRUNCATE ON follow_ups"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(CLOSED_NEEDS_WITNESSES)
    op.execute(
        "CREATE CONSTRAINT TRIGGER closed_needs_witnesses AFTER INSERT OR UPDATE OF stage ON complaints"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.stage = 'closed')"
        " EXECUTE FUNCTION closed_needs_witnesses()"
    )


def _feedbacks() -> None:
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("visit_id", sa.Uuid(), sa.ForeignKey("visits.id")),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in STEPS),
        sa.Column("remarks", sa.String()),
        sa.Column("signer_name", sa.String()),
        sa.Column("signer_role", sa.String()),
        sa.Column("strokes", JSONB()),
        sa.Column("refusal_reason", sa.String()),
        sa.Column("witness", sa.String()),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("record_sha256", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("author_label", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('signed', 'refused')", name="state_word"),
        sa.CheckConstraint("via IN ('phone', 'link')", name="via_word"),
        *(sa.CheckConstraint(f"{name} BETWEEN 1 AND 7", name=f"{name}_steps") for name in STEPS),
        sa.CheckConstraint(
            "state <> 'signed' OR (num_nulls(satisfaction, quality, speed, attitude, information, safety, signer_name,"
            " strokes) = 0)",
            name="signed_is_whole",
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR num_nulls(refusal_reason, witness) = 0", name="refusal_has_reason_and_witness"
        ),
        sa.UniqueConstraint("complaint_id", "round", "state"),
        sa.UniqueConstraint("complaint_id", "version"),
    )


def _late_feedbacks() -> None:
    op.create_table(
        "late_feedbacks",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("stage", "why", "state", "via")),
        sa.Column("satisfaction", sa.Integer()),
        sa.Column("form", JSONB(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("record", "record_sha256", "body_sha256")),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("author_label", sa.String(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('logged', 'graded', 'dispatching', 'assigned', 'en_route', 'on_site', 'suspended',"
            " 'remote_support', 'repaired', 'confirmed', 'closed', 'reopened', 'rerouted', 'merged', 'withdrawn')",
            name="stage_word",
        ),
        sa.CheckConstraint("why IN ('already_signed', 'moved_on', 'earlier_round', 'job_lost')", name="why_word"),
        sa.CheckConstraint("state IN ('signed', 'refused')", name="state_word"),
        sa.CheckConstraint("via IN ('phone', 'link')", name="via_word"),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 7", name="satisfaction_steps"),
    )
    op.create_index("ix_late_feedbacks_complaint_id", "late_feedbacks", ["complaint_id"])


def _answers_and_documents() -> None:
    op.create_table(
        "refusal_answers",
        sa.Column("feedback_id", sa.Uuid(), sa.ForeignKey("feedbacks.id"), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("answered_by", sa.Uuid(), sa.ForeignKey("users.id")),
    )
    op.create_index("ix_refusal_answers_complaint_id", "refusal_answers", ["complaint_id"])
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), sa.ForeignKey("feedbacks.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("replaces_id", sa.Uuid(), sa.ForeignKey("documents.id")),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("damaged_at", INSTANT),
        sa.CheckConstraint("kind IN ('feedback')", name="kind_word"),
        sa.UniqueConstraint("feedback_id", "kind", "version"),
    )
    op.create_index("ix_documents_complaint_id", "documents", ["complaint_id"])
    op.create_index("ix_documents_checked_at", "documents", ["checked_at"])
    op.create_index("ix_documents_damaged", "documents", ["id"], postgresql_where=sa.text("damaged_at IS NOT NULL"))


def _follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", JSONB(), nullable=False),
        sa.Column("solved", sa.Boolean()),
        sa.Column("made_by", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.String()),
        sa.CheckConstraint("state IN ('open', 'answered', 'given_up')", name="state_word"),
        sa.CheckConstraint("(state = 'answered') = (solved IS NOT NULL)", name="answered_says_solved"),
        sa.CheckConstraint("state <> 'given_up' OR jsonb_array_length(attempts) >= 3", name="given_up_after_three"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        sa.UniqueConstraint("complaint_id", "round"),
    )
    op.create_index("ix_follow_ups_open", "follow_ups", ["due_at"], postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TRIGGER IF EXISTS closed_needs_witnesses ON complaints")
    op.execute("DROP FUNCTION closed_needs_witnesses()")
    for table in reversed(TABLES):
        op.drop_table(table)
