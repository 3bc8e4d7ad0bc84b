"""An index of the messages that nobody has read yet: every page counts those of its reader."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_28_01_unread_messages"
down_revision: str | None = "2026_11_21_11_escalation"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Letters to customers are never acknowledged and would fill it.
    op.create_index(
        "ix_messages_unread", "messages", ["recipient_user_id", "id"],
        postgresql_where=sa.text("acknowledged_at IS NULL AND recipient_user_id IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_messages_unread", table_name="messages")
