"""The whole history as a stream of chains: read from the database or from an exported dump, the same to the verifier.

The dump is gzip-compressed JSON, one object a line: entries of each chain in order, each chain followed by its head,
and the checkpoints' rows at the end.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import cast

from sqlalchemy import text

from foundation.database.session import ReadSession
from foundation.ledger import chain
from foundation.ledger.checkpoints import Sealed


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored: what its hash covers, both hashes, and private values still there."""

    content: chain.Facts
    previous_hash: str
    hash: str
    #: name → (salt, value), salt in hexadecimal.
    private: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """Its place in the chain."""
        return cast("int", self.content["seq"])


@dataclass(frozen=True, slots=True)
class Chain:
    """One subject's entries in order, and the head that says where the chain ends (None: there is no head)."""

    subject_id: str
    entries: list[Entry]
    head: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class History:
    """All chains by subject, and the checkpoints' rows by number. `chains` can be walked once."""

    chains: Iterable[Chain]
    checkpoints: list[Sealed]
    #: When it was exported; None for what the database says now.
    made_at: str | None = None


_ENTRIES = text(
    """
    SELECT COALESCE(e.subject_id, h.subject_id) AS subject, e.*, h.seq AS head_seq, h.hash AS head_hash,
           (SELECT jsonb_object_agg(p.name, jsonb_build_array(encode(p.salt, 'hex'), p.value))
            FROM ledger_private_facts p WHERE p.entry_id = e.id AND p.value IS NOT NULL) AS private
    FROM ledger_entries e FULL JOIN ledger_heads h ON h.subject_id = e.subject_id
    ORDER BY 1, e.seq
    """
)
_CHECKPOINTS = text("SELECT document, digest, signature FROM ledger_checkpoints ORDER BY number")
#: Rows fetched at once; the history may be larger than the memory.
ROWS_AT_ONCE = 2_000


def from_database(look: ReadSession) -> History:
    """The history as the database holds it now, streamed."""
    sealed = [
        Sealed(document=row.document, digest=bytes(row.digest), signature=bytes(row.signature))
        for row in look.execute(_CHECKPOINTS)
    ]
    return History(chains=_chains(look), checkpoints=sealed)


def _chains(look: ReadSession) -> Iterator[Chain]:
    rows = look.execute(_ENTRIES, execution_options={"yield_per": ROWS_AT_ONCE})
    for subject, group in groupby(rows, key=lambda row: row.subject):
        kept = list(group)
        head = None if kept[0].head_seq is None else (kept[0].head_seq, bytes(kept[0].head_hash).hex())
        entries = [_entry(cast("chain.Facts", row._mapping)) for row in kept if row.id is not None]  # noqa: SLF001 -- the public mapping
        yield Chain(subject_id=str(subject), entries=entries, head=head)


def _entry(row: chain.Facts) -> Entry:
    content = {
        "id": row["id"], "subject_id": row["subject_id"], "subject_kind": row["subject_kind"], "seq": row["seq"],
        "step": row["step"], "actor": [row["actor_kind"], row["actor_id"], row["actor_label"]], "facts": row["facts"],
        "done_at": row["done_at"], "recorded_at": row["recorded_at"],
    }  # fmt: skip
    private = cast("dict[str, list[str]]", row["private"] or {})
    return Entry(
        content=cast("chain.Facts", chain.plain(content)),
        previous_hash=cast("bytes", row["previous_hash"]).hex(), hash=cast("bytes", row["hash"]).hex(),
        private={name: (salt, value) for name, (salt, value) in private.items()},
    )  # fmt: skip


def write_dump(look: ReadSession, path: Path, *, made_at: datetime) -> int:
    """Export the history to a file; returns the number of chains. Verifying needs nothing else but the public key."""
    history, count = from_database(look), 0
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(_line({"ledger": 1, "made_at": chain.instant_text(made_at)}))
        for found in history.chains:
            count += 1
            entries = [[entry.content, entry.previous_hash, entry.hash, entry.private] for entry in found.entries]
            file.write(_line({"subject": found.subject_id, "entries": entries, "head": found.head}))
        for sealed in history.checkpoints:
            row = {"document": sealed.document, "digest": sealed.digest.hex(), "signature": sealed.signature.hex()}
            file.write(_line({"checkpoint": row}))
    return count


def from_dump(path: Path) -> History:
    """The history that `write_dump` wrote. ValueError if the file is none."""
    checkpoints: list[Sealed] = []
    made_at = None
    for line in _lines(path):
        made_at = cast("str", line.get("made_at", made_at))
        if "checkpoint" in line:
            row = cast("dict[str, str]", line["checkpoint"])
            document = cast("dict[str, object]", line["checkpoint"])["document"]
            checkpoints.append(
                Sealed(
                    document=cast("dict[str, object]", document), digest=bytes.fromhex(row["digest"]),
                    signature=bytes.fromhex(row["signature"]),
                )
            )  # fmt: skip
    return History(chains=_dumped_chains(path), checkpoints=checkpoints, made_at=made_at)


def _dumped_chains(path: Path) -> Iterator[Chain]:
    for line in _lines(path):
        if "subject" not in line:
            continue
        rows = cast("list[tuple[dict[str, object], str, str, dict[str, list[str]]]]", line["entries"])
        entries = [
            Entry(
                content=content, previous_hash=previous, hash=own,
                private={name: (salt, value) for name, (salt, value) in private.items()},
            )
            for content, previous, own, private in rows
        ]  # fmt: skip
        head = cast("tuple[int, str] | None", line["head"])
        yield Chain(
            subject_id=cast("str", line["subject"]), entries=entries, head=None if head is None else (head[0], head[1])
        )


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, text_line in enumerate(file):
            line = json.loads(text_line)
            if number == 0 and "ledger" not in line:
                raise ValueError("not a dump of the ledger")
            yield line


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
