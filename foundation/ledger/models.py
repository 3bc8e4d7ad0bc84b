"""Tables of the ledger: entries with their chain, heads, erasable values, announcements, errands, checkpoints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id


class LedgerEntry(Base):
    """One thing that happened to one subject. UPDATE, DELETE and TRUNCATE are refused by the database."""

    __tablename__ = "ledger_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID]
    subject_kind: Mapped[str]
    seq: Mapped[int]
    step: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str]
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    done_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("subject_id", "seq"), Index(None, "recorded_at"))


class LedgerHead(Base):
    """The end of a subject's chain; locked while an entry is added."""

    __tablename__ = "ledger_heads"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    seq: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    #: Up to which entry a signed checkpoint has stated this chain. Not a time: a late commit can't slip behind it.
    checkpointed_seq: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = (Index("ix_ledger_heads_fresh", "subject_id", postgresql_where=text("seq > checkpointed_seq")),)


class PrivateFact(Base):
    """A personal value whose salted digest stands in the entry; may be erased without breaking the chain."""

    __tablename__ = "ledger_private_facts"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    value: Mapped[str | None]
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "ix_ledger_private_facts_position", "entry_id",
            postgresql_where=text("name = 'position' AND value IS NOT NULL"),
        ),
    )  # fmt: skip


class Announcement(Base):
    """A fact announced upward (outbox row); relayed at least once to every job that listens."""

    __tablename__ = "announcements"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, object]] = mapped_column(Json)
    announced_at: Mapped[datetime] = mapped_column(Instant)
    relayed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_announcements_waiting", "announced_at", "id", postgresql_where=text("relayed_at IS NULL")),
        Index(None, "subject_id"),
    )


class Errand(Base):
    """One job that one announcement asks for: inbox, retry memory and dead letter in one row.

    `done` makes a second run harmless, `next_ring_at` lets the sweeper ring again, `parked` is a dead letter.
    """

    __tablename__ = "errands"

    announcement_id: Mapped[UUID] = mapped_column(ForeignKey("announcements.id"), primary_key=True)
    job: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_ring_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str | None]
    seen_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        words_check("state", ("waiting", "done", "parked")),
        Index("ix_errands_waiting", "next_ring_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_errands_parked", "announcement_id", postgresql_where=text("state = 'parked'")),
    )


class Checkpoint(Base):
    """A signed statement over the chain heads that changed since the one before; exported as a file as well."""

    __tablename__ = "ledger_checkpoints"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(Instant)
    document: Mapped[dict[str, object]] = mapped_column(Json)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
