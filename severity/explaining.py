"""Why a deadline is when it is, as data: the arithmetic step by step. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol, cast

import msgspec


class Explained(Protocol):
    """A deadline row as intake keeps it."""

    @property
    def kind(self) -> str:
        """What it is for."""
        ...

    @property
    def due_at(self) -> datetime:
        """When it is due."""
        ...

    @property
    def why(self) -> Mapping[str, object]:
        """The arithmetic that was kept when it was opened."""
        ...


class WhyStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step (`why.<step>` in the catalogues): `starts`, `adds`, `pauses` or `due`, and the instant reached by it.

    `because` is what the start is of (`start.<word>`), `minutes` what was added, `policy_version` by which rule book.
    A reason that intake doesn't count itself (a latest departure, say) stands in `facts`.
    """

    step: str
    at: datetime
    because: str | None = None
    minutes: float | None = None
    policy_version: int | None = None
    until: datetime | None = None
    facts: dict[str, object] | None = None


def why_deadline(deadline: Explained) -> list[WhyStep]:
    """The steps from the start to `due_at`; the last is always `due` and its instant the deadline's.

    What was stored is shown, never recomputed: a step that doesn't lead to `due_at` would be seen.
    """
    why = deadline.why
    start = _instant(why.get("start"))
    if start is None:
        return [WhyStep(step="due", at=deadline.due_at, because=deadline.kind, facts=dict(why) or None)]
    steps = [WhyStep(step="starts", at=start, because=str(why.get("start_of", "call")))]
    minutes = _number(why.get("minutes"))
    reached = start + timedelta(minutes=minutes)
    if minutes:
        version = why.get("policy_version")
        steps.append(
            WhyStep(
                step="adds",
                at=reached,
                because=deadline.kind,
                minutes=minutes,
                policy_version=version if isinstance(version, int) else None,
            )
        )
    steps += _pauses(why, reached=reached)
    return [*steps, WhyStep(step="due", at=deadline.due_at, because=deadline.kind)]


def _pauses(why: Mapping[str, object], *, reached: datetime) -> list[WhyStep]:
    """One step for all time that stopped the clock, its stretches beside."""
    minutes = _number(why.get("paused_minutes"))
    if not minutes:
        return []
    stretches = cast("list[list[str | None]]", why.get("pauses") or [])
    return [
        WhyStep(
            step="pauses",
            at=reached + timedelta(minutes=minutes),
            because="suspended",
            minutes=minutes,
            facts={"stretches": stretches},
        )
    ]


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
