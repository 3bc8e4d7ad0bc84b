"""Lists for the desk: people of one's own regions, certificates that run out, outlets.

A person from elsewhere who was called to a visible case can be read by name (row-level security), but isn't listed.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from foundation.database.session import ReadSession
from foundation.problems import NotFound
from technicians import coverage
from technicians.coverage import HOUR, Hour, Rostered
from technicians.field import without
from technicians.hours import Period
from technicians.models import Certificate, Outlet, Skill, Technician, Vehicle
from technicians.words import ShiftKind

#: Longest list without paging.
MOST: Final = 1000

_IDS: Final = text(
    """
    SELECT id FROM technicians
    WHERE code > :after AND (CAST(:region AS text) IS NULL OR region_code = :region)
        AND (CAST(:asked AS text) IS NULL OR position(lower(:asked) IN lower(code || ' ' || name)) > 0)
        AND ((SELECT sees_everything()) OR sees_region(region_code))
    ORDER BY code LIMIT :limit
    """
)
_HOW_MANY: Final = text(
    """
    SELECT count(*) AS everybody, count(*) FILTER (WHERE code <= :after) AS passed FROM technicians
    WHERE region_code = :region AND ((SELECT sees_everything()) OR sees_region(region_code))
    """
)
_REGIONS: Final = text(
    """
    SELECT DISTINCT region_code FROM technicians
    WHERE active AND ((SELECT sees_everything()) OR sees_region(region_code)) ORDER BY region_code
    """
)
_LISTED: Final = text(
    "SELECT phone FROM technicians WHERE id = :id AND ((SELECT sees_everything()) OR sees_region(region_code))"
)


_ROSTER: Final = text(
    """
    SELECT t.region_code, t.code, s.kind, lower(s.during) AS start_at, upper(s.during) AS end_at,
        (SELECT jsonb_agg(jsonb_build_array(lower(a.during), upper(a.during)))
         FROM absences a WHERE a.technician_id = t.id AND a.during && s.during) AS absent
    FROM shifts s JOIN technicians t ON t.id = s.technician_id
    WHERE t.active AND s.during && tstzrange(:since, :until)
        AND ((SELECT sees_everything()) OR sees_region(t.region_code))
    ORDER BY t.region_code, t.code, lower(s.during)
    """
)


def rostered(look: ReadSession, *, since: datetime, until: datetime) -> list[Rostered]:
    """Everybody's shifts of one's own regions that touch the time, without the hours in which they are absent."""
    found = []
    for row in look.execute(_ROSTER, {"since": since, "until": until}):
        away = [_absence(*each) for each in row.absent or ()]
        shift = Period(row.start_at, row.end_at)
        found += [Rostered(row.region_code, row.code, ShiftKind(row.kind), part) for part in without(shift, away)]
    return found


def covered(look: ReadSession, *, now: datetime, hours: int) -> list[Hour]:
    """The hours ahead of every region in which somebody works whom one sees, beginning with the running hour."""
    begins_at = now.replace(minute=0, second=0, microsecond=0)
    found = rostered(look, since=begins_at, until=begins_at + hours * HOUR)
    return coverage.hours(found, regions=staffed(look), begins_at=begins_at, count=hours)


def _absence(start: str, end: str | None) -> Period:
    """An absence that JSON tells; one without an end lasts."""
    return Period(
        datetime.fromisoformat(start), datetime.fromisoformat(end) if end else datetime.max.replace(tzinfo=UTC)
    )


def technician_ids(
    look: ReadSession, *, region: str | None, after: str, limit: int, asked: str | None = None
) -> Sequence[UUID]:
    """Ids of the next people by code, of one's own regions; `asked` is part of a code or a name."""
    return look.scalars(_IDS, {"region": region, "after": after, "limit": limit, "asked": asked or None}).all()


def how_many(look: ReadSession, *, region: str, after: str) -> tuple[int, int]:
    """How many people the region has, and how many of them stand before the place in the list."""
    row = look.execute(_HOW_MANY, {"region": region, "after": after}).one()
    return row.everybody, row.passed


def staffed(look: ReadSession) -> Sequence[str]:
    """Regions of one's own in which somebody works, by code."""
    return look.scalars(_REGIONS).all()


def is_listed(look: ReadSession, technician_id: UUID) -> bool:
    """Whether the person is of one's own regions."""
    return look.execute(_LISTED, {"id": technician_id}).first() is not None


def phone_of(look: ReadSession, technician_id: UUID) -> str | None:
    """The person's number, for the desk of their region. Raises NotFound for anybody else's."""
    found = look.execute(_LISTED, {"id": technician_id}).first()
    if found is None:
        raise NotFound
    phone: str | None = found.phone
    return phone


def expiring(look: ReadSession, *, until: date) -> list[tuple[Certificate, str]]:
    """Certificates of active people good until that day at most, with the holder's code, the first to run out first."""
    query = (
        select(Certificate, Technician.code)
        .join(Technician, Technician.id == Certificate.technician_id)
        .where(Certificate.valid_until <= until, Technician.active)
        .order_by(Certificate.valid_until, Technician.code)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in look.execute(query)]


def outlets(look: ReadSession, *, region: str | None) -> Sequence[Outlet]:
    """Outlets by region and name."""
    query = select(Outlet).order_by(Outlet.region_code, Outlet.name).limit(MOST)
    return look.scalars(query.where(Outlet.region_code == region) if region else query).all()


def vehicles(look: ReadSession) -> Sequence[Vehicle]:
    """Service vehicles by number plate."""
    return look.scalars(select(Vehicle).order_by(Vehicle.plate).limit(MOST)).all()


def families(look: ReadSession) -> Sequence[str]:
    """Equipment families that somebody whom one sees works on."""
    return look.scalars(select(Skill.family).distinct().order_by(Skill.family).limit(MOST)).all()


def certificates(look: ReadSession, technician_id: UUID) -> Sequence[Certificate]:
    """The person's certificates, the first to run out first."""
    kept = select(Certificate).where(Certificate.technician_id == technician_id)
    return look.scalars(kept.order_by(Certificate.valid_until, Certificate.id)).all()


def technician(look: ReadSession, technician_id: UUID) -> Technician:
    """One person of one's own regions, as kept. Raises NotFound for anybody else."""
    if not is_listed(look, technician_id):
        raise NotFound
    return look.get_one(Technician, technician_id)
