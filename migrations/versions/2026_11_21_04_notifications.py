"""Messages, deliveries, acknowledgements, tasks about messages."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_04_notifications"
down_revision: str | None = "2026_11_21_03_accounts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """
CREATE TABLE messages (
    id UUID NOT NULL,
    recipient_user_id UUID,
    address VARCHAR,
    recipient_key VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    facts JSONB NOT NULL,
    case_id UUID,
    urgency VARCHAR NOT NULL,
    dedup_key VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    acknowledged_by UUID,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT ck_messages_urgency_word CHECK (urgency IN ('alarm', 'normal')),
    CONSTRAINT ck_messages_one_recipient CHECK ((recipient_user_id IS NULL) <> (address IS NULL)),
    CONSTRAINT uq_messages_dedup_key_recipient_key UNIQUE (dedup_key, recipient_key),
    CONSTRAINT fk_messages_recipient_user_id FOREIGN KEY(recipient_user_id) REFERENCES users (id),
    CONSTRAINT fk_messages_acknowledged_by FOREIGN KEY(acknowledged_by) REFERENCES users (id)
);

CREATE INDEX ix_messages_case_id ON messages (case_id);

CREATE INDEX ix_messages_inbox ON messages (recipient_user_id, id);

CREATE TABLE deliveries (
    id UUID NOT NULL,
    message_id UUID NOT NULL,
    dedup_key VARCHAR NOT NULL,
    recipient_key VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    round INTEGER NOT NULL,
    is_repeat BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sending_until TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    trouble VARCHAR,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_channel_word CHECK (channel IN ('in_app', 'email', 'sms', 'voice')),
    CONSTRAINT ck_deliveries_state_word
        CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'not_configured')),
    CONSTRAINT uq_deliveries_dedup_key_recipient_key_channel_round UNIQUE (dedup_key, recipient_key, channel, round),
    CONSTRAINT fk_deliveries_message_id FOREIGN KEY(message_id) REFERENCES messages (id)
);

CREATE INDEX ix_deliveries_message_id ON deliveries (message_id);

CREATE INDEX ix_deliveries_sending ON deliveries (sending_until) WHERE state = 'sending';

CREATE TABLE message_tasks (
    id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    case_id UUID,
    reason VARCHAR NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by UUID,
    outcome VARCHAR,
    CONSTRAINT pk_message_tasks PRIMARY KEY (id),
    CONSTRAINT uq_message_tasks_delivery_id UNIQUE (delivery_id),
    CONSTRAINT fk_message_tasks_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id),
    CONSTRAINT fk_message_tasks_done_by FOREIGN KEY(done_by) REFERENCES users (id)
);

CREATE INDEX ix_message_tasks_open ON message_tasks (opened_at) WHERE done_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE message_tasks, deliveries, messages")
