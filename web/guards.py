"""What every request passes before its handler: permission declared and held, no forgery, declared media type, known query keys.

A route that declares neither a permission nor that it is public is refused: forgetting is safe.
"""

import hmac
from datetime import timedelta
from math import ceil
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import UUID

import anyio.to_thread
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from foundation.accounts import permissions, rates
from foundation.accounts.errors import PasswordNeeded
from foundation.accounts.roles import ActorKind, Permission, authorise
from foundation.clock import Clock
from foundation.database.session import Sessions, unit_of_work
from foundation.problems import NotAllowed
from web import errors, repeating
from web.authentication import Authenticated
from web.reader import SAFE_METHODS, Connection, actor_of, method_of

#: A stranger's allowance per address and route: ten requests a second, three hundred at once. Many honest people share
#: one address (an office, a carrier's network); links and passwords are guarded by their own length and delays.
STRANGERS_EVERY: Final = timedelta(milliseconds=100)
STRANGERS_BURST: Final = 300
CSRF_HEADER: Final = "x-csrf-token"
FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


async def checked(connection: Connection, handler: BaseRouteHandler) -> None:
    """All of the following, in this order. The framework runs each plain guard in a thread of its own; this one waits
    for nothing but the body and the count of strangers, so it runs where it is.
    """
    permitted(connection, handler)
    not_forged(connection, handler)
    declared_media_type(connection, handler)
    known_query_keys(connection, handler)
    await not_too_often(connection, handler)
    await repeating.read_body(connection, handler)


def permitted(connection: Connection, handler: BaseRouteHandler) -> None:
    """Default deny: the route names a permission that the actor holds, or says why it is public."""
    if "public" in handler.opt:
        return
    actor = actor_of(connection)
    if actor is None:
        raise errors.SignInNeeded
    permission = handler.opt.get("permission")
    if not isinstance(permission, Permission):
        raise NotAllowed(permission="undeclared")
    authorise(actor, permission)
    if actor.limited_to is not None and permission is not permissions.LEAVE:
        _only_their_matter(connection, actor.limited_to)


def _only_their_matter(connection: Connection, about_id: UUID) -> None:
    """Whoever came by a link asks about the one matter of the letter, by its id in the path. Raises PasswordNeeded."""
    if str(connection.path_params.get("case_id")) != str(about_id):
        raise PasswordNeeded(permission="another-matter")


def not_forged(connection: Connection, handler: BaseRouteHandler) -> None:
    """An unsafe request by cookie comes from our own pages and carries the session's token.

    Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); the token is bound to the session. Tokens in
    an Authorization header can't be sent by another site, so they need neither.
    """
    if "secret_path" in handler.opt:
        return  # Who knows the secret in the path needs no forgery; such pages send no referrer, so old browsers no origin.
    actor = actor_of(connection)
    if method_of(connection) in SAFE_METHODS or (actor is not None and actor.kind is not ActorKind.USER):
        return
    if not _from_here(connection):
        raise errors.ForgedRequest(reason="origin")
    if actor is None:
        return
    auth = cast("Authenticated", connection.scope.get("auth"))
    if _is_form(connection):
        return  # A form carries the token as a field; `web.forms` compares it when it has read the body.
    if not hmac.compare_digest(connection.headers.get(CSRF_HEADER, "").encode("utf-8", "replace"), auth.csrf.encode()):
        raise errors.ForgedRequest(reason="token")


async def not_too_often(connection: Connection, handler: BaseRouteHandler) -> None:
    """Unsafe requests of strangers are counted per address and route: nobody may keep the others waiting."""
    if "public" not in handler.opt or method_of(connection) in SAFE_METHODS:
        return
    client = connection.client.host if connection.client else "unknown"
    wait = await anyio.to_thread.run_sync(_spend, connection, f"{handler.handler_name}:{client}")
    if wait is not None:
        raise errors.TooOften(retry_after_s=ceil(wait.total_seconds()))


def _spend(connection: Connection, key: str) -> timedelta | None:
    state = connection.app.state
    with unit_of_work(cast("Sessions", state.sessions)) as db:
        return rates.spend(
            db, key, every=STRANGERS_EVERY, burst=STRANGERS_BURST, now=cast("Clock", state.clock).machine_now()
        )


def _from_here(connection: Connection) -> bool:
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = connection.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:
        return False  # What is no address is no page of ours.


def _is_form(connection: Connection) -> bool:
    is_page = not str(connection.scope["path"]).startswith("/api/")
    return is_page and connection.headers.get("content-type", "").startswith(FORM_TYPES)


def declared_media_type(connection: Connection, handler: BaseRouteHandler) -> None:
    """A body is JSON unless the route says otherwise: JSON as text/plain would slip past a browser's preflight."""
    if method_of(connection) in SAFE_METHODS or not str(connection.scope["path"]).startswith("/api/"):
        return
    has_body = connection.headers.get("content-length", "0") != "0" or "transfer-encoding" in connection.headers
    expected = handler.opt.get("media_types", ("application/json",))
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and given not in expected:
        raise errors.MediaTypeWrong(expected=", ".join(expected), given=given[:100])


def known_query_keys(connection: Connection, handler: BaseRouteHandler) -> None:
    """A misspelt filter would silently show everything; it is refused instead."""
    if not isinstance(handler, HTTPRouteHandler) or not connection.scope["query_string"]:
        return
    known = handler.opt.setdefault("query_keys", _query_keys(handler))
    unknown = [str(key) for key in connection.query_params if key not in known]
    if unknown:
        raise errors.RequestWrong(errors=[{"field": key[:100], "message": "unknown query key"} for key in unknown[:20]])


def _query_keys(handler: HTTPRouteHandler) -> frozenset[str]:
    """The names under which the handler takes query parameters."""
    names = set()
    for name, field in handler.parsed_fn_signature.parameters.items():
        names.add(str(getattr(field.kwarg_definition, "query", None) or name))
    return frozenset(names)
