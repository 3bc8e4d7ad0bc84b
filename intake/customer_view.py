"""A case as its customer sees it: stage, promises and steps; no names of staff, nothing of other cases."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from foundation.database.session import ReadSession
from foundation.ledger.models import LedgerHead
from intake import links, queries, register_schemas, schemas
from intake.clocks import How, Kind
from intake.errors import LinkDead
from intake.lifecycle import Step
from intake.models import Complaint, CustomerLink

_PURPOSES: Final = frozenset({"follow", "feedback"})
#: What was promised to the customer; targets and acknowledgements are ours.
_PROMISES: Final = frozenset({Kind.ON_SITE_PROMISE, Kind.RESOLVE, Kind.FOLLOW_UP})
_STEPS: Final = frozenset(Step) - {Step.GRADE, Step.MERGE}


def link_of(look: ReadSession, token: str, *, now: datetime) -> CustomerLink:
    """The link behind the secret, whatever it is for. Raises LinkDead."""
    return links.opened(look, token, purposes=_PURPOSES, now=now)


def case(look: ReadSession, token: str, *, now: datetime) -> register_schemas.CustomerCase:
    """The case behind the secret. Every query names this case, whatever the session may see. Raises LinkDead."""
    link = link_of(look, token, now=now)
    complaint = look.get(Complaint, link.complaint_id)
    if complaint is None:
        raise LinkDead
    head = look.scalars(select(LedgerHead.hash).where(LedgerHead.subject_id == complaint.id)).one_or_none()
    return register_schemas.CustomerCase(
        number=complaint.number,
        purpose=link.purpose,
        stage=complaint.stage,
        language=complaint.language,
        called_at=complaint.called_at,
        sentence=complaint.sentence,
        serial_number=complaint.serial_number_given,
        promises=[
            schemas.deadline_out(one)
            for one in queries.deadlines_of(look, complaint.id)
            if one.kind in _PROMISES and one.closed_how not in {How.VOID, How.PAUSED}
        ],
        steps=[
            register_schemas.CustomerStep(step=entry.step, at=entry.done_at)
            for entry in queries.latest(look, complaint.id, steps=_STEPS)
        ],
        ledger_head=head.hex() if head else "",
    )
