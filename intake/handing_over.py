"""Handing a case over to another region: asked by a person or by the unit that was identified, done by the system.

Row-level security lets whoever asks neither see nor write the other region, so asking leaves a row, an entry and an
announcement, and a job moves the case. Work that somebody has accepted stays with whoever has it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.accounts.models import Region
from foundation.accounts.roles import Actor, system
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.notifications import sending
from foundation.notifications.models import Urgency
from foundation.problems import FieldWrong
from intake import desks, lifecycle, queries, tasks
from intake.errors import HandOverRefused
from intake.events import ComplaintHandedOver, HandOverAsked
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint, Customer, Equipment, HandOver, Site
from intake.words import HandOverOutcome, HandOverWhy

ACTOR: Final = system("intake.hand_over")
#: Stages in which nobody has accepted yet: the case follows its unit. Later a person decides.
FOLLOWS_UNIT: Final = frozenset({Stage.LOGGED, Stage.GRADED, Stage.DISPATCHING, Stage.REOPENED})
#: The index on open rows decides. Nothing is read back: who asks for another region's agent need not see the row.
_ON_ITS_WAY: Final = text(
    """
    INSERT INTO hand_overs (id, complaint_id, number, was, region_code, why, reason, asked_at)
    VALUES (:id, :complaint_id, :number, :was, :region_code, :why, :reason, :asked_at) ON CONFLICT DO NOTHING
    """
)


def ask(
    db: WriteSession, complaint_id: UUID, *, region_code: str, reason: str, actor: Actor, now: datetime
) -> HandOver:
    """Ask for the case to go to another region, with a reason.

    Raises FieldWrong for an unknown region; HandOverRefused when it has ended, is that region's already, or is on its
    way; NotAllowed.
    """
    complaint = queries.for_change(db, complaint_id)
    if db.get(Region, region_code) is None:
        raise FieldWrong(field="region_code", reason="unknown")
    refusal = _refusal(complaint, region_code)
    asked = None if refusal else _open(db, complaint, region_code, why=HandOverWhy.ASKED, reason=reason, now=now)
    if asked is None:
        raise HandOverRefused(number=complaint.number, reason=refusal or "pending")
    _tell_asked(db, complaint, asked, actor=actor, now=now)
    return asked


def follow_unit(db: WriteSession, complaint: Complaint, unit: Equipment, *, now: datetime) -> None:
    """The unit is known now and stands in another region: its case goes there, unless somebody has accepted it.

    A case that is on its way already goes where a person sent it.
    """
    region_code = region_of(db, unit)
    if region_code in (None, complaint.region_code) or complaint.stage not in FOLLOWS_UNIT:
        return
    asked = _open(db, complaint, str(region_code), why=HandOverWhy.UNIT_IDENTIFIED, reason=unit.serial_number, now=now)
    if asked is not None:
        _tell_asked(db, complaint, asked, actor=ACTOR, now=now)


def region_of(look: ReadSession, unit: Equipment) -> str | None:
    """The region that looks after a unit: its site's, else its own, else its customer's; as a call is given one."""
    site = look.get(Site, unit.site_id) if unit.site_id else None
    customer = look.get(Customer, unit.customer_id) if unit.customer_id else None
    return (site and site.region_code) or unit.region_code or (customer and customer.region_code) or None


def move(db: WriteSession, hand_over_id: UUID, *, now: datetime) -> None:
    """Move the case, if it still should go: for the system, which sees every region. A second run finds it ended."""
    found = db.get(HandOver, hand_over_id)
    if found is None:
        return
    complaint = queries.for_change(db, found.complaint_id)
    asked = db.get_one(HandOver, hand_over_id, populate_existing=True, with_for_update={"key_share": True})
    if asked.ended_at is not None:
        return
    stays = _stays(complaint, asked)
    asked.ended_at, asked.outcome = now, HandOverOutcome.STAYED if stays else HandOverOutcome.MOVED
    complaint.version += 1
    facts = {**_facts(asked), "stage": complaint.stage}
    if stays:
        recording.record(db, complaint.id, "region.stayed", actor=ACTOR, facts=facts, now=now)
        return
    complaint.region_code = asked.region_code
    recording.record(db, complaint.id, "region.handed_over", actor=ACTOR, facts=facts, now=now)
    announce(db, ComplaintHandedOver(subject_id=complaint.id, region_code=asked.region_code, was=asked.was), now=now)
    tasks.close(db, complaint, now=now)
    tasks.give(db, complaint, now=now, turn=complaint.version)
    _tell_people(db, complaint, asked, now=now)


def _refusal(complaint: Complaint, region_code: str) -> str | None:
    if not lifecycle.is_open(complaint.stage):
        return "ended"
    return "own-region" if complaint.region_code == region_code else None


def _open(
    db: WriteSession, complaint: Complaint, region_code: str, *, why: HandOverWhy, reason: str, now: datetime
) -> HandOver | None:
    """The row of a case on its way; None if it is on its way already."""
    asked = {
        "id": new_id(), "complaint_id": complaint.id, "number": complaint.number, "was": complaint.region_code,
        "region_code": region_code, "why": why, "reason": reason, "asked_at": now,
    }  # fmt: skip
    made = db.connection().execute(_ON_ITS_WAY, asked)
    return HandOver(**asked) if made.rowcount else None


def _tell_asked(db: WriteSession, complaint: Complaint, asked: HandOver, *, actor: Actor, now: datetime) -> None:
    complaint.version += 1
    recording.record(db, complaint.id, "region.handing_over", actor=actor, facts=_facts(asked), now=now)
    announce(db, HandOverAsked(subject_id=complaint.id, hand_over_id=asked.id), now=now)


def _stays(complaint: Complaint, asked: HandOver) -> bool:
    """Whether something happened on the way that keeps the case where it is."""
    if not lifecycle.is_open(complaint.stage) or complaint.region_code != asked.was:
        return True
    return asked.why == HandOverWhy.UNIT_IDENTIFIED and complaint.stage not in FOLLOWS_UNIT


def _facts(asked: HandOver) -> Mapping[str, object]:
    """What the ledger tells."""
    return {"was": asked.was, "region": asked.region_code, "why": asked.why, "reason": asked.reason}


def _tell_people(db: WriteSession, complaint: Complaint, asked: HandOver, *, now: datetime) -> None:
    """The new region's dispatcher, of a major complaint its manager, too; and the dispatcher who had it before."""
    to = {desks.dispatcher(db, asked.region_code, now=now)}
    if complaint.grade == Grade.MAJOR:
        to.add(desks.manager(db, asked.region_code, now=now))
    before = {desks.dispatcher(db, asked.was, now=now)} - to
    facts = {**_facts(asked), "number": complaint.number, "grade": complaint.grade, "stage": complaint.stage}
    urgency = Urgency.ALARM if complaint.grade == Grade.MAJOR else Urgency.NORMAL
    for template, people, loud in (("region-received", to, urgency), ("region-left", before, Urgency.NORMAL)):
        for user_id in sorted(one for one in people if one is not None):
            sending.tell(
                db, recipient_user_id=user_id, template=template, facts=facts, case_id=complaint.id, urgency=loud,
                dedup_key=f"hand-over:{asked.id}:{template}", now=now,
            )  # fmt: skip
