"""The register of customers: who they are, their sites and units, and whom they don't want to see again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

import dispatch.actions
import dispatch.permissions
import dispatch.queries
import technicians.queries
from dispatch.schemas import Exclude, ExclusionView, exclusion_view
from foundation.accounts import queries as accounts
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotFound, Problem
from foundation.wire import Cursor, Wire, cursor_of
from intake import permissions, register_schemas, registering, registers, schemas
from intake.http.registers import after
from intake.models import CUSTOMER_KINDS, DATUMS
from intake.registering import NewCustomer, NewSite, NewUnit
from technicians import listing
from technicians.field import FieldState
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: Customers of one page, and people among whom somebody is chosen who isn't to be sent.
CUSTOMERS: Final = 50
PEOPLE: Final = 500

Search = Annotated[str | None, Parameter(max_length=100)]


@get("/admin/customers", opt={"permission": permissions.READ_REGISTERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def customers(
    *, request: PageRequest, look: ReadSession, actor: Actor, q: Search = None, cursor: Cursor | None = None
) -> Template:
    """Customers by name, and the form for another."""
    return _list(request, look, actor, q=q, cursor=cursor, entered={}, problem=None)


@post("/admin/customers", opt={"permission": permissions.KEEP_REGISTERS}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Put a customer into the register."""
    path = ""
    with forms.attempt(db) as tried:
        given = _given(form, register_schemas.CustomerIn)
        new = NewCustomer(**{name: getattr(given, name) for name in given.__struct_fields__})
        path = f"/admin/customers/{registering.add_customer(db, new, actor=actor, now=now).id}"
    if tried.problem is None:
        return Redirect(f"{path}?saved=1", status_code=303)
    return _list(request, db, actor, q=None, cursor=None, entered=form, problem=tried.problem)


@get("/admin/customers/{customer_id:uuid}", opt={"permission": permissions.READ_REGISTERS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def customer(
    *, request: PageRequest, customer_id: UUID, look: ReadSession, actor: Actor, now: datetime, saved: str = ""
) -> Template:
    """One customer. Raises NotFound."""
    return _one(request, look, customer_id, actor, now=now, saved=bool(saved), entered={}, problem=None)


@post("/admin/customers/{customer_id:uuid}", opt={"permission": permissions.KEEP_REGISTERS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def belongings(
    *, request: PageRequest, customer_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Put a site of the customer, or a unit, into the register."""
    with forms.attempt(db) as tried:
        registers.customer_file(db, customer_id)
        if form.get("do") == "unit":
            unit = _given({**form, "customer_id": str(customer_id)}, register_schemas.UnitIn)
            registering.add_unit(
                db, NewUnit(**{name: getattr(unit, name) for name in unit.__struct_fields__}), actor=actor, now=now
            )
        else:
            site = _given({**form, "customer_id": str(customer_id)}, register_schemas.SiteIn)
            registering.add_site(
                db, NewSite(**{name: getattr(site, name) for name in site.__struct_fields__}), actor=actor, now=now
            )
    return _onward(request, db, customer_id, actor, now=now, form=form, problem=tried.problem)


@post("/admin/customers/{customer_id:uuid}/exclusions", opt={"permission": dispatch.permissions.EXCLUDE},
      include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
def exclusions(
    *, request: PageRequest, customer_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Somebody isn't to be sent to this customer before a time, or may be sent again."""
    with forms.attempt(db) as tried:
        technician_id = forms.id_in(form, "technician_id")
        if form.get("do") == "end":
            dispatch.actions.allow_again(db, customer_id, technician_id=technician_id, actor=actor, now=now)
        else:
            until = forms.wall_time(form.get("until", ""), field="until", zone=COMPANY_ZONE)
            said = {"technician_id": technician_id, "until": until, "reason": form.get("reason")}
            given = forms.shaped(said, Exclude)
            dispatch.actions.exclude(
                db, customer_id, technician_id=technician_id, until=given.until, reason=given.reason, actor=actor,
                now=now,
            )  # fmt: skip
    return _onward(request, db, customer_id, actor, now=now, form=form, problem=tried.problem)


S = TypeVar("S", bound=Wire)


def _given(form: Form, shape: type[S]) -> S:
    """The form's fields of the shape, checked as the API checks them. Raises FieldWrong."""
    return forms.shaped({name: form.get(name) for name in shape.__struct_fields__}, shape)


def _onward(
    request: PageRequest, db: WriteSession, customer_id: UUID, actor: Actor, *, now: datetime, form: Form,
    problem: Problem | None,
) -> Answer:  # fmt: skip
    if problem is None:
        return Redirect(f"/admin/customers/{customer_id}?saved=1", status_code=303)
    if isinstance(problem, NotFound):
        raise problem
    return _one(request, db, customer_id, actor, now=now, saved=False, entered=form, problem=problem)


def _list(
    request: PageRequest, look: ReadSession, actor: Actor, *, q: str | None, cursor: str | None, entered: Form,
    problem: Problem | None,
) -> Template:  # fmt: skip
    found = registers.customers(look, asked=q, limit=CUSTOMERS + 1, after=after(cursor))
    personal = schemas.sees_personal(actor)
    last = found[CUSTOMERS - 1] if len(found) > CUSTOMERS else None
    return page(
        request, "admin_customers.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        customers=[register_schemas.customer_out(each, personal=personal) for each in found[:CUSTOMERS]], q=q or "",
        onward=cursor_of(last.name, str(last.id)) if last else None, kinds=CUSTOMER_KINDS, entered=entered,
        problem=problem, saved=False, may_keep=may(actor, permissions.KEEP_REGISTERS), regions=accounts.regions(look),
    )  # fmt: skip


def _one(
    request: PageRequest, look: ReadSession, customer_id: UUID, actor: Actor, *, now: datetime, saved: bool,
    entered: Form, problem: Problem | None,
) -> Template:  # fmt: skip
    found = registers.customer_file(look, customer_id)
    file = register_schemas.customer_file_out(found, personal=schemas.sees_personal(actor))
    return page(
        request, "admin_customer.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        customer=file.customer, sites=file.sites, units=file.units, datums=DATUMS, entered=entered, problem=problem,
        saved=saved, may_keep=may(actor, permissions.KEEP_REGISTERS), regions=accounts.regions(look),
        unwanted=_unwanted(look, customer_id, actor, now=now), may_exclude=may(actor, dispatch.permissions.EXCLUDE),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Whom the customer doesn't want to see (None for whoever may not know), and among whom somebody is chosen."""

    found: Sequence[ExclusionView] | None
    people: Sequence[FieldState]


def _unwanted(look: ReadSession, customer_id: UUID, actor: Actor, *, now: datetime) -> Unwanted:
    if not may(actor, dispatch.permissions.SEE_EXCLUSIONS):
        return Unwanted(None, ())
    found = [exclusion_view(*each) for each in dispatch.queries.exclusions(look, customer_id, now=now)]
    if not may(actor, dispatch.permissions.EXCLUDE):
        return Unwanted(found, ())
    ids = listing.technician_ids(look, region=None, after="", limit=PEOPLE)
    return Unwanted(found, technicians.queries.field(look, ids, now))


ROUTES: Final = [customers, add, customer, belongings, exclusions]
