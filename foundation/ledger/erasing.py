"""Erasing personal values: the digest stays in the chain, the value and its salt go, so that nothing can be guessed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import WriteSession

_ERASE = text(
    """
    UPDATE ledger_private_facts p SET value = NULL, salt = ''::bytea, erased_at = :now
    FROM ledger_entries e
    WHERE e.id = p.entry_id AND e.subject_id = :subject_id AND p.erased_at IS NULL
      AND (CAST(:names AS varchar[]) IS NULL OR p.name = ANY(:names))
    """
)


def erase(db: WriteSession, subject_id: UUID, *, names: list[str] | None = None, now: datetime) -> int:
    """Erase the named personal values of a subject's entries, or all of them; returns how many. The chain stays whole."""
    done = db.execute(_ERASE, {"subject_id": subject_id, "names": names, "now": now})
    return int(getattr(done, "rowcount", 0))
