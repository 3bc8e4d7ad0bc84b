"""Questions about messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from foundation.accounts.models import User
from foundation.database.session import ReadSession
from foundation.notifications.models import Delivery, Message


@dataclass(frozen=True, slots=True)
class Said:
    """A message about a case by one way, and how far it came. `to` is a colleague's name; None is somebody outside."""

    template: str
    facts: Mapping[str, object]
    to: str | None
    channel: str
    state: str
    is_repeat: bool
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    acknowledged_at: datetime | None


def about(look: ReadSession, case_id: UUID, *, limit: int = 200) -> list[Said]:
    """What was said about a case by every way, the first one first. Messages hide no rows: ask who may see the case before."""
    rows = look.execute(
        select(Message, Delivery, User.name)
        .join(Delivery, Delivery.message_id == Message.id)
        .outerjoin(User, User.id == Message.recipient_user_id)
        .where(Message.case_id == case_id)
        .order_by(Delivery.queued_at, Delivery.id)
        .limit(limit)
    )
    return [
        Said(
            template=message.template, facts=message.facts, to=name, channel=delivery.channel, state=delivery.state,
            is_repeat=delivery.is_repeat, queued_at=delivery.queued_at, sent_at=delivery.sent_at,
            delivered_at=delivery.delivered_at, acknowledged_at=message.acknowledged_at,
        )
        for message, delivery, name in rows
    ]  # fmt: skip
