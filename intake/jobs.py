"""What the worker runs for intake: placing a case on the map, identifying its unit, moving it to another region."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from foundation.accounts.roles import system
from foundation.database.session import ReadSession, WriteSession, reading, unit_of_work
from foundation.jobs.job import Effect, Job, JobContext, Listener, Recurring
from foundation.ledger import recording
from foundation.ledger.announcing import Event, announce
from intake import geocoding, handing_over, identifying, queries, sweeping, tasks
from intake.calls import PLACED_WITHIN_M
from intake.events import (
    AddressCorrected,
    ComplaintLogged,
    ComplaintMoved,
    ComplaintPlaced,
    HandOverAsked,
    UnitFound,
    UnitsRegistered,
)  # fmt: skip
from intake.geocoding import Found, Geocode
from intake.lifecycle import Step
from intake.models import Complaint, Site

_ACTOR: Final = system("intake.place_on_map")


def placing(geocode: Geocode) -> Callable[[JobContext, Event], None]:
    """The job that asks `geocode` for a case that stands only by its district, or nowhere. Safe to repeat.

    What is unknown afterwards is the dispatcher's task, also while the geocoder doesn't answer. A unit that came into the
    register while the call was being written is found here.
    """

    def place_on_map(context: JobContext, event: Event) -> None:
        with reading(context.sessions) as look:
            complaint = look.get(Complaint, event.subject_id)
            address = _address(look, complaint)
        try:
            found = geocode(address) if address else None
            if found is not None:
                _place(context, event.subject_id, found, asked=address)
        finally:
            if complaint is not None and tasks.wanted(complaint):
                _complete(context, complaint.id)

    return place_on_map


def hand_over(db: WriteSession, event: HandOverAsked, now: datetime) -> None:
    """Move the case that is to go to another region; this transaction sees both."""
    handing_over.move(db, event.hand_over_id, now=now)


def look_for_waiting(db: WriteSession, event: UnitsRegistered, now: datetime) -> None:
    """Find the cases that waited for a unit of the register, of every region."""
    del event
    identifying.look_for_waiting(db, now=now)


def identify(db: WriteSession, event: UnitFound | ComplaintMoved, now: datetime) -> None:
    """Give the case its unit, if it still waits for it."""
    identifying.identify(db, event.subject_id, now=now)


def jobs(*, geocoder: str = "gazetteer", geocoder_key: str | None = None) -> list[Listener]:
    """The jobs with the geocoder that the settings name. ValueError for one that we don't know."""
    geocode = geocoding.chosen(geocoder, key=geocoder_key)
    return [
        Effect(name="intake.place_on_map", hears=ComplaintLogged, run=placing(geocode), only={"is_complete": [False]}),
        Effect(name="intake.place_again", hears=AddressCorrected, run=placing(geocode)),
        Job(name="intake.hand_over", hears=HandOverAsked, run=hand_over),
        Job(name="intake.look_for_waiting", hears=UnitsRegistered, run=look_for_waiting),
        Job(name="intake.identify", hears=UnitFound, run=identify),
        # While it was closed its unit may have come into the register.
        Job(name="intake.identify_reopened", hears=ComplaintMoved, run=identify, only={"step": [Step.REOPEN]}),
    ]


RECURRING: Final[list[Recurring]] = sweeping.RECURRING


def _address(look: ReadSession, complaint: Complaint | None) -> str | None:
    """What to ask for; None if the case needs no better place."""
    if complaint is None or not complaint.to_be_placed:
        return None
    site = look.get(Site, complaint.site_id) if complaint.site_id else None
    return complaint.address or (site.address if site else None)


def _place(context: JobContext, complaint_id: UUID, found: Found, *, asked: str | None) -> None:
    """Write the position down, if it is still asked for by this address and better than what is known."""
    with unit_of_work(context.sessions) as db:
        now = context.now()
        complaint = queries.for_change(db, complaint_id)
        known = complaint.position_radius_m
        if _address(db, complaint) != asked or (known is not None and known <= found.radius_m):
            return
        before = tasks.wanted(complaint)
        complaint.latitude, complaint.longitude = found.latitude, found.longitude
        complaint.position_radius_m, complaint.position_source = found.radius_m, found.source
        complaint.to_be_placed = found.radius_m > PLACED_WITHIN_M
        complaint.version += 1
        recording.record(
            db,
            complaint.id,
            "place.found",
            actor=_ACTOR,
            now=now,
            facts={"radius_m": found.radius_m, "source": found.source, "alternatives": found.alternatives},
            private={"position": f"{found.latitude},{found.longitude}", "matched": found.matched},
        )
        tasks.follow(db, complaint, before=before, now=now)
        announce(db, ComplaintPlaced(subject_id=complaint.id, radius_m=found.radius_m), now=now)


def _complete(context: JobContext, complaint_id: UUID) -> None:
    with unit_of_work(context.sessions) as db:
        now = context.now()
        identifying.identify(db, complaint_id, now=now)
        tasks.give(db, queries.for_change(db, complaint_id), now=now)
