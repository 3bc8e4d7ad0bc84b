"""Handing a delivery to its channel: what is about to happen is committed first, so that nobody repeats it blindly.

Unknown outcomes: an alarm to staff is said again, marked as a repeat; what goes to somebody outside is never said twice
but becomes a task for a person.
"""

import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from foundation.accounts.models import User
from foundation.database.identity import new_id
from foundation.database.session import WriteSession, singly, unit_of_work
from foundation.jobs.job import JobContext
from foundation.language.tongues import OTHERWISE, Language
from foundation.notifications import sending
from foundation.notifications.channels import Channels, Fate, Letter, Outcome
from foundation.notifications.enclosing import NO_ENCLOSURES, Enclosures, Leaving, enclosed
from foundation.notifications.events import DeliveryQueued
from foundation.notifications.models import ChannelName, Delivery, DeliveryState, Message, MessageTask, Urgency
from foundation.notifications.wording import words_of

log = logging.getLogger(__name__)

#: Under which name errands ask for a delivery.
JOB: Final = "notifications.deliver"
#: How long one hand-over may take; later its outcome is unknown. Longer than the job's own time limit. Machine time.
SENDING_FOR: Final = timedelta(seconds=90)
#: Seconds between certain failures: a mail server may be away for a night, so it is tried for a little over a day.
BACK_OFF_S: Final = (1, 5, 15, 60, 300, 900, 1800, *[3600] * 24)
#: Certain failures after which a delivery is given up.
MOST_ATTEMPTS: Final = len(BACK_OFF_S) + 1
#: The same for an alarm to staff, which is said by the next channel instead: after some 81 s.
MOST_ATTEMPTS_OF_ALARMS: Final = 5

_CLAIM = text(
    """
    UPDATE deliveries SET state = 'sending', sending_until = :until WHERE id = :id AND state = 'queued'
    RETURNING message_id, channel, is_repeat
    """
)
_NOT_CONFIGURED = text("UPDATE deliveries SET state = 'not_configured' WHERE id = :id AND state = 'queued' RETURNING 1")
_OVERDUE = text(
    """
    UPDATE deliveries SET state = 'unknown', trouble = 'no answer in time' WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'sending' AND sending_until <= :now
        ORDER BY sending_until LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id
    """
)
#: Deliveries that still wait although their errand was given up: nobody would hear of them any more.
_PARKED: Final = text(
    """
    SELECT d.id FROM errands e
    JOIN announcements a ON a.id = e.announcement_id
    JOIN deliveries d ON d.id = CAST(a.payload->>'delivery_id' AS uuid)
    WHERE e.state = 'parked' AND e.job = :job AND d.state = 'queued'
    ORDER BY d.id LIMIT :limit FOR NO KEY UPDATE OF d SKIP LOCKED
    """
)


#: A ring may come back while the first attempt still talks to a mail server that doesn't answer.
_IS_SENDING = text("SELECT 1 FROM deliveries WHERE id = :id AND state = 'sending'")


class NotTakenNow(Exception):
    """The channel certainly did not take it; the errand is to be rung again."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process alone hands over now."""

    id: UUID
    channel: ChannelName
    letter: Letter


def deliver(
    context: JobContext, event: DeliveryQueued, *, channels: Channels, enclosures: Enclosures = NO_ENCLOSURES
) -> None:
    """Hand the delivery over if it still waits. Raises NotTakenNow to be rung again."""
    if event.channel not in channels:
        singly(context.sessions, _NOT_CONFIGURED, {"id": event.delivery_id})
        return
    claimed = claim(context, event.delivery_id, enclosures=enclosures)
    if claimed is None:
        if singly(context.sessions, _IS_SENDING, {"id": event.delivery_id}):
            raise NotTakenNow("somebody else hands it over and may still bring it back")
        return
    outcome = _discreet(channels[claimed.channel].send(claimed.letter), address=claimed.letter.address)
    with unit_of_work(context.sessions) as db:
        is_over = settle(db, claimed.id, outcome, now=context.now())
    if not is_over:
        raise NotTakenNow(outcome.trouble)


def claim(context: JobContext, delivery_id: UUID, *, enclosures: Enclosures = NO_ENCLOSURES) -> Claimed | None:
    """Mark the delivery `sending` and commit that; None if there is nothing to hand over."""
    until = context.clock.machine_now() + SENDING_FOR
    with unit_of_work(context.sessions) as db:
        row = db.execute(_CLAIM, {"id": delivery_id, "until": until}).one_or_none()
        if row is None:
            return None
        channel = ChannelName(row.channel)
        message = db.get_one(Message, row.message_id)
        address = _address(db, message, channel)
        if address is None:
            _give_up(db, db.get_one(Delivery, delivery_id), message, trouble="no address", now=context.now())
            return None
        more = enclosed(db, message, Leaving(delivery_id, channel), enclosures=enclosures, now=context.now())
        facts, language = {**message.facts, **more.facts}, _language(message.language)
        words = words_of(message.template, facts, language=language, is_repeat=row.is_repeat)
        letter = Letter(
            address=address, subject=words.subject, body=words.body, reference=str(delivery_id),
            written_at=message.created_at, attachments=more.attachments,
        )  # fmt: skip
    return Claimed(id=delivery_id, channel=channel, letter=letter)


def settle(db: WriteSession, delivery_id: UUID, outcome: Outcome, *, now: datetime) -> bool:
    """Keep what became of it; False if it is worth trying again."""
    delivery = db.get_one(Delivery, delivery_id, with_for_update={"key_share": True})
    message = db.get_one(Message, delivery.message_id)
    delivery.trouble, delivery.sending_until = outcome.trouble, None
    match outcome.fate:
        case Fate.SENT:
            delivery.state, delivery.sent_at = DeliveryState.SENT, now
        case Fate.UNKNOWN:
            _unknown(db, delivery, message, now=now)
        case Fate.REFUSED:
            _give_up(db, delivery, message, trouble=outcome.trouble, now=now)
        case Fate.NOT_NOW:
            delivery.attempts += 1
            if delivery.attempts < _most_attempts(message):
                delivery.state = DeliveryState.QUEUED
                return False
            _give_up(db, delivery, message, trouble=outcome.trouble, now=now)
    return True


def _most_attempts(message: Message) -> int:
    is_hurried = message.recipient_user_id is not None and message.urgency == Urgency.ALARM
    return MOST_ATTEMPTS_OF_ALARMS if is_hurried else MOST_ATTEMPTS


def sweep(context: JobContext) -> int:
    """Look for deliveries that nobody came back from, or that nobody goes for any more; returns how many."""
    return sweep_unknown(context) + sweep_parked(context)


def sweep_unknown(context: JobContext, *, limit: int = 100) -> int:
    """Deliveries whose process died in the middle: their outcome is unknown now; returns how many."""
    with unit_of_work(context.sessions) as db:
        ids = db.scalars(_OVERDUE, {"now": context.clock.machine_now(), "limit": limit}).all()
        for delivery in db.scalars(select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id)):
            _unknown(db, delivery, db.get_one(Message, delivery.message_id), now=context.now())
    return len(ids)


def sweep_parked(context: JobContext, *, limit: int = 100) -> int:
    """Deliveries whose errand was given up are given up, too, so that somebody looks into them; returns how many."""
    with unit_of_work(context.sessions) as db:
        ids = db.scalars(_PARKED, {"job": JOB, "limit": limit}).all()
        for delivery in db.scalars(select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id)):
            message = db.get_one(Message, delivery.message_id)
            _give_up(db, delivery, message, trouble="its errand was given up", now=context.now())
    return len(ids)


def _unknown(db: WriteSession, delivery: Delivery, message: Message, *, now: datetime) -> None:
    delivery.state = DeliveryState.UNKNOWN
    _say_otherwise(db, delivery, message, reason="unknown", now=now)


def _give_up(db: WriteSession, delivery: Delivery, message: Message, *, trouble: str | None, now: datetime) -> None:
    delivery.state, delivery.trouble = DeliveryState.FAILED, trouble
    log.warning("delivery failed: %s by %s: %s", delivery.id, delivery.channel, trouble)
    _say_otherwise(db, delivery, message, reason="failed", now=now)


def _say_otherwise(db: WriteSession, delivery: Delivery, message: Message, *, reason: str, now: datetime) -> None:
    """An alarm to staff goes on to the next channel; for anybody outside a person looks into it, once."""
    db.flush()  # the next channel is chosen by looking at the rows
    if message.recipient_user_id is None:
        db.execute(
            insert(MessageTask)
            .values(id=new_id(), delivery_id=delivery.id, case_id=message.case_id, reason=reason, opened_at=now)
            .on_conflict_do_nothing(index_elements=["delivery_id"])
        )
    elif message.urgency == Urgency.ALARM and message.acknowledged_at is None:
        sending.repeat(db, message.id, now=now)


def _discreet(outcome: Outcome, *, address: str) -> Outcome:
    """What a far side says often names the address, in its own spelling; logs and errands keep none."""
    if outcome.trouble is None:
        return outcome
    return replace(
        outcome, trouble=re.sub(rf"{re.escape(address)}|\d{{7,}}", "…", outcome.trouble, flags=re.IGNORECASE)
    )


def _address(db: WriteSession, message: Message, channel: ChannelName) -> str | None:
    if message.recipient_user_id is None:
        return message.address
    person = db.get_one(User, message.recipient_user_id)
    return person.email if channel is ChannelName.EMAIL else person.phone


def _language(tag: str) -> Language:
    return Language(tag) if tag in set(Language) else OTHERWISE
