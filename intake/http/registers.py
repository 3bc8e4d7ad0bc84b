"""Routes of the registers, and the one that customers' links open."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, patch, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong
from foundation.wire import Cursor, Page, PageSize, cursor_parts, page
from intake import (
    boards,
    customer_position,
    customer_view,
    links,
    permissions,
    register_schemas,
    registering,
    registers,
    schemas,
)
from intake.registering import NewCustomer, NewSite, NewUnit

Search = Annotated[str | None, Parameter(max_length=100)]


@get("/customers", operation_id="searchCustomers", sync_to_thread=True, opt={"permission": permissions.READ_REGISTERS})
def search_customers(
    look: ReadSession, actor: Actor, *, q: Search = None, cursor: Cursor | None = None, limit: PageSize = 50
) -> Page[register_schemas.CustomerOut]:
    """Customers by name, pinyin, initials, phone or its last four digits."""
    found = registers.customers(look, asked=q, limit=limit + 1, after=after(cursor))
    personal = schemas.sees_personal(actor)
    return page(
        found,
        size=limit,
        shape=lambda customer: register_schemas.customer_out(customer, personal=personal),
        key=lambda customer: (customer.name, str(customer.id)),
    )


@post("/customers", operation_id="addCustomer", sync_to_thread=True, opt={"permission": permissions.KEEP_REGISTERS})
def add_customer(
    data: register_schemas.CustomerIn, db: WriteSession, actor: Actor, now: datetime
) -> register_schemas.CustomerOut:
    """Put a customer into the register."""
    new = NewCustomer(**{name: getattr(data, name) for name in data.__struct_fields__})
    return register_schemas.customer_out(registering.add_customer(db, new, actor=actor, now=now), personal=True)


@get("/customers/{customer_id:uuid}", operation_id="readCustomer", sync_to_thread=True,
     opt={"permission": permissions.READ_REGISTERS})  # fmt: skip
def read_customer(customer_id: UUID, look: ReadSession, actor: Actor) -> register_schemas.CustomerFileOut:
    """A customer with sites and units."""
    found = registers.customer_file(look, customer_id)
    return register_schemas.customer_file_out(found, personal=schemas.sees_personal(actor))


@get("/sites", operation_id="searchSites", sync_to_thread=True, opt={"permission": permissions.READ_REGISTERS})
def search_sites(
    look: ReadSession, *, q: Search = None, cursor: Cursor | None = None, limit: PageSize = 50
) -> Page[register_schemas.SiteOut]:
    """Sites by name or address."""
    found = registers.sites(look, asked=q, limit=limit + 1, after=after(cursor))
    return page(found, size=limit, shape=register_schemas.site_out, key=lambda site: (site.name, str(site.id)))


@post("/sites", operation_id="addSite", sync_to_thread=True, opt={"permission": permissions.KEEP_REGISTERS})
def add_site(data: register_schemas.SiteIn, db: WriteSession, actor: Actor, now: datetime) -> register_schemas.SiteOut:
    """Put a site into the register; coordinates in another datum are converted, both are kept."""
    new = NewSite(**{name: getattr(data, name) for name in data.__struct_fields__})
    return register_schemas.site_out(registering.add_site(db, new, actor=actor, now=now))


@get("/equipment", operation_id="searchEquipment", sync_to_thread=True, opt={"permission": permissions.READ_REGISTERS})
def search_equipment(
    look: ReadSession, *, q: Search = None, cursor: Cursor | None = None, limit: PageSize = 50
) -> Page[register_schemas.UnitOut]:
    """Units by serial number, its parts or last four characters, model or maker."""
    found = registers.equipment(look, asked=q, limit=limit + 1, after=after(cursor))
    return page(found, size=limit, shape=register_schemas.unit_out, key=lambda unit: (unit.serial_number, str(unit.id)))


@post("/equipment", operation_id="addEquipment", sync_to_thread=True, opt={"permission": permissions.KEEP_REGISTERS})
def add_equipment(
    data: register_schemas.UnitIn, db: WriteSession, actor: Actor, now: datetime
) -> register_schemas.UnitOut:
    """Put a unit into the register."""
    new = NewUnit(**{name: getattr(data, name) for name in data.__struct_fields__})
    return register_schemas.unit_out(registering.add_unit(db, new, actor=actor, now=now))


@patch("/equipment/{serial_number:str}", operation_id="correctEquipment", sync_to_thread=True,
       opt={"permission": permissions.KEEP_REGISTERS})  # fmt: skip
def correct_equipment(
    serial_number: str, data: register_schemas.UnitChange, db: WriteSession, actor: Actor, now: datetime
) -> register_schemas.UnitOut:
    """Put right what is kept of a unit; where it stands is a relocation."""
    return register_schemas.unit_out(registering.correct_unit(db, serial_number, data.given(), actor=actor, now=now))


@get(
    "/equipment/{serial_number:str}/history",
    operation_id="readEquipmentHistory",
    sync_to_thread=True,
    opt={"permission": permissions.READ_REGISTERS},
)
def read_history(serial_number: str, look: ReadSession, actor: Actor, now: datetime) -> register_schemas.UnitHistory:
    """Where a unit has been and what was complained of it, as far as this reader may see."""
    unit = registers.unit(look, serial_number)
    personal = schemas.sees_personal(actor)
    return register_schemas.UnitHistory(
        unit=register_schemas.unit_out(unit),
        moves=[register_schemas.move_out(move) for move in registers.moves(look, unit.id)],
        complaints=[
            schemas.line_out(line, now=now, personal=personal)
            for line in boards.search(look, equipment_id=unit.id, now=now)
        ],
    )


@post(
    "/equipment/{serial_number:str}/relocations",
    operation_id="relocateEquipment",
    sync_to_thread=True,
    opt={"permission": permissions.KEEP_REGISTERS},
)
def relocate_equipment(
    serial_number: str, data: register_schemas.RelocationIn, db: WriteSession, actor: Actor, now: datetime
) -> register_schemas.UnitOut:
    """The unit moved to another site."""
    unit = registering.relocate(
        db, serial_number, to_site_id=data.to_site_id, moved_on=data.moved_on, actor=actor, now=now
    )
    return register_schemas.unit_out(unit)


@post(
    "/customer/case",
    operation_id="openCustomerCase",
    status_code=200,
    sync_to_thread=True,
    opt={"public": "the link's secret in the body is what lets the customer in"},
)
def open_case(data: register_schemas.TokenIn, look: ReadSession, now: datetime) -> register_schemas.CustomerCase:
    """The one case that the secret opens."""
    return customer_view.case(look, data.token, now=now)


@post(
    "/customer/position",
    operation_id="sendCustomerPosition",
    status_code=200,
    sync_to_thread=True,
    opt={"public": "the link's secret in the body is what lets the customer in", "link": "token"},
)
def send_position(
    data: register_schemas.PositionByLink, db: WriteSession, now: datetime
) -> register_schemas.PositionKept:
    """The customer says where they are; it places a case that nobody could place."""
    actor = links.actor_of(customer_view.link_of(db, data.token, now=now))
    complaint = customer_position.send(
        db, actor, latitude=data.latitude, longitude=data.longitude, accuracy_m=data.accuracy_m, now=now
    )
    return register_schemas.PositionKept(number=complaint.number, to_be_placed=complaint.to_be_placed)


def after(cursor: str | None) -> tuple[str, str] | None:
    """The name and id a list goes on from. Raises FieldWrong for a cursor that no list of ours gave."""
    parts = cursor_parts(cursor, count=2)
    if parts is None:
        return None
    try:
        return parts[0], str(UUID(parts[1]))
    except ValueError:
        raise FieldWrong(field="cursor", reason="unreadable") from None


ROUTES: Final[list[ControllerRouterHandler]] = [
    search_customers,
    add_customer,
    read_customer,
    search_sites,
    add_site,
    search_equipment,
    add_equipment,
    correct_equipment,
    read_history,
    relocate_equipment,
    open_case,
    send_position,
]
