"""What a case or a customer asks of whoever goes: a vehicle for heavy parts, or not this person again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

import intake.queries
import technicians.queries
from dispatch import sweeping
from dispatch.errors import NotDispatchable
from dispatch.models import Exclusion, HeavyParts
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.problems import FieldWrong, NotAllowed
from intake.lifecycle import FINAL, Stage
from intake.models import Customer

# The next look withdraws the offers that don't fit any more, and rings others.
_LOOK: Final = text(
    "UPDATE rounds SET next_look_at = :now WHERE complaint_id = :complaint_id AND closed_at IS NULL AND next_look_at > :now"
)
_LOOK_WHERE_RUNG: Final = text(
    """
    UPDATE rounds SET next_look_at = :now WHERE closed_at IS NULL AND next_look_at > :now AND id IN (
        SELECT o.round_id FROM offers o JOIN complaints c ON c.id = o.complaint_id
        WHERE o.technician_id = :technician_id AND o.state = 'open' AND c.customer_id = :customer_id)
    """
)


def say_heavy_parts(db: WriteSession, complaint_id: UUID, *, needed: bool, actor: Actor, now: datetime) -> HeavyParts:
    """Say whether the complaint needs parts that only some vehicles carry; saying the same again changes nothing.

    Whoever is in the crew stays; from now on only people with such a vehicle are asked to lead. Raises NotAllowed,
    NotDispatchable once nobody is sought any more.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    if Stage(complaint.stage) in FINAL:
        raise NotDispatchable(number=complaint.number, stage=complaint.stage)
    said = db.get(HeavyParts, complaint_id)
    if said is None:
        said = HeavyParts(complaint_id=complaint_id, needed=False, said_at=now)
        db.add(said)
    if said.needed != needed:
        said.needed, said.said_at = needed, now
        recording.record(db, complaint_id, "parts.heavy", actor=actor, facts={"needed": needed}, now=now)
        db.execute(_LOOK, {"complaint_id": complaint_id, "now": now})
    return said


def exclude(
    db: WriteSession,
    customer_id: UUID,
    *,
    technician_id: UUID,
    until: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Exclusion:
    """Don't ask this technician for this customer's complaints before `until`; takes the place of what was said before.

    Accepted work stays accepted: who is to be taken off it is released by the desk. Raises FieldWrong for a time that
    has passed, NotAllowed for a customer or technician that can't be seen.
    """
    if until <= now:
        raise FieldWrong(field="until", reason="past")
    technician = technicians.queries.for_change(db, technician_id)
    if db.get(Customer, customer_id) is None:
        raise NotAllowed(customer=customer_id)
    _end(db, customer_id, technician_id, now=now)
    made = Exclusion(
        id=new_id(), customer_id=customer_id, technician_id=technician_id, until=until, reason=reason, said_at=now
    )
    db.add(made)
    facts = {"technician_id": technician_id, "technician": technician.code, "until": until, "reason": reason}
    recording.record(db, customer_id, "technician.excluded", actor=actor, facts=facts, now=now, kind="customer")
    db.execute(_LOOK_WHERE_RUNG, {"customer_id": customer_id, "technician_id": technician_id, "now": now})
    return made


def allow_again(db: WriteSession, customer_id: UUID, *, technician_id: UUID, actor: Actor, now: datetime) -> None:
    """The technician may be asked again at once; where nothing is excluded, nothing happens. Raises NotAllowed."""
    technician = technicians.queries.for_change(db, technician_id)
    if not _end(db, customer_id, technician_id, now=now):
        return
    facts = {"technician_id": technician_id, "technician": technician.code}
    recording.record(db, customer_id, "technician.allowed_again", actor=actor, facts=facts, now=now, kind="customer")
    sweeping.wake(db, technician_id, now=now)


def _end(db: WriteSession, customer_id: UUID, technician_id: UUID, *, now: datetime) -> bool:
    """End what stands, if anything does. The technician is locked, so that two who say it follow one another."""
    query = select(Exclusion).where(
        Exclusion.customer_id == customer_id, Exclusion.technician_id == technician_id, Exclusion.ended_at.is_(None)
    )
    found = db.scalars(query).one_or_none()
    if found is None:
        return False
    found.ended_at = now
    db.flush()  # the index on what stands must see it before the next is added
    return True
