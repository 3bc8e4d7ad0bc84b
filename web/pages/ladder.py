"""The ladder of people over a complaint: what was called, what stands, and what follows if nobody answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from escalation import ladder, outlook, policies, queries
from escalation.ladder import Call, Level, Reason, Silence
from escalation.models import EscalationCase
from escalation.outlook import Ahead
from escalation.queries import Listed
from foundation.database.session import ReadSession
from intake.grades import Grade
from intake.models import Deadline


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is done, now, late or ahead; `code` the word for who or what; `who` a name where there is one.

    `ticks` says that `at` is a time to answer by, so that the page counts down to it.
    """

    state: str
    code: str
    at: datetime | None
    note: str
    who: str | None = None
    ticks: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Its owner held the ladder: until when, who, why; `running` while it still stands still."""

    until: datetime
    by: str
    why: str
    running: bool


@dataclass(frozen=True, slots=True)
class Climb:
    """A case, or a deadline that would open one, with its steps. `case_id` for cases that are open."""

    title: str
    steps: Sequence[Step]
    case_id: UUID | None = None
    level: int | None = None
    held: Hold | None = None


def climbs(look: ReadSession, number: str, *, grade: str, deadlines: Iterable[Deadline], now: datetime) -> list[Climb]:
    """The open cases of a complaint, oldest first, then the deadlines that would open one, the next first."""
    found = queries.search(look, owner_id=None, is_open=True, complaint_number=number, after=None, limit=20)
    return [
        *(_of_case(look, listed, now=now) for listed in found),
        *_of_deadlines(look, deadlines, grade=grade, now=now),
    ]


def _of_case(look: ReadSession, listed: Listed, *, now: datetime) -> Climb:
    case = listed.case
    past = [
        Step("done", f"escalation.level.{rung.level}", rung.opened_at, "raised" if rung.raised_at else "returned")
        for rung in queries.rungs_of(look, case.id)
        if rung.raised_at or rung.returned_at
    ]
    title = f"escalation.reason.{case.reason}"
    steps = [*past, _standing(listed), *_follows(look, listed, now=now)]
    return Climb(title, steps, case_id=case.id, level=case.level, held=hold_of(listed, now=now))


def hold_of(listed: Listed, *, now: datetime) -> Hold | None:
    """What is known of the one time that the ladder was held."""
    case, until = listed.case, listed.case.held_until
    if until is None:
        return None
    running = listed.rung.held_until is not None and until > now and case.ended_at is None
    return Hold(until, listed.held_by or "", case.held_why or "", running)


def _standing(listed: Listed) -> Step:
    rung, code = listed.rung, f"escalation.level.{listed.rung.level}"
    if rung.acknowledged_at is not None:
        return Step("done", code, rung.acknowledged_at, "acknowledged", who=listed.owner)
    return Step("now", code, rung.answer_due_at, "answers", who=listed.owner, ticks=rung.answer_due_at is not None)


def _follows(look: ReadSession, listed: Listed, *, now: datetime) -> list[Step]:
    """What silence leads to, by the ladder the case was opened with."""
    case, rung = listed.case, listed.rung
    if rung.act_due_at is not None:
        return _owed(case, rung.act_due_at)
    owner = rung.owner_user_id
    has_deputy = owner is not None and queries.deputy_of(look, owner, now=now) is not None
    silence = Silence(
        level=Level(rung.level), reason=Reason(case.reason), grade=Grade(case.grade), opened_at=rung.opened_at,
        answer_due_at=rung.answer_due_at, has_deputy=has_deputy, with_deputy=rung.deputy_of_id is not None,
        held=queries.held_for(case, rung),
    )  # fmt: skip
    return [_coming(each) for each in outlook.of_silence(policies.stamped(case), silence)]


def _owed(case: EscalationCase, due_at: datetime) -> list[Step]:
    """Who has the case next if its owner neither says nor does anything more; at the top nobody comes after them."""
    above = ladder.above(policies.stamped(case), Reason(case.reason), Level(case.level))
    return [] if above is None else [Step("ahead", f"escalation.level.{above.value}", due_at, "unfinished")]


def _coming(ahead: Ahead) -> Step:
    return Step("ahead", f"escalation.level.{ahead.level.value}", ahead.at, _note(ahead.call))


def _note(call: Call) -> str:
    return "deputy" if call is Call.DEPUTY else "unanswered"


def _of_deadlines(look: ReadSession, deadlines: Iterable[Deadline], *, grade: str, now: datetime) -> list[Climb]:
    """Each live deadline that opens a case when it is missed, with the whole way up from there."""
    in_force = policies.in_force(look, now=now)
    live = sorted((each for each in deadlines if each.closed_at is None and each.fired_at is None), key=_due)
    found = []
    for each in live:
        follows = outlook.of_deadline(in_force, each.kind, due_at=each.due_at, grade=Grade(grade))
        if follows:
            due = Step("now" if each.due_at >= now else "late", f"deadline.{each.kind}", each.due_at, "due", ticks=True)
            first = Step("ahead", f"escalation.level.{follows[0].level.value}", follows[0].at, "missed")
            found.append(Climb(f"deadline.{each.kind}", [due, first, *(_coming(step) for step in follows[1:])]))
    return found


def _due(deadline: Deadline) -> datetime:
    return deadline.due_at
