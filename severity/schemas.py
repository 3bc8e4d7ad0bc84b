"""What goes over the wire about grades and rule books."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.wire import AwareTime, Text, Wire
from intake.grades import Grade, Graded, GradeFacts
from severity.explaining import WhyStep
from severity.models import PolicyVersion
from severity.policy import GradingPolicy, Policies, ServiceLevels


class Preview(Wire, frozen=True, kw_only=True):
    """Answers to try out, and what the system would know itself."""

    facts: GradeFacts = GradeFacts()
    same_fault_recently: bool = False
    last_feedback_poor: bool = False


class Regrading(Wire, frozen=True, kw_only=True):
    """New answers over the earlier ones, or the grade that a person wants; why, when it is lower or wanted by hand."""

    facts: GradeFacts = GradeFacts()
    wanted: Grade | None = None
    reason: Text = ""


class GradeView(msgspec.Struct, frozen=True, kw_only=True):
    """A grade with all its reasons; `minutes` by kind of deadline."""

    grade: Grade
    rules: list[str]
    asked_again: list[str]
    policy_version: int
    minutes: dict[str, int]


class DeadlineView(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline, live while `closed_at` is null, and the arithmetic of its due time."""

    id: UUID
    kind: str
    due_at: datetime
    closed_at: datetime | None
    closed_how: str | None
    fired_at: datetime | None
    why: list[WhyStep]


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """Both documents of one version."""

    version: int
    grading: GradingPolicy
    service_levels: ServiceLevels


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version: from when it counts for calls, who saved it (null for the shipped one) and when."""

    version: int
    valid_from: datetime
    author_id: UUID | None
    created_at: datetime


class SavePolicy(Wire, frozen=True, kw_only=True):
    """The next version: a document that is left out stays as in version `based_on`, which must be the latest."""

    based_on: Annotated[int, Meta(ge=1, le=1_000_000)]
    valid_from: AwareTime
    grading: GradingPolicy | None = None
    service_levels: ServiceLevels | None = None


def grade_view(graded: Graded) -> GradeView:
    """The grade as it is sent."""
    return GradeView(
        grade=graded.grade,
        rules=list(graded.rules),
        asked_again=list(graded.asked_again),
        policy_version=graded.policy_version,
        minutes=dict(graded.minutes),
    )


def rule_book(policies: Policies) -> RuleBook:
    """The rule book as it is sent."""
    return RuleBook(version=policies.version, grading=policies.grading, service_levels=policies.levels)


def version_view(row: PolicyVersion) -> VersionView:
    """The version as it is sent."""
    return VersionView(
        version=row.version, valid_from=row.valid_from, author_id=row.author_id, created_at=row.created_at
    )
