"""Lists for the desk: people of one's own regions, certificates that run out, outlets.

A person from elsewhere who was called to a visible case can be read by name (row-level security), but isn't listed.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from foundation.database.session import ReadSession
from foundation.problems import NotFound
from technicians.models import Certificate, Outlet, Technician

#: Longest list without paging.
MOST: Final = 1000

_IDS: Final = text(
    """
    SELECT id FROM technicians
    WHERE code > :after AND (CAST(:region AS text) IS NULL OR region_code = :region)
        AND ((SELECT sees_everything()) OR sees_region(region_code))
    ORDER BY code LIMIT :limit
    """
)
_LISTED: Final = text(
    "SELECT phone FROM technicians WHERE id = :id AND ((SELECT sees_everything()) OR sees_region(region_code))"
)


def technician_ids(look: ReadSession, *, region: str | None, after: str, limit: int) -> Sequence[UUID]:
    """Ids of the next people by code, of one's own regions."""
    return look.scalars(_IDS, {"region": region, "after": after, "limit": limit}).all()


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
