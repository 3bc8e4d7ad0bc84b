"""Writing the ledger: one entry per change, chained per subject, in the transaction of the change."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from sqlalchemy import text

from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import chain
from foundation.ledger.models import LedgerEntry, PrivateFact


class Author(Protocol):
    """Who did it, as the ledger writes it: a kind (user, token, customer, system), an id and a label."""

    @property
    def kind(self) -> str:
        """The kind of author."""
        ...

    @property
    def id(self) -> UUID | None:
        """The author's id; None for the system itself."""
        ...

    @property
    def label(self) -> str:
        """A login, token name or job name; never a phone number."""
        ...


#: Adds an empty head where none is and locks it, so that two writers of one chain queue up.
_HEAD = text(
    """
    INSERT INTO ledger_heads (subject_id, subject_kind, seq, hash, changed_at)
    VALUES (:subject_id, :kind, 0, :genesis, :now)
    ON CONFLICT (subject_id) DO UPDATE SET changed_at = EXCLUDED.changed_at
    RETURNING seq, hash
    """
)
_ADVANCE = text("UPDATE ledger_heads SET seq = :seq, hash = :hash WHERE subject_id = :subject_id")


def entry_content(entry: LedgerEntry) -> chain.Facts:
    """What the hash of an entry covers; the verifier builds the same from the stored row."""
    return {
        "id": entry.id,
        "subject_id": entry.subject_id,
        "subject_kind": entry.subject_kind,
        "seq": entry.seq,
        "step": entry.step,
        "actor": [entry.actor_kind, entry.actor_id, entry.actor_label],
        "facts": entry.facts,
        "done_at": entry.done_at,
        "recorded_at": entry.recorded_at,
    }


def compose(
    subject_id: UUID,
    step: str,
    *,
    actor: Author,
    facts: chain.Facts,
    now: datetime,
    kind: str,
    done_at: datetime | None = None,
    private: Mapping[str, str | None] | None = None,
    seq: int = 1,
    previous: bytes = chain.GENESIS,
) -> tuple[LedgerEntry, list[PrivateFact]]:
    """The chained entry and its private values, not yet written: hot paths put them into one statement."""
    entry_id = new_id()
    hidden = [
        PrivateFact(entry_id=entry_id, name=name, salt=secrets.token_bytes(16), value=value)
        for name, value in (private or {}).items()
        if value is not None
    ]
    digests = {fact.name: {"digest": chain.digest_of(fact.salt, cast("str", fact.value))} for fact in hidden}
    entry = LedgerEntry(
        id=entry_id,
        subject_id=subject_id,
        subject_kind=kind,
        seq=seq,
        step=step,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        facts=cast("dict[str, object]", chain.plain({**facts, **digests})),
        done_at=done_at or now,
        recorded_at=now,
        previous_hash=previous,
    )
    entry.hash = chain.entry_hash(previous, entry_content(entry))
    return entry, hidden


def entry_row(
    subject_id: UUID,
    step: str,
    *,
    actor: Author,
    facts: chain.Facts,
    now: datetime,
    kind: str = "complaint",
    seq: int = 1,
    previous: bytes = chain.GENESIS,
    entry_id: UUID | None = None,
) -> tuple[dict[str, object], bytes]:
    """An entry as the JSON row of a hot path's one statement, and its hash; `facts` hold no private values.

    Without ORM objects, which would cost a fifth of a whole call; the verifier reads the stored rows and would tell if
    this ever differed from `entry_content`.
    """
    content: dict[str, object] = {
        "id": entry_id or new_id(),
        "subject_id": subject_id,
        "subject_kind": kind,
        "seq": seq,
        "step": step,
        "actor": [actor.kind, actor.id, actor.label],
        "facts": chain.plain(facts),
        "done_at": now,
        "recorded_at": now,
    }
    end = chain.entry_hash(previous, content)
    del content["actor"]
    author = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    return {**content, **author, "previous_hash": as_text(previous), "hash": as_text(end)}, end


def as_text(value: bytes) -> str:
    """Bytes as PostgreSQL reads them from text."""
    return "\\x" + value.hex()


def record(
    db: WriteSession,
    subject_id: UUID,
    step: str,
    *,
    actor: Author,
    facts: chain.Facts,
    now: datetime,
    kind: str = "complaint",
    done_at: datetime | None = None,
    private: Mapping[str, str | None] | None = None,
) -> LedgerEntry:
    """Add one entry to the subject's chain, in this transaction.

    `step` is the lifecycle step or a dotted word (`note.added`); `done_at` is the phone's time where it differs
    from ours; `private` values (names, phones, positions) enter as salted digests and are kept erasable beside.
    """
    head = db.execute(_HEAD, {"subject_id": subject_id, "kind": kind, "genesis": chain.GENESIS, "now": now}).one()
    entry, hidden = compose(
        subject_id,
        step,
        actor=actor,
        facts=facts,
        now=now,
        kind=kind,
        done_at=done_at,
        private=private,
        seq=head.seq + 1,
        previous=bytes(head.hash),
    )
    db.add(entry)
    db.flush()  # the private values refer to the entry's key
    db.add_all(hidden)
    db.execute(_ADVANCE, {"seq": entry.seq, "hash": entry.hash, "subject_id": subject_id})
    return entry
