"""Regions, users, sessions, tokens, access, idempotency, security events, rates."""

from collections.abc import Sequence

revision: str = "2026_11_21_03_accounts"
down_revision: str | None = "2026_11_21_02_ledger"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Take them away again."""
