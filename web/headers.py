"""Security headers of every answer, from the first day: nothing from other origins, nothing inline, never framed.

One exception, if an operator names it: pictures of a map from the one origin of its tiles.
"""

from collections.abc import Mapping
from typing import Final

from litestar.types import BeforeMessageSendHookHandler, Message, Scope

PICTURES: Final = "img-src 'self' data:"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    f"{PICTURES}; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=()",
    "strict-transport-security": "max-age=31536000",
}


def adding(*, tiles: str | None) -> BeforeMessageSendHookHandler:
    """What adds the headers to whatever answer starts, refusals of the router included.

    `tiles` is another origin from which pictures may come. Personal answers are not kept by caches unless they say so.
    """
    pictures = f"{PICTURES} {tiles}" if tiles else PICTURES
    headers = {**HEADERS, "content-security-policy": CONTENT_SECURITY_POLICY.replace(PICTURES, pictures)}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def add_headers(message: Message, scope: Scope) -> None:
        del scope
        if message["type"] != "http.response.start":
            return
        present = {name.lower() for name, _ in message["headers"]}
        extra = [pair for pair in raw if pair[0] not in present]
        if b"cache-control" not in present:
            extra.append((b"cache-control", b"no-store"))
        message["headers"] = [*message["headers"], *extra]

    return add_headers
