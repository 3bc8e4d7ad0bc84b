"""Health for balancers and operators: alive, and ready only while the database answers and every loop ticks."""

from typing import Final

from litestar import Response, get

from foundation.clock import Clock
from foundation.database.session import Sessions, reading
from foundation.jobs import watching
from foundation.jobs.beats import Health
from web.reader import PageRequest

PUBLIC: Final = {"public": "names of loops only, no data"}


@get("/health/live", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@get("/health/ready", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def ready(request: PageRequest) -> Response[dict[str, object]]:
    """The whole system works: 200, or 503 naming the loops that are silent or in trouble."""
    sessions: Sessions = request.app.state.sessions
    clock: Clock = request.app.state.clock
    with reading(sessions) as look:
        found = watching.health(look, now=clock.machine_now())
    return Response(_told(found), status_code=200 if found.is_well else 503)


def _told(found: Health) -> dict[str, object]:
    """What is told to anybody: a trouble's words stay in the log."""
    return {
        "status": "ready" if found.is_well else "not-ready",
        "silent": list(found.silent),
        "troubled": [trouble.partition(":")[0] for trouble in found.troubled],
    }


ROUTES: Final = [live, ready]
