"""Making and keeping the papers: rendered outside any transaction, stored by hash, written down with their case."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select, text

import intake.queries
from feedback import paper, record
from feedback.events import DocumentMade
from feedback.models import CustomerFeedback, Document, DocumentKind
from feedback.paper import House
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore, StoredFile
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts

#: Documents whose file is due to be read and compared again: the damaged ones, which may have been restored, and those
#: longest unchecked.
_TO_SAMPLE = text(
    """
    (SELECT id, sha256 FROM documents WHERE damaged_at IS NOT NULL ORDER BY checked_at LIMIT :limit)
    UNION ALL
    (SELECT id, sha256 FROM documents WHERE damaged_at IS NULL ORDER BY checked_at LIMIT :limit)
    """
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered paper that is stored and not yet written down."""

    feedback_id: UUID
    complaint_id: UUID
    file: StoredFile
    language: str


class RecordBroken(Exception):
    """A record no longer has the hash it was signed under; no paper is made from it."""


def draft(look: ReadSession, feedback_id: UUID) -> tuple[CustomerFeedback, bool]:
    """The feedback to print, and whether it has its paper already."""
    row = look.get_one(CustomerFeedback, feedback_id)
    made = look.scalar(
        select(Document.id).where(Document.feedback_id == feedback_id, Document.kind == DocumentKind.FEEDBACK).limit(1)
    )
    return row, made is not None


def rendered(row: CustomerFeedback, *, files: FileStore, house: House) -> Draft:
    """Render the record and store the PDF; no session may be open. Raises RecordBroken.

    The date inside is when the signature arrived, so that making it again gives the same bytes and the same file.
    """
    if record.digest(row.record) != row.record_sha256:
        raise RecordBroken(str(row.id))
    content = cast("Facts", json.loads(row.record))
    pdf = paper.made(content, record_sha256=row.record_sha256, house=house, made_at=row.received_at)
    return Draft(row.id, row.complaint_id, files.put(pdf), paper.language_of(content))


def write_down(db: WriteSession, made: Draft, *, actor: Actor, now: datetime) -> Document | None:
    """Write the document down with its case; None when somebody else did it meanwhile."""
    complaint = intake.queries.for_change(db, made.complaint_id)
    _, is_made = draft(db, made.feedback_id)
    if is_made:
        return None
    before = db.scalars(
        select(Document)
        .where(Document.complaint_id == complaint.id, Document.kind == DocumentKind.FEEDBACK)
        .order_by(Document.made_at.desc())
        .limit(1)
    ).one_or_none()
    row = Document(
        id=new_id(), complaint_id=complaint.id, feedback_id=made.feedback_id, kind=DocumentKind.FEEDBACK, version=1,
        sha256=made.file.sha256, size=made.file.size, language=made.language, made_at=now,
        replaces_id=before.id if before else None, checked_at=now,
    )  # fmt: skip
    db.add(row)
    facts = {
        "document_id": row.id, "kind": row.kind, "sha256": row.sha256, "size": row.size, "replaces_id": row.replaces_id
    }  # fmt: skip
    recording.record(db, complaint.id, "document.made", actor=actor, facts=facts, now=now)
    announce(db, DocumentMade(subject_id=complaint.id, document_id=row.id, feedback_id=row.feedback_id), now=now)
    return row


def to_sample(look: ReadSession, *, limit: int) -> list[tuple[UUID, str]]:
    """Documents whose files are to be read again."""
    return [(row.id, row.sha256) for row in look.execute(_TO_SAMPLE, {"limit": limit})]


def note_sample(db: WriteSession, found: dict[UUID, bool], *, now: datetime) -> None:
    """Remember which files were sound; a damaged one stays marked until it is restored."""
    for row in db.scalars(select(Document).where(Document.id.in_(found)).order_by(Document.id).with_for_update()):
        row.checked_at = now
        row.damaged_at = None if found[row.id] else now
