"""Outlets, vehicles, technicians, skills, certificates, duty, positions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision: str = "2026_11_21_07_technicians"
down_revision: str | None = "2026_11_21_06_severity"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


class Cube(UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "cube"


TABLES = (
    "imports",
    "technician_reach",
    "positions",
    "duty_periods",
    "duty",
    "absences",
    "shifts",
    "certificates",
    "skills",
    "technicians",
    "vehicles",
    "outlets",
)
OF_ONE_TECHNICIAN = (
    "skills",
    "certificates",
    "shifts",
    "absences",
    "duty",
    "duty_periods",
    "positions",
    "technician_reach",
)

# Functions, not conditions written out: the planner leaves their bodies alone, and a query over eight of these tables
# is planned in a millisecond instead of eight. They run only for readers who don't see everything.
#
# A person is seen by the staff of their region, by themselves, and by whoever sees a case they were called to: a
# manager must read the name of a technician borrowed from elsewhere. That asks complaints, whose own policy decides
# what this reader sees. Writing needs region or self: being on the same case gives no right to change a person.
MET_ON_A_CASE = """
CREATE FUNCTION met_on_a_case(whom uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM case_access a JOIN complaints c ON c.id = a.case_id WHERE a.user_id = whom) $$
"""
MAY_WRITE = "(SELECT sees_everything()) OR sees_region(region_code) OR user_id = (SELECT scope_user())"
MAY_SEE = MAY_WRITE + " OR met_on_a_case(user_id)"
# What belongs to a person (place, hours, certificates) is for their region and themselves only.
SEES_TECHNICIAN = """
CREATE FUNCTION sees_technician(whom uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (
    SELECT 1 FROM technicians t WHERE t.id = whom AND (sees_region(t.region_code) OR t.user_id = scope_user())
) $$
"""
OWN_OR_REGION = "(SELECT sees_everything()) OR sees_technician(technician_id)"


def _id() -> sa.Column:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _technician() -> sa.Column:
    return sa.Column("technician_id", sa.Uuid(), sa.ForeignKey("technicians.id"), nullable=False)


def _on_earth(prefix: str = "") -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    latitude, longitude = f"{prefix}latitude", f"{prefix}longitude"
    return (
        sa.CheckConstraint(
            f"{latitude} BETWEEN -90 AND 90 AND {longitude} BETWEEN -180 AND 180", name=f"{prefix}on_earth"
        ),
        sa.CheckConstraint(f"{latitude} <> 0 OR {longitude} <> 0", name=f"{prefix}not_null_island"),
    )


def _during(name: str) -> tuple[sa.Column, sa.CheckConstraint]:
    return (
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("NOT isempty(during) AND lower(during) IS NOT NULL", name=name),
    )


def upgrade() -> None:
    """Make the tables."""
    _outlets_and_people()
    _abilities()
    _time()
    _place()
    _imports()
    _scope()


def _outlets_and_people() -> None:
    op.create_table(
        "outlets",
        _id(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), sa.ForeignKey("regions.code"), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("kind IN ('own', 'contracted')", name="kind_word"),
        *_on_earth(),
    )
    op.create_index("ix_outlets_region_code", "outlets", ["region_code"])
    op.create_table(
        "vehicles",
        _id(),
        sa.Column("outlet_id", sa.Uuid(), sa.ForeignKey("outlets.id"), nullable=False),
        sa.Column("plate", sa.String(), nullable=False),
        sa.Column("carries_heavy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plate"),
    )
    op.create_index("ix_vehicles_outlet_id", "vehicles", ["outlet_id"])
    op.create_table(
        "technicians",
        _id(),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.Column("outlet_id", sa.Uuid(), sa.ForeignKey("outlets.id"), nullable=False),
        sa.Column("region_code", sa.String(), sa.ForeignKey("regions.code"), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), sa.ForeignKey("vehicles.id")),
        sa.Column("senior", sa.Boolean(), nullable=False),
        sa.Column("home_latitude", sa.Float()),
        sa.Column("home_longitude", sa.Float()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("hired_on", sa.Date()),
        sa.Column("max_daily_hours", sa.Integer(), nullable=False),
        sa.Column("max_weekly_hours", sa.Integer(), nullable=False),
        sa.Column("min_rest_hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("user_id"),
        *_on_earth("home_"),
        sa.CheckConstraint("(home_latitude IS NULL) = (home_longitude IS NULL)", name="home_whole"),
        sa.CheckConstraint("max_daily_hours BETWEEN 1 AND 24", name="daily_hours"),
        sa.CheckConstraint("max_weekly_hours BETWEEN 1 AND 168", name="weekly_hours"),
        sa.CheckConstraint("min_rest_hours BETWEEN 0 AND 24", name="rest_hours"),
    )
    op.create_index("ix_technicians_outlet_id", "technicians", ["outlet_id"])
    op.create_index("ix_technicians_vehicle_id", "technicians", ["vehicle_id"])
    op.create_index("ix_technicians_region_code_code", "technicians", ["region_code", "code"])


def _abilities() -> None:
    op.create_table(
        "skills",
        _technician(),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("technician_id", "family"),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name="level_step"),
    )
    op.create_index("ix_skills_family", "skills", ["family"])
    op.create_table(
        "certificates",
        _id(),
        _technician(),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_certificates_number", "certificates", ["technician_id", "family", "kind", "number"], unique=True
    )
    op.create_index("ix_certificates_valid_until", "certificates", ["valid_until"])


def _time() -> None:
    op.create_table(
        "shifts",
        _id(),
        _technician(),
        *_during("has_extent"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("kind IN ('duty', 'on_call')", name="kind_word"),
        sa.CheckConstraint("upper(during) IS NOT NULL", name="ends"),
        postgresql.ExcludeConstraint(("technician_id", "="), ("during", "&&"), name="ex_shifts_overlap", using="gist"),
    )
    op.create_index("ix_shifts_end", "shifts", ["technician_id", sa.text("upper(during)")])
    op.create_table(
        "absences",
        _id(),
        _technician(),
        *_during("has_extent"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_absences_technician_id", "absences", ["technician_id"])
    op.create_table(
        "duty",
        _technician(),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("technician_id"),
        sa.CheckConstraint("state IN ('on', 'off', 'on_call')", name="state_word"),
    )
    op.create_index("ix_duty_signed_on", "duty", ["technician_id"], postgresql_where=sa.text("state <> 'off'"))
    op.create_table(
        "duty_periods",
        _id(),
        _technician(),
        *_during("has_extent"),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("state IN ('on', 'on_call')", name="state_word"),
        sa.CheckConstraint("upper(during) IS NOT NULL", name="ended"),
        postgresql.ExcludeConstraint(
            ("technician_id", "="), ("during", "&&"), name="ex_duty_periods_overlap", using="gist"
        ),
    )
    op.create_index("ix_duty_periods_end", "duty_periods", ["technician_id", sa.text("upper(during)")])


def _place() -> None:
    op.create_table(
        "positions",
        _technician(),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("technician_id"),
        sa.CheckConstraint("source IN ('phone', 'vehicle')", name="source_word"),
        sa.CheckConstraint("accuracy_m >= 0", name="accuracy"),
        *_on_earth(),
    )
    op.create_index("ix_positions_at", "positions", ["at"])
    op.create_table(
        "technician_reach",
        _technician(),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("spot", Cube(), nullable=False),
        sa.PrimaryKeyConstraint("technician_id", "family"),
    )
    op.create_index("ix_technician_reach_near", "technician_reach", ["family", "spot"], postgresql_using="gist")


def _imports() -> None:
    op.create_table(
        "imports",
        _id(),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("lines_done", sa.Integer(), nullable=False),
        sa.Column("told", postgresql.JSONB()),
        sa.Column("done", postgresql.JSONB()),
        sa.Column("shown", postgresql.JSONB()),
        sa.Column("report_sha256", sa.String()),
        sa.Column("asked_by", sa.Uuid(), sa.ForeignKey("users.id")),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("register IN ('equipment', 'customers', 'technicians')", name="register_word"),
        sa.CheckConstraint("state IN ('checking', 'checked', 'importing', 'imported')", name="state_word"),
    )


def _scope() -> None:
    op.execute(MET_ON_A_CASE)
    op.execute(SEES_TECHNICIAN)
    op.execute(f"CREATE POLICY scope ON technicians USING ({MAY_SEE}) WITH CHECK ({MAY_WRITE})")
    for table in OF_ONE_TECHNICIAN:
        op.execute(f"CREATE POLICY scope ON {table} USING ({OWN_OR_REGION})")
    for table in ("technicians", *OF_ONE_TECHNICIAN):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Take them away again."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION met_on_a_case(uuid), sees_technician(uuid)")
