"""Versions of the ladder: the one in force, the one stamped on a case, saving another."""

from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import func, select, text

from escalation import ladder as ladders
from escalation.errors import LadderChanged, LadderWrong
from escalation.ladder import Ladder
from escalation.models import EscalationCase, LadderVersion
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.problems import FieldWrong

_LOCK = text("LOCK TABLE ladders IN SHARE ROW EXCLUSIVE MODE")


def in_force(look: ReadSession, *, now: datetime) -> Ladder:
    """The newest ladder that is valid at `now`; the database is delivered with the first."""
    newest = look.scalars(
        select(LadderVersion).where(LadderVersion.valid_from <= now).order_by(LadderVersion.version.desc()).limit(1)
    ).one()
    return _read(msgspec.json.encode(newest.document))


def stamped(case: EscalationCase) -> Ladder:
    """The ladder the case was opened with; an edit since then doesn't touch it."""
    return _read(msgspec.json.encode(case.policy))


def document(ladder: Ladder) -> dict[str, object]:
    """The ladder as JSON, for stamping and storing."""
    return msgspec.json.decode(msgspec.json.encode(ladder), type=dict[str, object])


def history(look: ReadSession) -> list[LadderVersion]:
    """All saved versions, the newest first."""
    return list(look.scalars(select(LadderVersion).order_by(LadderVersion.version.desc())))


def save(
    db: WriteSession, ladder: Ladder, *, based_on: int, valid_from: datetime, actor: Actor, now: datetime
) -> LadderVersion:
    """Store the ladder as the next version; cases opened from `valid_from` on follow it.

    Raises LadderWrong, LadderChanged when another version was saved since `based_on`, FieldWrong for a time that has
    passed.
    """
    if valid_from < now:
        raise FieldWrong(field="valid_from", reason="past")
    if faults := ladders.faults(ladder):
        raise LadderWrong(faults=faults)
    db.execute(_LOCK)  # Two who save at once: the second sees the first's version and is told.
    newest = db.scalars(select(func.max(LadderVersion.version))).one()
    if based_on != newest:
        raise LadderChanged(latest=newest, based_on=based_on)
    numbered = msgspec.structs.replace(ladder, version=newest + 1)
    made = LadderVersion(
        version=numbered.version, valid_from=valid_from, document=document(numbered), author_id=actor.id, created_at=now
    )
    db.add(made)
    recording.record(
        db,
        new_id(),
        "escalation.ladder_saved",
        actor=actor,
        kind="policy",
        now=now,
        facts={"version": numbered.version, "valid_from": valid_from, "document": made.document},
    )
    return made


@lru_cache(maxsize=64)
def _read(encoded: bytes) -> Ladder:
    return msgspec.json.decode(encoded, type=Ladder)
