"""What every page is rendered with: reader, language, wall clock, session's token; and whole pages with what surrounds them."""

from collections.abc import Mapping
from typing import Final, cast
from zoneinfo import ZoneInfo

from litestar.response import Template

from foundation.clock import Clock, ShiftedClock
from web.authentication import Authenticated
from web.pages import places, waiting
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
    """A whole page: the template in the reader's language, with where they can go and how much waits for them there."""
    actor = actor_of(request)
    around = {
        "places": places.open_to(actor),
        "landing": places.landing(actor.role) if actor is not None and actor.role is not None else "/",
        "waiting": waiting.for_reader(request, now=_clock(request).now()),
        "most_waiting": waiting.MOST,
    }
    return part(request, template, status=status, headers=headers, **{**around, **context})


def part(
    request: PageRequest,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Template:
    """A part of a page, read again by itself: with who is signed in and the server's time, without what surrounds it."""
    auth = cast("Authenticated | None", request.scope.get("auth"))
    clock = _clock(request)
    everything = {
        "request": request,
        "language": language_of(request),
        "zone": COMPANY_ZONE,
        "now": clock.now(),
        "clock_speed": clock.speed if isinstance(clock, ShiftedClock) else 1,
        "actor": actor_of(request),
        "csrf": auth.csrf if auth else None,
        "path": request.scope["path"],
        "here": "",
        "theme": theme_of(request),
        "themes": THEMES,
        **context,
    }
    return Template(template, context=everything, status_code=status, headers=dict(headers or {}))


def _clock(request: PageRequest) -> Clock:
    return cast("Clock", request.app.state.clock)
