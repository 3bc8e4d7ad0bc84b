"""Photos of a case: redrawn outside any transaction, kept by their hash, written down under the phone's id."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

import intake.queries
from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.session import WriteSession
from foundation.database.widening import seeing_everything
from foundation.documents import images
from foundation.documents.files import FileStore
from foundation.ledger import recording
from foundation.problems import NotAllowed
from visits import queries
from visits.errors import CommandReused, TooManyPhotos
from visits.models import Photo, PhotoRole

#: Photos of one case; four visits with a dozen each.
MOST_PHOTOS: Final = 48


@dataclass(frozen=True, slots=True)
class Taken:
    """What is known of a photo beside its pixels; `id` is the phone's."""

    id: UUID
    role: PhotoRole
    taken_at: datetime
    command_id: UUID | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo that is safely stored and not yet written down."""

    sent_sha256: str
    sha256: str
    size: int
    width: int
    height: int


def keep(data: bytes, *, files: FileStore) -> Kept:
    """Redraw and store a photo; some 0.2 s, so no transaction may be open. Raises the Problems of `images.accepted`.

    A photo that is stored and never written down is harmless: it has no row, so nobody is ever given it.
    """
    photo = images.accepted(data)
    stored = files.put(photo.jpeg)
    return Kept(hashlib.sha256(data).hexdigest(), stored.sha256, stored.size, photo.width, photo.height)


def add(db: WriteSession, number: str, kept: Kept, taken: Taken, *, actor: Actor, now: datetime) -> Photo:
    """Write a photo down with its case. The same id and content again gives the first row; other content CommandReused.

    Whoever had the job may hand in photos also after they lost it. Raises NotAllowed, TooManyPhotos.
    """
    if actor.role is not Role.TECHNICIAN:
        return _written(db, intake.queries.id_for_change(db, number), kept, taken, actor=actor, now=now)
    with seeing_everything(db):  # A job may be lost while the phone is away; what was seen on site still counts.
        complaint_id = intake.queries.id_for_change(db, number)
        if not queries.had_job(db, complaint_id, actor=actor):
            raise NotAllowed(complaint=number)
        return _written(db, complaint_id, kept, taken, actor=actor, now=now)


def _written(db: WriteSession, complaint_id: UUID, kept: Kept, taken: Taken, *, actor: Actor, now: datetime) -> Photo:
    intake.queries.for_change(db, complaint_id)
    known = db.get(Photo, taken.id)
    if known is not None:
        if known.sent_sha256 != kept.sent_sha256 or known.complaint_id != complaint_id:
            raise CommandReused(command=taken.id)
        return known
    count = db.scalar(select(func.count()).select_from(Photo).where(Photo.complaint_id == complaint_id))
    if (count or 0) >= MOST_PHOTOS:
        raise TooManyPhotos(limit=MOST_PHOTOS)
    row = _row(complaint_id, kept, taken, actor=actor, now=now)
    db.add(row)
    facts = {"photo_id": row.id, "role": row.role, "sha256": row.sha256, "command_id": row.command_id}
    place = None if row.latitude is None else f"{row.latitude:.6f},{row.longitude:.6f}"
    recording.record(
        db, complaint_id, "photo.added", actor=actor, facts=facts, now=now, done_at=row.taken_at,
        private={"position": place},
    )  # fmt: skip
    return row


def _row(complaint_id: UUID, kept: Kept, taken: Taken, *, actor: Actor, now: datetime) -> Photo:
    return Photo(
        id=taken.id, complaint_id=complaint_id, command_id=taken.command_id, role=taken.role,
        sent_sha256=kept.sent_sha256, sha256=kept.sha256, size=kept.size, width=kept.width, height=kept.height,
        taken_at=min(taken.taken_at, now), received_at=now, latitude=taken.latitude, longitude=taken.longitude,
        author_id=actor.id if actor.kind is ActorKind.USER else None,
    )  # fmt: skip
