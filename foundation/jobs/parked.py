"""Dead letters: errands that failed for the last time, seen by a person and given another chance or left alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from foundation.database.session import ReadSession, WriteSession
from foundation.ledger.models import Announcement, Errand


@dataclass(frozen=True, slots=True)
class Parked:
    """One dead letter."""

    announcement_id: UUID
    job: str
    kind: str
    subject_id: UUID
    attempts: int
    trouble: str | None
    is_seen: bool


_SEE = text(
    """
    UPDATE errands SET seen_at = COALESCE(seen_at, :now)
    WHERE announcement_id = :id AND job = :job AND state = 'parked' RETURNING 1
    """
)
_REVIVE = text(
    """
    UPDATE errands SET state = 'waiting', attempts = 0, next_ring_at = :now, seen_at = :now
    WHERE announcement_id = :id AND job = :job AND state = 'parked' RETURNING 1
    """
)


def all_parked(look: ReadSession, *, limit: int = 100) -> list[Parked]:
    """The dead letters, oldest first."""
    rows = look.execute(
        select(Errand, Announcement.kind, Announcement.subject_id)
        .join(Announcement, Announcement.id == Errand.announcement_id)
        .where(Errand.state == "parked")
        .order_by(Errand.announcement_id)
        .limit(limit)
    )
    return [
        Parked(
            announcement_id=errand.announcement_id, job=errand.job, kind=kind, subject_id=subject_id,
            attempts=errand.attempts, trouble=errand.trouble, is_seen=errand.seen_at is not None,
        )
        for errand, kind, subject_id in rows
    ]  # fmt: skip


def see(db: WriteSession, announcement_id: UUID, job: str, *, now: datetime) -> bool:
    """A person has seen it: it is no alarm any more. False if there is no such dead letter. `now` is machine time."""
    return db.execute(_SEE, {"id": announcement_id, "job": job, "now": now}).first() is not None


def revive(db: WriteSession, announcement_id: UUID, job: str, *, now: datetime) -> bool:
    """Let it be tried again from the first attempt. False if there is no such dead letter. `now` is machine time."""
    return db.execute(_REVIVE, {"id": announcement_id, "job": job, "now": now}).first() is not None
