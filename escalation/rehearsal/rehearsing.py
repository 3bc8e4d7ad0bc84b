"""A dry run: who would be called, and when, if a complaint of this grade came in then and nobody answered. Only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

import dispatch.policies
import foundation.accounts.queries
import severity.queries
from dispatch.policy import GradeRules, Numbers
from escalation import ladder as ladders
from escalation import outlook, policies
from escalation.ladder import Call, Ladder, Level, Reason, Silence
from escalation.triggers import MISSED
from foundation.accounts.queries import OnCall
from foundation.accounts.roles import Role
from foundation.database.session import ReadSession
from foundation.problems import FieldWrong
from intake.grades import Grade
from severity.policy import Commitments, ServiceLevels

#: Deadlines that are counted from the call.
FROM_THE_CALL: Final = ("acknowledge", "accept", "on_site_target", "on_site_promise", "resolve")

_ROSTERED: Final = text(
    """
    SELECT t.name, s.kind FROM shifts s JOIN technicians t ON t.id = s.technician_id
    WHERE t.active AND t.region_code = :region AND s.during @> CAST(:at AS timestamptz) AND NOT EXISTS (
        SELECT 1 FROM absences a WHERE a.technician_id = t.id AND a.during @> CAST(:at AS timestamptz))
    ORDER BY s.kind = 'on_call', t.code
    """
)


@dataclass(frozen=True, slots=True)
class Supposed:
    """The complaint that is supposed, and the rules by which it is played."""

    grade: Grade
    at: datetime
    region_code: str
    promises: Commitments
    rules: GradeRules
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at `at`: `what` is logged, ring, due, called or deputy; `about` a kind of deadline or a reason."""

    at: datetime
    what: str
    about: str = ""
    level: Level | None = None
    role: Role | None = None
    who: tuple[str, ...] = ()


def supposed(
    look: ReadSession,
    *,
    grade: Grade,
    at: datetime,
    region_code: str,
    now: datetime,
    levels: ServiceLevels | None = None,
    numbers: Numbers | None = None,
    ladder: Ladder | None = None,
) -> Supposed:
    """The complaint under the rules in force now, or under the drafts given instead of them."""
    promises = levels or severity.queries.in_force(look, now=now).levels
    rules = numbers or dispatch.policies.in_force(look, now=now)
    return Supposed(
        grade=grade, at=at, region_code=region_code, promises=promises.of(grade), rules=getattr(rules, grade),
        ladder=ladder or policies.in_force(look, now=now),
    )  # fmt: skip


def rehearse(look: ReadSession, supposed: Supposed) -> list[Event]:
    """Everything that would happen, in the order of time. Raises FieldWrong for an unknown region."""
    if foundation.accounts.queries.region(look, supposed.region_code) is None:
        raise FieldWrong(field="region_code", reason="unknown")
    owners = {
        rule.level: foundation.accounts.queries.on_call_for(look, rule.role, supposed.region_code, now=supposed.at)
        for rule in supposed.ladder.levels
    }
    return foreseen(supposed, rostered=_rostered(look, supposed), owners=owners)


def foreseen(supposed: Supposed, *, rostered: tuple[str, ...], owners: Mapping[Level, list[OnCall]]) -> list[Event]:
    """The same from what was read. Pure."""
    events = [Event(supposed.at, "logged"), Event(supposed.at, "ring", who=rostered)]
    if supposed.grade is Grade.MAJOR:
        events += _case(supposed, Reason.MAJOR, at=supposed.at, owners=owners)
    for kind in FROM_THE_CALL:
        due_at = supposed.at + timedelta(minutes=getattr(supposed.promises, kind))
        events.append(Event(due_at, "due", about=kind))
        reason = MISSED.get(kind)
        if reason is not None:
            events += _case(supposed, reason, at=due_at, owners=owners)
    return sorted(events, key=lambda event: event.at)


def _case(supposed: Supposed, reason: Reason, *, at: datetime, owners: Mapping[Level, list[OnCall]]) -> list[Event]:
    """Who is called when this reason opens a case and every level stays silent."""
    ladder = supposed.ladder
    level = ladders.opening(ladder, reason)
    within = ladders.answer_within(ladder, level, supposed.grade)
    first = owners[level][0] if owners[level] else None
    silence = Silence(
        level=level, reason=reason, grade=supposed.grade, opened_at=at,
        answer_due_at=None if within is None else at + within,
        has_deputy=first is not None and first.deputy_id is not None, with_deputy=False,
    )  # fmt: skip
    opened = Event(at, "called", reason, level, ladders.role_of(ladder, level), _names(owners[level]))
    return [opened, *(_ahead(each, reason, owners) for each in outlook.of_silence(ladder, silence))]


def _ahead(ahead: outlook.Ahead, reason: Reason, owners: Mapping[Level, list[OnCall]]) -> Event:
    what = "deputy" if ahead.call is Call.DEPUTY else "called"
    who = () if what == "deputy" else _names(owners[ahead.level])
    return Event(ahead.at, what, reason, ahead.level, ahead.role, who)


def _names(owners: list[OnCall]) -> tuple[str, ...]:
    """Whoever is asked: the first of those who answer for the level."""
    return (owners[0].name,) if owners else ()


def _rostered(look: ReadSession, supposed: Supposed) -> tuple[str, ...]:
    """Technicians of the region who are rostered then; people on call only where this grade may wake them."""
    rows = look.execute(_ROSTERED, {"region": supposed.region_code, "at": supposed.at})
    return tuple(row.name for row in rows if row.kind != "on_call" or supposed.rules.on_call)
