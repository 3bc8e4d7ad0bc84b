"""Ledger, announcements, errands, checkpoints, loops."""

from collections.abc import Sequence

revision: str = "2026_11_21_02_ledger"
down_revision: str | None = "2026_11_21_01_scope"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Take them away again."""
