"""What people do with messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.notifications.errors import MessageNotFound
from foundation.notifications.models import Message, MessageTask
from foundation.problems import NotAllowed

_ARRIVED = text(
    """
    UPDATE deliveries SET state = 'delivered', delivered_at = :now
    WHERE message_id = :id AND channel = 'in_app' AND state = 'sent'
    """
)


def acknowledge(db: WriteSession, message_id: UUID, *, actor: Actor, now: datetime) -> Message:
    """The recipient has read it; once is enough. Raises MessageNotFound for anybody else."""
    message = db.scalars(
        select(Message)
        .where(Message.id == message_id, Message.recipient_user_id == actor.id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if message is None:
        raise MessageNotFound(message_id=message_id)
    if message.acknowledged_at is None:
        message.acknowledged_at, message.acknowledged_by = now, actor.id
        db.execute(_ARRIVED, {"id": message_id, "now": now})
    return message


def settle_task(db: WriteSession, task_id: UUID, *, outcome: str, actor: Actor, now: datetime) -> MessageTask:
    """A person found out what became of a message. Raises NotAllowed; the first outcome stays."""
    task = db.get(MessageTask, task_id, with_for_update={"key_share": True})
    if task is None:
        raise NotAllowed(task=task_id)
    if task.done_at is None:
        task.done_at, task.done_by, task.outcome = now, actor.id, outcome
        recording.record(
            db, task_id, "message.settled", actor=actor, kind="message", now=now,
            facts={"delivery_id": task.delivery_id, "reason": task.reason, "outcome": outcome},
        )  # fmt: skip
    return task
