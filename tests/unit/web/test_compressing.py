"""Texts go out compressed and whole; what streams, is small or is compressed already stays as it is."""

import gzip
from collections.abc import Mapping
from typing import cast

import anyio
import pytest
from litestar.types import (
    ASGIApp,
    HTTPRequestEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from web.compressing import NAME_LENGTH, compressing, squeezed

TEXT = "急停开关失灵。".encode() * 200


def answering(body: bytes, headers: Mapping[str, str], *, pieces: int = 1) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send(HTTPResponseStartEvent(type="http.response.start", status=200, headers=raw))
        size = -(-len(body) // pieces)
        for at in range(pieces):
            piece = body[at * size : (at + 1) * size]
            await send(HTTPResponseBodyEvent(type="http.response.body", body=piece, more_body=at < pieces - 1))

    return app


def heard(app: ASGIApp, *, accepts: str = "gzip, br") -> tuple[dict[str, str], list[bytes]]:
    """Headers and pieces as a browser gets them."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> HTTPRequestEvent:
        raise AssertionError

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", accepts.encode())]}
        await compressing(app)(cast("HTTPScope", scope), receive, send)

    anyio.run(ask)
    start, *rest = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}  # type: ignore[typeddict-item]
    return headers, [message["body"] for message in rest]  # type: ignore[typeddict-item]


def test_a_text_arrives_smaller_and_unchanged() -> None:
    given = {"content-type": "text/html; charset=utf-8", "content-length": str(len(TEXT)), "etag": '"1"'}
    headers, (body,) = heard(answering(TEXT, given, pieces=3))
    assert gzip.decompress(body) == TEXT
    assert len(body) < len(TEXT) / 4
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert (headers["vary"], headers["etag"]) == ("Accept-Encoding", 'W/"1"')


def test_what_streams_leaves_at_once() -> None:
    headers, pieces = heard(answering(TEXT, {"content-type": "text/event-stream"}, pieces=4))
    assert "content-encoding" not in headers
    assert b"".join(pieces) == TEXT
    assert len(pieces) == 4


def test_what_is_small_or_no_text_or_not_wanted_compressed_stays_as_it_is() -> None:
    small = {"content-type": "text/html", "content-length": "20"}
    picture = {"content-type": "image/jpeg", "content-length": str(len(TEXT))}
    page = {"content-type": "text/html", "content-length": str(len(TEXT))}
    assert heard(answering(TEXT[:20], small))[1] == [TEXT[:20]]
    assert heard(answering(TEXT, picture))[1] == [TEXT]
    assert heard(answering(TEXT, page), accepts="identity")[1] == [TEXT]


def test_the_length_of_a_compressed_page_tells_nothing_certain() -> None:
    lengths = {len(squeezed(TEXT)) for _ in range(200)}
    assert len(lengths) > NAME_LENGTH / 4


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_whoever_refuses_gzip_gets_the_text_as_it_is(accepts: str) -> None:
    given = {"content-type": "text/html; charset=utf-8", "content-length": str(len(TEXT))}
    headers, pieces = heard(answering(TEXT, given), accepts=accepts)
    assert "content-encoding" not in headers
    assert b"".join(pieces) == TEXT


@pytest.mark.parametrize("accepts", ["gzip", "br, gzip;q=0.5", "gzip;q=1"])
def test_whoever_takes_gzip_gets_it(accepts: str) -> None:
    given = {"content-type": "text/html; charset=utf-8", "content-length": str(len(TEXT))}
    headers, (body,) = heard(answering(TEXT, given), accepts=accepts)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == TEXT
