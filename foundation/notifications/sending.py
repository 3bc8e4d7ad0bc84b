"""Telling somebody something: message and delivery are rows in the transaction of the reason; a job hands them over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import select, text

from foundation.accounts.models import User
from foundation.database.identity import new_id
from foundation.database.session import WriteSession, swiftly
from foundation.language.tongues import OTHERWISE
from foundation.ledger import announcing, chain
from foundation.ledger.announcing import Event, announce
from foundation.notifications import routing
from foundation.notifications.errors import AddressUnusable, MessageNotFound
from foundation.notifications.events import DeliveryQueued, MessageQueued
from foundation.notifications.models import ChannelName, Delivery, DeliveryState, Message, Urgency

#: One JSON document carries all rows, as at the intake; nothing is written if it was said before.
_TELL = text(
    """
    WITH given AS MATERIALIZED (SELECT CAST(:doc AS jsonb) AS doc),
    made AS (
        INSERT INTO messages SELECT r.* FROM given, jsonb_populate_record(NULL::messages, doc->'message') r
        ON CONFLICT ON CONSTRAINT uq_messages_dedup_key_recipient_key DO NOTHING RETURNING id
    ),
    delivered AS (
        INSERT INTO deliveries
        SELECT r.* FROM made, given, jsonb_populate_record(NULL::deliveries, doc->'delivery') r
    ),
    announced AS (
        INSERT INTO announcements
        SELECT r.* FROM made, given, jsonb_populate_recordset(NULL::announcements, doc->'announced') r
    )
    SELECT id FROM made
    """
)
_NO_LONGER_ASKED = text(
    """
    UPDATE messages SET acknowledged_at = :now
    WHERE case_id = :case_id AND template = ANY (:templates) AND acknowledged_at IS NULL
    """
)

_ANSWERED = text(
    """
    UPDATE messages SET acknowledged_at = :now, acknowledged_by = :by
    WHERE (id = :id OR dedup_key = :dedup_key) AND acknowledged_at IS NULL
    """
)


def tell(
    db: WriteSession,
    *,
    recipient_user_id: UUID | None = None,
    address: str | None = None,
    template: str,
    facts: chain.Facts,
    case_id: UUID | None,
    urgency: str = Urgency.NORMAL,
    dedup_key: str,
    now: datetime,
    language: str | None = None,
) -> UUID:
    """Say `message.<template>.subject` and `.body` with these facts to a user or an address, once per `dedup_key`.

    Returns the message's id. Telling the same person the same `dedup_key` again changes nothing and returns the first
    one's. `language` is for addresses; users are told in their own. Raises AddressUnusable; ValueError unless exactly
    one is told.
    """
    if (recipient_user_id is None) == (address is None):
        raise ValueError("tell a user or an address, not both and not nobody")
    preferred, tongue = _reach(db, recipient_user_id=recipient_user_id, address=address)
    key = f"user:{recipient_user_id}" if recipient_user_id else f"address:{address}"
    message_id = new_id()
    made = {
        "id": message_id, "recipient_user_id": recipient_user_id, "address": address, "recipient_key": key,
        "language": language or tongue, "template": template, "facts": chain.plain(facts), "case_id": case_id,
        "urgency": urgency, "dedup_key": dedup_key, "created_at": now,
    }  # fmt: skip
    turn = routing.next_turn(preferred, ())
    if swiftly(db, _TELL, {"doc": _first(made, turn, recipient_user_id=recipient_user_id, now=now)}).first() is None:
        return db.scalars(select(Message.id).filter_by(dedup_key=dedup_key, recipient_key=key)).one()
    db.info["announced"] = True
    return message_id


def repeat(db: WriteSession, message_id: UUID, *, now: datetime) -> Delivery:
    """Say it again on the next channel of the recipient, marked as a repeat; after the last channel on the first again.

    Raises MessageNotFound. Locks the message, so that two who repeat don't choose the same channel.
    """
    message = db.scalars(select(Message).where(Message.id == message_id).with_for_update(key_share=True)).one_or_none()
    if message is None:
        raise MessageNotFound(message_id=message_id)
    preferred, _ = _reach(db, recipient_user_id=message.recipient_user_id, address=message.address)
    used = [
        routing.Turn(channel=ChannelName(channel), round=round_)
        for channel, round_ in db.execute(
            select(Delivery.channel, Delivery.round).where(Delivery.message_id == message_id)
        )
    ]
    delivery = _queue(db, message, turn=routing.next_turn(preferred, used), is_repeat=True, now=now)
    announce(db, MessageQueued(subject_id=message.id, recipient_user_id=message.recipient_user_id), now=now)
    return delivery


def no_longer_asked(db: WriteSession, case_id: UUID, *, templates: Sequence[str], now: datetime) -> None:
    """What these messages asked for is done or needless: they are acknowledged, and by nobody."""
    db.execute(_NO_LONGER_ASKED, {"case_id": case_id, "templates": list(templates), "now": now})


def answered(
    db: WriteSession, *, message_id: UUID | None = None, dedup_key: str | None = None, by: UUID | None, now: datetime
) -> None:
    """What this message asked for was done by somebody, or by nobody in time: it waits for its reader no longer."""
    db.execute(_ANSWERED, {"id": message_id, "dedup_key": dedup_key, "by": by, "now": now})


def _reach(
    db: WriteSession, *, recipient_user_id: UUID | None, address: str | None
) -> tuple[tuple[ChannelName, ...], str]:
    """The recipient's channels in their order, and their language."""
    if address is not None:
        channels = routing.channels_of(address)
        if not channels:
            raise AddressUnusable
        return channels, OTHERWISE
    person = db.get_one(User, recipient_user_id)
    wished = tuple(ChannelName(name) for name in person.channels if name in set(ChannelName))
    return wished or (ChannelName.IN_APP,), person.language


def _first(message: Mapping[str, object], turn: routing.Turn, *, recipient_user_id: UUID | None, now: datetime) -> str:
    """The rows of a message that is said for the first time."""
    message_id, delivery_id, in_app = cast("UUID", message["id"]), new_id(), turn.channel is ChannelName.IN_APP
    delivery = {
        "id": delivery_id, "message_id": message_id, "dedup_key": message["dedup_key"],
        "recipient_key": message["recipient_key"], "channel": turn.channel, "round": turn.round, "is_repeat": False,
        "state": DeliveryState.SENT if in_app else DeliveryState.QUEUED, "attempts": 0, "queued_at": now,
        "sent_at": now if in_app else None,
    }  # fmt: skip
    events: list[Event] = [MessageQueued(subject_id=message_id, recipient_user_id=recipient_user_id)]
    if not in_app:
        events.append(DeliveryQueued(subject_id=message_id, delivery_id=delivery_id, channel=turn.channel))
    announced = [announcing.row(event, now=now) for event in events]
    return msgspec.json.encode({"message": message, "delivery": delivery, "announced": announced}).decode()


def _queue(db: WriteSession, message: Message, *, turn: routing.Turn, is_repeat: bool, now: datetime) -> Delivery:
    """Add the delivery. In the app it is there with the commit; every other channel is asked by a job."""
    in_app = turn.channel is ChannelName.IN_APP
    delivery = Delivery(
        id=new_id(),
        message_id=message.id,
        dedup_key=message.dedup_key,
        recipient_key=message.recipient_key,
        channel=turn.channel,
        round=turn.round,
        is_repeat=is_repeat,
        state=DeliveryState.SENT if in_app else DeliveryState.QUEUED,
        queued_at=now,
        sent_at=now if in_app else None,
    )
    db.add(delivery)
    if not in_app:
        announce(db, DeliveryQueued(subject_id=message.id, delivery_id=delivery.id, channel=turn.channel), now=now)
    return delivery
