"""A case that was handed over to another region: its open escalations stand in front of that region's people."""

from datetime import datetime
from typing import Final
from uuid import UUID

from escalation import notices, policies, queries, raising
from escalation.appointing import AppointedAs
from escalation.ladder import Level
from escalation.models import EscalationCase, Rung
from foundation.accounts import queries as people
from foundation.database.session import WriteSession
from intake import queries as complaints
from intake.models import Complaint

#: Owners who have it because of the region. Whoever was chosen by hand keeps it, and the head of service has every region.
_FOR_THE_REGION: Final = frozenset({AppointedAs.OWNER, AppointedAs.DEPUTY, AppointedAs.REGION_ABOVE})
#: Levels that belong to a region. An appraisal goes on with whoever examines.
_LEVELS: Final = frozenset({Level.DISPATCHER, Level.MANAGER})


def to_region(db: WriteSession, complaint_id: UUID, *, was: str, now: datetime) -> None:
    """Give each open case of the complaint an owner of its region, who must acknowledge anew.

    A second run finds owners of this region and changes nothing.
    """
    complaint = complaints.for_change(db, complaint_id)
    for case in queries.open_of(db, complaint.id):
        rung = queries.standing(db, case)
        if not _stays(db, complaint, rung):
            _hand_on(db, complaint, case, rung, was=was, now=now)


def _stays(db: WriteSession, complaint: Complaint, rung: Rung) -> bool:
    """Whether the owner goes on: chosen by hand, of a level above regions, or at home in this region, too."""
    if rung.level not in _LEVELS or rung.owner_user_id is None or rung.appointed_as not in _FOR_THE_REGION:
        return True
    return complaint.region_code in people.regions_of(db, rung.owner_user_id)


def _hand_on(
    db: WriteSession, complaint: Complaint, case: EscalationCase, rung: Rung, *, was: str, now: datetime
) -> None:
    before, ladder, level = rung.owner_user_id, policies.stamped(case), Level(case.level)
    owner = queries.appointed(db, ladder, level, region_code=complaint.region_code, now=now)
    if owner is None or owner.owner_id == before:
        return
    rung = raising.stand_on(db, complaint, case, level, owner=owner, now=now)
    facts = {"was": before, "from_region": was, "region": complaint.region_code}
    raising.note(db, "escalation.handed_over", complaint, case, rung, facts=facts, actor=raising.SYSTEM, now=now)
    notices.tell_owner(db, complaint, case, rung, template="escalation-handed-over", now=now)
    raising.close_doors(db, complaint.id, now=now)
