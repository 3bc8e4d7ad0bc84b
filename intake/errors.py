"""What intake refuses. Texts: locale/intake.toml."""

from collections.abc import Sequence
from datetime import datetime

from foundation.problems import Family, Problem


class StepNotAllowed(Problem):
    """The complaint's stage has no such step; `allowed` lists those it has."""

    code = "step-not-allowed"
    family = Family.CONFLICT

    def __init__(self, *, stage: str, step: str, allowed: Sequence[str]) -> None:
        """Name the present stage, the refused step and the steps the stage allows."""
        super().__init__(stage=stage, step=step, allowed=list(allowed))


class EvidenceMissing(Problem):
    """The step needs facts that were not given."""

    code = "evidence-missing"
    family = Family.INVALID

    def __init__(self, *, step: str, missing: Sequence[str]) -> None:
        """Name the step and the facts it lacks."""
        super().__init__(step=step, missing=list(missing))


class ReopenTooLate(Problem):
    """A closed complaint may be reopened for thirty days; after that a new one is logged."""

    code = "reopen-too-late"
    family = Family.CONFLICT

    def __init__(self, *, number: str, closed_at: datetime, days: int) -> None:
        """Name the complaint, when it was closed and for how many days it could be reopened."""
        super().__init__(number=number, closed_at=closed_at, days=days)


class MergeRefused(Problem):
    """A complaint can't be merged into this one; `reason` is a code: itself, not-open, other-unit."""

    code = "merge-refused"
    family = Family.CONFLICT

    def __init__(self, *, number: str, into: str, reason: str) -> None:
        """Name both complaints and why not."""
        super().__init__(number=number, into=into, reason=reason)


class HandOverRefused(Problem):
    """A case can't go to another region now; `reason` is a code: ended, own-region, pending."""

    code = "hand-over-refused"
    family = Family.CONFLICT

    def __init__(self, *, number: str, reason: str) -> None:
        """Name the complaint and why not."""
        super().__init__(number=number, reason=reason)


class HandedOver(Problem):
    """The case was this reader's region's and is another's now; what they may still know is where it went and why."""

    code = "handed-over"
    family = Family.MISSING

    def __init__(self, *, number: str, region: str, at: datetime, why: str, reason: str) -> None:
        """Name the complaint, its region now, when and why it went there."""
        super().__init__(number=number, region=region, at=at, why=why, reason=reason)


class Changed(Problem):
    """Somebody else changed the complaint since it was read."""

    code = "complaint-changed"
    family = Family.CONFLICT

    def __init__(self, *, number: str, version: int) -> None:
        """Name the complaint and its present version."""
        super().__init__(number=number, version=version)


class SerialTaken(Problem):
    """Another unit already carries this serial number."""

    code = "serial-taken"
    family = Family.CONFLICT


class ReferenceTaken(Problem):
    """Another customer already carries this external reference."""

    code = "reference-taken"
    family = Family.CONFLICT


class LinkDead(Problem):
    """A customer's link that is unknown, expired or revoked; which of them is not told."""

    code = "link-dead"
    family = Family.MISSING

    def __init__(self) -> None:
        """Tell nothing more."""
        super().__init__()
