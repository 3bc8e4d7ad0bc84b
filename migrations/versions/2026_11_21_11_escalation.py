"""Escalation cases, rungs, outcomes."""

from collections.abc import Sequence

revision: str = "2026_11_21_11_escalation"
down_revision: str | None = "2026_11_21_10_feedback"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Take them away again."""
