"""Whether what was announced of a subject still has a job to be done: what a page says of work that others do."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, or_, select

from foundation.database.session import ReadSession
from foundation.ledger.models import Announcement, Errand


def still_asked(look: ReadSession, subject_ids: Collection[UUID], kinds: Collection[str]) -> set[UUID]:
    """The subjects of which an announcement of these kinds isn't relayed yet, or has an errand that waits.

    An errand that runs waits until it is done; one that was given up doesn't.
    """
    waits = exists().where(Errand.announcement_id == Announcement.id, Errand.state == "waiting")
    asked = select(Announcement.subject_id).where(
        Announcement.subject_id.in_(subject_ids), Announcement.kind.in_(kinds),
        or_(Announcement.relayed_at.is_(None), waits),
    )  # fmt: skip
    return set(look.scalars(asked.distinct())) if subject_ids else set()
