"""Text answers go out compressed: on a slow line the page is there in half the time.

What is sent piece by piece without a length (the event stream) is left alone, and so is what is compressed already.
The length of a compressed page would tell, over many tries, how much of a guess it repeats; so each carries a name of
random length in its gzip header, as "Heal the BREACH" (Palacios 2022) proposes.
"""

import gzip
import re
import secrets
from io import BytesIO
from typing import Final, cast

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

#: Bytes below which compressing costs more than it saves, and above which an answer isn't held back for it.
LEAST: Final = 500
MOST: Final = 2 * 1024 * 1024
LEVEL: Final = 5
#: The random name is at most so long.
NAME_LENGTH: Final = 100
#: The word among those accepted, not followed by a weight of nothing.
ACCEPTED: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
TEXTS: Final = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")


def compressing(app: ASGIApp) -> ASGIApp:
    """The application with compressed answers for whoever accepts gzip."""

    async def compressed(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, _squeezing(send) if _is_wanted(scope) else send)

    return compressed


def _is_wanted(scope: Scope) -> bool:
    """Whether the asker takes gzip (RFC 9110 §12.5.3: a weight of nothing refuses it) and wants a body at all."""
    if scope["type"] != ScopeType.HTTP or scope["method"] == "HEAD":
        return False
    return ACCEPTED.search(Headers.from_scope(scope).get("accept-encoding", "")) is not None


def _squeezing(send: Send) -> Send:
    """A `send` that holds back a text of known length until it is whole, and sends it compressed."""
    held: list[bytes] = []
    begun: HTTPResponseStartEvent | None = None

    async def sending(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start" and _is_worth_it(message):
            begun = message
        elif begun is None or message["type"] != "http.response.body":
            await send(message)
        else:
            held.append(message["body"])
            if not message.get("more_body"):
                body = squeezed(b"".join(held))
                await send(_announced(begun, length=len(body)))
                await send({**message, "body": body})

    return sending


def _is_worth_it(start: HTTPResponseStartEvent) -> bool:
    headers = dict(start["headers"])
    length = int(headers.get(b"content-length", b"0"))
    media_type = headers.get(b"content-type", b"").decode("latin-1")
    return LEAST <= length <= MOST and media_type.startswith(TEXTS) and b"content-encoding" not in headers


def squeezed(body: bytes) -> bytes:
    """The body in gzip, under a name of random length."""
    made = BytesIO()
    name = "x" * (1 + secrets.randbelow(NAME_LENGTH))
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=LEVEL, fileobj=made, mtime=0) as file:
        file.write(body)
    return made.getvalue()


def _announced(start: HTTPResponseStartEvent, *, length: int) -> HTTPResponseStartEvent:
    """The answer's beginning with its new length; its tag names the text, not these bytes."""
    changed = {b"content-length", b"etag"}
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in changed]
    tags = [
        (name, value if value.startswith(b"W/") else b"W/" + value)
        for name, value in start["headers"]
        if name == b"etag"
    ]
    added = [(b"content-length", str(length).encode()), (b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    return cast("HTTPResponseStartEvent", {**start, "headers": [*kept, *tags, *added]})
