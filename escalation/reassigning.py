"""A case goes to a colleague of the same level and region, with a reason; handing it on buys no time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from escalation import ladder as ladders
from escalation import notices, policies, queries, raising
from escalation.appointing import AppointedAs, Appointment
from escalation.errors import CaseEnded, NoColleague
from escalation.ladder import Level, Times
from escalation.models import EscalationCase, Rung
from escalation.reach import must_reach
from foundation.accounts.models import User, UserRegion
from foundation.accounts.roles import EVERYWHERE, Actor
from foundation.database.session import ReadSession, WriteSession


def reassign(db: WriteSession, case_id: UUID, *, to: UUID, reason: str, actor: Actor, now: datetime) -> EscalationCase:
    """The colleague owns the case's level from now on and must acknowledge it.

    Raises CaseEnded, StandsAbove, NoColleague, NotAllowed.
    """
    held = queries.for_change(db, case_id)
    if held.case.ended_at is not None:
        raise CaseEnded(outcome=str(held.case.outcome), ended_at=held.case.ended_at)
    must_reach(held, actor=actor)
    region = held.complaint.region_code
    if to not in {person.id for person in colleagues(db, held.case, held.rung, region_code=region, now=now)}:
        raise NoColleague(level=held.rung.level)
    was, due = held.rung.owner_user_id, _due(held.rung)
    deputy_id = queries.deputy_of(db, to, now=now)
    # Chosen from those who are at home in the region: a hand-over to another region asks for its own people again.
    owner = Appointment(to, AppointedAs.OWNER, deputy_id=deputy_id)
    rung = raising.stand_on(db, held.complaint, held.case, Level(held.case.level), owner=owner, now=now)
    times = no_later(Times(rung.answer_due_at, rung.next_notice_at or now), due=due, now=now)
    rung.answer_due_at, rung.next_notice_at = times.answer_due_at, times.next_notice_at
    facts = {"was": was, "reason": reason}
    raising.note(db, "escalation.reassigned", held.complaint, held.case, rung, facts=facts, actor=actor, now=now)
    notices.tell_owner(db, held.complaint, held.case, rung, template="escalation-reassigned", now=now)
    raising.close_doors(db, held.complaint.id, now=now)
    return held.case


def no_later(fresh: Times, *, due: datetime | None, now: datetime) -> Times:
    """The fresh times of a new owner, cut at the time that ran for the one before: handing on buys none. Pure.

    A time that was over already binds nobody any more: then the fresh ones stand.
    """
    if due is None or due <= now or fresh.answer_due_at is None:
        return fresh
    answer = min(fresh.answer_due_at, due)
    return Times(answer_due_at=answer, next_notice_at=min(fresh.next_notice_at, answer))


def colleagues(
    look: ReadSession, case: EscalationCase, rung: Rung, *, region_code: str, now: datetime
) -> Sequence[User]:
    """Who could own the case's level beside its owner: active, there, of the level's role, of the region; by name."""
    role = ladders.role_of(policies.stamped(case), Level(case.level))
    wanted = select(User).where(
        User.role == role, User.active, User.id.is_distinct_from(rung.owner_user_id),
        or_(User.away_until.is_(None), User.away_until <= now),
    )  # fmt: skip
    if role not in EVERYWHERE:
        at_home = select(UserRegion.user_id).where(UserRegion.region_code == region_code)
        wanted = wanted.where(User.id.in_(at_home))
    return look.scalars(wanted.order_by(User.name)).all()


def _due(rung: Rung) -> datetime | None:
    """Until when something was due of the owner before."""
    return rung.answer_due_at if rung.acknowledged_at is None else rung.act_due_at
