"""What a customer may do with the personal link: see the form, sign it, take the paper, say that it is not solved.

A link opens exactly one case; every query here names it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import intake.links
import intake.queries
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.problems import NotFound
from intake.lifecycle import Step, move_for
from intake.models import Complaint

FOLLOW: Final = "follow"
SIGN: Final = "feedback"
#: Links that may sign: only those given for it, so that following a case from a crane's cabin is not signing for it.
TO_SIGN: Final = frozenset({SIGN})
#: Links that may read the paper and say that it is not solved.
ANY: Final = frozenset({FOLLOW, SIGN})


def actor_of(look: ReadSession, token: str, *, purposes: frozenset[str], now: datetime) -> Actor:
    """The customer behind a link, who sees exactly its case. Raises LinkDead."""
    link = intake.links.opened(look, token, purposes=purposes, now=now)
    return intake.links.actor_of(link)


def case_of(look: ReadSession, actor: Actor) -> Complaint:
    """The one case of a customer."""
    complaint = look.get(Complaint, actor.case_id) if actor.case_id else None
    if complaint is None:
        raise NotFound(complaint=None)
    return complaint


def invite(db: WriteSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> tuple[str, datetime]:
    """A fresh link on which the customer signs on a phone of their own, and when it expires; earlier ones are closed.

    The secret is given this once, to be shown as a code on the technician's screen. Raises NotAllowed, StepNotAllowed.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    move_for(complaint.stage, Step.CONFIRM)
    intake.links.revoke(db, complaint_id, now=now, purpose=SIGN)
    token = intake.links.issue(db, complaint_id, purpose=SIGN, now=now)
    expires_at = now + intake.links.LIFE[SIGN]
    recording.record(db, complaint_id, "feedback.invited", actor=actor, facts={"expires_at": expires_at}, now=now)
    return token, expires_at
