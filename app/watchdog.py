"""The outside watchdog: a service elsewhere rings when it stops hearing from us.

It is told "alive" only while every invariant holds and every loop ticks, so that a silent stop of any part is heard of
outside, without anything of ours having to be able to say so.
"""

from collections.abc import Callable
from typing import Final

import httpx

from app.silence import reasons_to_be_silent
from foundation.database.session import EVERYTHING, reading
from foundation.jobs import watching
from foundation.jobs.job import JobContext

TIMEOUT_S: Final = 5.0

Ping = Callable[[str], None]


class PingFailed(Exception):
    """The service outside could not be told that we are alive."""


def tick(context: JobContext, *, url: str | None) -> int:
    """The sign of life as a loop of the clockwork; nothing when no service outside is configured. Raises PingFailed."""
    return 0 if url is None else tell_outside(context, url=url, ping=over_http)


def tell_outside(context: JobContext, *, url: str, ping: Ping) -> int:
    """Ping the service outside if everything is well; returns whether it did. Raises PingFailed."""
    with reading(context.sessions, EVERYTHING) as look:
        found = watching.health(look, now=context.clock.machine_now())
    if reasons_to_be_silent(found, now=context.clock.machine_now()):
        return 0
    ping(url)
    return 1


def over_http(url: str) -> None:
    """GET the service's address. Raises PingFailed; the next tick tries again."""
    try:
        httpx.get(url, timeout=TIMEOUT_S, follow_redirects=False).raise_for_status()
    except httpx.HTTPError as error:
        raise PingFailed(type(error).__name__) from None
