"""Security events: written in a transaction of their own when the refused one was rolled back."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select

from foundation.accounts.models import SecurityEvent
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import chain
from foundation.ledger.recording import Author


def note(db: WriteSession, kind: str, *, actor: Author | None, facts: chain.Facts, now: datetime) -> None:
    """Keep the event. `kind` is dotted words (sign-in.failed, permission.refused, token.made); no secrets in facts."""
    db.add(
        SecurityEvent(
            kind=kind, at=now,
            actor_kind=actor.kind if actor else "visitor",
            actor_id=actor.id if actor else None,
            actor_label=actor.label if actor else "",
            facts=cast("dict[str, object]", chain.plain(facts)),
        )
    )  # fmt: skip


def latest(look: ReadSession, *, before: UUID | None, limit: int) -> list[SecurityEvent]:
    """The newest events first, older than `before`."""
    wanted = select(SecurityEvent).order_by(SecurityEvent.id.desc()).limit(limit)
    return list(look.scalars(wanted if before is None else wanted.where(SecurityEvent.id < before)))
