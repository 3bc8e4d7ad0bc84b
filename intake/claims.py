"""Whether what a caller said of a machine and what the register says of it can both be true."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Contradiction(StrEnum):
    """In what the two differ."""

    CUSTOMER = "customer"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Whose a machine is and where it stands; None where nobody said."""

    customer_id: UUID | None
    site_id: UUID | None


def contradiction(said: Stand, registered: Stand) -> Contradiction | None:
    """What speaks against taking the two for one machine; None if nothing does. What one side leaves open fits."""
    if _differ(said.customer_id, registered.customer_id):
        return Contradiction.CUSTOMER
    return Contradiction.SITE if _differ(said.site_id, registered.site_id) else None


def _differ(one: UUID | None, other: UUID | None) -> bool:
    return one is not None and other is not None and one != other
