"""Every route of the system in one list, and what their handlers get beside session, actor and now."""

from collections.abc import Iterator, Mapping
from typing import Final

from litestar.di import Provide
from litestar.types import ControllerRouterHandler

import dispatch.http
import escalation.http
import escalation.rehearsal.http
import escalation.reporting.http
import feedback.http
import foundation.accounts.http
import foundation.notifications.http
import intake.http
import severity.http
import technicians.http
import technicians.imports.http
import visits.http
from app import hotline, subscriptions
from app.assembly import System
from app.demo.people import sign_ins
from app.settings import Settings, in_force
from foundation.accounts.roles import Permission
from web import api, health
from web.pages import (
    admin,
    admin_customers,
    admin_equipment,
    admin_imports,
    admin_outlets,
    admin_people,
    admin_policies,
    admin_shifts,
    admin_technicians,
    admin_tokens,
    board,
    case,
    customer,
    customer_signing,
    entering,
    escalations,
    major_report,
    messages,
    own,
    problems,
    signing_in,
    start,
    taking_calls,
    technician,
    technician_signing,
    verifying,
)
from web.tiles import Tiles

API: Final[list[ControllerRouterHandler]] = [
    *foundation.accounts.http.ROUTES,
    *foundation.notifications.http.ROUTES,
    *intake.http.ROUTES,
    *severity.http.ROUTES,
    *technicians.http.ROUTES,
    *technicians.imports.http.ROUTES,
    *dispatch.http.ROUTES,
    *visits.http.ROUTES,
    *feedback.http.ROUTES,
    *escalation.http.ROUTES,
    *escalation.rehearsal.http.ROUTES,
    *escalation.reporting.http.ROUTES,
    *api.ROUTES,
]
PAGES: Final[list[ControllerRouterHandler]] = [
    *signing_in.ROUTES,
    *entering.ROUTES,
    *board.ROUTES,
    *start.ROUTES,
    *own.ROUTES,
    *messages.ROUTES,
    *case.ROUTES,
    *taking_calls.ROUTES,
    *technician.ROUTES,
    *admin.ROUTES,
    *admin_people.ROUTES,
    *admin_policies.ROUTES,
    *admin_shifts.ROUTES,
    *admin_technicians.ROUTES,
    *admin_outlets.ROUTES,
    *admin_equipment.ROUTES,
    *admin_customers.ROUTES,
    *admin_imports.ROUTES,
    *admin_tokens.ROUTES,
    *technician_signing.ROUTES,
    *escalations.ROUTES,
    *major_report.ROUTES,
    *customer.ROUTES,
    *customer_signing.ROUTES,
    *verifying.ROUTES,
    *problems.ROUTES,
    *health.ROUTES,
]


def powers() -> Iterator[str]:
    """What a token may be given: the permissions of routes that let tokens in."""
    for route in API:
        permission = getattr(route, "opt", {}).get("permission")
        if isinstance(permission, Permission) and permission.tokens:
            yield permission.name


def tiles(settings: Settings) -> Tiles:
    """Tiles under maps; none unless an operator names them."""
    return Tiles(settings.map_tiles, settings.map_tiles_datum, settings.map_tiles_credit)


def collaborators(system: System) -> Mapping[str, object]:
    """What handlers find in the application's state."""
    return {
        "files": system.files,
        "demo": sign_ins(system.settings),
        "settings_in_force": in_force,
        "powers": frozenset(powers()),
        "secure_cookies": system.settings.secure_cookies,
        "hotline": system.settings.hotline,
        "tiles": tiles(system.settings),
        "house": subscriptions.house(system.settings),
    }


def dependencies(system: System) -> Mapping[str, Provide]:
    """What handlers may ask for by name, filled here because it spans packages."""
    return {
        "take_call": Provide(lambda: hotline.take_call, sync_to_thread=False),
        "foresee_call": Provide(lambda: hotline.foresee_call, sync_to_thread=False),
        "files": Provide(lambda: system.files, sync_to_thread=False),
        "sessions": Provide(lambda: system.sessions, sync_to_thread=False),
    }
