"""Which rows a transaction may see; known to decisions too, so it knows no SQLAlchemy."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a transaction may see: all regions (None) or the named ones, and those shared with the user."""

    regions: frozenset[str] | None
    user_id: UUID | None = None

    def settings(self) -> dict[str, str]:
        """The transaction-local values that row-level security reads."""
        regions = "*" if self.regions is None else "," + ",".join(sorted(self.regions)) + ","
        return {"regions": regions, "user": str(self.user_id) if self.user_id else ""}


#: Jobs, sweeps and commands of the operator.
EVERYTHING = Scope(regions=None)
