"""The ladder of people: who must answer what, within which time, and what follows silence. Pure.

The shipped ladder is domain table §8 with the column "when missed" of §5; an edited one is a row with a version, and
the version a case was opened with is stamped on it, so that an edit never changes a running case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.accounts.roles import Role
from intake.grades import Grade


class Level(IntEnum):
    """The levels of the ladder, bottom to top."""

    DISPATCHER = 1
    MANAGER = 2
    APPRAISER = 3
    HEAD = 4
    NEGOTIATION = 5


class Reason(StrEnum):
    """Why a case is open."""

    ACKNOWLEDGE_MISSED = "acknowledge_missed"
    ACCEPT_MISSED = "accept_missed"
    NOBODY_LEFT = "nobody_left"
    PROMISE_AT_RISK = "promise_at_risk"
    TARGET_MISSED = "target_missed"
    PROMISE_BROKEN = "promise_broken"
    RESOLVE_MISSED = "resolve_missed"
    RESUME_MISSED = "resume_missed"
    FEEDBACK_MISSING = "feedback_missing"
    FEEDBACK_POOR = "feedback_poor"
    FEEDBACK_REFUSED = "feedback_refused"
    FOLLOW_UP_MISSED = "follow_up_missed"
    NOT_SOLVED = "not_solved"
    HANDED_BACK = "handed_back"
    THIRD_COMPLAINT = "third_complaint"
    MAJOR = "major"
    STRUCTURAL = "structural"
    SAME_FAULT = "same_fault"
    NOBODY_ARRIVED = "nobody_arrived"
    GRADE_CONTESTED = "grade_contested"
    MANAGER_WANTED = "manager_wanted"


#: A time of the ladder. A year is longer than anybody may leave a case, and within every calendar's reach.
LONGEST_MIN: Final = 525_600
Minutes = Annotated[int, Meta(ge=1, le=LONGEST_MIN)]


class LevelRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level: the role that owns it, and its minutes by grade.

    `answer_min` from the opening until somebody acknowledges; none means no time limit. `act_min` from the
    acknowledgement until something is done or the case ends; `end_min` from what was done last until the next or the end.
    """

    level: Level
    role: Role
    answer_min: dict[Grade, Minutes] | None = None
    act_min: dict[Grade, Minutes]
    end_min: dict[Grade, Minutes]


class ReasonRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason: the levels it climbs from the one that opens it, and who else is told.

    Reasons of one `line` share one case: a graver one takes the case over instead of opening a second.
    """

    line: str
    path: tuple[Level, ...]
    gravity: int = 0
    also_tells: tuple[Level, ...] = ()


class Ladder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole policy. `repeat_share` and `deputy_share` are parts of the time to answer."""

    version: int
    levels: tuple[LevelRule, ...]
    reasons: dict[Reason, ReasonRule]
    repeat_share: float = 1 / 3
    deputy_share: float = 2 / 3
    #: Minutes between notices on the top level, or on one without a time limit.
    top_repeat_min: int = 480
    #: How many complaints about one unit, in how many days, are one too many.
    repeat_complaints: int = 3
    repeat_days: int = 30
    #: On how many units of a model the same fault, in how many days, is a matter for an appraiser.
    same_fault_units: int = 3
    same_fault_days: int = 90


class Call(StrEnum):
    """What a rung asks for that is unanswered, or acknowledged and unfinished."""

    REPEAT = "repeat"
    DEPUTY = "deputy"
    RAISE = "raise"


@dataclass(frozen=True, slots=True)
class Times:
    """When a rung must be answered (None: no limit) and when something is due if it is not."""

    answer_due_at: datetime | None
    next_notice_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """An unanswered rung as the rules see it. `with_deputy`: already gone to the deputy."""

    level: Level
    reason: Reason
    grade: Grade
    opened_at: datetime
    answer_due_at: datetime | None
    has_deputy: bool
    with_deputy: bool
    #: For how long its owner held it: the part of the time from the opening that counts for nothing.
    held: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is due of a rung that somebody acknowledged: something done, or the outcome."""

    level: Level
    reason: Reason
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NextCall:
    """What to do now, and when to look again if that is not answered either (None after a raise)."""

    call: Call
    next_notice_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case already open on the complaint."""

    id: UUID
    reason: Reason
    level: Level


@dataclass(frozen=True, slots=True)
class Joining:
    """What a reason does to the cases that are open: none of them (`case` None), or joins one.

    `takes_over`: the case carries the new, graver reason from now on; `raise_to`: and goes to this level at once.
    """

    case: OpenCase | None
    takes_over: bool = False
    raise_to: Level | None = None


def opening(ladder: Ladder, reason: Reason) -> Level:
    """The level on which a case with this reason opens."""
    return ladder.reasons[reason].path[0]


def above(ladder: Ladder, reason: Reason, level: Level) -> Level | None:
    """One level up on the reason's path; None at its top.

    A level that is not on the path (an appraiser asked by a manager) rises to the next higher one that is.
    """
    return min((step for step in ladder.reasons[reason].path if step > level), default=None)


def role_of(ladder: Ladder, level: Level) -> Role:
    """Whose level it is."""
    return _rule(ladder, level).role


def answer_within(ladder: Ladder, level: Level, grade: Grade) -> timedelta | None:
    """How long the owner of the level has to acknowledge; None without a limit."""
    minutes = _rule(ladder, level).answer_min
    return None if minutes is None else timedelta(minutes=minutes[grade])


def times(ladder: Ladder, level: Level, grade: Grade, opened_at: datetime) -> Times:
    """When the rung that opens now must be answered, and when the first repeat is due."""
    within = answer_within(ladder, level, grade)
    if within is None:
        return Times(answer_due_at=None, next_notice_at=opened_at + timedelta(minutes=ladder.top_repeat_min))
    return Times(answer_due_at=opened_at + within, next_notice_at=opened_at + within * ladder.repeat_share)


def next_call(ladder: Ladder, silence: Silence, *, now: datetime) -> NextCall:
    """What follows silence: a repeat on the next channel, the deputy, then one level up; at the top, repeats for ever.

    Late sweeps do the one thing that is due now, so a pause is caught up level by level and never by a leap.
    """
    due = silence.answer_due_at
    if due is None or (now >= due and above(ladder, silence.reason, silence.level) is None):
        return NextCall(Call.REPEAT, now + timedelta(minutes=ladder.top_repeat_min))
    if now >= due:
        return NextCall(Call.RAISE, None)
    deputy_at = deputy_after(ladder, silence, due=due)
    if now < deputy_at:
        return NextCall(Call.REPEAT, deputy_at)
    if silence.has_deputy and not silence.with_deputy:
        return NextCall(Call.DEPUTY, due)
    return NextCall(Call.REPEAT, due)


def deputy_after(ladder: Ladder, silence: Silence, *, due: datetime) -> datetime:
    """When the deputy is called: a part of the time to answer, as much later as the ladder was held."""
    began = silence.opened_at + silence.held
    return began + (due - began) * ladder.deputy_share


def owed(ladder: Ladder, level: Level, grade: Grade, since: datetime, *, acted: bool) -> Times:
    """Until when something must come of an acknowledged rung, and when its owner is reminded.

    `since` is the acknowledgement, or (`acted`) what was done last. Every level has such a time: an acknowledgement
    stops the repeats, never the clock.
    """
    rule = _rule(ladder, level)
    within = timedelta(minutes=(rule.end_min if acted else rule.act_min)[grade])
    return Times(answer_due_at=since + within, next_notice_at=since + within * ladder.deputy_share)


def next_of_owed(ladder: Ladder, thing: Owed, *, now: datetime) -> NextCall:
    """A reminder before it is due, then one level up; at the top, reminders for ever."""
    if now < thing.due_at:
        return NextCall(Call.REPEAT, thing.due_at)
    if above(ladder, thing.reason, thing.level) is None:
        return NextCall(Call.REPEAT, now + timedelta(minutes=ladder.top_repeat_min))
    return NextCall(Call.RAISE, None)


def joining(ladder: Ladder, reason: Reason, open_cases: Iterable[OpenCase]) -> Joining:
    """Whether the reason opens a case of its own or joins, takes over and raises one of the same line."""
    rule = ladder.reasons[reason]
    found = next((case for case in open_cases if ladder.reasons[case.reason].line == rule.line), None)
    if found is None:
        return Joining(case=None)
    graver = rule.gravity > ladder.reasons[found.reason].gravity
    raise_to = rule.path[0] if graver and rule.path[0] > found.level else None
    return Joining(case=found, takes_over=graver, raise_to=raise_to)


def faults(ladder: Ladder) -> list[str]:
    """What is wrong with an edited ladder, as codes with what they are about; empty when it may be saved."""
    known = [rule.level for rule in ladder.levels]
    found = [f"level-missing:{level}" for level in Level if level not in known]
    found += [f"level-twice:{level}" for level in Level if known.count(level) > 1]
    found += [f"reason-missing:{reason}" for reason in Reason if reason not in ladder.reasons]
    for reason, rule in ladder.reasons.items():
        if not rule.path or list(rule.path) != sorted(set(rule.path)):
            found.append(f"path-not-rising:{reason}")
    for level in ladder.levels:
        if level.answer_min is not None and not _is_whole(level.answer_min):
            found.append(f"answer-time:{level.level}")
        if not _is_whole(level.act_min) or not _is_whole(level.end_min):
            found.append(f"act-time:{level.level}")
    if not 0 < ladder.repeat_share < ladder.deputy_share < 1:
        found.append("shares")
    if min(ladder.top_repeat_min, ladder.repeat_complaints, ladder.same_fault_units) < 1:
        found.append("counts")
    return found


def _is_whole(minutes: dict[Grade, int]) -> bool:
    return set(minutes) == set(Grade) and all(1 <= each <= LONGEST_MIN for each in minutes.values())


def _rule(ladder: Ladder, level: Level) -> LevelRule:
    return next(rule for rule in ladder.levels if rule.level is level)


def _answer(*, major: int, otherwise: int) -> dict[Grade, int]:
    return {grade: major if grade is Grade.MAJOR else otherwise for grade in Grade}


_D, _M, _A, _H = Level.DISPATCHER, Level.MANAGER, Level.APPRAISER, Level.HEAD


def _level(
    level: Level, role: Role, *, act: dict[Grade, int], end: dict[Grade, int], no_limit: bool = False
) -> LevelRule:
    """Whoever acknowledged has the same time again to do something."""
    return LevelRule(level=level, role=role, answer_min=None if no_limit else act, act_min=act, end_min=end)


#: Domain table §8: owner and minutes to answer of each level. What was done is followed up: by the dispatcher within
#: half a shift, by the manager within a shift or a day, by the appraiser in two days, by a supervising head of service
#: daily; a negotiation is taken up within two days and reported on every two weeks, as courts and institutions move.
LEVELS: Final = (
    _level(_D, Role.DISPATCHER, act=_answer(major=15, otherwise=15), end=_answer(major=240, otherwise=240)),
    _level(_M, Role.MANAGER, act=_answer(major=30, otherwise=240), end=_answer(major=480, otherwise=1440)),
    _level(_A, Role.APPRAISER, act=_answer(major=1440, otherwise=1440), end=_answer(major=2880, otherwise=2880)),
    _level(_H, Role.HEAD, act=_answer(major=480, otherwise=480), end=_answer(major=1440, otherwise=1440)),
    _level(
        Level.NEGOTIATION,
        Role.HEAD,
        act=_answer(major=2880, otherwise=2880),
        end=_answer(major=20160, otherwise=20160),
        no_limit=True,
    ),
)

#: Domain table §8 column "opened by" and table §5 column "when missed". An unanswered manager is followed by the head
#: of service, because an appraiser is asked, not reached by silence; only a missed repair passes appraisal on its way.
REASONS: Final = {
    Reason.ACKNOWLEDGE_MISSED: ReasonRule(line="acknowledge", path=(_D, _M, _H)),
    Reason.ACCEPT_MISSED: ReasonRule(line="accept", path=(_D, _M, _H)),
    Reason.NOBODY_LEFT: ReasonRule(line="arrival", path=(_D, _M, _H)),
    Reason.PROMISE_AT_RISK: ReasonRule(line="arrival", path=(_M, _H), gravity=1),
    Reason.TARGET_MISSED: ReasonRule(line="arrival", path=(_M, _H), gravity=2),
    Reason.PROMISE_BROKEN: ReasonRule(line="arrival", path=(_M, _H), gravity=3, also_tells=(_H,)),
    Reason.RESOLVE_MISSED: ReasonRule(line="repair", path=(_M, _A, _H)),
    Reason.RESUME_MISSED: ReasonRule(line="resume", path=(_D, _M, _H)),
    Reason.FEEDBACK_MISSING: ReasonRule(line="feedback", path=(_M, _H)),
    Reason.FEEDBACK_POOR: ReasonRule(line="satisfaction", path=(_M, _H)),
    Reason.FEEDBACK_REFUSED: ReasonRule(line="refusal", path=(_M, _H)),
    Reason.FOLLOW_UP_MISSED: ReasonRule(line="follow-up", path=(_D, _M, _H)),
    Reason.NOT_SOLVED: ReasonRule(line="solved", path=(_M, _H)),
    Reason.HANDED_BACK: ReasonRule(line="handed-back", path=(_M, _H)),
    Reason.THIRD_COMPLAINT: ReasonRule(line="repeats", path=(_M, _H)),
    Reason.MAJOR: ReasonRule(line="major", path=(_M, _H)),
    Reason.STRUCTURAL: ReasonRule(line="structural", path=(_A, _H)),
    Reason.SAME_FAULT: ReasonRule(line="same-fault", path=(_A, _H)),
    # What a customer contests begins above those whose work is contested: no dispatcher may end it.
    Reason.NOBODY_ARRIVED: ReasonRule(line="nobody-arrived", path=(_M, _H)),
    Reason.GRADE_CONTESTED: ReasonRule(line="grade-contested", path=(_M, _H)),
    Reason.MANAGER_WANTED: ReasonRule(line="manager-wanted", path=(_M, _H)),
}

#: The shipped ladder; the database is delivered with it as version 1.
SHIPPED: Final = Ladder(version=1, levels=LEVELS, reasons=REASONS)
