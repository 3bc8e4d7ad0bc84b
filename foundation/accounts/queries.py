"""Questions about people: who answers for a role and region, who is who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, text

from foundation.accounts.models import Region, User, UserRegion
from foundation.accounts.roles import EVERYWHERE, Role
from foundation.database.session import ReadSession


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who answers: for themselves, or as deputy of a person who is away."""

    user_id: UUID
    name: str
    role: Role
    deputy_id: UUID | None
    deputy_of: UUID | None = None
    #: Nobody else is there: the person is away, but the matter must have an owner.
    away: bool = False


#: Present people first, each away person replaced by an active, present deputy; people who are away with nobody in
#: their place come last. Within that, whoever has the fewest regions is nearest to the matter.
_ON_CALL = text(
    """
    SELECT COALESCE(d.id, u.id) AS user_id, COALESCE(d.name, u.name) AS name, COALESCE(d.role, u.role) AS role,
           COALESCE(d.deputy_id, CASE WHEN d.id IS NULL THEN u.deputy_id END) AS deputy_id,
           CASE WHEN d.id IS NOT NULL THEN u.id END AS deputy_of,
           u.away_until > :now AND d.id IS NULL AS away
    FROM users u
    LEFT JOIN users d ON d.id = u.deputy_id AND u.away_until > :now AND d.active
         AND (d.away_until IS NULL OR d.away_until <= :now)
    WHERE u.role = :role AND u.active
      AND (:everywhere OR EXISTS (
            SELECT 1 FROM user_regions r WHERE r.user_id = u.id AND r.region_code = :region))
    ORDER BY COALESCE(u.away_until > :now, false), d.id IS NULL,
             (SELECT count(*) FROM user_regions r WHERE r.user_id = u.id), u.login
    """
)


def on_call_for(look: ReadSession, role: Role, region_code: str | None, *, now: datetime) -> list[OnCall]:
    """The people who answer for this role in the region, in the order to ask them; heads and admins for all regions.

    Empty only if the role has nobody there at all: then it is for the next level.
    """
    rows = look.execute(
        _ON_CALL, {"role": role, "region": region_code, "everywhere": role in EVERYWHERE, "now": now}
    ).all()
    found: dict[UUID, OnCall] = {}
    for row in rows:
        person = OnCall(row.user_id, row.name, Role(row.role), row.deputy_id, row.deputy_of, bool(row.away))
        found.setdefault(person.user_id, person)
    return list(found.values())


def user(look: ReadSession, user_id: UUID) -> User | None:
    """The person, active or not."""
    return look.get(User, user_id)


def people(
    look: ReadSession, *, asked: str | None, after: str | None, limit: int, role: Role | None = None
) -> list[User]:
    """People by login whose login or name contains what is asked, beginning behind the login `after`."""
    wanted = select(User).order_by(User.login).limit(limit)
    if role is not None:
        wanted = wanted.where(User.role == role)
    if asked:
        wanted = wanted.where(
            or_(User.login.icontains(asked, autoescape=True), User.name.icontains(asked, autoescape=True))
        )
    return list(look.scalars(wanted if after is None else wanted.where(User.login > after)))


def users_by_id(look: ReadSession, ids: Sequence[UUID]) -> dict[UUID, User]:
    """The people with these ids."""
    return {found.id: found for found in look.scalars(select(User).where(User.id.in_(ids)))}


def regions_of(look: ReadSession, user_id: UUID) -> frozenset[str]:
    """The regions the person works for."""
    return frozenset(look.scalars(select(UserRegion.region_code).where(UserRegion.user_id == user_id)))


def regions(look: ReadSession) -> list[Region]:
    """All regions by code."""
    return list(look.scalars(select(Region).order_by(Region.code)))


def region(look: ReadSession, code: str) -> Region | None:
    """One region."""
    return look.get(Region, code)


def regions_by_user(look: ReadSession, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The regions of each of these people."""
    found: dict[UUID, list[str]] = {}
    for user_id, code in look.execute(
        select(UserRegion.user_id, UserRegion.region_code).where(UserRegion.user_id.in_(ids))
    ):
        found.setdefault(user_id, []).append(code)
    return found
