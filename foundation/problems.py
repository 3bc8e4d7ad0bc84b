"""Typed refusals: what went wrong as a code and facts, never as a sentence or a status.

Every package states its own Problems as subclasses; `web/responses.py` maps the five families to
HTTP statuses once, and the catalogues hold a title and a detail for each code in both languages.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

Fact = str | int | float | bool | datetime | UUID | Sequence[object] | Mapping[str, object] | None


class Family(StrEnum):
    """What kind of refusal it is; decides the HTTP status and nothing else."""

    MISSING = "missing"  # 404: no such thing for this reader
    CONFLICT = "conflict"  # 409: a clash with the present state
    FORBIDDEN = "forbidden"  # 403: this actor may not do it
    INVALID = "invalid"  # 422: wrong in itself, whatever the state
    UNAVAILABLE = "unavailable"  # 503: later, nothing was lost


class Problem(Exception):
    """A refusal with a code and facts. Subclasses set `code` and `family` and name their facts.

    An ordinary class on purpose: a frozen dataclass raised through a context manager turns into a
    FrozenInstanceError, because Python sets `__traceback__` on it.
    """

    code: ClassVar[str] = "problem"
    family: ClassVar[Family] = Family.INVALID

    def __init__(self, **facts: Fact) -> None:
        """Keep the facts; they become the extension members of the answer and fill its detail."""
        super().__init__(self.code)
        self.facts: Mapping[str, Fact] = facts

    def __str__(self) -> str:
        """Name the code and facts, for logs and tests."""
        return f"{self.code} {dict(self.facts)}"


class FieldWrong(Problem):
    """One field of the input can't be accepted; `field` is its path and `reason` a code."""

    code = "field-wrong"
    family = Family.INVALID

    def __init__(self, *, field: str, reason: str, **facts: Fact) -> None:
        """Name the field by its path in the request and the reason by its code."""
        super().__init__(field=field, reason=reason, **facts)


class NotFound(Problem):
    """There is no such thing, or this reader may not know that there is."""

    code = "not-found"
    family = Family.MISSING


class NotAllowed(Problem):
    """Not for this actor, here. Also the answer for a thing they can't see: no oracle."""

    code = "not-allowed"
    family = Family.FORBIDDEN
