"""Being away oneself: until when, and who answers meanwhile."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET
from sqlalchemy import or_, select

from foundation.accounts import actions
from foundation.accounts.models import User
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, NotAllowed


def deputies_for(look: ReadSession, user_id: UUID, *, now: datetime) -> list[User]:
    """Who may answer for this person: active, there, and of the same role, by name."""
    role = select(User.role).where(User.id == user_id).scalar_subquery()
    there = or_(User.away_until.is_(None), User.away_until <= now)
    return list(
        look.scalars(
            select(User).where(User.role == role, User.active, there, User.id != user_id).order_by(User.name, User.id)
        )
    )


def go_away(db: WriteSession, *, until: datetime, deputy_id: UUID | None, actor: Actor, now: datetime) -> User:
    """The actor is away until an instant and somebody of their role answers; None keeps the deputy they have.

    Raises FieldWrong for an instant that is past and for somebody who can't answer, NotAllowed for whoever is no person.
    """
    if actor.id is None or actor.role is None:
        raise NotAllowed(what="absence")
    if until <= now:
        raise FieldWrong(field="until", reason="out-of-range")
    if deputy_id is not None and deputy_id not in {person.id for person in deputies_for(db, actor.id, now=now)}:
        raise FieldWrong(field="deputy_id", reason="unknown")
    stays_or_is = UNSET if deputy_id is None else deputy_id
    return actions.change_user(db, actor.id, deputy_id=stays_or_is, away_until=until, actor=actor, now=now)


def come_back(db: WriteSession, *, actor: Actor, now: datetime) -> None:
    """The actor is back; their deputy answers no more. Raises NotAllowed for whoever is no person."""
    if actor.id is None or actor.role is None:
        raise NotAllowed(what="absence")
    actions.come_back(db, actor.id, actor=actor, now=now)
