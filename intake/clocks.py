"""Which deadlines a complaint must have, when each is due and how it ends. Pure; instants in, instants out.

Source: domain, chapter 5. Minutes count around the clock from the start of the promise; only `resolve` stops, while the
work is suspended. Nothing stops the promise to be on site.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from intake.lifecycle import FINAL, Stage


class Kind(StrEnum):
    """What a deadline is for. `latest_departure` is opened by dispatch, the others follow from the stage."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    ON_SITE_TARGET = "on_site_target"
    ON_SITE_PROMISE = "on_site_promise"
    RESOLVE = "resolve"
    RESUME = "resume"
    FEEDBACK = "feedback"
    FOLLOW_UP = "follow_up"
    LATEST_DEPARTURE = "latest_departure"


class How(StrEnum):
    """How a deadline ended."""

    KEPT = "kept"
    MISSED = "missed"
    VOID = "void"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which the work was suspended; `until` is None while it is."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Starts:
    """The instants from which promises count: the call or the reopening, the repair, the confirmation."""

    promise_at: datetime
    repaired_at: datetime | None = None
    confirmed_at: datetime | None = None
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """When a deadline is due and the arithmetic that says so."""

    due_at: datetime
    why: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What must change so that the live deadlines are those of the stage."""

    close: Mapping[Kind, How] = field(default_factory=dict)
    open: Mapping[Kind, Due] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides a complaint's deadlines.

    `settled` holds kinds that were kept or missed since the promise began; `resume_at` is the date given when the work
    was suspended; `at` is when the step was done, by the phone's corrected time where there is one.
    """

    stage: Stage
    acknowledged: bool
    arrived: bool
    at: datetime
    starts: Starts
    minutes: Mapping[str, int]
    policy_version: int
    pauses: Sequence[Pause] = ()
    settled: frozenset[Kind] = frozenset()
    resume_at: datetime | None = None


_ON_SITE: Final = frozenset({Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE})
_SEEKING: Final = frozenset({Kind.ACCEPT, Kind.RESOLVE})
#: Deadlines of a stage, apart from `acknowledge` and the two of being on site.
_DUE: Final[Mapping[Stage, frozenset[Kind]]] = MappingProxyType(
    {
        Stage.LOGGED: _SEEKING,
        Stage.GRADED: _SEEKING,
        Stage.DISPATCHING: _SEEKING,
        Stage.REOPENED: _SEEKING,
        Stage.ASSIGNED: frozenset({Kind.RESOLVE}),
        Stage.EN_ROUTE: frozenset({Kind.RESOLVE}),
        Stage.ON_SITE: frozenset({Kind.RESOLVE}),
        Stage.REMOTE_SUPPORT: frozenset({Kind.RESOLVE}),
        Stage.SUSPENDED: frozenset({Kind.RESUME}),
        Stage.REPAIRED: frozenset({Kind.FEEDBACK}),
        Stage.CONFIRMED: frozenset({Kind.FOLLOW_UP}),
    }
)
_AFTER_REPAIR: Final = FINAL | {Stage.REPAIRED, Stage.CONFIRMED}
#: Stages whose reaching keeps a promise; leaving a deadline behind in any other stage makes it void.
_KEEPS: Final[Mapping[Kind, frozenset[Stage]]] = MappingProxyType(
    {
        Kind.ACCEPT: frozenset({Stage.ASSIGNED, Stage.EN_ROUTE, Stage.ON_SITE}),
        Kind.ON_SITE_TARGET: frozenset({Stage.ON_SITE}),
        Kind.ON_SITE_PROMISE: frozenset({Stage.ON_SITE}),
        Kind.RESOLVE: frozenset({Stage.REPAIRED}),
        Kind.RESUME: frozenset({Stage.ASSIGNED}),
        Kind.FEEDBACK: frozenset({Stage.CONFIRMED}),
        Kind.FOLLOW_UP: frozenset({Stage.CLOSED}),
        Kind.LATEST_DEPARTURE: frozenset({Stage.EN_ROUTE, Stage.ON_SITE}),
    }
)
#: Stages in which a latest departure opened by dispatch stays live.
_DEPARTURE_STAYS: Final = frozenset({Stage.GRADED, Stage.DISPATCHING, Stage.REOPENED, Stage.ASSIGNED})


def due_kinds(stage: Stage, *, acknowledged: bool, arrived: bool = False) -> frozenset[Kind]:
    """The kinds of which exactly one deadline must be live in `stage`; `arrived` since the promise began."""
    due = _DUE.get(stage, frozenset())
    if stage in _AFTER_REPAIR:
        return due
    if not acknowledged:
        due |= {Kind.ACKNOWLEDGE}
    if not arrived and stage is not Stage.ON_SITE:
        due |= _ON_SITE
    return due


def settle(situation: Situation, live: Mapping[Kind, datetime]) -> Settlement:
    """Which of the `live` deadlines (kind → due_at) end and how, and which open, now that the stage is reached."""
    wanted = due_kinds(situation.stage, acknowledged=situation.acknowledged, arrived=situation.arrived)
    close = {kind: ending(kind, due_at, situation) for kind, due_at in live.items() if _ends(kind, wanted, situation)}
    opening = {kind: due(kind, situation) for kind in Kind if kind in wanted and kind not in live}
    return Settlement(close=close, open=opening)


def _ends(kind: Kind, wanted: frozenset[Kind], situation: Situation) -> bool:
    if kind is Kind.LATEST_DEPARTURE:
        return situation.stage not in _DEPARTURE_STAYS
    return kind not in wanted


def ending(kind: Kind, due_at: datetime, situation: Situation) -> How:
    """How a deadline that is no longer due ended: missed once its time was over, whatever came after."""
    if situation.at > due_at:
        return How.MISSED
    if kind is Kind.ACKNOWLEDGE and situation.acknowledged:
        return How.KEPT
    if kind is Kind.RESOLVE and situation.stage is Stage.SUSPENDED:
        return How.PAUSED
    return How.KEPT if situation.stage in _KEEPS.get(kind, frozenset()) else How.VOID


def due(kind: Kind, situation: Situation) -> Due:
    """When a deadline of this kind is due, with its arithmetic.

    A second search for a technician in the same promise counts from when it began, since the first was settled.
    """
    if kind is Kind.RESUME:
        at = situation.resume_at or situation.at
        return Due(at, {"start_of": "resume_date", "start": at.isoformat(), "minutes": 0})
    start, start_of = _start(kind, situation)
    minutes = situation.minutes[kind]
    paused = _paused(situation.pauses, until=situation.at) if kind is Kind.RESOLVE else timedelta()
    why: dict[str, object] = {
        "start_of": start_of,
        "start": start.isoformat(),
        "minutes": minutes,
        "policy_version": situation.policy_version,
    }
    if paused:
        why["paused_minutes"] = paused.total_seconds() / 60
        why["pauses"] = [
            [pause.since.isoformat(), pause.until.isoformat() if pause.until else None] for pause in situation.pauses
        ]
    return Due(start + timedelta(minutes=minutes) + paused, why)


def _start(kind: Kind, situation: Situation) -> tuple[datetime, str]:
    starts = situation.starts
    if kind is Kind.FEEDBACK:
        return starts.repaired_at or situation.at, "repair"
    if kind is Kind.FOLLOW_UP:
        return starts.confirmed_at or situation.at, "confirmation"
    if kind is Kind.ACCEPT and kind in situation.settled:
        return situation.at, "second_search"
    return starts.promise_at, "reopening" if starts.reopened else "call"


def _paused(pauses: Sequence[Pause], *, until: datetime) -> timedelta:
    total = timedelta()
    for pause in pauses:
        total += max((pause.until or until) - pause.since, timedelta())
    return total


def regraded(kind: Kind, live: Due, *, minutes: Mapping[str, int], policy_version: int, raised: bool) -> Due | None:
    """The new due time of a live deadline after regrading, from the same start; None if it stays.

    A raised grade never moves a live deadline later; a lowered one moves it to where the lower grade puts it.
    """
    if kind not in minutes:
        return None
    start = datetime.fromisoformat(str(live.why["start"]))
    paused = timedelta(minutes=float(str(live.why.get("paused_minutes", 0))))
    due_at = start + timedelta(minutes=minutes[kind]) + paused
    if due_at == live.due_at or (raised and due_at > live.due_at):
        return None
    return Due(due_at, {**live.why, "minutes": minutes[kind], "policy_version": policy_version})
