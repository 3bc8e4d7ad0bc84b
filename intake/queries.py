"""Questions about complaints: one function each."""

from uuid import UUID

from sqlalchemy import select

from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotAllowed, NotFound
from intake.models import Complaint


def for_change(db: WriteSession, complaint_id: UUID) -> Complaint:
    """The complaint, locked until the end of the transaction and read anew; NotAllowed if there is none to be seen."""
    found = db.scalars(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotAllowed(complaint=str(complaint_id))
    return found


def by_number(look: ReadSession, number: str) -> Complaint:
    """The complaint with this number; NotFound if there is none to be seen."""
    found = look.scalars(select(Complaint).where(Complaint.number == number)).one_or_none()
    if found is None:
        raise NotFound(complaint=number)
    return found


def id_for_change(db: WriteSession, number: str) -> UUID:
    """The id behind a number, for a write; NotAllowed if there is none to be seen."""
    found = db.scalar(select(Complaint.id).where(Complaint.number == number))
    if found is None:
        raise NotAllowed(complaint=number)
    return found
