"""What a customer contests: each kind is written down and brought before the manager, whatever those it is about think.

The case opens on the manager's level, so that no dispatcher takes, returns or ends it. Said once more after somebody
has acknowledged it, the same owner must acknowledge anew: a customer is never answered by an earlier look.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

import feedback.calls
from escalation import queries, raising
from escalation.events import ComplaintContested
from escalation.ladder import Reason
from escalation.models import EscalationCase
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from intake import queries as complaints
from intake.errors import ReopenTooLate
from intake.lifecycle import MOVES, Stage, Step
from intake.models import Complaint


class Contest(StrEnum):
    """What a customer may say against the case."""

    NOBODY_ARRIVED = "nobody_arrived"  # nobody is on site, whatever the system says
    GRADE_WRONG = "grade_wrong"  # it is worse than it was taken for
    NOT_SOLVED = "not_solved"  # said to be repaired, and it isn't
    WANT_MANAGER = "want_manager"  # somebody who can decide is to call


REASONS: Final[Mapping[Contest, Reason]] = MappingProxyType(
    {
        Contest.NOBODY_ARRIVED: Reason.NOBODY_ARRIVED,
        Contest.GRADE_WRONG: Reason.GRADE_CONTESTED,
        Contest.NOT_SOLVED: Reason.NOT_SOLVED,
        Contest.WANT_MANAGER: Reason.MANAGER_WANTED,
    }
)


#: What a customer sees of the cases: those that they opened themselves.
OF_CUSTOMERS: Final = frozenset(REASONS.values())


def contest(
    db: WriteSession, complaint_id: UUID, what: Contest, *, words: str | None, actor: Actor, now: datetime
) -> EscalationCase:
    """Write down what the customer contests, and bring it before the manager; the case that is open then is returned.

    `words` are the customer's own and may name people, so that they can be erased. What is not solved is reopened
    where the lifecycle still allows it. Raises NotAllowed.
    """
    complaint = complaints.for_change(db, complaint_id)
    facts = {"contest": what, "stage": complaint.stage, "grade": complaint.grade, "arrived_at": _arrived(complaint)}
    recording.record(
        db, complaint.id, "customer.contested", actor=actor, facts=facts, now=now, private={"words": words}
    )
    if what is Contest.NOT_SOLVED:
        _reopen(db, complaint, words=words, actor=actor, now=now)
    known = {case.id for case in queries.open_of(db, complaint.id)}
    case = raising.open_case(db, complaint.id, REASONS[what], facts={**facts, "said_at": now.isoformat()}, now=now)
    if case.id in known:
        _again(db, complaint, case, facts=facts, now=now, actor=actor)
    announce(db, ComplaintContested(subject_id=complaint.id, contest=what, case_id=case.id), now=now)
    return case


def _arrived(complaint: Complaint) -> str | None:
    return complaint.first_arrived_at.isoformat() if complaint.first_arrived_at else None


def _reopen(db: WriteSession, complaint: Complaint, *, words: str | None, actor: Actor, now: datetime) -> None:
    """A new round of work; after the thirty days the manager alone decides what follows."""
    if (Stage(complaint.stage), Step.REOPEN) in MOVES:
        with suppress(ReopenTooLate):
            feedback.calls.reopen(db, complaint.id, reason=words or Contest.NOT_SOLVED, actor=actor, now=now)


def _again(
    db: WriteSession, complaint: Complaint, case: EscalationCase, *, facts: Facts, now: datetime, actor: Actor
) -> None:
    """Unacknowledged, the ladder rings already; acknowledged, it was before this was said."""
    if queries.standing(db, case).acknowledged_at is None:
        return
    raising.ask_again(
        db, complaint, case, step="escalation.said_again", template="escalation-said-again", facts=facts, now=now,
        actor=actor,
    )  # fmt: skip
