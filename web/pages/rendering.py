"""What every page is rendered with: reader, language, wall clock, session's token."""

from collections.abc import Mapping
from typing import cast
from zoneinfo import ZoneInfo

from litestar.response import Template

from foundation.clock import Clock, ShiftedClock
from web.authentication import Authenticated
from web.reader import PageRequest, actor_of, language_of

#: Wall clock of pages until a person chooses another: that of the company.
COMPANY_ZONE = ZoneInfo("Asia/Shanghai")


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
        **context,
    }
    return Template(template, context=everything, status_code=status, headers=dict(headers or {}))
