"""Who is likely to come, for the answer to a call: the same ranking as a decision, without deciding anything."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Row

import technicians.queries
from dispatch import candidates, loading, policies, queries, travel
from dispatch.policy import Policy
from dispatch.snapshot import CrewRole, Need, Person, Snapshot
from dispatch.travel import Place
from foundation.database.session import ReadSession
from intake.calls import Likely, Logged
from intake.clocks import Kind
from intake.grades import Grade
from technicians.field import FieldState

#: How many of the nearest are looked at: enough to name three who can come.
LOOKED_AT: Final = 5
NAMED: Final = 3


def likely(look: ReadSession, logged: Logged, *, grade: Grade, customer_id: UUID | None, now: datetime) -> list[Likely]:
    """At most three people who would be asked now, the first to be asked first; empty without place or family.

    One statement. A forecast, not a promise: the decision is made by a job and sees what was accepted meanwhile, and
    only people whom this reader may see are named.
    """
    if logged.family is None or logged.position is None:
        return []
    place = Place(logged.position.latitude, logged.position.longitude)
    near = technicians.queries.nearest_beside(
        look, family=logged.family, latitude=place.latitude, longitude=place.longitude, at=now, limit=LOOKED_AT,
        beside=queries.OCCUPATIONS, values={"complaint_id": logged.id, "customer_id": customer_id},
    )  # fmt: skip
    if not near:
        return []
    need, policy = _need(logged, grade=grade), policies.by_id(look, near[0][1].policy_id)
    until = max(now, need.promise_at) + timedelta(hours=policy.horizon_h)
    people = tuple(_person(state, place, need, row, until=until, policy=policy, now=now) for state, row in near)
    snapshot = Snapshot(
        at=now, need=need, people=people, total=len(people), qualified=len(people), counted_at=now,
        travel_source=travel.SOURCE,
    )  # fmt: skip
    return [
        Likely(technician=each.code, arrive_at=each.arrive_at, travel_min=each.travel_min, distance_km=each.road_km)
        for each in candidates.rank(snapshot, policy).ranked[:NAMED]
    ]


def _person(
    state: FieldState,
    place: Place,
    need: Need,
    row: Row[tuple[object, ...]],
    *,
    until: datetime,
    policy: Policy,
    now: datetime,
) -> Person:
    occupation = queries.occupation(row)
    start = loading.start_of(state, occupation, policy=policy, now=now)
    way = travel.roughly(start.place, place)
    return loading.person(
        state,
        start,
        way,
        need=need,
        occupation=occupation,
        excluded_until=queries.excluded_until(row),
        tried=None,
        in_crew=False,
        until=until,
        now=now,
    )


def _need(logged: Logged, *, grade: Grade) -> Need:
    due = {commitment.kind: commitment for commitment in logged.commitments}
    promise = due[Kind.ON_SITE_PROMISE]
    return Need(
        complaint_id=logged.id, number=logged.number, crew_role=CrewRole.LEAD, grade=grade, family=logged.family,
        region=logged.region_code, called_at=promise.due_at - timedelta(minutes=promise.minutes),
        accept_by=due[Kind.ACCEPT].due_at, target_at=due[Kind.ON_SITE_TARGET].due_at, promise_at=promise.due_at,
        needs_certificate=True, needs_senior=grade is Grade.MAJOR,
    )  # fmt: skip
