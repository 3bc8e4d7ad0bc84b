"""Secrets that are shown once and kept as hashes: session tokens, API tokens, customers' links."""

import base64
import hashlib
import secrets
from typing import Final

#: Bytes of randomness in every secret.
SIZE: Final = 32


def fresh() -> str:
    """A new secret, safe in a header, a cookie and an address."""
    return base64.urlsafe_b64encode(secrets.token_bytes(SIZE)).decode().rstrip("=")


def stored(secret: str) -> bytes:
    """What is kept of it: enough to recognise it, not to use it. The secret is random, so one SHA-256 will do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def csrf_of(session_token: str) -> str:
    """The token that forms of this session carry; bound to the session, so nothing is stored for it."""
    mark = hashlib.sha256(b"csrf\x00" + session_token.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(mark).decode().rstrip("=")
