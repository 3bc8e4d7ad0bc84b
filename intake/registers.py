"""The registers of customers, sites and equipment, as lists and one by one. Keyset paging by name or serial number.

A reader sees the rows of their regions and those that belong to none yet; looking up a unit for a call is
`queries.call_context`, which knows them all, since a call may come from anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import TextClause, select, text

from foundation.database.session import ReadSession
from foundation.problems import NotFound
from intake import searching
from intake.models import Customer, Equipment, Relocation, Site
from intake.serials import serial

_SEEN: Final = "((SELECT sees_everything()) OR region_code IS NULL OR sees_region(region_code))"
_ASKED: Final = "search @@ CAST(CAST(:question AS text) AS tsquery)"
Registered = TypeVar("Registered", Customer, Site, Equipment)
_KEYS: Final[Mapping[type[Customer | Site | Equipment], str]] = {
    Customer: "name",
    Site: "name",
    Equipment: "serial_number",
}


@cache
def _listing(table: type[Customer | Site | Equipment], *, is_asked: bool) -> TextClause:
    """A register's statement; the condition on words stands in it only when something was asked for."""
    key = _KEYS[table]
    return text(
        f"""
        SELECT * FROM {table.__tablename__}
        WHERE {_SEEN} AND {_ASKED if is_asked else "true"}
          AND ({key}, id) > (CAST(:after AS text), CAST(:after_id AS uuid))
        ORDER BY {key}, id LIMIT :limit
        """  # noqa: S608 -- names of our own tables
    )


_NOBODY: Final = ("", "00000000-0000-0000-0000-000000000000")


def customers(
    look: ReadSession, *, asked: str | None = None, limit: int = 50, after: tuple[str, str] | None = None
) -> Sequence[Customer]:
    """Customers by name, pinyin, initials, phone or its last four digits; `after` is (name, id) of the last seen."""
    return _found(look, Customer, asked, limit=limit, after=after)


def sites(
    look: ReadSession, *, asked: str | None = None, limit: int = 50, after: tuple[str, str] | None = None
) -> Sequence[Site]:
    """Sites by name, address or customer; `after` is (name, id) of the last seen."""
    return _found(look, Site, asked, limit=limit, after=after)


def equipment(
    look: ReadSession, *, asked: str | None = None, limit: int = 50, after: tuple[str, str] | None = None
) -> Sequence[Equipment]:
    """Units by serial number, its parts or last four, model or maker; `after` is (serial number, id) of the last seen."""
    return _found(look, Equipment, asked, limit=limit, after=after)


def _found(
    look: ReadSession, table: type[Registered], asked: str | None, *, limit: int, after: tuple[str, str] | None
) -> Sequence[Registered]:
    """A page of a register; everything if nothing was asked, nothing if only signs were."""
    if searching.says_nothing(asked):
        return []
    last, last_id = after or _NOBODY
    question = searching.question(asked or "")
    asking: dict[str, object] = {"limit": limit, "after": last, "after_id": last_id}
    if question:
        asking["question"] = question
    return look.scalars(select(table).from_statement(_listing(table, is_asked=bool(question))), asking).all()


@dataclass(frozen=True, slots=True)
class Move:
    """A relocation as it is read."""

    moved_on: date
    from_site: str | None
    to_site: str


def unit(look: ReadSession, serial_number: str) -> Equipment:
    """The unit with this serial number, however it is written; NotFound if the reader may not know one."""
    wanted = select(Equipment).where(Equipment.serial_number == serial(serial_number), text(_SEEN))
    found = look.scalars(wanted).one_or_none() if serial_number.isprintable() else None
    if found is None:
        raise NotFound(equipment=ascii(serial_number)[:100])
    return found


def moves(look: ReadSession, equipment_id: UUID) -> list[Move]:
    """Where the unit has been, the latest first."""
    origin, target = Site.__table__.alias("origin"), Site.__table__.alias("target")
    rows = look.execute(
        select(Relocation.moved_on, origin.c.name, target.c.name)
        .join(target, target.c.id == Relocation.to_site_id)
        .outerjoin(origin, origin.c.id == Relocation.from_site_id)
        .where(Relocation.equipment_id == equipment_id)
        .order_by(Relocation.moved_on.desc(), Relocation.id.desc())
    )
    return [Move(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A customer with the sites and units that belong to them, as far as this reader may see."""

    customer: Customer
    sites: Sequence[Site]
    units: Sequence[Equipment]


#: Sites and units of one customer that are shown.
MOST: Final = 500


def customer_file(look: ReadSession, customer_id: UUID) -> CustomerFile:
    """One customer; NotFound if the reader may not know one."""
    customer = look.scalars(select(Customer).where(Customer.id == customer_id, text(_SEEN))).one_or_none()
    if customer is None:
        raise NotFound(customer=customer_id)
    sites_of = select(Site).where(Site.customer_id == customer_id, text(_SEEN)).order_by(Site.name, Site.id)
    units_of = select(Equipment).where(Equipment.customer_id == customer_id, text(_SEEN))
    return CustomerFile(
        customer,
        look.scalars(sites_of.limit(MOST)).all(),
        look.scalars(units_of.order_by(Equipment.serial_number).limit(MOST)).all(),
    )


def where(look: ReadSession, unit: Equipment) -> tuple[Customer | None, Site | None]:
    """Whose a unit is and where it stands."""
    customer = look.get(Customer, unit.customer_id) if unit.customer_id else None
    return customer, look.get(Site, unit.site_id) if unit.site_id else None
