"""One effect per Idempotency-Key, at the edge of every unsafe route.

The key is looked up as the transaction begins and the rendered answer is stored before it commits, so effect and
answer are kept or lost together.

A customer's link is an actor, too: a public route that changes something names the field of its body that carries the
link (`opt["link"]`), and keys are kept for the link's hash. Other public routes ignore the header knowingly. Those that
only look at something change nothing, and a stored copy of a case or a paper would be one more place to leak from.
Signing in would store a session's secret for a month to save what nobody needs: each sign-in is a session of its own,
and one that nobody uses ends by itself.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast

import msgspec
from litestar import Litestar, Response
from litestar.background_tasks import BackgroundTask, BackgroundTasks
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.handlers import BaseRouteHandler
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_202_ACCEPTED
from litestar.types import TypeEncodersMap
from sqlalchemy import Connection

from foundation.accounts import idempotency, secrets
from foundation.accounts.idempotency import Asked, Replay
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.problems import FieldWrong
from foundation.wire import Aside
from web import errors
from web.reader import SAFE_METHODS, PageRequest, method_of
from web.reader import Connection as AnyConnection

#: Where keys count: the routes whose answers are kept.
API: Final = "/api/"
HEADER: Final = "idempotency-key"
KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,100}")
#: Headers of an answer that are worth giving again.
KEPT_HEADERS: Final = frozenset({"content-type", "location", "content-language"})


class Replayed(Exception):
    """The request was answered before; carries that answer past the handler."""

    def __init__(self, replay: Replay) -> None:
        """Keep the earlier answer."""
        super().__init__("replayed")
        self.replay = replay


class RememberedResponse(Response[object]):
    """A response that leaves its rendered form with the request, for `keep`; an answer `Aside` is 202."""

    def to_asgi_response(
        self,
        app: Litestar | None,
        request: PageRequest,
        *,
        background: BackgroundTask | BackgroundTasks | None = None,
        cookies: Iterable[Cookie] | None = None,
        encoded_headers: Iterable[tuple[bytes, bytes]] | None = None,
        headers: dict[str, str] | None = None,
        is_head_response: bool = False,
        media_type: MediaType | str | None = None,
        status_code: int | None = None,
        type_encoders: "TypeEncodersMap | None" = None,
    ) -> ASGIResponse:
        """Render as the framework does, and remember what was rendered."""
        del app, encoded_headers  # Both are deprecated and never given.
        if isinstance(self.content, Aside):
            self.status_code = HTTP_202_ACCEPTED
        rendered = super().to_asgi_response(
            None, request, background=background, cookies=cookies, headers=headers, is_head_response=is_head_response,
            media_type=media_type, status_code=status_code, type_encoders=type_encoders,
        )  # fmt: skip
        request.scope["state"]["rendered"] = rendered
        return rendered


async def remembered(response: Response[object]) -> Response[object]:
    """After every request: a plain response that a handler made itself leaves its rendered form behind, too."""
    if type(response) is not Response:
        return response
    return RememberedResponse(
        response.content, background=response.background, cookies=response.cookies, encoding=response.encoding,
        headers=response.headers, media_type=response.media_type, status_code=response.status_code,
        type_encoders=response.response_type_encoders,
    )  # fmt: skip


async def read_body(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """A guard: with a key, the body is read and hashed, because the same key with another body is refused."""
    if HEADER not in connection.headers or method_of(connection) in SAFE_METHODS:
        return
    if not connection.scope["path"].startswith(API):
        return  # A page has no stored answer; what its forms do once, they say by ids of their own.
    key = connection.headers[HEADER]
    if not KEY.fullmatch(key):
        raise FieldWrong(field="Idempotency-Key", reason="key")
    body = await cast("PageRequest", connection).body()
    actor_key = _actor_key(connection, handler, body)
    if actor_key is None:
        return
    connection.scope["state"]["asked"] = Asked(
        key=key,
        actor_key=actor_key,
        route=f"{method_of(connection)} {connection.scope['path']}",
        body_sha256=hashlib.sha256(body).digest(),
    )


def _actor_key(connection: AnyConnection, handler: BaseRouteHandler, body: bytes) -> str | None:
    """Whose keys these are: the actor's, or the customer's link's; None where keys are not kept."""
    field = handler.opt.get("link")
    if isinstance(field, str):
        secret = _text_field(body, field)
        return None if secret is None else f"link:{secrets.stored(secret).hex()}"
    actor = cast("Actor | None", connection.scope.get("user"))
    if actor is None or "public" in handler.opt:
        return None
    return f"{actor.kind}:{actor.id}"


def _text_field(body: bytes, field: str) -> str | None:
    """The text under this name in a JSON body; None in whatever the handler is going to refuse."""
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(field)
        return None if found is None else msgspec.json.decode(found, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def prepare(request: PageRequest, db: WriteSession) -> None:
    """Look the key up as the transaction begins, in the handler's thread. Raises Replayed from the first statement."""
    asked = request.scope["state"].get("asked")
    if not isinstance(asked, Asked):
        return

    def first(connection: Connection) -> None:
        replay = idempotency.begin(connection, asked)
        if replay is not None:
            raise Replayed(replay)

    db.info["first"] = (first,)


def keep(request: PageRequest, db: WriteSession, *, now: datetime) -> None:
    """Store the rendered answer in the transaction of its effect."""
    asked = request.scope["state"].get("asked")
    if not isinstance(asked, Asked):
        return
    rendered = request.scope["state"].get("rendered")
    if not isinstance(rendered, ASGIResponse):
        raise errors.OurFault(reason="a route answered past the edge")
    kept = {name: value for name, value in _headers(rendered).items() if name in KEPT_HEADERS}
    idempotency.finish(
        db, asked, status=rendered.status_code, headers=json.dumps(kept), body=rendered.body, now=now,
        made=db.info.get("made"),
    )  # fmt: skip


def _headers(rendered: ASGIResponse) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in rendered.encode_headers()}


def on_replayed(request: PageRequest, replayed: Replayed) -> Response[bytes]:
    """The first answer again, marked as a replay."""
    del request
    replay = replayed.replay
    headers = {**replay.headers, "Idempotent-Replayed": "true"}
    media_type = headers.pop("content-type", "application/json")
    return Response(replay.body, status_code=replay.status, headers=headers, media_type=media_type)
