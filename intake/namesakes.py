"""Units of the register that bear the serial number under which a case waits for its unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import ReadSession
from intake import claims
from intake.claims import Contradiction, Stand

#: Every open case has a live deadline, so the board's partial index bounds what is looked at: the open cases, never the
#: history and never the register, of which each waiting case reads one line.
_WAITING: Final = text(
    """
    SELECT c.id FROM complaints c JOIN equipment e ON e.serial_number = c.serial_number_given
    WHERE c.next_due_at IS NOT NULL AND c.to_be_identified ORDER BY c.id
    """
)
_OF: Final = text(
    """
    SELECT c.id, e.serial_number, e.family, e.model,
           COALESCE(c.customer_id, said.customer_id) AS said_customer_id, c.site_id AS said_site_id,
           owner.id AS customer_id, owner.name AS customer_name, stands.id AS site_id, stands.name AS site_name
    FROM complaints c
    JOIN equipment e ON e.serial_number = c.serial_number_given
    LEFT JOIN sites said ON said.id = c.site_id
    LEFT JOIN sites stands ON stands.id = e.site_id
    LEFT JOIN customers owner ON owner.id = COALESCE(e.customer_id, stands.customer_id)
    WHERE c.id = ANY (:complaint_ids) AND c.to_be_identified
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """A unit that may be the one a case is about; `contradicts` says why only a person can tell."""

    serial_number: str
    family: str
    model: str | None
    customer_name: str | None
    site_name: str | None
    contradicts: Contradiction | None


def waiting(look: ReadSession) -> Sequence[UUID]:
    """Open cases whose unit is not known although the register has one of their serial number: one statement for all."""
    return look.scalars(_WAITING).all()


def of(look: ReadSession, complaint_ids: Iterable[UUID]) -> Mapping[UUID, Namesake]:
    """The unit of the same serial number, by case; cases whose unit is known, or that have none, are left out."""
    asked = list(complaint_ids)
    if not asked:
        return {}
    return {
        row.id: Namesake(
            serial_number=row.serial_number, family=row.family, model=row.model, customer_name=row.customer_name,
            site_name=row.site_name,
            contradicts=claims.contradiction(
                Stand(customer_id=row.said_customer_id, site_id=row.said_site_id),
                Stand(customer_id=row.customer_id, site_id=row.site_id),
            ),
        )
        for row in look.execute(_OF, {"complaint_ids": asked})
    }  # fmt: skip
