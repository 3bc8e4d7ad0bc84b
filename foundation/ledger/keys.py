"""The key that signs checkpoints: Ed25519, made at the first start, readable by its owner alone."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

PRIVATE_NAME: Final = "checkpoints.pem"
PUBLIC_NAME: Final = "checkpoints.pub.pem"


class KeyUnusable(Exception):
    """The file holds no Ed25519 key, or others may read it."""


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key under `folder`, made there if it isn't. Two processes at once end with the same key. Raises KeyUnusable."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / PRIVATE_NAME
    if not path.exists():
        _make(folder, path)
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"{path.name} can be read by others; make it 0600")
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path.name} is no Ed25519 key")
    public = folder / PUBLIC_NAME
    if not public.exists():
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key that checks checkpoints: keep a copy where the system can't write. Raises KeyUnusable."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{path.name} is no Ed25519 key")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, hexadecimal: names the key in every checkpoint."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def _make(folder: Path, path: Path) -> None:
    """Write a new key beside its place and link it there: whoever comes second keeps the first one's."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = folder / f".{PRIVATE_NAME}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
