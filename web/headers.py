"""Security headers of every answer, from the first day: nothing from other origins, nothing inline, never framed."""

from collections.abc import Mapping
from typing import Final

from litestar.types import Message, Scope

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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
_RAW: Final = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the headers to whatever answer starts, refusals of the router included.

    Personal answers are not kept by caches unless they say so.
    """
    del scope
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    extra = [pair for pair in _RAW if pair[0] not in present]
    if b"cache-control" not in present:
        extra.append((b"cache-control", b"no-store"))
    message["headers"] = [*message["headers"], *extra]
