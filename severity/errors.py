"""What grading and rule books refuse."""

from collections.abc import Sequence

from foundation.problems import Family, Problem


class LoweringNotAllowed(Problem):
    """Anybody may raise a grade; lowering one needs a dispatcher, a manager or the head of service."""

    code = "lowering-not-allowed"
    family = Family.FORBIDDEN

    def __init__(self, *, grade: str, wanted: str) -> None:
        """Name the present grade and the one that was wanted."""
        super().__init__(grade=grade, wanted=wanted)


class PolicyUnfit(Problem):
    """The rule book can't be saved; `faults` lists field and reason of each fault."""

    code = "policy-unfit"
    family = Family.INVALID

    def __init__(self, *, faults: Sequence[tuple[str, str]]) -> None:
        """List the faults as field and reason."""
        super().__init__(faults=[{"field": field, "reason": reason} for field, reason in faults])


class PolicyChanged(Problem):
    """Somebody else saved a version meanwhile; look at it first."""

    code = "policy-changed"
    family = Family.CONFLICT

    def __init__(self, *, latest: int, based_on: int) -> None:
        """Name the latest version and the one this was based on."""
        super().__init__(latest=latest, based_on=based_on)
