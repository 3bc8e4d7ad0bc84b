"""Questions about messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from foundation.accounts.models import User
from foundation.database.session import ReadSession
from foundation.notifications.models import Delivery, Message, MessageTask


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


def own(
    look: ReadSession, user_id: UUID | None, *, before: UUID | None, limit: int, acknowledged: bool | None = None
) -> Sequence[Message]:
    """The messages to this person, the newest first, older than `before`; all, or those that are acknowledged or not."""
    wanted = select(Message).where(Message.recipient_user_id == user_id).order_by(Message.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Message.id < before)
    if acknowledged is not None:
        read = Message.acknowledged_at
        wanted = wanted.where(read.is_not(None) if acknowledged else read.is_(None))
    return look.scalars(wanted).all()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A task about a message, and what is known of it: its template, what it says, the way it went."""

    task: MessageTask
    template: str
    facts: Mapping[str, object]
    channel: str

    @property
    def number(self) -> str | None:
        """The number of the complaint it was about, where it names one."""
        number = self.facts.get("number")
        return None if number is None else str(number)


def open_tasks(look: ReadSession, *, limit: int) -> list[Doubt]:
    """Messages whose fate a person has to find out, as far as their cases may be seen; the oldest first."""
    wanted = _tasks().where(MessageTask.done_at.is_(None)).order_by(MessageTask.opened_at).limit(limit)
    return [Doubt(*row) for row in look.execute(wanted)]


def task(look: ReadSession, task_id: UUID) -> Doubt:
    """One task that is there."""
    return Doubt(*look.execute(_tasks().where(MessageTask.id == task_id)).one())


def _tasks() -> Select[MessageTask, str, dict[str, object], str]:
    return (
        select(MessageTask, Message.template, Message.facts, Delivery.channel)
        .join(Delivery, Delivery.id == MessageTask.delivery_id)
        .join(Message, Message.id == Delivery.message_id)
    )
