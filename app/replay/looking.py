"""What is open, read from the database: the bots' eyes. Nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar, cast
from uuid import UUID

from sqlalchemy import TextClause, text

from foundation.database.session import ReadSession
from intake.lifecycle import FINAL

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that waits for its answer."""

    id: UUID
    technician_id: UUID
    complaint_id: UUID
    number: str
    offered_at: datetime
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class OpenJob:
    """Accepted work that hasn't ended, with the visit that is under way and how many there were before."""

    assignment_id: UUID
    technician_id: UUID
    crew_role: str
    accepted_at: datetime
    travel_min: float
    number: str
    stage: str
    grade: str
    latitude: float | None
    longitude: float | None
    visits_before: int
    set_off_at: datetime | None
    arrived_at: datetime | None
    resume_at: datetime | None
    resumed_at: datetime | None
    sequence: int


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Finished work whose customer hasn't said anything, and who was there last."""

    complaint_id: UUID
    number: str
    region_code: str
    round: int
    repaired_at: datetime
    technician_id: UUID | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A complaint that no person has seen yet."""

    complaint_id: UUID
    number: str
    region_code: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A follow-up call that is to be made."""

    complaint_id: UUID
    number: str
    region_code: str
    round: int
    tries: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An escalation with the person who must answer now."""

    id: UUID
    rung_id: UUID
    reason: str
    level: int
    region_code: str
    stage: str
    owner_user_id: UUID | None
    rung_opened_at: datetime
    acknowledged_at: datetime | None
    act_due_at: datetime | None
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How many complaints stand where."""

    logged: int
    final: int
    owned: int
    left: int
    stages: str


_OFFERS: Final = text(
    """
    SELECT o.id, o.technician_id, o.complaint_id, c.number, o.offered_at, o.lapses_at
    FROM offers o JOIN complaints c ON c.id = o.complaint_id WHERE o.state = 'open'
    """
)
_JOBS: Final = text(
    """
    SELECT a.id AS assignment_id, a.technician_id, a.crew_role, a.accepted_at, a.travel_min, c.number, c.stage, c.grade,
           c.latitude, c.longitude,
           (SELECT count(*) FROM visits e WHERE e.assignment_id = a.id AND e.left_at IS NOT NULL) AS visits_before,
           v.set_off_at, v.arrived_at, s.resume_at,
           (SELECT max(resumed_at) FROM suspensions d WHERE d.complaint_id = c.id) AS resumed_at,
           COALESCE((SELECT max(sequence) FROM phone_commands p WHERE p.assignment_id = a.id), 0) AS sequence
    FROM assignments a JOIN complaints c ON c.id = a.complaint_id
    LEFT JOIN visits v ON v.assignment_id = a.id AND v.left_at IS NULL
    LEFT JOIN suspensions s ON s.complaint_id = c.id AND s.resumed_at IS NULL
    WHERE a.ended_at IS NULL
    """
)
_UNSIGNED: Final = text(
    """
    SELECT c.id AS complaint_id, c.number, c.region_code, c.reopened_count AS round, c.repaired_at,
           (SELECT a.technician_id FROM assignments a WHERE a.complaint_id = c.id AND a.crew_role = 'lead'
            ORDER BY a.accepted_at DESC LIMIT 1) AS technician_id
    FROM complaints c WHERE c.stage = 'repaired' AND NOT EXISTS (
        SELECT 1 FROM feedbacks f WHERE f.complaint_id = c.id AND f.round = c.reopened_count)
    """
)
_UNSEEN: Final = text(
    """
    SELECT id AS complaint_id, number, region_code, received_at FROM complaints
    WHERE first_acknowledged_at IS NULL AND next_due_at IS NOT NULL
    """
)
_CALLS: Final = text(
    """
    SELECT c.id AS complaint_id, c.number, c.region_code, u.round, jsonb_array_length(u.attempts) AS tries,
           COALESCE((u.attempts -> -1 ->> 'at')::timestamptz, u.opened_at) AS since
    FROM follow_ups u JOIN complaints c ON c.id = u.complaint_id WHERE u.state = 'open' AND c.stage = 'confirmed'
    """
)
_CASES: Final = text(
    """
    SELECT e.id, r.id AS rung_id, e.reason, e.level, c.region_code, c.stage, r.owner_user_id,
           r.opened_at AS rung_opened_at, r.acknowledged_at, r.act_due_at,
           c.first_arrived_at IS NOT NULL AS has_arrived
    FROM cases e JOIN rungs r ON r.case_id = e.id AND r.level = e.level JOIN complaints c ON c.id = e.complaint_id
    WHERE e.ended_at IS NULL
    """
)
_STANDING: Final = text(
    f"""
    WITH each AS (
        SELECT c.stage, c.stage IN ({", ".join(f"'{stage}'" for stage in FINAL)}) AS final, EXISTS (
            SELECT 1 FROM cases e JOIN rungs r ON r.case_id = e.id AND r.level = e.level
            WHERE e.complaint_id = c.id AND e.ended_at IS NULL AND r.owner_user_id IS NOT NULL) AS owned
        FROM complaints c
    )
    SELECT count(*) AS logged, count(*) FILTER (WHERE final) AS final,
           count(*) FILTER (WHERE owned AND NOT final) AS owned,
           count(*) FILTER (WHERE NOT owned AND NOT final) AS left,
           COALESCE((SELECT string_agg(stage || ' ' || n, ', ' ORDER BY n DESC)
                     FROM (SELECT stage, count(*) AS n FROM each GROUP BY stage) told), '') AS stages
    FROM each
    """  # noqa: S608 -- the words are the lifecycle's own
)


def offers(look: ReadSession) -> Sequence[OpenOffer]:
    """Offers that wait for an answer."""
    return _rows(look, _OFFERS, OpenOffer)


def jobs(look: ReadSession) -> Sequence[OpenJob]:
    """Accepted work that hasn't ended."""
    return _rows(look, _JOBS, OpenJob)


def unsigned(look: ReadSession) -> Sequence[Unsigned]:
    """Work whose customer hasn't said anything."""
    return _rows(look, _UNSIGNED, Unsigned)


def unseen(look: ReadSession) -> Sequence[Unseen]:
    """Complaints that no person has seen."""
    return _rows(look, _UNSEEN, Unseen)


def calls(look: ReadSession) -> Sequence[OpenCall]:
    """Follow-up calls to be made."""
    return _rows(look, _CALLS, OpenCall)


def cases(look: ReadSession) -> Sequence[OpenCase]:
    """Escalations that haven't ended."""
    return _rows(look, _CASES, OpenCase)


def standing(look: ReadSession) -> Standing:
    """How many complaints stand where."""
    return _rows(look, _STANDING, Standing)[0]


def _rows(look: ReadSession, query: TextClause, shape: type[T]) -> list[T]:
    rows = look.execute(query).mappings()
    return [shape(**cast("dict[str, object]", dict(row))) for row in rows]
