"""What live pages ask: which complaints something was announced about."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import ReadSession

#: Newest announcements that one look reads; a burst beyond it within a quarter of a second is answered by a refresh anyway.
NEWEST = 500

_CHANGES = text(
    """
    SELECT a.id, c.number, r.region_code
    FROM (SELECT id, kind, subject_id, payload FROM announcements ORDER BY id DESC LIMIT :newest) a
    JOIN complaints c ON c.id = a.subject_id
    CROSS JOIN LATERAL (VALUES (c.region_code),
        (CASE WHEN a.kind = 'complaint.handed_over' THEN a.payload ->> 'was' END)) AS r (region_code)
    WHERE r.region_code IS NOT NULL
    ORDER BY a.id
    """
)


@dataclass(frozen=True, slots=True)
class Change:
    """Something was announced about a complaint of this region, or one that has left it."""

    announcement_id: UUID
    number: str
    region_code: str


def recent_changes(look: ReadSession) -> list[Change]:
    """The newest announcements about complaints, oldest first; keys are ordered by time, so no index but the key is read."""
    rows = look.execute(_CHANGES, {"newest": NEWEST})
    return [Change(announcement_id=row.id, number=row.number, region_code=row.region_code) for row in rows]
