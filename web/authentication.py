"""Who asks: a session's cookie, an API token, or nobody; found once per request, before any guard."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar.concurrency import sync_to_thread
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from foundation.accounts import authenticating
from foundation.accounts.authenticating import Authenticated
from foundation.accounts.cookies import PLAIN_NAME, SECURE_NAME
from foundation.accounts.roles import Actor
from foundation.clock import Clock
from foundation.database.session import Sessions, glancing, unit_of_work

logger = logging.getLogger("callout.web")

#: A token or cookie longer than this is none of ours.
LONGEST: Final = 200

__all__ = ["Authenticated", "middleware"]


def middleware(sessions: Sessions, clock: Clock, *, secure: bool) -> Callable[[ASGIApp], ASGIApp]:
    """Set `user` (an Actor or None) and `auth` (the session or None) for whatever follows."""
    cookie_name = SECURE_NAME if secure else PLAIN_NAME

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            scope["user"], scope["auth"] = None, None
            token, is_bearer = _presented(scope, cookie_name)
            if token is not None and not scope["path"].startswith("/static/"):
                found = await sync_to_thread(_recognise, sessions, token, is_bearer, clock.now())
                scope["user"], scope["auth"] = found
            await app(scope, receive, send)

        return wrapped

    return wrap


def _presented(scope: Scope, cookie_name: str) -> tuple[str | None, bool]:
    """The secret that the request carries, and whether it is a bearer token rather than a cookie."""
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return _tidy(value[7:]), True
        if name == b"cookie":
            cookies = cookies + b";" + value if cookies else value
    wanted = cookie_name.encode()
    for pair in cookies.split(b";"):
        name, _, value = pair.strip().partition(b"=")
        if name == wanted:
            return _tidy(value), False
    return None, False


def _tidy(raw: bytes) -> str | None:
    text = raw.decode("ascii", "replace").strip()
    return text if text and len(text) <= LONGEST and text.isascii() else None


def _recognise(
    sessions: Sessions,
    token: str,
    is_bearer: bool,  # noqa: FBT001 -- passed on by position
    now: datetime,
) -> tuple[Actor | None, Authenticated | None]:
    with glancing(sessions) as look:
        if is_bearer:
            return authenticating.by_token(look, token, now=now), None
        found = authenticating.by_session(look, token, now=now)
    if found is None:
        return None, None
    if found.is_stale:
        with unit_of_work(sessions) as db:
            authenticating.seen(db, found.session_id, now=now)
    return found.actor, found
