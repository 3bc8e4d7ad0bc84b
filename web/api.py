"""Routes of the front itself: health, the OpenAPI document, live updates."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Final, cast

import msgspec
from litestar import get
from litestar.params import HeaderParameter
from litestar.response import Stream

from foundation.accounts import permissions
from foundation.accounts.roles import Actor
from web import openapi
from web.live import Hub
from web.reader import PageRequest


class SettingOut(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as the operator sees it."""

    name: str
    value: str
    source: str


@get("/openapi.json", opt={"permission": permissions.READ_REGIONS}, include_in_schema=False, sync_to_thread=True)
def document(request: PageRequest) -> Mapping[str, object]:
    """The document of this API (OpenAPI 3.1)."""
    return openapi.document(request.app)


@get("/settings", operation_id="listSettings", opt={"permission": permissions.READ_SETTINGS}, sync_to_thread=False)
def settings(request: PageRequest) -> list[SettingOut]:
    """The settings in force and where each came from; secrets masked."""
    told = cast("Callable[[], Sequence[SettingOut]]", request.app.state.settings_in_force)
    return [SettingOut(name=row.name, value=row.value, source=row.source) for row in told()]


@get("/live", opt={"permission": permissions.BE_HERE}, include_in_schema=False)
async def live(
    request: PageRequest,
    actor: Actor,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> Stream:
    """Server-sent events: `changed` with complaint numbers, `refresh`, `ping`."""
    hub = cast("Hub", request.app.state.hub)
    events: AsyncIterator[bytes] = hub.stream(actor.scope, resumed=last_event_id is not None)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(events, media_type="text/event-stream", headers=headers)


ROUTES: Final = [document, settings, live]
