"""Who reads the answer: their language, and whether they want a page or JSON."""

import re
from typing import Final, TypeAlias, cast

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect, Template

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession
from foundation.language import Language, negotiate

Connection: TypeAlias = ASGIConnection[BaseRouteHandler, Actor | None, object, State]
PageRequest: TypeAlias = Request[Actor | None, object, State]
#: A page, a redirection or a document.
Answer: TypeAlias = Response[object] | Template | Redirect
#: What asks, whatever its kind: guards get a connection, handlers a request.
Asking: TypeAlias = Connection | PageRequest

#: Methods that change nothing.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: The language a visitor chose on a page; kept in the browser because it must work before sign-in.
LANGUAGE_COOKIE = "language"
#: How the pages look in this browser; kept there, because it belongs to the screen and not to the person.
THEME_COOKIE = "theme"


def actor_of(connection: Asking) -> Actor | None:
    """Whoever authentication found; None for a visitor."""
    return cast("Actor | None", connection.scope.get("user"))


def keep_look(connection: Asking, look: ReadSession | None) -> None:
    """Leave the request's session where whatever stands on every page finds it, or take it away when it ends."""
    connection.scope["state"]["look"] = look


def look_of(connection: Asking) -> ReadSession | None:
    """The session of this request while it is open; None where it has none, as after a refusal."""
    return cast("ReadSession | None", connection.scope["state"].get("look"))


def language_of(connection: Asking) -> Language:
    """The reader's language: chosen on the page, else the person's own, else what the browser asks for."""
    actor = actor_of(connection)
    chosen = connection.cookies.get(LANGUAGE_COOKIE) or (actor.language if actor else None)
    return negotiate(connection.headers.get("accept-language"), chosen)


def wants_page(connection: Asking) -> bool:
    """Whether the answer is for eyes: not an API path, and HTML is accepted."""
    path = str(connection.scope["path"])
    return not path.startswith("/api/") and "text/html" in connection.headers.get("accept", "text/html")


#: The part of a path that is the secret of a link: a customer's, or one in a letter to an owner.
_SECRET: Final = re.compile(r"^/([ce])/[^/]+")


def told_path(connection: Asking) -> str:
    """The path as logs and security events may have it: without a link's secret."""
    return _SECRET.sub(r"/\1/…", str(connection.scope["path"]))


def method_of(connection: Asking) -> str:
    """The HTTP method in capitals; empty for what has none."""
    return str(connection.scope.get("method", ""))
