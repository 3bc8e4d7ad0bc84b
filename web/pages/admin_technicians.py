"""Technicians: who repairs what and from where, with certificates and their days; added, changed, let go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from foundation.accounts import queries as accounts
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor, Role, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from foundation.wire import Cursor, cursor_of, cursor_parts
from technicians import listing, people, permissions, queries, roster, schemas
from technicians.http import record
from technicians.models import Outlet, Vehicle
from technicians.people import Person
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: People of one page.
PEOPLE: Final = 50
#: Certificates that run out within this time are pointed out.
SOON: Final = timedelta(days=60)
#: Accounts among which a technician's own is chosen.
ACCOUNTS: Final = 1000

Search = Annotated[str | None, Parameter(max_length=100)]
InRegion = Annotated[str | None, Parameter(max_length=64)]


@get("/admin/technicians", opt={"permission": permissions.SEE}, include_in_schema=False, sync_to_thread=True)
def technicians(
    *, request: PageRequest, look: ReadSession, actor: Actor, now: datetime, q: Search = None, region: InRegion = None,
    cursor: Cursor | None = None, saved: str = "",
) -> Template:  # fmt: skip
    """Technicians of one's regions by code, and the form for another."""
    after = cursor_parts(cursor, count=1)
    return _list(
        request, look, actor, now=now, q=q, region=region, after=after[0] if after else "", saved=bool(saved),
        entered={}, problem=None,
    )  # fmt: skip


@post("/admin/technicians", opt={"permission": permissions.KEEP}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(*, request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Add somebody who repairs."""
    with forms.attempt(db) as tried:
        people.add_technician(db, _person(form, before=None), actor=actor, now=now)
    if tried.problem is None:
        return Redirect("/admin/technicians?saved=1", status_code=303)
    return _list(
        request, db, actor, now=now, q=None, region=None, after="", saved=False, entered=form, problem=tried.problem
    )  # fmt: skip


@get("/admin/technicians/{technician_id:uuid}", opt={"permission": permissions.SEE}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def technician(
    *, request: PageRequest, technician_id: UUID, look: ReadSession, actor: Actor, now: datetime, saved: str = ""
) -> Template:
    """One technician. Raises NotFound for one of another region."""
    return _one(request, look, technician_id, actor, now=now, saved=bool(saved), entered={}, problem=None)


@post("/admin/technicians/{technician_id:uuid}", opt={"permission": permissions.KEEP}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def change(
    *, request: PageRequest, technician_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """Keep other values; let somebody go or take them back; keep a certificate or withdraw it."""
    with forms.attempt(db) as tried:
        _do(db, technician_id, form, actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"/admin/technicians/{technician_id}?saved=1", status_code=303)
    return _one(request, db, technician_id, actor, now=now, saved=False, entered=form, problem=tried.problem)


def _do(db: WriteSession, technician_id: UUID, form: Form, *, actor: Actor, now: datetime) -> None:
    """What the pressed button means."""
    match form.get("do"):
        case "leave" | "return" as word:
            people.set_active(db, technician_id, active=word == "return", actor=actor, now=now)
        case "certificate":
            given = forms.shaped({name: form.get(name) for name in ("family", "kind", "number", "valid_until")},
                                 schemas.CertificateForm)  # fmt: skip
            roster.grant_certificate(
                db, technician_id, family=given.family, kind=given.kind, number=given.number,
                valid_until=given.valid_until, actor=actor, now=now,
            )  # fmt: skip
        case "withdraw":
            why = forms.shaped({"reason": form.get("reason")}, schemas.Withdrawal)
            roster.withdraw_certificate(
                db, technician_id, forms.id_in(form, "certificate_id"), reason=why.reason, actor=actor, now=now
            )
        case _:
            before = people.person_of(db, queries.for_change(db, technician_id))
            people.change_technician(db, technician_id, _person(form, before=before), actor=actor, now=now)


#: Fields of the form that hold one text each.
_PLAIN: Final = ("code", "name", "region_code", "outlet_id", "vehicle_id", "user_id", "phone", "hired_on")


def _person(form: Form, *, before: Person | None) -> Person:
    """What the form says; a home that isn't filled in stays, since no page shows it. Raises FieldWrong."""
    said: dict[str, object] = {name: form.get(name) for name in _PLAIN}
    said["senior"] = form.get("senior") == "yes"
    said["families"] = _families(form)
    said["hours"] = {name: form[name] for name in ("max_daily", "max_weekly", "min_rest") if form.get(name)}
    if form.get("latitude") or form.get("longitude"):
        said["home"] = {name: form.get(name) or None for name in ("latitude", "longitude")}
    person = forms.shaped(said, schemas.TechnicianForm).person()
    keeps_home = before is not None and person.home is None and form.get("forget_home") != "yes"
    return replace(person, home=before.home) if keeps_home and before is not None else person


def _families(form: Form) -> dict[str, str]:
    """The families with a level; a new one stands in a field of its own."""
    found = {
        name.removeprefix("family."): level for name, level in form.items() if name.startswith("family.") and level
    }
    if form.get("new_family"):
        found[form["new_family"]] = form.get("new_level") or str(people.ABLE)
    return found


def _list(
    request: PageRequest, look: ReadSession, actor: Actor, *, now: datetime, q: str | None, region: str | None,
    after: str, saved: bool, entered: Form, problem: Problem | None,
) -> Template:  # fmt: skip
    ids = listing.technician_ids(look, region=region or None, after=after, limit=PEOPLE + 1, asked=q)
    states = queries.field(look, ids, now)
    return page(
        request, "admin_technicians.html", status=200 if problem is None else responses.status_of(problem),
        here="admin", states=states[:PEOPLE], q=q or "", region=region or "", today=_today(now), soon=_today(now) + SOON,
        onward=cursor_of(states[PEOPLE - 1].code) if len(states) > PEOPLE else None, saved=saved, problem=problem,
        entered=entered, may_keep=may(actor, permissions.KEEP), choices=_choices(look, actor),
    )  # fmt: skip


def _one(
    request: PageRequest, look: ReadSession, technician_id: UUID, actor: Actor, *, now: datetime, saved: bool,
    entered: Form, problem: Problem | None,
) -> Template:  # fmt: skip
    phone = listing.phone_of(look, technician_id)
    may_keep = may(actor, permissions.KEEP)
    return page(
        request, "admin_technician.html", status=200 if problem is None else responses.status_of(problem),
        here="admin", state=queries.field(look, [technician_id], now)[0], phone=phone, today=_today(now),
        soon=_today(now) + SOON, record=record(look, technician_id) if may_keep else None, may_keep=may_keep,
        saved=saved, problem=problem, entered=entered, choices=_choices(look, actor),
    )  # fmt: skip


def _today(now: datetime) -> date:
    return now.astimezone(COMPANY_ZONE).date()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form's lists offer; outlets, vehicles and accounts only to those who keep technicians."""

    regions: Sequence[Region]
    families: Sequence[str] = ()
    outlets: Sequence[Outlet] = ()
    vehicles: Sequence[Vehicle] = ()
    accounts: Sequence[tuple[UUID, str]] = ()


def _choices(look: ReadSession, actor: Actor) -> Choices:
    regions = [region for region in accounts.regions(look) if _sees(actor, region.code)]
    if not may(actor, permissions.KEEP):
        return Choices(regions)
    outlets = [outlet for outlet in listing.outlets(look, region=None) if _sees(actor, outlet.region_code)]
    return Choices(regions, listing.families(look), outlets, listing.vehicles(look), _accounts(look))


def _sees(actor: Actor, region_code: str) -> bool:
    return actor.regions is None or region_code in actor.regions


def _accounts(look: ReadSession) -> Sequence[tuple[UUID, str]]:
    """Logins of technicians, which the field's telephones use."""
    found = accounts.people(look, asked=None, after=None, limit=ACCOUNTS, role=Role.TECHNICIAN)
    return [(each.id, f"{each.login} {each.name}") for each in found]


ROUTES: Final = [technicians, add, technician, change]
