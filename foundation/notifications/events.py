"""What messages announce."""

from typing import ClassVar
from uuid import UUID

from foundation.ledger.announcing import Event
from foundation.notifications.models import ChannelName


class DeliveryQueued(Event, frozen=True, kw_only=True):
    """A delivery waits to be handed to a channel outside; the subject is the message."""

    kind: ClassVar[str] = "message.delivery_queued"
    delivery_id: UUID
    channel: ChannelName


class MessageQueued(Event, frozen=True, kw_only=True):
    """Somebody has a message; whoever shows messages may show it. The subject is the message."""

    kind: ClassVar[str] = "message.queued"
    recipient_user_id: UUID | None
