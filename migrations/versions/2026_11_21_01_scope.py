"""Who may see a row: the functions behind row-level security."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_01_scope"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Without a scope set for the transaction the setting is NULL or empty, and both functions say no: default deny.
SEES_EVERYTHING = """
CREATE FUNCTION sees_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT COALESCE(current_setting('callout.regions', true) = '*', false) $$
"""
SEES_REGION = """
CREATE FUNCTION sees_region(region text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT COALESCE(position(',' || region || ',' IN current_setting('callout.regions', true)) > 0, false) $$
"""
SCOPE_USER = """
CREATE FUNCTION scope_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT NULLIF(current_setting('callout.user', true), '')::uuid $$
"""


def upgrade() -> None:
    """Make the functions."""
    for statement in (SEES_EVERYTHING, SEES_REGION, SCOPE_USER):
        op.execute(statement)


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP FUNCTION sees_everything(), sees_region(text), scope_user()")
