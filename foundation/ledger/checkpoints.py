"""Checkpoints: signed statements over the chain heads that changed, kept as rows and exported as files.

A chain alone shows a changed link, not a chain that was cut or written anew from its start. A checkpoint says where
each chain stood; its file is to be copied to where the system can't write.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from foundation.database.locks import AdvisoryLock
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.ledger import keys
from foundation.ledger.chain import canonical, instant_text
from foundation.ledger.models import Checkpoint

#: Heads in one checkpoint; more go into the next one at once.
HEADS_AT_ONCE: Final = 20_000
#: What the first checkpoint follows.
FIRST_PREVIOUS: Final = ""

_LOCK = text("SELECT pg_try_advisory_xact_lock(:use, 0)")
_LAST = text("SELECT number, digest FROM ledger_checkpoints ORDER BY number DESC LIMIT 1")
_AFTER = text(
    "SELECT number, document, digest, signature FROM ledger_checkpoints WHERE number > :number ORDER BY number"
)
#: Chains that grew since a checkpoint stated them. A head somebody is just writing to is left for the next one.
_FRESH = text(
    """
    WITH fresh AS (
        SELECT subject_id FROM ledger_heads WHERE seq > checkpointed_seq
        ORDER BY subject_id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE ledger_heads h SET checkpointed_seq = h.seq FROM fresh WHERE h.subject_id = fresh.subject_id
    RETURNING h.subject_id, h.seq, h.hash
    """
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint as a row and as a file hold it: the document, its digest and its signature."""

    document: Mapping[str, object]
    digest: bytes
    signature: bytes


def make_all(sessions: Sessions, *, key: Ed25519PrivateKey, folder: Path, now: Callable[[], datetime]) -> int:
    """Make checkpoints until every settled chain is stated, export what has no file yet; returns the heads stated."""
    total = 0
    while True:
        stated = make(sessions, key=key, now=now())
        total += stated
        if stated < HEADS_AT_ONCE:
            break
    export_missing(sessions, folder=folder)
    return total


def make(sessions: Sessions, *, key: Ed25519PrivateKey, now: datetime) -> int:
    """One checkpoint over the chains that grew; none when nothing did or another process makes one."""
    with unit_of_work(sessions) as db:
        if not db.execute(_LOCK, {"use": int(AdvisoryLock.CHECKPOINT)}).scalar_one():
            return 0
        heads = _fresh_heads(db)
        if not heads:
            return 0
        last = db.execute(_LAST).one_or_none()
        document = {
            "number": last.number + 1 if last else 1,
            "made_at": instant_text(now),
            "previous": bytes(last.digest).hex() if last else FIRST_PREVIOUS,
            "key": keys.fingerprint(key.public_key()),
            "heads": heads,
        }
        sealed = seal(document, key=key)
        db.add(
            Checkpoint(
                number=cast("int", document["number"]), made_at=now, document=document,
                digest=sealed.digest, signature=sealed.signature,
            )
        )  # fmt: skip
    return len(heads)


def _fresh_heads(db: WriteSession) -> list[list[object]]:
    rows = db.execute(_FRESH, {"limit": HEADS_AT_ONCE})
    return sorted([str(row.subject_id), row.seq, bytes(row.hash).hex()] for row in rows)


def seal(document: Mapping[str, object], *, key: Ed25519PrivateKey) -> Sealed:
    """Sign the canonical form of the document."""
    content = canonical(document)
    return Sealed(document=document, digest=hashlib.sha256(content).digest(), signature=key.sign(content))


def export_missing(sessions: Sessions, *, folder: Path) -> int:
    """Write a file for every checkpoint after the newest file; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    newest = max((int(path.stem) for path in folder.glob("[0-9]*.json")), default=0)
    with reading(sessions) as look:
        rows = look.execute(_AFTER, {"number": newest}).all()
    for row in rows:
        sealed = Sealed(document=row.document, digest=bytes(row.digest), signature=bytes(row.signature))
        _write(folder, row.number, sealed)
    return len(rows)


def _write(folder: Path, number: int, sealed: Sealed) -> None:
    """Whole or not at all: beside its place first, then renamed, folder included in the sync."""
    path = folder / f"{number:08d}.json"
    draft = folder / f".{path.name}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(as_json(sealed))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def as_json(sealed: Sealed) -> bytes:
    """The file's content."""
    whole = {"document": sealed.document, "digest": sealed.digest.hex(), "signature": sealed.signature.hex()}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()


def from_json(content: bytes) -> Sealed:
    """What a file holds. ValueError if it is none."""
    try:
        whole = json.loads(content)
        return Sealed(
            document=dict(whole["document"]), digest=bytes.fromhex(whole["digest"]),
            signature=bytes.fromhex(whole["signature"]),
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise ValueError("not a checkpoint") from error
