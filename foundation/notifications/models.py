"""Tables of messages, their deliveries and what people must look into."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id


class Urgency(StrEnum):
    """How loud a message is."""

    ALARM = "alarm"
    NORMAL = "normal"


class ChannelName(StrEnum):
    """The ways to reach a person."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"


class DeliveryState(StrEnum):
    """How far a delivery came. `unknown`: the far side may or may not have taken it."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_CONFIGURED = "not_configured"


class Message(Base):
    """One thing said to one person: a template and its facts; the text is made in the reader's language at the edge."""

    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    #: E-mail address or telephone number of somebody who doesn't sign in.
    address: Mapped[str | None]
    #: `user:<id>` or `address:<address>`: one person, one key.
    recipient_key: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    case_id: Mapped[UUID | None]
    urgency: Mapped[str]
    dedup_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        words_check("urgency", Urgency),
        CheckConstraint("(recipient_user_id IS NULL) <> (address IS NULL)", name="one_recipient"),
        UniqueConstraint("dedup_key", "recipient_key"),
        Index("ix_messages_inbox", "recipient_user_id", "id"),
        Index(
            "ix_messages_unread",
            "recipient_user_id",
            "id",
            postgresql_where=text("acknowledged_at IS NULL AND recipient_user_id IS NOT NULL"),
        ),
        Index(None, "case_id"),
    )


class Delivery(Base):
    """One attempt at one channel. Unique per (what, whom, channel, round): nothing is handed over twice by mistake."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), index=True)
    dedup_key: Mapped[str]
    recipient_key: Mapped[str]
    channel: Mapped[str]
    #: 1 for the first time round the channels; more for deliberate repeats.
    round: Mapped[int] = mapped_column(default=1)
    #: The reader sees that it is said again.
    is_repeat: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    #: How often the channel was tried and certainly did not take it.
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    #: Machine time after which a delivery that is still `sending` has an unknown outcome.
    sending_until: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str | None]

    __table_args__ = (
        words_check("channel", ChannelName),
        words_check("state", DeliveryState),
        UniqueConstraint("dedup_key", "recipient_key", "channel", "round"),
        Index("ix_deliveries_sending", "sending_until", postgresql_where=text("state = 'sending'")),
    )


class MessageTask(Base):
    """A message nobody may repeat blindly: a person finds out whether it arrived, and says so."""

    __tablename__ = "message_tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), unique=True)
    case_id: Mapped[UUID | None]
    reason: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None]

    __table_args__ = (Index("ix_message_tasks_open", "opened_at", postgresql_where=text("done_at IS NULL")),)
