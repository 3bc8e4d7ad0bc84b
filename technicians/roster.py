"""The roster: shifts, on-call nights, absences, and the certificates without which a shift is worth little."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from foundation.problems import FieldWrong, NotAllowed
from technicians import queries
from technicians.errors import RestTooShort, ShiftOverlaps, TechnicianInactive
from technicians.events import AbilityChanged
from technicians.hours import WEEK, Period, WorkingTime, judge
from technicians.models import Absence, Certificate, Shift, Technician
from technicians.words import ShiftKind

#: Longest rostered stretch: a working day with overtime, a long weekend on call.
LONGEST: Final = {ShiftKind.DUTY: timedelta(hours=16), ShiftKind.ON_CALL: timedelta(days=7)}


def add_shift(
    db: WriteSession,
    technician_id: UUID,
    *,
    during: Period,
    kind: ShiftKind,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> Shift:
    """Roster a stretch of duty or on call; it may cross midnight.

    Duty keeps to the person's working time unless a `reason` says why not. Raises ShiftOverlaps, RestTooShort,
    TechnicianInactive, FieldWrong for a stretch without extent or too long, NotAllowed.
    """
    technician = queries.for_change(db, technician_id)
    if not technician.active:
        raise TechnicianInactive(technician=technician.code)
    _fits(db, technician, during=during, kind=kind, reason=reason)
    shift = Shift(id=new_id(), technician_id=technician_id, during=Range(during.start, during.end), kind=kind)
    db.add(shift)
    facts = {"shift_id": shift.id, "start": during.start, "end": during.end, "kind": kind, "reason": reason}
    _witness(db, technician_id, "shift.added", facts, actor=actor, now=now)
    return shift


def move_shift(
    db: WriteSession, shift_id: UUID, *, during: Period, actor: Actor, now: datetime, reason: str | None = None
) -> Shift:
    """Roster the same shift for another time. Raises as `add_shift`."""
    shift, technician = _shift_for_change(db, shift_id)
    kind = ShiftKind(shift.kind)
    _fits(db, technician, during=during, kind=kind, reason=reason, besides=shift_id)
    facts = {
        "shift_id": shift_id,
        "was_start": shift.during.lower,
        "was_end": shift.during.upper,
        "start": during.start,
        "end": during.end,
        "reason": reason,
    }
    shift.during = Range(during.start, during.end)
    _witness(db, shift.technician_id, "shift.moved", facts, actor=actor, now=now)
    return shift


def remove_shift(db: WriteSession, shift_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take a shift off the roster. Raises NotAllowed."""
    shift, technician = _shift_for_change(db, shift_id)
    facts = {"shift_id": shift_id, "start": shift.during.lower, "end": shift.during.upper, "kind": shift.kind}
    db.delete(shift)
    _witness(db, technician.id, "shift.removed", facts, actor=actor, now=now)


def add_absence(
    db: WriteSession,
    technician_id: UUID,
    *,
    start_at: datetime,
    end_at: datetime | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Absence:
    """Say that somebody isn't there, until further notice when `end_at` is None. Accepted work is the desk's matter."""
    queries.for_change(db, technician_id)
    if end_at is not None and end_at <= start_at:
        raise FieldWrong(field="end_at", reason="not-after-start")
    absence = Absence(id=new_id(), technician_id=technician_id, during=Range(start_at, end_at), reason=reason)
    db.add(absence)
    facts = {"absence_id": absence.id, "start": start_at, "end": end_at}
    recording.record(
        db,
        technician_id,
        "absence.added",
        actor=actor,
        facts=facts,
        now=now,
        kind="technician",
        private={"reason": reason},
    )
    announce(db, AbilityChanged(subject_id=technician_id), now=now)
    return absence


def remove_absence(db: WriteSession, absence_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Somebody is there after all. Raises NotAllowed."""
    absence = db.get(Absence, absence_id)
    if absence is None:
        raise NotAllowed
    db.delete(absence)
    _witness(db, absence.technician_id, "absence.removed", {"absence_id": absence_id}, actor=actor, now=now)


def grant_certificate(
    db: WriteSession,
    technician_id: UUID,
    *,
    family: str,
    kind: str,
    number: str,
    valid_until: date,
    actor: Actor,
    now: datetime,
) -> Certificate:
    """Keep a certificate, good to the end of the day `valid_until`; the same number again is its renewal."""
    queries.for_change(db, technician_id)
    certificate = db.scalars(
        select(Certificate).where(
            Certificate.technician_id == technician_id,
            Certificate.family == family,
            Certificate.kind == kind,
            Certificate.number == number,
        )
    ).one_or_none()
    if certificate is None:
        certificate = Certificate(
            id=new_id(), technician_id=technician_id, family=family, kind=kind, number=number, valid_until=valid_until
        )
        db.add(certificate)
    certificate.valid_until = valid_until
    facts = {"family": family, "kind": kind, "number": number, "valid_until": valid_until.isoformat()}
    _witness(db, technician_id, "certificate.granted", facts, actor=actor, now=now)
    return certificate


def withdraw_certificate(
    db: WriteSession, technician_id: UUID, certificate_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> None:
    """A certificate counts no longer. Raises NotAllowed."""
    queries.for_change(db, technician_id)
    certificate = db.get(Certificate, certificate_id)
    if certificate is None or certificate.technician_id != technician_id:
        raise NotAllowed
    facts = {
        "family": certificate.family,
        "kind": certificate.kind,
        "number": certificate.number,
        "reason": reason,
        "valid_until": certificate.valid_until.isoformat(),
    }
    db.delete(certificate)
    _witness(db, technician_id, "certificate.withdrawn", facts, actor=actor, now=now)


def shifts_of(look: ReadSession, technician_id: UUID, *, since: datetime, until: datetime) -> Sequence[Shift]:
    """The person's shifts that touch the time, in order."""
    span = Range(since, until)
    query = select(Shift).where(Shift.technician_id == technician_id, Shift.during.overlaps(span))
    return look.scalars(query.order_by(func.lower(Shift.during))).all()


def _shift_for_change(db: WriteSession, shift_id: UUID) -> tuple[Shift, Technician]:
    """The shift and its technician, who is locked. Raises NotAllowed."""
    shift = db.get(Shift, shift_id)
    if shift is None:
        raise NotAllowed
    return shift, queries.for_change(db, shift.technician_id)


def _fits(
    db: WriteSession,
    technician: Technician,
    *,
    during: Period,
    kind: ShiftKind,
    reason: str | None,
    besides: UUID | None = None,
) -> None:
    """Refuse what has no extent, is too long, overlaps a shift or breaks working time without a reason."""
    if not during.length:
        raise FieldWrong(field="end_at", reason="not-after-start")
    if during.length > LONGEST[kind]:
        raise FieldWrong(field="end_at", reason="too-long", hours=LONGEST[kind] / timedelta(hours=1))
    near = shifts_of(db, technician.id, since=during.start - WEEK, until=during.end + WEEK)
    others = [(period_of(shift), shift.kind) for shift in near if shift.id != besides]
    for other, _ in others:
        if other.within(during).length:
            raise ShiftOverlaps(technician=technician.code, start_at=other.start, end_at=other.end)
    if kind is not ShiftKind.DUTY or reason:
        return
    duty = [other for other, its_kind in others if its_kind == ShiftKind.DUTY]
    limits = WorkingTime(technician.max_daily_hours, technician.max_weekly_hours, technician.min_rest_hours)
    verdict = judge(duty, work=during, limits=limits)
    if verdict.limit is not None:
        raise RestTooShort(technician=technician.code, limit=verdict.limit, allowed_from=verdict.allowed_from)


def period_of(shift: Shift) -> Period:
    """The shift's time; the table lets none be open."""
    start, end = shift.during.lower, shift.during.upper
    if start is None or end is None:
        message = f"shift {shift.id} has no end"
        raise ValueError(message)
    return Period(start, end)


def _witness(db: WriteSession, technician_id: UUID, step: str, facts: Facts, *, actor: Actor, now: datetime) -> None:
    """The ledger's entry and the word to whoever waits for such a person."""
    recording.record(db, technician_id, step, actor=actor, facts=facts, now=now, kind="technician")
    announce(db, AbilityChanged(subject_id=technician_id), now=now)
