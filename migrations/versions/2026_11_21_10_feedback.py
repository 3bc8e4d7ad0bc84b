"""Customer feedback, documents, follow-up."""

from collections.abc import Sequence

revision: str = "2026_11_21_10_feedback"
down_revision: str | None = "2026_11_21_09_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Take them away again."""
