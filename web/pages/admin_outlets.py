"""Outlets with their vehicles, and the regions."""

from datetime import datetime
from typing import Final

from litestar import get, post
from litestar.response import Redirect, Template

from foundation.accounts import actions, queries
from foundation.accounts import permissions as accounts
from foundation.accounts.roles import Actor, may
from foundation.accounts.schemas import RegionWish
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from technicians import listing, people, permissions, schemas
from technicians.words import OutletKind
from web import forms, responses
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest


@get("/admin/outlets", opt={"permission": permissions.SEE_OUTLETS}, include_in_schema=False, sync_to_thread=True)
def outlets(request: PageRequest, look: ReadSession, actor: Actor, saved: str = "") -> Template:
    """Outlets by region and name, with the vehicles of each."""
    return _outlets(request, look, actor, saved=bool(saved), entered={}, problem=None)


@post("/admin/outlets", opt={"permission": permissions.KEEP}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Add an outlet, or a vehicle to one."""
    doing = _add_vehicle if form.get("do") == "vehicle" else _add_outlet
    with forms.attempt(db) as tried:
        doing(db, form, actor, now)
    if tried.problem is None:
        return Redirect("/admin/outlets?saved=1", status_code=303)
    return _outlets(request, db, actor, saved=False, entered=form, problem=tried.problem)


def _add_outlet(db: WriteSession, form: Form, actor: Actor, now: datetime) -> None:
    place = {name: form.get(name) or None for name in ("latitude", "longitude")}
    said = {name: form.get(name) for name in ("name", "kind", "region_code", "phone")}
    given = forms.shaped({**said, "place": place}, schemas.NewOutlet)
    people.add_outlet(
        db, name=given.name, kind=given.kind, region_code=given.region_code, place=given.place.place(),
        phone=given.phone, actor=actor, now=now,
    )  # fmt: skip


def _add_vehicle(db: WriteSession, form: Form, actor: Actor, now: datetime) -> None:
    heavy = form.get("carries_heavy") == "yes"
    said = {"outlet_id": form.get("outlet_id"), "plate": form.get("plate"), "carries_heavy": heavy}
    given = forms.shaped(said, schemas.NewVehicle)
    people.add_vehicle(
        db, outlet_id=given.outlet_id, plate=given.plate, carries_heavy=given.carries_heavy, actor=actor, now=now
    )


def _outlets(
    request: PageRequest, look: ReadSession, actor: Actor, *, saved: bool, entered: Form, problem: Problem | None
) -> Template:
    may_keep = may(actor, permissions.KEEP)
    found = listing.outlets(look, region=None)
    own = [each for each in found if actor.regions is None or each.region_code in actor.regions]
    return page(
        request, "admin_outlets.html", status=_status(problem), here="admin", outlets=found, own=own,
        vehicles=listing.vehicles(look) if may_keep else (), kinds=list(OutletKind), may_keep=may_keep,
        regions=[each for each in queries.regions(look) if actor.regions is None or each.code in actor.regions],
        saved=saved, entered=entered, problem=problem,
    )  # fmt: skip


@get("/admin/regions", opt={"permission": accounts.READ_REGIONS}, include_in_schema=False, sync_to_thread=True)
def regions(request: PageRequest, look: ReadSession, actor: Actor, saved: str = "") -> Template:
    """The regions."""
    return _regions(request, look, actor, saved=bool(saved), entered={}, problem=None)


@post("/admin/regions", opt={"permission": accounts.MANAGE_REGIONS}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add_region(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Add a region."""
    with forms.attempt(db) as tried:
        wish = forms.shaped({name: form.get(name) for name in ("code", "name_zh", "name_en", "timezone")}, RegionWish)
        actions.add_region(
            db, wish.code, name_zh=wish.name_zh, name_en=wish.name_en, timezone=wish.timezone, actor=actor, now=now
        )
    if tried.problem is None:
        return Redirect("/admin/regions?saved=1", status_code=303)
    return _regions(request, db, actor, saved=False, entered=form, problem=tried.problem)


def _regions(
    request: PageRequest, look: ReadSession, actor: Actor, *, saved: bool, entered: Form, problem: Problem | None
) -> Template:
    return page(
        request, "admin_regions.html", status=_status(problem), here="admin", regions=queries.regions(look),
        may_keep=may(actor, accounts.MANAGE_REGIONS), saved=saved, entered=entered, problem=problem,
    )  # fmt: skip


def _status(problem: Problem | None) -> int:
    return 200 if problem is None else responses.status_of(problem)


ROUTES: Final = [outlets, add, regions, add_region]
