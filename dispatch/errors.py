"""What dispatch refuses."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from foundation.problems import Family, Problem


class OfferGone(Problem):
    """The offer can't be answered any more; `state` says what became of it."""

    code: ClassVar[str] = "offer-gone"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, state: str, lapses_at: datetime) -> None:
        super().__init__(state=state, lapses_at=lapses_at)


class TechnicianBusy(Problem):
    """The technician has accepted work at that time."""

    code: ClassVar[str] = "technician-busy"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, technician: str, until: datetime | None = None) -> None:
        super().__init__(technician=technician, until=until)


class CrewComplete(Problem):
    """The complaint already has somebody in that crew role; accepted work is never taken away silently."""

    code: ClassVar[str] = "crew-complete"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, number: str, crew_role: str) -> None:
        super().__init__(number=number, crew_role=crew_role)


class TechnicianUnfit(Problem):
    """Even by hand this technician can't be assigned; `why` is a code of the exclusion filters."""

    code: ClassVar[str] = "technician-unfit"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, technician: str, why: str) -> None:
        super().__init__(technician=technician, why=why)


class NotDispatchable(Problem):
    """The complaint's stage leaves nothing to dispatch."""

    code: ClassVar[str] = "not-dispatchable"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, number: str, stage: str) -> None:
        super().__init__(number=number, stage=stage)


class DispatchPolicyUnfit(Problem):
    """These numbers can't be saved; `faults` lists field and reason of each fault."""

    code: ClassVar[str] = "dispatch-policy-unfit"
    family: ClassVar[Family] = Family.INVALID

    def __init__(self, *, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults=[{"field": field, "reason": reason} for field, reason in faults])


class DispatchPolicyChanged(Problem):
    """Somebody else saved a version meanwhile; look at it first."""

    code: ClassVar[str] = "dispatch-policy-changed"
    family: ClassVar[Family] = Family.CONFLICT

    def __init__(self, *, latest: int, based_on: int) -> None:
        super().__init__(latest=latest, based_on=based_on)
