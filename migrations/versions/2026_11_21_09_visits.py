"""Visits, phone commands, service reports, photos, suspensions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "2026_11_21_09_visits"
down_revision: str | None = "2026_11_21_08_dispatch"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)
TABLES = ("visits", "phone_commands", "suspensions", "service_reports", "photos")


def upgrade() -> None:
    """Make the tables, scoped by their complaint; reports can't be changed or taken back."""
    _visits()
    _commands()
    _suspensions()
    _reports()
    _photos()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        # Writing is checked by the complaint that the writer had to lock first; a second check here would cost a
        # look-up per row and would refuse the system's own jobs nothing.
        op.execute(
            f"CREATE POLICY scope ON {table} USING ((SELECT sees_everything()) OR EXISTS"
            f" (SELECT 1 FROM complaints c WHERE c.id = {table}.complaint_id)) WITH CHECK (true)"
        )
    # A report is amended by a new version only, so not even the owner of the table may change one.
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% can not be changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
        " END $$"
    )
    op.execute(
        "CREATE TRIGGER service_reports_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON service_reports"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE service_reports ENABLE ALWAYS TRIGGER service_reports_stay")


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("assignment_id", sa.Uuid(), sa.ForeignKey("assignments.id"), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("technician_id", sa.Uuid(), sa.ForeignKey("technicians.id"), nullable=False),
        sa.Column("arrival_code", sa.String(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("set_off_at", INSTANT),
        sa.Column("arrived_at", INSTANT),
        sa.Column("arrival_grade", sa.String()),
        sa.Column("arrival_facts", JSONB()),
        sa.Column("approval_needed", sa.Boolean(), nullable=False),
        sa.Column("approved_at", INSTANT),
        sa.Column("approved_by", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("finished_at", INSTANT),
        sa.Column("left_at", INSTANT),
        sa.Column("left_how", sa.String()),
        sa.CheckConstraint("arrival_grade IN ('A', 'B', 'C', 'D')", name="arrival_grade_word"),
        sa.CheckConstraint("left_how IN ('finished', 'suspended', 'handed_back', 'job_ended')", name="left_how_word"),
        sa.CheckConstraint("(arrived_at IS NULL) = (arrival_grade IS NULL)", name="arrival_has_grade"),
        sa.CheckConstraint("(left_at IS NULL) = (left_how IS NULL)", name="left_has_how"),
        sa.CheckConstraint("finished_at IS NULL OR left_how = 'finished'", name="finished_has_left"),
    )
    op.create_index("ix_visits_complaint_id", "visits", ["complaint_id"])
    op.create_index("ix_visits_technician_id", "visits", ["technician_id"])
    op.create_index(
        "uq_visits_open", "visits", ["assignment_id"], unique=True, postgresql_where=sa.text("left_at IS NULL")
    )
    op.create_index(
        "ix_visits_unapproved", "visits", ["id"], postgresql_where=sa.text("approval_needed AND approved_at IS NULL")
    )


def _commands() -> None:
    op.create_table(
        "phone_commands",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("technician_id", sa.Uuid(), sa.ForeignKey("technicians.id"), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), sa.ForeignKey("assignments.id"), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("skew_s", sa.Float()),
        sa.Column("position", JSONB()),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answer", JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('set_off', 'arrived', 'suspended', 'resumed', 'reported', 'finished', 'handed_back')",
            name="kind_word",
        ),
        sa.CheckConstraint("outcome IN ('applied', 'noted', 'refused')", name="outcome_word"),
    )
    op.create_index("ix_phone_commands_complaint_id", "phone_commands", ["complaint_id"])
    op.create_index("ix_phone_commands_assignment_id_sequence", "phone_commands", ["assignment_id", "sequence"])
    op.create_index(
        "ix_phone_commands_position",
        "phone_commands",
        ["received_at"],
        postgresql_where=sa.text("position IS NOT NULL"),
    )


def _suspensions() -> None:
    op.create_table(
        "suspensions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("visit_id", sa.Uuid(), sa.ForeignKey("visits.id")),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("resume_at", INSTANT, nullable=False),
        sa.Column("resumed_at", INSTANT),
        sa.Column("resumed_how", sa.String()),
        sa.CheckConstraint(
            "reason IN ('parts', 'access', 'weather', 'customer', 'safety', 'authority')", name="reason_word"
        ),
        sa.CheckConstraint("resumed_how IN ('resumed', 'handed_back')", name="resumed_how_word"),
        sa.CheckConstraint("resume_at > from_at", name="resumes_later"),
        sa.CheckConstraint("(resumed_at IS NULL) = (resumed_how IS NULL)", name="resumed_has_how"),
    )
    op.create_index("ix_suspensions_complaint_id", "suspensions", ["complaint_id"])
    op.create_index(
        "uq_suspensions_open",
        "suspensions",
        ["complaint_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )


def _reports() -> None:
    op.create_table(
        "service_reports",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("visit_id", sa.Uuid(), sa.ForeignKey("visits.id")),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause_component", sa.String(), nullable=False),
        sa.Column("cause_symptom", sa.String(), nullable=False),
        sa.Column("cause_category", sa.String(), nullable=False),
        sa.Column("work_done", sa.String(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("works_again", sa.String(), nullable=False),
        sa.Column("advice", sa.String()),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "cause_category IN ('design', 'manufacture', 'installation', 'use', 'maintenance', 'outside')",
            name="cause_category_word",
        ),
        sa.CheckConstraint("works_again IN ('yes', 'no', 'partly')", name="works_again_word"),
        sa.UniqueConstraint("complaint_id", "version"),
    )


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("complaint_id", sa.Uuid(), sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("visit_id", sa.Uuid(), sa.ForeignKey("visits.id")),
        sa.Column("command_id", sa.Uuid()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("sent_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.CheckConstraint("role IN ('before', 'after', 'name_plate', 'evidence')", name="role_word"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_place"),
    )
    op.create_index("ix_photos_complaint_id", "photos", ["complaint_id"])
    op.create_index("ix_photos_place", "photos", ["received_at"], postgresql_where=sa.text("latitude IS NOT NULL"))


def downgrade() -> None:
    """Take them away again."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
