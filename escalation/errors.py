"""Refusals of escalation."""

from datetime import datetime
from uuid import UUID

from foundation.problems import Family, Problem


class CaseEnded(Problem):
    """The case has its outcome already; nothing more can be done with it."""

    code = "escalation-ended"
    family = Family.CONFLICT

    def __init__(self, *, outcome: str, ended_at: datetime) -> None:
        super().__init__(outcome=outcome, ended_at=ended_at)


class AlreadyAcknowledged(Problem):
    """Somebody else has acknowledged this level."""

    code = "escalation-acknowledged"
    family = Family.CONFLICT

    def __init__(self, *, level: int, at: datetime) -> None:
        super().__init__(level=level, at=at)


class StandsAbove(Problem):
    """The case stands on a level above the actor's: only its owner or somebody of that level or above takes or ends it."""

    code = "escalation-stands-above"
    family = Family.CONFLICT

    def __init__(self, *, level: int, owner: UUID | None) -> None:
        super().__init__(level=level, owner=owner)


class NotYours(Problem):
    """The level has another owner; acknowledging for them must be said to be on their behalf."""

    code = "escalation-not-yours"
    family = Family.CONFLICT

    def __init__(self, *, level: int, owner: UUID | None) -> None:
        super().__init__(level=level, owner=owner)


class HeldBefore(Problem):
    """The ladder of this case was held once already; it is held no second time."""

    code = "escalation-held-before"
    family = Family.CONFLICT

    def __init__(self, *, at: datetime) -> None:
        super().__init__(at=at)


class PeopleInDanger(Problem):
    """Somebody is hurt or in danger, or nobody knows yet: such a ladder is never held."""

    code = "escalation-people-in-danger"
    family = Family.CONFLICT

    def __init__(self, *, level: int) -> None:
        super().__init__(level=level)


class NowhereUp(Problem):
    """The case stands on the top of its ladder."""

    code = "escalation-top"
    family = Family.CONFLICT

    def __init__(self, *, level: int) -> None:
        super().__init__(level=level)


class NowhereBack(Problem):
    """The case has no earlier level to return to."""

    code = "escalation-nowhere-back"
    family = Family.CONFLICT

    def __init__(self, *, level: int) -> None:
        super().__init__(level=level)


class NoColleague(Problem):
    """There is no such person of this level in the region, or they are away, or they have the case already."""

    code = "escalation-no-colleague"
    family = Family.CONFLICT

    def __init__(self, *, level: int) -> None:
        super().__init__(level=level)


class NoAppraiser(Problem):
    """There is no such appraiser, or none at all."""

    code = "escalation-no-appraiser"
    family = Family.CONFLICT


class NotMajor(Problem):
    """A major complaint report is written about major complaints only."""

    code = "complaint-not-major"
    family = Family.CONFLICT

    def __init__(self, *, grade: str | None) -> None:
        super().__init__(grade=grade or "none")


class ReportChanged(Problem):
    """Somebody else submitted a version of the report meanwhile; look at it first."""

    code = "major-report-changed"
    family = Family.CONFLICT

    def __init__(self, *, latest: int, based_on: int) -> None:
        super().__init__(latest=latest, based_on=based_on)


class LadderWrong(Problem):
    """An edited ladder that would leave a case without an owner or an end; `faults` says where."""

    code = "escalation-ladder-wrong"
    family = Family.INVALID

    def __init__(self, *, faults: list[str]) -> None:
        super().__init__(faults=faults)


class LadderChanged(Problem):
    """Somebody else saved a version of the ladder meanwhile; look at it first."""

    code = "escalation-ladder-changed"
    family = Family.CONFLICT

    def __init__(self, *, latest: int, based_on: int) -> None:
        super().__init__(latest=latest, based_on=based_on)
