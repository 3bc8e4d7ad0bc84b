"""The verifier: does history still say what was recorded? Pure over a `History`, so it runs outside the system, too.

What it can't see: entries younger than the newest checkpoint that was copied away, cut by somebody who also owns the
signing key. The head printed on documents covers those.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from foundation.database.session import ReadSession
from foundation.ledger import chain, history, keys
from foundation.ledger.checkpoints import FIRST_PREVIOUS, Sealed, from_json
from foundation.ledger.history import Chain, Entry, History


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that isn't as it was recorded: a code, and where."""

    code: str
    subject_id: str | None = None
    seq: int | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        """For the operator's terminal."""
        where = {"chain": self.subject_id, "entry": self.seq, "checkpoint": self.checkpoint}
        return " ".join([self.code, *(f"{name}={value}" for name, value in where.items() if value is not None)])


#: Subject → (checkpoint number, seq, hash) of every statement about it.
Statements: TypeAlias = Mapping[str, Sequence[tuple[int, int, str]]]

GENESIS: Final = chain.GENESIS.hex()


def verify(look: ReadSession, *, folder: Path, public_key: Ed25519PublicKey) -> list[Finding]:
    """Check the database's history against itself and against the checkpoint files in `folder`."""
    files = read_files(folder)  # before the snapshot, so that the database knows every file's row
    return findings_of(history.from_database(look), files=files, public_key=public_key)


def verify_dump(path: Path, *, folder: Path, public_key: Ed25519PublicKey) -> list[Finding]:
    """The same for an exported dump, without a database."""
    told = history.from_dump(path)
    files = {
        number: sealed
        for number, sealed in read_files(folder).items()
        if sealed is None or told.made_at is None or str(sealed.document.get("made_at")) <= told.made_at
    }
    return findings_of(told, files=files, public_key=public_key)


def findings_of(told: History, *, files: Mapping[int, Sealed | None], public_key: Ed25519PublicKey) -> list[Finding]:
    """Everything that isn't as it was recorded. `files` are the exported checkpoints; None is an unreadable one."""
    found = [*_series(told.checkpoints, files, public_key=public_key)]
    valid = [sealed for sealed in [*told.checkpoints, *files.values()] if sealed and _is_ours(sealed, public_key)]
    statements = _statements(valid)
    seen = set()
    for link in told.chains:
        seen.add(link.subject_id)
        found.extend(chain_findings(link, statements.get(link.subject_id, ())))
    missing = sorted(set(statements) - seen)
    found.extend(Finding("chain-removed", subject_id=subject) for subject in missing)
    return found


def chain_findings(link: Chain, stated: Sequence[tuple[int, int, str]]) -> Iterator[Finding]:
    """What is wrong with one chain: links, hashes, private values, head, and what checkpoints stated."""
    previous, expected = GENESIS, 1
    hashes: dict[int, str] = {}
    for entry in link.entries:
        if entry.seq != expected:
            yield Finding("entry-missing", subject_id=link.subject_id, seq=expected)
        yield from _entry_findings(link, entry, previous)
        previous, expected = entry.hash, entry.seq + 1
        hashes[entry.seq] = entry.hash
    if link.head != (expected - 1, previous):
        yield Finding("head-differs", subject_id=link.subject_id, seq=expected - 1)
    for number, seq, stated_hash in stated:
        if seq not in hashes:
            yield Finding("tail-cut", subject_id=link.subject_id, seq=seq, checkpoint=number)
        elif hashes[seq] != stated_hash:
            yield Finding("chain-rewritten", subject_id=link.subject_id, seq=seq, checkpoint=number)


def _entry_findings(link: Chain, entry: Entry, previous: str) -> Iterator[Finding]:
    if entry.previous_hash != previous:
        yield Finding("link-broken", subject_id=link.subject_id, seq=entry.seq)
    is_own = entry.content["subject_id"] == link.subject_id
    if not is_own or chain.entry_hash(bytes.fromhex(entry.previous_hash), entry.content).hex() != entry.hash:
        yield Finding("entry-altered", subject_id=link.subject_id, seq=entry.seq)
    facts = cast("Mapping[str, object]", entry.content["facts"])
    for name, (salt, value) in entry.private.items():
        if facts.get(name) != {"digest": chain.digest_of(bytes.fromhex(salt), value)}:
            yield Finding("private-value-altered", subject_id=link.subject_id, seq=entry.seq)


def _series(
    rows: Sequence[Sealed], files: Mapping[int, Sealed | None], *, public_key: Ed25519PublicKey
) -> Iterator[Finding]:
    """What is wrong with the checkpoints: each by itself, their order, rows against files."""
    by_number = {_number(sealed): sealed for sealed in rows}
    for number, file in sorted(files.items()):
        if file is None or _number(file) != number:
            yield Finding("checkpoint-altered", checkpoint=number)
        elif number in by_number and by_number[number] != file:
            yield Finding("checkpoint-differs-from-file", checkpoint=number)
    # The newest row may not have its file yet: it is exported after the commit.
    expected = max(max(files, default=0), max(by_number, default=0) - 1)
    for number in range(1, expected + 1):
        if number not in by_number or number not in files:
            yield Finding("checkpoint-missing", checkpoint=number)
    for kept in (by_number, files):
        yield from _each(kept, public_key=public_key)


def _each(kept: Mapping[int, Sealed | None], *, public_key: Ed25519PublicKey) -> Iterator[Finding]:
    for number, sealed in sorted(kept.items()):
        if sealed is None:
            continue
        if sealed.document.get("key") != keys.fingerprint(public_key):
            yield Finding("checkpoint-by-another-key", checkpoint=number)
        elif not _is_ours(sealed, public_key):
            yield Finding("checkpoint-altered", checkpoint=number)
        before = kept.get(number - 1)
        follows = FIRST_PREVIOUS if number == 1 else before.digest.hex() if before else None
        if follows is not None and sealed.document.get("previous") != follows:
            yield Finding("checkpoint-out-of-order", checkpoint=number)


def _is_ours(sealed: Sealed, public_key: Ed25519PublicKey) -> bool:
    """Whether the key signed exactly this document."""
    try:
        content = chain.canonical(sealed.document)
        public_key.verify(sealed.signature, content)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return hashlib.sha256(content).digest() == sealed.digest


def _statements(valid: Iterable[Sealed]) -> Statements:
    found: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
    for sealed in valid:
        for subject, seq, hash_text in cast("list[tuple[str, int, str]]", sealed.document["heads"]):
            found[subject].add((_number(sealed), seq, hash_text))
    return {subject: sorted(statements) for subject, statements in found.items()}


def _number(sealed: Sealed) -> int:
    number = sealed.document.get("number")
    return number if isinstance(number, int) else 0


def read_files(folder: Path) -> dict[int, Sealed | None]:
    """The checkpoint files by their number; None for one that can't be read."""
    found: dict[int, Sealed | None] = {}
    for path in sorted(folder.glob("[0-9]*.json")):
        try:
            found[int(path.stem)] = from_json(path.read_bytes())
        except ValueError:
            found[int(path.stem) if path.stem.isdigit() else 0] = None
    return found
