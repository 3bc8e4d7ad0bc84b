"""A case that was handed over to another region: who rings for it, and for whom it is looked next."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from dispatch import queries, rounds
from dispatch.words import OfferState
from foundation.database.session import WriteSession
from intake.models import Complaint

#: What rings for people of other regions. Whoever can still go best is asked again as somebody to be borrowed.
_WITHDRAW: Final = text(
    """
    UPDATE offers SET state = 'withdrawn', answered_at = :now FROM technicians t
    WHERE offers.complaint_id = :complaint_id AND offers.state = 'open' AND t.id = offers.technician_id
      AND t.region_code <> :region
    RETURNING offers.id, offers.technician_id
    """
)


def aim_anew(db: WriteSession, complaint: Complaint, *, now: datetime) -> None:
    """Withdraw the open offers to other regions' people; what was said of the search so far is said anew if it holds.

    The complaint must be locked. Accepted work stays. A second run finds nothing that rings elsewhere.
    """
    for each in queries.open_rounds(db, complaint.id):
        each.nobody_at = each.breach_at = each.last_said = None
        each.next_look_at = now
    db.flush()
    given = {"complaint_id": complaint.id, "region": complaint.region_code, "now": now}
    for row in db.execute(_WITHDRAW, given).all():
        rounds.announce_answer(
            db, complaint.id, row.id, technician_id=row.technician_id, answer=OfferState.WITHDRAWN, now=now
        )
