"""What technicians, rosters and positions refuse."""

from collections.abc import Sequence
from datetime import datetime

from foundation.problems import Family, Problem


class NotOnDuty(Problem):
    """Positions are taken from people on duty or on call only."""

    code = "technician-not-on-duty"
    family = Family.CONFLICT

    def __init__(self, *, technician: str) -> None:
        """Name the technician by code."""
        super().__init__(technician=technician)


class TechnicianInactive(Problem):
    """Somebody who left can't sign on or be rostered."""

    code = "technician-inactive"
    family = Family.CONFLICT

    def __init__(self, *, technician: str) -> None:
        """Name the technician by code."""
        super().__init__(technician=technician)


class ShiftOverlaps(Problem):
    """The person is rostered already in part of that time."""

    code = "shift-overlaps"
    family = Family.CONFLICT

    def __init__(self, *, technician: str, start_at: datetime, end_at: datetime) -> None:
        """Name the technician by code and the shift that is there."""
        super().__init__(technician=technician, start_at=start_at, end_at=end_at)


class CodeTaken(Problem):
    """Another technician, vehicle or outlet carries that code, plate or name."""

    code = "code-taken"
    family = Family.CONFLICT

    def __init__(self, *, what: str, value: str) -> None:
        """Say which kind of code and its value."""
        super().__init__(what=what, value=value)


class RestTooShort(Problem):
    """The roster would leave less rest, or more hours, than this person's limits allow."""

    code = "working-time-exceeded"
    family = Family.CONFLICT

    def __init__(self, *, technician: str, limit: str, allowed_from: datetime | None) -> None:
        """Name the technician, the limit's word and when such work would be allowed."""
        super().__init__(technician=technician, limit=limit, allowed_from=allowed_from)


class ImportUnreadable(Problem):
    """The file can't be read as a register's lines; `why` is a code, `found` and `needed` name columns."""

    code = "import-unreadable"
    family = Family.INVALID

    def __init__(self, *, why: str, found: Sequence[str] = (), needed: Sequence[str] = ()) -> None:
        """Say why, and which columns were found and which are missing."""
        super().__init__(why=why, found=list(found), needed=list(needed))


class ImportNotReady(Problem):
    """The import is still being checked, or it was carried out already."""

    code = "import-not-ready"
    family = Family.CONFLICT

    def __init__(self, *, state: str) -> None:
        """Say how far it has come."""
        super().__init__(state=state)
