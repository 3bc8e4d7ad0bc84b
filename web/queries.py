"""What live pages ask: which complaints something was announced about."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import ReadSession

#: Newest announcements that one look reads; a larger burst is noticed by `Recent.may_miss` and answered by a refresh.
NEWEST: Final = 500

_CHANGES = text(
    """
    SELECT a.id, c.number, r.region_code
    FROM (SELECT id, kind, subject_id, payload FROM announcements ORDER BY id DESC LIMIT :newest) a
    LEFT JOIN complaints c ON c.id = a.subject_id
    LEFT JOIN LATERAL (VALUES (c.region_code),
        (CASE WHEN a.kind = 'complaint.handed_over' THEN a.payload ->> 'was' END)) AS r (region_code)
        ON r.region_code IS NOT NULL
    ORDER BY a.id
    """
)


@dataclass(frozen=True, slots=True)
class Change:
    """Something was announced about a complaint of this region, or one that has left it."""

    announcement_id: UUID
    number: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest announcements, whatever they are about, oldest first, and what they change."""

    announcements: list[UUID]
    changes: list[Change]

    def may_miss(self, seen: Container[UUID]) -> bool:
        """Whether there may be older ones that nobody has read: as many as one look reads, and the oldest is new."""
        return len(self.announcements) == NEWEST and self.announcements[0] not in seen


def recent_changes(look: ReadSession) -> Recent:
    """The newest announcements; their keys are ordered by time, so no index but the key is read."""
    rows = look.execute(_CHANGES, {"newest": NEWEST}).all()
    return Recent(
        announcements=list(dict.fromkeys(row.id for row in rows)),
        changes=[
            Change(announcement_id=row.id, number=row.number, region_code=row.region_code)
            for row in rows
            if row.region_code is not None
        ],
    )
