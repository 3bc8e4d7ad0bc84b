"""Signing on and off: what a technician is here for right now, and the record that working time is counted from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from technicians import queries, reach
from technicians.errors import TechnicianInactive
from technicians.events import DutyChanged
from technicians.models import Duty, DutyPeriod
from technicians.words import DutyState


def duty_on(
    db: WriteSession, technician_id: UUID, *, actor: Actor, now: datetime, state: DutyState = DutyState.ON
) -> None:
    """Sign on for duty or on call; from now on positions are taken and offers may come.

    Signing on again for the same changes nothing. Raises TechnicianInactive, NotAllowed.
    """
    sign(db, technician_id, state, actor=actor, now=now)


def duty_off(db: WriteSession, technician_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Sign off: positions are no longer taken, the stretch of duty enters the record. Raises NotAllowed."""
    sign(db, technician_id, DutyState.OFF, actor=actor, now=now)


def sign(db: WriteSession, technician_id: UUID, state: DutyState, *, actor: Actor, now: datetime) -> None:
    """Sign on, on call or off, whichever `state` says. Raises as `duty_on`."""
    technician = queries.for_change(db, technician_id)
    if state is not DutyState.OFF and not technician.active:
        raise TechnicianInactive(technician=technician.code)
    duty = db.get(Duty, technician_id)
    was = DutyState(duty.state) if duty else DutyState.OFF
    if was is state:
        return
    if duty is None:
        db.add(Duty(technician_id=technician_id, state=state, since=now))
    else:
        _finish(db, duty, now=now)
        duty.state, duty.since = state, now
    recording.record(
        db, technician_id, f"duty.{state}", actor=actor, facts={"from": was, "to": state}, now=now, kind="technician"
    )
    reach.refresh(db, [technician_id], now=now)
    announce(db, DutyChanged(subject_id=technician_id, state=state), now=now)


def _finish(db: WriteSession, duty: Duty, *, now: datetime) -> None:
    """Put the stretch that ends now into the record; one without extent isn't a stretch."""
    if duty.state != DutyState.OFF and duty.since < now:
        db.add(DutyPeriod(technician_id=duty.technician_id, during=Range(duty.since, now), state=duty.state))
