"""Identifying cases whose unit came into the register after the call: the change an agent would make, made by the system.

Whoever registers a unit may see other regions than the cases that wait for it, so registering announces, and jobs that
see every region do the rest.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from foundation.accounts.roles import system
from foundation.database.session import WriteSession
from foundation.ledger.announcing import announce
from intake import actions, lifecycle, namesakes, queries, tasks
from intake.corrections import Correction
from intake.events import UnitFound

ACTOR: Final = system("intake.identify")
#: What stands in the ledger as the reason; the page has its words.
REASON: Final = "unit_registered"


def look_for_waiting(db: WriteSession, *, now: datetime) -> int:
    """Announce each open case whose unit is in the register by now; how many.

    All of them, whichever registration is the reason: what an earlier one missed is found as well. Each case is then
    judged in a transaction of its own, so that one that fails holds up no other.
    """
    found = namesakes.waiting(db)
    for complaint_id in found:
        announce(db, UnitFound(subject_id=complaint_id), now=now)
    return len(found)


def identify(db: WriteSession, complaint_id: UUID, *, now: datetime) -> None:
    """Give the case its unit by the serial number it names, if the register has it and nothing speaks against it.

    Where another customer owns the unit, or it stands on another site than the caller's, somebody is asked instead;
    when the register is put right, the case is judged again.
    A case that has ended or whose unit is known is left alone, so a second run changes nothing.
    """
    complaint = queries.for_change(db, complaint_id)
    namesake = namesakes.of(db, [complaint.id]).get(complaint.id) if lifecycle.is_open(complaint.stage) else None
    if namesake is None:
        return
    if namesake.contradicts is not None:
        # A reopened case is asked about anew; turns of corrections count upward, these downward.
        tasks.ask_whether(db, complaint, namesake, turn=-complaint.reopened_count, now=now)
        return
    correction = Correction(serial_number=namesake.serial_number)
    actions.correct(db, complaint.id, correction=correction, reason=REASON, actor=ACTOR, now=now)
