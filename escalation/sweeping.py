"""Silence is answered: unanswered rungs are repeated, given to the deputy, raised, in the order in which it was due.

So are acknowledged ones of which nothing comes: their owner is reminded, then the case goes one level up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from escalation import ladder as ladders
from escalation import notices, policies, queries, raising
from escalation.appointing import AppointedAs, Appointment
from escalation.ladder import Call, Ladder, Level, NextCall, Owed, Reason, Silence
from escalation.models import EscalationCase, Rung
from foundation.accounts.roles import system
from foundation.database.session import WriteSession
from intake.grades import Grade
from intake.models import Complaint

_SWEEP = system("escalation sweep")

#: Due rungs with their cases, locked; those that somebody is acting on right now are left for the next sweep. The
#: complaint isn't locked: nothing of it changes, and its row may be held by somebody who waits for the case.
_CLAIM = text(
    """
    SELECT r.id, k.complaint_id FROM rungs r JOIN cases k ON k.id = r.case_id
    WHERE r.next_notice_at <= :now AND k.ended_at IS NULL AND r.id <> ALL(CAST(:passing_over AS uuid[]))
      AND (CAST(:only AS uuid) IS NULL OR r.id = CAST(:only AS uuid))
    ORDER BY r.next_notice_at, r.id LIMIT :limit
    FOR NO KEY UPDATE OF k, r SKIP LOCKED
    """
)


@dataclass(frozen=True, slots=True)
class _Due:
    complaint: Complaint
    case: EscalationCase
    rung: Rung


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many rungs it took up, how many it moved, and those that failed, of what."""

    claimed: int
    moved: int
    failed: Mapping[UUID, Exception]


def answer_silence(
    db: WriteSession,
    *,
    now: datetime,
    limit: int = 200,
    passing_over: Collection[UUID] = (),
    only: UUID | None = None,
) -> Swept:
    """Do for each due rung, or for the `only` one, what its silence asks for, except for those passed over.

    A rung climbs one level at most, and the next level gets its full time from now: after a pause everything due is
    caught up in order, level by level. One that fails stays due and leaves no trace; as it is among the longest due,
    whoever sweeps on must pass it over, else enough of them would hold everybody else up. Safe in any number of processes.
    """
    given = {"now": now, "limit": limit, "passing_over": list(passing_over), "only": only}
    claimed = db.execute(_CLAIM, given).all()
    # Two sweeps may hold cases of the same complaints: taking the chains in one order, neither waits for the other in vain.
    in_order = sorted(claimed, key=lambda rung: rung.complaint_id)
    failed = {
        rung.id: failure for rung in in_order if (failure := _failure_of_answering(db, rung.id, now=now)) is not None
    }
    return Swept(claimed=len(claimed), moved=len(claimed) - len(failed), failed=failed)


def _failure_of_answering(db: WriteSession, rung_id: UUID, *, now: datetime) -> Exception | None:
    try:
        with db.begin_nested():
            _answer(db, _load(db, rung_id), now=now)
    except Exception as failure:  # noqa: BLE001 -- given back: whoever sweeps tells it and tries the rung again
        return failure
    return None


def _load(db: WriteSession, rung_id: UUID) -> _Due:
    rung = db.get_one(Rung, rung_id, populate_existing=True)
    case = db.get_one(EscalationCase, rung.case_id, populate_existing=True)
    return _Due(db.get_one(Complaint, case.complaint_id), case, rung)


def _answer(db: WriteSession, due: _Due, *, now: datetime) -> None:
    ladder = policies.stamped(due.case)
    if due.rung.act_due_at is not None:
        _answer_owed(db, due, ladder, due_at=due.rung.act_due_at, now=now)
        return
    if due.rung.owner_user_id is None and _appoint(db, due, ladder, now=now):
        return
    deputy = None if due.rung.owner_user_id is None else queries.deputy_of(db, due.rung.owner_user_id, now=now)
    todo = ladders.next_call(ladder, _silence(due, deputy), now=now)
    match todo.call:
        case Call.RAISE:
            raising.raise_one(db, due.complaint, due.case, now=now, actor=_SWEEP)
        case Call.DEPUTY if deputy is not None:
            _to_deputy(db, due, deputy, todo, now=now)
        case _:
            _repeat(db, due, todo, now=now)


def _answer_owed(db: WriteSession, due: _Due, ladder: Ladder, *, due_at: datetime, now: datetime) -> None:
    """Somebody has it and neither did anything nor ended it."""
    owed = Owed(Level(due.rung.level), Reason(due.case.reason), due_at)
    todo = ladders.next_of_owed(ladder, owed, now=now)
    if todo.call is Call.RAISE:
        raising.raise_one(db, due.complaint, due.case, now=now, actor=_SWEEP, why="unfinished")
        return
    due.rung.next_notice_at = todo.next_notice_at
    notices.remind(db, due.complaint, due.case, due.rung, now=now)
    facts = {"notices": due.rung.notices, "act_due_at": due_at}
    raising.note(db, "escalation.reminded", due.complaint, due.case, due.rung, facts=facts, actor=_SWEEP, now=now)


def _silence(due: _Due, deputy: UUID | None) -> Silence:
    return Silence(
        level=Level(due.rung.level),
        reason=Reason(due.case.reason),
        grade=Grade(due.case.grade),
        opened_at=due.rung.opened_at,
        answer_due_at=due.rung.answer_due_at,
        has_deputy=deputy is not None,
        with_deputy=due.rung.deputy_of_id is not None,
        held=queries.held_for(due.case, due.rung),
    )


def _repeat(db: WriteSession, due: _Due, todo: NextCall, *, now: datetime) -> None:
    due.rung.next_notice_at = todo.next_notice_at
    notices.repeat(db, due.rung, now=now)
    facts = {"notices": due.rung.notices}
    raising.note(db, "escalation.repeated", due.complaint, due.case, due.rung, facts=facts, actor=_SWEEP, now=now)


def _to_deputy(db: WriteSession, due: _Due, deputy: UUID, todo: NextCall, *, now: datetime) -> None:
    silent = due.rung.owner_user_id
    owner = Appointment(deputy, AppointedAs.DEPUTY, deputy_of_id=silent)
    raising.hand_to(db, due.complaint, due.rung, owner, now=now)
    due.rung.next_notice_at = todo.next_notice_at
    raising.note(
        db,
        "escalation.to_deputy",
        due.complaint,
        due.case,
        due.rung,
        facts={"deputy_of": silent},
        actor=_SWEEP,
        now=now,
    )
    notices.tell_owner(db, due.complaint, due.case, due.rung, template="escalation-deputy", now=now)


def _appoint(db: WriteSession, due: _Due, ladder: Ladder, *, now: datetime) -> bool:
    """A rung without an owner looks for one at every turn; whoever is found gets the full time to answer."""
    level = Level(due.rung.level)
    owner = queries.appointed(db, ladder, level, region_code=due.complaint.region_code, now=now)
    if owner is None:
        return False
    rung = raising.stand_on(db, due.complaint, due.case, level, owner=owner, now=now)
    raising.note(db, "escalation.appointed", due.complaint, due.case, rung, facts={}, actor=_SWEEP, now=now)
    notices.tell_owner(db, due.complaint, due.case, rung, template="escalation-opened", now=now)
    return True
