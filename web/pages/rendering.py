"""What every page is rendered with: reader, language, wall clock, session's token."""

from collections.abc import Mapping
from typing import Final, cast
from zoneinfo import ZoneInfo

from litestar.response import Template

from foundation.clock import Clock, ShiftedClock
from web.authentication import Authenticated
from web.pages import places
from web.reader import THEME_COOKIE, PageRequest, actor_of, language_of

#: Wall clock of pages until a person chooses another: that of the company.
COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
#: How a page may look; `system` follows the device.
THEMES: Final = ("system", "light", "dark", "contrast", "field")


def theme_of(request: PageRequest) -> str:
    """The look that was chosen in this browser."""
    chosen = request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else THEMES[0]


def page(
    request: PageRequest,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Template:
    """The template in the reader's language, with who is signed in and the server's time."""
    auth = cast("Authenticated | None", request.scope.get("auth"))
    clock = cast("Clock", request.app.state.clock)
    actor = actor_of(request)
    everything = {
        "request": request,
        "language": language_of(request),
        "zone": COMPANY_ZONE,
        "now": clock.now(),
        "clock_speed": clock.speed if isinstance(clock, ShiftedClock) else 1,
        "actor": actor,
        "csrf": auth.csrf if auth else None,
        "path": request.scope["path"],
        "here": "",
        "theme": theme_of(request),
        "themes": THEMES,
        "places": places.open_to(actor),
        "landing": places.landing(actor.role) if actor is not None and actor.role is not None else "/",
        **context,
    }
    return Template(template, context=everything, status_code=status, headers=dict(headers or {}))
