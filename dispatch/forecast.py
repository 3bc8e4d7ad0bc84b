"""Who is likely to come, for the answer to a call: the same ranking as a decision, without deciding anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import technicians.queries
from dispatch import candidates, loading, queries, travel
from dispatch.policy import SHIPPED, Policy
from dispatch.snapshot import CrewRole, Need, Snapshot
from dispatch.travel import Place
from foundation.database.session import ReadSession
from intake.grades import Grade

#: How many of the nearest are looked at: enough to name three who can come.
LOOKED_AT: Final = 8
NAMED: Final = 3
#: Stands for a complaint that has no row yet.
_NO_COMPLAINT: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody who would be asked as things stand: kilometres of road, minutes door to door."""

    technician_id: UUID
    technician: str
    name: str
    arrive_at: datetime
    travel_min: float
    distance_km: float


def likely(
    look: ReadSession, *, grade: Grade, family: str | None, latitude: float | None, longitude: float | None,
    region_code: str, called_at: datetime, minutes: Mapping[str, int], now: datetime, policy: Policy = SHIPPED,
) -> list[Likely]:
    """At most three people who would be asked now, the first to be asked first; empty without place or family.

    Two statements. A forecast, not a promise: the decision is made by a job and sees what was accepted meanwhile.
    """
    if family is None or latitude is None or longitude is None:
        return []
    place = Place(latitude, longitude)
    near = technicians.queries.nearest(
        look, family=family, latitude=latitude, longitude=longitude, at=now, limit=LOOKED_AT
    )
    need = _need(grade, family, region_code=region_code, called_at=called_at, minutes=minutes)
    busy = queries.occupations(look, [state.id for state in near], complaint_id=_NO_COMPLAINT) if near else {}
    until = max(now, need.promise_at) + timedelta(hours=policy.horizon_h)
    people = tuple(
        loading.person(
            state, place, need=need, occupation=busy.get(state.id), tried=None, in_crew=False, until=until,
            policy=policy, now=now,
        )
        for state in near
    )  # fmt: skip
    snapshot = Snapshot(
        at=now, need=need, people=people, total=len(people), qualified=len(people), counted_at=now,
        travel_source=travel.SOURCE,
    )  # fmt: skip
    names = {state.id: state.name for state in near}
    return [
        Likely(each.technician_id, each.code, names[each.technician_id], each.arrive_at, each.travel_min, each.road_km)
        for each in candidates.rank(snapshot, policy).ranked[:NAMED]
    ]


def _need(
    grade: Grade, family: str, *, region_code: str, called_at: datetime, minutes: Mapping[str, int]
) -> Need:
    return Need(
        complaint_id=_NO_COMPLAINT, number="", crew_role=CrewRole.LEAD, grade=grade, family=family, region=region_code,
        called_at=called_at, accept_by=called_at + timedelta(minutes=minutes["accept"]),
        target_at=called_at + timedelta(minutes=minutes["on_site_target"]),
        promise_at=called_at + timedelta(minutes=minutes["on_site_promise"]),
        needs_certificate=True, needs_senior=grade is Grade.MAJOR,
    )  # fmt: skip
