"""Administration: what may be looked after, security events, settings in force."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from litestar import get
from litestar.response import Template

import intake.permissions
import technicians.permissions
from foundation.accounts import permissions, security
from foundation.accounts.roles import Actor, Permission, may
from foundation.database.session import ReadSession
from foundation.wire import Cursor, cursor_id, cursor_of
from severity import permissions as severity_permissions
from web.pages.rendering import page
from web.reader import PageRequest

#: Security events of one page.
EVENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Corner:
    """A part of the administration; its words are `admin.<name>` and `admin.<name>.about`."""

    name: str
    path: str
    permission: Permission


CORNERS: Final = (
    Corner("people", "/admin/people", permissions.MANAGE_USERS),
    Corner("technicians", "/admin/technicians", technicians.permissions.SEE),
    Corner("outlets", "/admin/outlets", technicians.permissions.SEE_OUTLETS),
    Corner("shifts", "/admin/shifts", technicians.permissions.SEE),
    Corner("equipment", "/admin/equipment", intake.permissions.READ_REGISTERS),
    Corner("customers", "/admin/customers", intake.permissions.READ_REGISTERS),
    Corner("imports", "/admin/imports", technicians.permissions.IMPORT),
    Corner("policies", "/admin/policies", severity_permissions.SEE_POLICIES),
    Corner("regions", "/admin/regions", permissions.READ_REGIONS),
    Corner("tokens", "/admin/tokens", permissions.MANAGE_TOKENS),
    Corner("security", "/admin/security", permissions.READ_SECURITY_EVENTS),
    Corner("settings", "/admin/settings", permissions.READ_SETTINGS),
)


class SettingRow(Protocol):
    """One setting as the operator sees it."""

    @property
    def name(self) -> str:
        """The variable."""

    @property
    def value(self) -> str:
        """Its value, secrets masked."""

    @property
    def source(self) -> str:
        """Where it comes from."""


@get("/admin", opt={"permission": permissions.ADMINISTER}, include_in_schema=False, sync_to_thread=True)
def overview(request: PageRequest, look: ReadSession, actor: Actor) -> Template:
    """Every part that this person may look after."""
    del look  # Read by what surrounds the page.
    corners = [corner for corner in CORNERS if may(actor, corner.permission)]
    return page(request, "admin.html", corners=corners, here="admin", problem=None, saved=False)


@get("/admin/security", opt={"permission": permissions.READ_SECURITY_EVENTS}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def security_events(request: PageRequest, look: ReadSession, cursor: Cursor | None = None) -> Template:
    """Security events, the newest first."""
    found = security.latest(look, before=cursor_id(cursor), limit=EVENTS + 1)
    onward = cursor_of(str(found[EVENTS - 1].id)) if len(found) > EVENTS else None
    return page(
        request, "admin_security.html", events=found[:EVENTS], onward=onward, here="admin", problem=None, saved=False
    )


@get("/admin/settings", opt={"permission": permissions.READ_SETTINGS}, include_in_schema=False, sync_to_thread=True)
def settings(request: PageRequest, look: ReadSession) -> Template:
    """The settings in force, secrets masked."""
    del look  # Read by what surrounds the page.
    told = cast("Callable[[], Sequence[SettingRow]]", request.app.state.settings_in_force)
    return page(request, "admin_settings.html", rows=told(), here="admin", problem=None, saved=False)


ROUTES: Final = [overview, security_events, settings]
