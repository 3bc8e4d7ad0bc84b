"""Wire shapes of dispatch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from dispatch.candidates import Candidate, Excluded, Ranking
from dispatch.choice import Choice
from dispatch.explaining import Replay
from dispatch.models import Assignment, Decision, DispatchPolicy, Exclusion, Offer
from dispatch.policy import Numbers, Policy, numbers_of
from dispatch.snapshot import CrewRole
from dispatch.words import DeclineReason
from foundation.wire import AwareTime, Line, Wire
from intake.models import Complaint


class Decline(Wire, frozen=True, kw_only=True):
    """Why not; `other` needs a note."""

    reason: DeclineReason
    note: Line | None = None


class ByHand(Wire, frozen=True, kw_only=True):
    """Who shall go, and why this person."""

    technician_id: UUID
    reason: Line
    crew_role: CrewRole = CrewRole.LEAD


class ReleaseReason(Wire, frozen=True, kw_only=True):
    """Who is taken off the job, and why."""

    technician_id: UUID
    reason: Line


class HeavyPartsNeeded(Wire, frozen=True, kw_only=True):
    """Whether parts are needed that only some vehicles carry."""

    needed: bool


class Exclude(Wire, frozen=True, kw_only=True):
    """Whom the customer doesn't want to see, until when, and why."""

    technician_id: UUID
    until: AwareTime
    reason: Line


class SaveDispatchPolicy(Wire, frozen=True, kw_only=True):
    """The next version, based on the latest."""

    based_on: Annotated[int, Meta(ge=1, le=1_000_000)]
    valid_from: AwareTime
    numbers: Numbers


class HeavyPartsView(msgspec.Struct, frozen=True, kw_only=True):
    """What was said last about the parts, and when."""

    number: str
    needed: bool
    said_at: datetime


class ExclusionView(msgspec.Struct, frozen=True, kw_only=True):
    """A technician whom a customer doesn't want to see."""

    technician_id: UUID
    technician: str
    until: datetime
    reason: str
    said_at: datetime


class Exclusions(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody whom a customer doesn't want to see now."""

    items: list[ExclusionView]


class DispatchPolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one version."""

    version: int
    numbers: Numbers


class DispatchPolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version: from when searches follow it, who saved it (null for the shipped one) and when."""

    version: int
    valid_from: datetime
    author_id: UUID | None
    created_at: datetime


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """One offer with what the technician needs to decide."""

    id: UUID
    number: str
    grade: str
    family: str | None
    sentence: str
    address: str | None
    latitude: float | None
    longitude: float | None
    injury_or_danger: bool
    technician_id: UUID
    crew_role: str
    state: str
    offered_at: datetime
    lapses_at: datetime
    arrive_at: datetime
    travel_min: float
    distance_km: float
    due_at: datetime | None


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """The offers that ring."""

    items: list[OfferView]


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted work."""

    id: UUID
    number: str
    stage: str
    technician_id: UUID
    crew_role: str
    accepted_at: datetime
    arrive_at: datetime
    leave_by_at: datetime
    travel_min: float
    ended_at: datetime | None
    ended_how: str | None


class CandidateView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who could go, with the terms of the ranking."""

    rank: int
    technician_id: UUID
    technician: str
    arrive_at: datetime
    leave_at: datetime
    travel_min: float
    road_km: float
    limit_margin_min: float
    promise_margin_min: float
    overtime_min: float
    free_now: bool
    on_call: bool
    borrowed: bool
    senior: bool
    asked_before: int
    starts_from: str
    position_age_min: float | None


class ExcludedView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can't go now, with the first filter that fails; `why` is a code."""

    technician_id: UUID
    technician: str
    why: str
    until: datetime | None


class CandidatesView(msgspec.Struct, frozen=True, kw_only=True):
    """Ranked and excluded are everybody who was looked at; the rest of the company is counted by reason."""

    at: datetime
    crew_role: str
    do: str
    why: str
    forecast_at: datetime | None
    breach: bool
    nobody_left: bool
    senior_missing: bool
    latest_departure_at: datetime | None
    place_from: str
    travel_source: str
    candidates: list[CandidateView]
    excluded: list[ExcludedView]
    not_among_the_nearest: int
    without_the_family: int


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A stored decision: its input, its outcome, and the digest of the outcome in hexadecimal."""

    id: UUID
    crew_role: str
    decided_at: datetime
    policy_version: int
    snapshot: Mapping[str, object]
    outcome: Mapping[str, object]
    digest: str


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """All decisions about a complaint, the last one first."""

    items: list[DecisionView]


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision made again from its record, and whether it came out the same."""

    id: UUID
    identical: bool
    do: str
    why: str
    offer_to: list[UUID]


def offer_view(offer: Offer, complaint: Complaint) -> OfferView:
    """The offer as the phone shows it."""
    return OfferView(
        id=offer.id, number=complaint.number, grade=complaint.grade, family=complaint.family,
        sentence=complaint.sentence, address=complaint.address, latitude=complaint.latitude,
        longitude=complaint.longitude, injury_or_danger=complaint.injury_or_danger,
        technician_id=offer.technician_id, crew_role=offer.crew_role, state=offer.state, offered_at=offer.offered_at,
        lapses_at=offer.lapses_at, arrive_at=offer.arrive_at, travel_min=offer.travel_min,
        distance_km=offer.distance_km, due_at=complaint.next_due_at,
    )  # fmt: skip


def assignment_view(assignment: Assignment, complaint: Complaint) -> AssignmentView:
    """The accepted work and where its complaint stands."""
    return AssignmentView(
        id=assignment.id, number=complaint.number, stage=complaint.stage, technician_id=assignment.technician_id,
        crew_role=assignment.crew_role, accepted_at=assignment.accepted_at, arrive_at=assignment.arrive_at,
        leave_by_at=assignment.leave_by_at, travel_min=assignment.travel_min, ended_at=assignment.ended_at,
        ended_how=assignment.ended_how,
    )  # fmt: skip


def candidates_view(chosen: Choice, *, at: datetime, crew_role: str, place_from: str, source: str) -> CandidatesView:
    """The whole explanation, one line for everybody."""
    ranking: Ranking = chosen.ranking
    return CandidatesView(
        at=at, crew_role=crew_role, do=chosen.do, why=chosen.why, forecast_at=chosen.forecast_at,
        breach=chosen.breach, nobody_left=chosen.nobody_left, senior_missing=chosen.senior_missing,
        latest_departure_at=chosen.latest_departure_at, place_from=place_from, travel_source=source,
        candidates=[_candidate(each, rank=number) for number, each in enumerate(ranking.ranked, start=1)],
        excluded=[_excluded(each) for each in ranking.excluded],
        not_among_the_nearest=ranking.beyond_nearest, without_the_family=ranking.without_family,
    )  # fmt: skip


def decision_view(decision: Decision) -> DecisionView:
    """The record as it is stored."""
    return DecisionView(
        id=decision.id, crew_role=decision.crew_role, decided_at=decision.decided_at,
        policy_version=decision.policy_version, snapshot=decision.snapshot, outcome=decision.outcome,
        digest=decision.digest.hex(),
    )  # fmt: skip


def exclusion_view(exclusion: Exclusion, code: str) -> ExclusionView:
    """The exclusion with the technician's code."""
    return ExclusionView(
        technician_id=exclusion.technician_id, technician=code, until=exclusion.until, reason=exclusion.reason,
        said_at=exclusion.said_at,
    )  # fmt: skip


def policy_view(policy: Policy) -> DispatchPolicyView:
    """The policy as it is sent."""
    return DispatchPolicyView(version=policy.version, numbers=numbers_of(policy))


def version_view(row: DispatchPolicy) -> DispatchPolicyVersion:
    """The version as it is sent."""
    return DispatchPolicyVersion(
        version=row.version, valid_from=row.valid_from, author_id=row.author_id, created_at=row.created_at
    )


def replay_view(decision: Decision, found: Replay) -> ReplayView:
    """What came out."""
    outcome = found.outcome
    return ReplayView(
        id=decision.id, identical=found.identical, do=outcome.do, why=outcome.why, offer_to=list(outcome.offer_to)
    )


def _candidate(candidate: Candidate, *, rank: int) -> CandidateView:
    return CandidateView(
        rank=rank, technician_id=candidate.technician_id, technician=candidate.code, arrive_at=candidate.arrive_at,
        leave_at=candidate.leave_at, travel_min=candidate.travel_min, road_km=candidate.road_km,
        limit_margin_min=candidate.limit_margin_min, promise_margin_min=candidate.promise_margin_min,
        overtime_min=candidate.overtime_min, free_now=candidate.free_now, on_call=candidate.on_call,
        borrowed=candidate.borrowed, senior=candidate.senior, asked_before=candidate.asked_before,
        starts_from=candidate.starts_from, position_age_min=candidate.position_age_min,
    )  # fmt: skip


def _excluded(excluded: Excluded) -> ExcludedView:
    return ExcludedView(
        technician_id=excluded.technician_id, technician=excluded.code, why=excluded.why, until=excluded.until
    )
