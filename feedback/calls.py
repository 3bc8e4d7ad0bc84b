"""The follow-up call, closing and reopening: is it really solved?"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import intake.deadlines
import intake.progress
import intake.queries
from feedback import closing, queries
from feedback.errors import NoFollowUp, NotClosable, NotIndependent
from feedback.events import ComplaintReopened, FollowUpAnswered
from feedback.models import CallState, FollowUp
from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake.clocks import Kind
from intake.lifecycle import Stage, Step
from intake.models import Complaint

#: Calls that become due within this time are shown to whoever makes them.
AHEAD: Final = timedelta(hours=12)
#: How a case was closed.
SOLVED: Final = "solved"
NOT_SOLVED: Final = "not_solved"
UNREACHED: Final = "unreached"
#: Words under which the ledger keeps the end of a call.
ENTRIES: Final = {CallState.ANSWERED: "follow_up.answered", CallState.GIVEN_UP: "follow_up.given_up"}


def open_call(db: WriteSession, complaint: Complaint, *, now: datetime) -> FollowUp:
    """Make the call of this round due; it is due when the commitment says, like its deadline."""
    start = complaint.confirmed_at or now
    due_at = start + timedelta(minutes=intake.deadlines.minutes_of(complaint)[Kind.FOLLOW_UP])
    call = FollowUp(
        id=new_id(), complaint_id=complaint.id, round=complaint.reopened_count, due_at=due_at, opened_at=now,
        state=CallState.OPEN, attempts=[],
    )  # fmt: skip
    db.add(call)
    db.flush()  # the rows that close the case are judged by what is in the database
    return call


def record_attempt(db: WriteSession, complaint_id: UUID, *, reached: str, actor: Actor, now: datetime) -> FollowUp:
    """Write down that nobody was reached (`no_answer`, `busy`, `wrong_number`, `call_back`).

    The third attempt that counts gives the call up and closes the case. Raises NoFollowUp, NotIndependent, NotAllowed.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    call = _open(db, complaint, actor=actor)
    attempt: dict[str, object] = {"at": now.isoformat(), "reached": reached, "by": str(actor.id)}
    call.attempts = [*call.attempts, attempt]
    times = [datetime.fromisoformat(str(made["at"])) for made in call.attempts]
    facts = {"follow_up_id": call.id, "reached": reached, "counted": closing.attempts_that_count(times)}
    recording.record(db, complaint.id, "follow_up.attempted", actor=actor, facts=facts, now=now)
    if closing.is_exhausted(times):
        _end(db, complaint, call, state=CallState.GIVEN_UP, outcome=UNREACHED, actor=actor, now=now)
        close(db, complaint, how=UNREACHED, actor=actor, now=now)
    return call


def answer(
    db: WriteSession, complaint_id: UUID, *, solved: bool, words: str | None, actor: Actor, now: datetime
) -> FollowUp:
    """Write down the customer's answer: solved closes the case, not solved opens it again.

    Raises NoFollowUp, NotIndependent, NotClosable, NotAllowed.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    call = _open(db, complaint, actor=actor)
    call.solved = solved
    outcome = SOLVED if solved else NOT_SOLVED
    _end(db, complaint, call, state=CallState.ANSWERED, outcome=outcome, actor=actor, now=now, words=words)
    if solved:
        close(db, complaint, how=SOLVED, actor=actor, now=now)
    else:
        _reopen(db, complaint, why="follow_up", reason=words or NOT_SOLVED, actor=actor, now=now)
    return call


def close(db: WriteSession, complaint: Complaint, *, how: str, actor: Actor, now: datetime) -> None:
    """Close the locked case. Raises NotClosable with everything that is missing, StepNotAllowed."""
    db.flush()
    missing = closing.what_is_missing(queries.standing(db, complaint))
    if missing:
        raise NotClosable(number=complaint.number, missing=list(missing))
    intake.progress.advance(db, complaint, Step.CLOSE, actor=actor, now=now, facts={"closed_how": how})


def close_by_desk(db: WriteSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> Complaint:
    """Close a case that has everything and was not closed by its call. Raises NotClosable, StepNotAllowed."""
    complaint = intake.queries.for_change(db, complaint_id)
    close(db, complaint, how="desk", actor=actor, now=now)
    return complaint


def reopen(db: WriteSession, complaint_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Complaint:
    """It is not solved: a new round of work, within 30 days of closing. Raises StepNotAllowed, ReopenTooLate."""
    complaint = intake.queries.for_change(db, complaint_id)
    call = queries.follow_up_for_change(db, complaint)
    if call is not None and call.state == CallState.OPEN:
        call.solved = False
        _end(db, complaint, call, state=CallState.ANSWERED, outcome=NOT_SOLVED, actor=actor, now=now, words=reason)
    why = "customer" if actor.kind is ActorKind.CUSTOMER else "desk"
    _reopen(db, complaint, why=why, reason=reason, actor=actor, now=now)
    return complaint


def _open(db: WriteSession, complaint: Complaint, *, actor: Actor) -> FollowUp:
    """The call that is to be made, for somebody who may make it."""
    if actor.kind is ActorKind.USER and queries.is_of_the_field(db, actor=actor):
        raise NotIndependent(number=complaint.number)
    call = queries.follow_up_for_change(db, complaint)
    if call is None or call.state != CallState.OPEN or complaint.stage != Stage.CONFIRMED:
        raise NoFollowUp(number=complaint.number)
    return call


def _end(
    db: WriteSession,
    complaint: Complaint,
    call: FollowUp,
    *,
    state: CallState,
    outcome: str,
    actor: Actor,
    now: datetime,
    words: str | None = None,
) -> None:
    call.state, call.outcome, call.ended_at = state, outcome, now
    call.made_by = actor.id if actor.kind is ActorKind.USER else None
    facts = {"follow_up_id": call.id, "outcome": outcome, "words": words, "attempts": len(call.attempts)}
    recording.record(db, complaint.id, ENTRIES[state], actor=actor, facts=facts, now=now)
    announce(db, FollowUpAnswered(subject_id=complaint.id, follow_up_id=call.id, outcome=outcome), now=now)


def _reopen(db: WriteSession, complaint: Complaint, *, why: str, reason: str, actor: Actor, now: datetime) -> None:
    facts = {"reason": reason, "why": why}
    intake.progress.advance(db, complaint, Step.REOPEN, actor=actor, now=now, facts=facts)
    announce(db, ComplaintReopened(subject_id=complaint.id, why=why), now=now)
