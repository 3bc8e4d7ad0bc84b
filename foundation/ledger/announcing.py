"""Announcements: facts for whoever listens above, written in the transaction of the change.

An event is a frozen msgspec Struct that names its `kind` and subject; `app/subscriptions.py` says which jobs hear it.
"""

from datetime import datetime
from typing import ClassVar, cast
from uuid import UUID

import msgspec

from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger.models import Announcement


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact announced upward; subclasses add ids and small facts, never objects."""

    kind: ClassVar[str] = ""
    #: What it is about: usually the complaint. Announcements of one subject are relayed in order, but the jobs that hear
    #: them may run in any order, beside each other and more than once: a job must lock the subject's row and judge by it.
    subject_id: UUID


def row(event: Event, *, now: datetime) -> dict[str, object]:
    """The event as the outbox row of a hot path's one statement, which then sets `db.info["announced"]`."""
    return {
        "id": new_id(),
        "kind": event.kind,
        "subject_id": event.subject_id,
        "payload": msgspec.to_builtins(event),
        "announced_at": now,
    }


def announce(db: WriteSession, event: Event, *, now: datetime) -> None:
    """Write the event as an outbox row; the relay is poked after the commit and sweeps in any case."""
    db.add(
        Announcement(
            kind=event.kind,
            subject_id=event.subject_id,
            payload=cast("dict[str, object]", msgspec.to_builtins(event)),
            announced_at=now,
        )
    )
    db.info["announced"] = True
