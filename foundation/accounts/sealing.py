"""Stored answers that only the one who asked can open.

An answer may hold a secret that is shown once: an API token, a customer's link. It is kept encrypted under a key made
from the client's own Idempotency-Key, of which only a hash is stored: whoever reads the database, a backup or a log
reads neither the answer nor, by trying passwords, what the request's body said. That is as strong as the client's key
is unguessable, so clients are told to send random ones.

HKDF with SHA-256 (RFC 5869) for the keys, AES-256-GCM (NIST SP 800-38D) with a random nonce for the answer.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Bytes.
NONCE: Final = 12
KEY: Final = 32
_PURPOSE: Final = b"callout idempotency"


@dataclass(frozen=True, slots=True)
class Seal:
    """The keys of one actor's Idempotency-Key: one closes the answer, the other marks the request's body."""

    for_answer: bytes
    for_body: bytes

    def close(self, answer: bytes, *, about: bytes) -> bytes:
        """The answer encrypted, bound to what it answers."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.for_answer).encrypt(nonce, answer, about)

    def open(self, closed: bytes, *, about: bytes) -> bytes:
        """The answer again. Raises InvalidTag for what was changed or belongs to another request."""
        return AESGCM(self.for_answer).decrypt(closed[:NONCE], closed[NONCE:], about)

    def mark(self, body_sha256: bytes) -> bytes:
        """What is stored of a body to recognise it: without the key nobody can test guesses of what stood in it."""
        return hmac.digest(self.for_body, body_sha256, "sha256")


def name_of(actor_key: str, key: str) -> bytes:
    """What is stored of the key itself, different for each actor."""
    return hashlib.sha256(_bytes(actor_key, key)).digest()


def seal_of(actor_key: str, key: str) -> Seal:
    """The keys for this actor's Idempotency-Key; takes some ten microseconds."""
    made = HKDF(algorithm=SHA256(), length=2 * KEY, salt=None, info=_PURPOSE).derive(_bytes(actor_key, key))
    return Seal(for_answer=made[:KEY], for_body=made[KEY:])


def _bytes(actor_key: str, key: str) -> bytes:
    return f"{actor_key}\x1f{key}".encode()
