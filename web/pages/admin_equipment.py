"""The equipment register: units with where they stand, where they stood, and what was complained of them."""

from datetime import date, datetime
from typing import Annotated, Final
from urllib.parse import quote

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from foundation.accounts import queries as accounts
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from foundation.wire import Cursor, cursor_of
from intake import boards, permissions, register_schemas, registering, registers, schemas
from intake.http.registers import after
from intake.registering import NewUnit
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: Units of one page, and sites offered when a unit moves.
UNITS: Final = 50
SITES: Final = 20

Search = Annotated[str | None, Parameter(max_length=100)]
#: What a form says of a unit that isn't there yet.
_NEW: Final = tuple(name for name in register_schemas.UnitIn.__struct_fields__)
#: What of it may be put right; empty takes away.
_CORRECTED: Final = ("family", "model", "manufacturer", "commissioned_on", "left_works_on", "warranty_until")


@get("/admin/equipment", opt={"permission": permissions.READ_REGISTERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def equipment(
    *, request: PageRequest, look: ReadSession, actor: Actor, q: Search = None, cursor: Cursor | None = None
) -> Template:
    """Units by serial number, and the form for another."""
    return _list(request, look, actor, q=q, cursor=cursor, entered={}, problem=None)


@post("/admin/equipment", opt={"permission": permissions.KEEP_REGISTERS}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Put a unit into the register."""
    path = ""
    with forms.attempt(db) as tried:
        given = forms.shaped({name: form.get(name) for name in _NEW}, register_schemas.UnitIn)
        new = NewUnit(**{name: getattr(given, name) for name in _NEW})
        path = _path(registering.add_unit(db, new, actor=actor, now=now).serial_number)
    if tried.problem is None:
        return Redirect(f"{path}?saved=1", status_code=303)
    return _list(request, db, actor, q=None, cursor=None, entered=form, problem=tried.problem)


@get("/admin/equipment/{serial_number:str}", opt={"permission": permissions.READ_REGISTERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def unit(
    *, request: PageRequest, serial_number: str, look: ReadSession, actor: Actor, now: datetime, to: Search = None,
    saved: str = "",
) -> Template:  # fmt: skip
    """One unit; `to` looks for the site it moved to. Raises NotFound."""
    return _unit(request, look, serial_number, actor, now=now, to=to, saved=bool(saved), entered={}, problem=None)


@post("/admin/equipment/{serial_number:str}", opt={"permission": permissions.KEEP_REGISTERS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def change(
    *, request: PageRequest, serial_number: str, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """The unit moved, or something about it is put right."""
    with forms.attempt(db) as tried:
        if form.get("do") == "move":
            given = forms.shaped({name: form.get(name) for name in ("to_site_id", "moved_on")},
                                 register_schemas.RelocationIn)  # fmt: skip
            registering.relocate(
                db, serial_number, to_site_id=given.to_site_id, moved_on=given.moved_on, actor=actor, now=now
            )
        else:
            said = {name: form[name] or None for name in _CORRECTED if name in form}
            wish = forms.converted(said, register_schemas.UnitChange, strict=False)
            registering.correct_unit(db, serial_number, wish.given(), actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"{_path(serial_number)}?saved=1", status_code=303)
    return _unit(
        request, db, serial_number, actor, now=now, to=form.get("to"), saved=False, entered=form, problem=tried.problem
    )  # fmt: skip


def _path(serial_number: str) -> str:
    return f"/admin/equipment/{quote(serial_number)}"


def _list(
    request: PageRequest, look: ReadSession, actor: Actor, *, q: str | None, cursor: str | None, entered: Form,
    problem: Problem | None,
) -> Template:  # fmt: skip
    found = registers.equipment(look, asked=q, limit=UNITS + 1, after=after(cursor))
    shown = [(each, *registers.where(look, each)) for each in found[:UNITS]]
    last = found[UNITS - 1] if len(found) > UNITS else None
    return page(
        request, "admin_equipment.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        units=shown, q=q or "", onward=cursor_of(last.serial_number, str(last.id)) if last else None, entered=entered,
        problem=problem, saved=False, may_keep=may(actor, permissions.KEEP_REGISTERS), path_of=_path,
        regions=accounts.regions(look),
    )  # fmt: skip


def _unit(
    request: PageRequest, look: ReadSession, serial_number: str, actor: Actor, *, now: datetime, to: str | None,
    saved: bool, entered: Form, problem: Problem | None,
) -> Template:  # fmt: skip
    found = registers.unit(look, serial_number)
    customer, site = registers.where(look, found)
    personal = schemas.sees_personal(actor)
    lines = boards.search(look, equipment_id=found.id, now=now) if may(actor, permissions.READ) else []
    return page(
        request, "admin_unit.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        unit=register_schemas.unit_out(found), site=site, moves=registers.moves(look, found.id), path=_path(found.serial_number),
        customer=register_schemas.customer_out(customer, personal=personal) if customer else None, today=_today(now),
        complaints=[schemas.line_out(line, now=now, personal=personal) for line in lines], to=to or "",
        sites=registers.sites(look, asked=to, limit=SITES) if to else (), saved=saved, entered=entered,
        problem=problem, may_keep=may(actor, permissions.KEEP_REGISTERS),
    )  # fmt: skip


def _today(now: datetime) -> date:
    return now.astimezone(COMPANY_ZONE).date()


ROUTES: Final = [equipment, add, unit, change]
