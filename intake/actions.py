"""What people do with a logged complaint: acknowledge, note, correct, withdraw, reroute, merge."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake import corrections, handing_over, lifecycle, links, progress, queries, searching, tasks
from intake.corrections import Correction
from intake.errors import Changed, MergeRefused
from intake.events import AddressCorrected, ComplaintNoted, ComplaintPlaced
from intake.lifecycle import Step
from intake.models import Complaint, ComplaintWords, Customer, Equipment, Site


def acknowledge(db: WriteSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> Complaint:
    """A person has seen it and says so. Once is enough: a second time changes nothing."""
    complaint = queries.for_change(db, complaint_id)
    if complaint.first_acknowledged_at is None:
        progress.advance(db, complaint, Step.ACKNOWLEDGE, actor=actor, now=now)
    return complaint


def add_note(db: WriteSession, complaint_id: UUID, *, note: str, actor: Actor, now: datetime) -> Complaint:
    """Add what was heard or seen; a note is never changed. Its text may name people, so it can be erased."""
    complaint = queries.for_change(db, complaint_id)
    complaint.version += 1
    recording.record(db, complaint.id, "note.added", actor=actor, facts={}, now=now, private={"note": note})
    announce(db, ComplaintNoted(subject_id=complaint.id, what="note"), now=now)
    return complaint


def correct(
    db: WriteSession,
    complaint_id: UUID,
    *,
    correction: Correction,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Complaint:
    """Replace facts that were heard wrong or not known; old and new values stand in the ledger with the reason.

    A corrected address moves a position that came from the one before. A serial number that is known brings its
    unit, site and customer, and takes the case to the unit's region while nobody has accepted it. `version` refuses
    the correction if somebody changed the complaint since it was read. Raises FieldWrong, Changed.
    """
    complaint = queries.for_change(db, complaint_id)
    if version is not None and version != complaint.version:
        raise Changed(number=complaint.number, version=complaint.version)
    new, before = _changes(db, complaint, correction), tasks.wanted(complaint)
    old = {name: getattr(complaint, name) for name in new}
    for name, value in new.items():
        setattr(complaint, name, value)
    complaint.version += 1
    db.merge(ComplaintWords(complaint_id=complaint.id, search=searching.vector(_words(db, complaint))))
    _record_correction(db, complaint, old=old, new=new, reason=reason, actor=actor, now=now)
    if old.get("serial_number_given") != new.get("serial_number_given"):
        # Whoever was asked was asked about another one.
        tasks.close(db, complaint, now=now, tasks=[tasks.Task.IDENTIFY])
        before -= {tasks.Task.IDENTIFY}
    tasks.follow(db, complaint, before=before, now=now)
    if complaint.equipment_id is not None and "equipment_id" in new:
        handing_over.follow_unit(db, complaint, db.get_one(Equipment, complaint.equipment_id), now=now)
    return complaint


def _changes(db: WriteSession, complaint: Complaint, correction: Correction) -> dict[str, object]:
    """The corrected facts and what follows from them: column → new value. Raises FieldWrong."""
    new = corrections.changes(correction)
    if "serial_number_given" in new:
        new |= _identified(db, complaint, str(new["serial_number_given"]))
    if "address" in new and "latitude" not in new:
        source, radius_m = complaint.position_source, complaint.position_radius_m
        new |= corrections.placed_by(str(new["address"]), source=source, radius_m=radius_m)
    return new


def _record_correction(
    db: WriteSession,
    complaint: Complaint,
    *,
    old: dict[str, object],
    new: dict[str, object],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    was, was_private = corrections.told(old)
    became, became_private = corrections.told(new)
    recording.record(
        db,
        complaint.id,
        "fact.corrected",
        actor=actor,
        now=now,
        facts={"reason": reason, "fields": sorted(new), "old": was, "new": became},
        private={f"old.{name}": value for name, value in was_private.items()}
        | {f"new.{name}": value for name, value in became_private.items()},
    )
    announce(db, ComplaintNoted(subject_id=complaint.id, what=min(new)), now=now)
    if "latitude" in new:
        announce(db, ComplaintPlaced(subject_id=complaint.id, radius_m=complaint.position_radius_m or 0.0), now=now)
    if "address" in new and complaint.to_be_placed:
        announce(db, AddressCorrected(subject_id=complaint.id), now=now)


def give_link(db: WriteSession, complaint_id: UUID, *, purpose: str, actor: Actor, now: datetime) -> str:
    """Make a customer's link and give its secret, which is known this once; the ledger says who gave it."""
    complaint = queries.for_change(db, complaint_id)
    token = links.issue(db, complaint.id, purpose=purpose, now=now)
    recording.record(db, complaint.id, "link.given", actor=actor, facts={"purpose": purpose}, now=now)
    return token


def withdraw(db: WriteSession, complaint_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Complaint:
    """The customer takes it back, in their words."""
    complaint = queries.for_change(db, complaint_id)
    progress.advance(db, complaint, Step.WITHDRAW, actor=actor, now=now, facts={"reason": reason})
    return complaint


def reroute(db: WriteSession, complaint_id: UUID, *, reason: str, to: str, actor: Actor, now: datetime) -> Complaint:
    """It is no complaint but a question or a sale; `to` says who has it now."""
    complaint = queries.for_change(db, complaint_id)
    progress.advance(db, complaint, Step.REROUTE, actor=actor, now=now, facts={"reason": reason, "handed_to": to})
    return complaint


def merge(
    db: WriteSession, complaint_id: UUID, *, into_number: str, reason: str, actor: Actor, now: datetime
) -> Complaint:
    """Two complaints are one: this one ends, the other goes on and knows of it. Raises MergeRefused."""
    into_id = queries.id_for_change(db, into_number)
    locked = {one: queries.for_change(db, one) for one in sorted({complaint_id, into_id})}
    complaint, into = locked[complaint_id], locked[into_id]
    refusal = _merge_refusal(complaint, into)
    if refusal:
        raise MergeRefused(number=complaint.number, into=into.number, reason=refusal)
    complaint.merged_into_id = into.id
    progress.advance(db, complaint, Step.MERGE, actor=actor, now=now, facts={"into": into.number, "reason": reason})
    into.version += 1
    recording.record(
        db, into.id, "merged.in", actor=actor, facts={"number": complaint.number, "reason": reason}, now=now
    )
    announce(db, ComplaintNoted(subject_id=into.id, what="merged"), now=now)
    return complaint


def _merge_refusal(complaint: Complaint, into: Complaint) -> str | None:
    if complaint.id == into.id:
        return "itself"
    if not lifecycle.is_open(into.stage):
        return "not-open"
    units = {complaint.equipment_id, into.equipment_id} - {None}
    return "other-unit" if len(units) > 1 else None


def _identified(db: WriteSession, complaint: Complaint, serial_number: str) -> dict[str, object]:
    """What a serial number brings: its unit, and the unit's site, customer and position where nothing better is known."""
    unit = db.scalars(select(Equipment).where(Equipment.serial_number == serial_number)).one_or_none()
    if unit is None:
        return {"to_be_identified": True, "equipment_id": None}
    found: dict[str, object] = {"to_be_identified": False, "equipment_id": unit.id, "family": unit.family}
    if unit.customer_id is not None:
        found["customer_id"] = unit.customer_id
    site = db.get(Site, unit.site_id) if unit.site_id else None
    if site is None:
        return found
    found["site_id"] = site.id
    if complaint.to_be_placed and site.latitude is not None:
        found |= {
            "latitude": site.latitude,
            "longitude": site.longitude,
            "position_radius_m": site.position_radius_m,
            "position_source": "site",
            "to_be_placed": False,
        }
    return found


def _words(db: WriteSession, complaint: Complaint) -> set[str]:
    customer = db.get(Customer, complaint.customer_id) if complaint.customer_id else None
    return {
        *searching.name_words(complaint.caller_name),
        *searching.name_words(customer.name if customer else None),
        *searching.phone_words(complaint.caller_phone),
        *searching.phone_words(complaint.call_back_phone),
        *searching.serial_words(complaint.serial_number_given),
    }
