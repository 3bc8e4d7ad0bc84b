"""Where the customer's phone is, sent by themselves: it places a case that nobody could place, and is kept in any case.

A site from the register or a place that somebody put on the map stays: whoever calls may be on the way home.
"""

from datetime import datetime
from typing import Final

from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake import actions, geocoding, lifecycle, queries
from intake.corrections import Correction, Place
from intake.events import ComplaintNoted
from intake.models import Complaint

#: Metres; a phone that says it knows better than this is not believed.
FINEST_M: Final = 10.0
#: What the ledger gives as the reason of the correction.
REASON: Final = "sent from the customer's phone"


def send(
    db: WriteSession, actor: Actor, *, latitude: float, longitude: float, accuracy_m: float, now: datetime
) -> Complaint:
    """Keep the position (WGS 84, metres) of the customer's phone; a case that was only guessed at stands there now.

    Raises NotAllowed for whoever isn't a customer, FieldWrong for a position that is none.
    """
    complaint = queries.for_change(db, queries.case_of_customer(actor))
    place = Place(latitude=latitude, longitude=longitude, radius_m=max(accuracy_m, FINEST_M))
    if _is_better(complaint, place):
        return actions.correct(
            db, complaint.id, correction=Correction(position=place), reason=REASON, actor=actor, now=now
        )
    recording.record(
        db, complaint.id, "customer.position", actor=actor, facts={"accuracy_m": place.radius_m}, now=now,
        private={"position": f"{latitude},{longitude}"},
    )  # fmt: skip
    announce(db, ComplaintNoted(subject_id=complaint.id, what="position"), now=now)
    return complaint


def _is_better(complaint: Complaint, place: Place) -> bool:
    """Whether the case's position was only guessed from an address, and less exactly than the phone knows."""
    if not lifecycle.is_open(complaint.stage):
        return False
    known_m = complaint.position_radius_m
    is_guessed = complaint.position_source is None or complaint.position_source in geocoding.SOURCES
    return is_guessed and (known_m is None or place.radius_m < known_m)
