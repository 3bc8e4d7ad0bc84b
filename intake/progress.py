"""Moving a complaint along: the only place that changes a stage, and with it deadlines, ledger and who hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm.attributes import set_committed_value

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from foundation.problems import NotAllowed
from intake import clocks, deadlines, lifecycle, tasks
from intake.clocks import How, Kind
from intake.errors import EvidenceMissing, ReopenTooLate
from intake.events import ComplaintMoved, ComplaintRegraded
from intake.grades import Graded, GradeFacts, is_raise
from intake.lifecycle import Move, Stage, Step
from intake.models import Complaint

_NO_FACTS: Final[Facts] = {}


def advance(
    db: WriteSession,
    complaint: Complaint,
    step: Step,
    *,
    actor: Actor,
    now: datetime,
    facts: Facts | None = None,
    done_at: datetime | None = None,
    private: Mapping[str, str | None] | None = None,
) -> None:
    """Take `step`: new stage, ledger entry, deadlines of the new stage, announcement; all in this transaction.

    `complaint` must be locked (`queries.for_change`). `done_at` is the phone's corrected time: a deadline is kept if
    the step was done in time. `facts` must hold what `lifecycle.TABLE` says the step needs (SUSPEND: `resume_at` as an
    aware datetime). `private` values (names, phones, positions) enter the ledger as digests. Raises StepNotAllowed,
    EvidenceMissing, ReopenTooLate, NotAllowed.
    """
    given = facts or _NO_FACTS
    move = lifecycle.move_for(complaint.stage, step)
    _permit(move, actor=actor)
    _demand(move, given)
    at = min(done_at, now) if done_at else now
    if step is Step.REOPEN:
        _reopenable(complaint, at=at)
    was = complaint.stage
    complaint.stage = lifecycle.after(complaint.stage, step)
    _stamp(complaint, step, at=at, actor=actor, facts=given)
    complaint.version += 1
    recording.record(
        db,
        complaint.id,
        step,
        actor=actor,
        facts={**given, "from": was, "to": complaint.stage},
        now=now,
        done_at=done_at,
        private=private,
    )
    deadlines.settle(db, complaint, at=at, now=now, resume_at=_resume_at(given))
    if not lifecycle.is_open(complaint.stage):
        tasks.close(db, complaint, now=now)
    announce(db, ComplaintMoved(subject_id=complaint.id, stage=complaint.stage, step=step), now=now)


@dataclass(frozen=True, slots=True)
class Decided:
    """A step that isn't written yet: columns of the complaint, what the entry says, what is announced."""

    step: Step
    changed: Mapping[str, object]
    facts: Facts
    event: ComplaintMoved


def decided(complaint: Complaint, step: Step, *, actor: Actor, facts: Facts, by_search: bool = False) -> Decided:
    """`advance` for a hot path of the system's own, which writes the step with everything else in one statement.

    Only for steps after which the same deadlines are due as before: ValueError for any other, and for a person's step,
    which acknowledges the complaint. Raises StepNotAllowed, EvidenceMissing.
    """
    move = lifecycle.move_for(complaint.stage, step)
    _demand(move, facts)
    was, stage = Stage(complaint.stage), lifecycle.after(complaint.stage, step)
    due, due_before = (clocks.due_kinds(each, acknowledged=True) for each in (stage, was))
    if actor.kind is not ActorKind.SYSTEM or due != due_before:
        message = f"{step} by {actor.kind} changes more than the stage"
        raise ValueError(message)
    return Decided(
        step=step,
        changed={"stage": stage, "version": complaint.version + 1},
        facts={**facts, "from": was, "to": stage},
        event=ComplaintMoved(subject_id=complaint.id, stage=stage, step=step, by_search=by_search),
    )


def adopt(complaint: Complaint, changed: Mapping[str, object]) -> None:
    """The complaint in memory becomes what a statement has made of its row; nothing more is written."""
    for name, value in changed.items():
        set_committed_value(complaint, name, value)


def regrade(
    db: WriteSession,
    complaint: Complaint,
    graded: Graded,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    facts: GradeFacts | None = None,
) -> None:
    """Give the complaint another grade with its reasons; deadlines are recomputed from the same starts.

    A live deadline never moves later when the grade is raised. Who may lower a grade is `severity`'s rule. Raises
    StepNotAllowed once nothing is due any more.
    """
    move = lifecycle.move_for(complaint.stage, Step.GRADE)
    _permit(move, actor=actor)
    was, stage = complaint.grade, complaint.stage
    complaint.stage = lifecycle.after(complaint.stage, Step.GRADE)
    complaint.grade = graded.grade
    complaint.grade_rules = list(graded.rules)
    complaint.grade_policy_version = graded.policy_version
    complaint.commitments = {"policy_version": graded.policy_version, "minutes": dict(graded.minutes)}
    if facts is not None:
        complaint.grade_facts = deadlines.as_json(facts)
        complaint.injury_or_danger = facts.injury_or_danger
    complaint.version += 1
    recording.record(
        db,
        complaint.id,
        Step.GRADE,
        actor=actor,
        now=now,
        facts={
            "grade": graded.grade,
            "was": was,
            "rules": graded.rules,
            "policy_version": graded.policy_version,
            "answers": complaint.grade_facts,
            "reason": reason,
            "from": stage,
            "to": complaint.stage,
        },
    )
    deadlines.regrade(db, complaint, graded, raised=is_raise(was, graded.grade), now=now)
    announce(db, ComplaintRegraded(subject_id=complaint.id, grade=graded.grade, was=was), now=now)


def open_deadline(
    db: WriteSession, complaint: Complaint, kind: Kind, *, due_at: datetime, why: Facts, now: datetime
) -> None:
    """Open a deadline that doesn't follow from the stage (`latest_departure`); replaces a live one of its kind."""
    close_deadline(db, complaint, kind, how=How.VOID, now=now)
    deadlines.write(db, complaint, opening={kind: clocks.Due(due_at, why)}, closing={}, now=now)


def close_deadline(db: WriteSession, complaint: Complaint, kind: Kind, *, how: How, now: datetime) -> None:
    """End the live deadline of this kind, if there is one."""
    live = deadlines.live(db, complaint.id)
    if kind in live:
        deadlines.write(db, complaint, opening={}, closing={kind: how}, now=now)


def note_feedback(complaint: Complaint, *, poor: bool) -> None:
    """Remember whether the last feedback was poor or refused: the next complaint about the unit is graded by it."""
    complaint.feedback_poor = poor


def _permit(move: Move, *, actor: Actor) -> None:
    """Which role may take the step. A route's permission is asked before; this is the table's own word."""
    if actor.kind is ActorKind.SYSTEM or (actor.kind is ActorKind.CUSTOMER and move.customers):
        return
    if actor.kind is ActorKind.USER and actor.role in move.roles:
        return
    raise NotAllowed(step=move.step)


def _demand(move: Move, facts: Facts) -> None:
    missing = [name for name in move.needs if facts.get(name) is None or facts.get(name) == ""]
    if missing:
        raise EvidenceMissing(step=move.step, missing=missing)


def _reopenable(complaint: Complaint, *, at: datetime) -> None:
    closed_at = complaint.closed_at
    if closed_at is not None and (at - closed_at).days >= lifecycle.REOPEN_DAYS:
        raise ReopenTooLate(number=complaint.number, closed_at=closed_at, days=lifecycle.REOPEN_DAYS)


def _resume_at(facts: Facts) -> datetime | None:
    at = facts.get("resume_at")
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return at if isinstance(at, datetime) else None


def _stamp(complaint: Complaint, step: Step, *, at: datetime, actor: Actor, facts: Facts) -> None:
    """The times that a step leaves on the complaint."""
    if complaint.first_acknowledged_at is None and actor.kind is ActorKind.USER:
        complaint.first_acknowledged_at = at  # A person has seen it, whatever they did with it.
    if complaint.pauses and complaint.pauses[-1][1] is None:
        complaint.pauses = [*complaint.pauses[:-1], [complaint.pauses[-1][0], at.isoformat()]]
    match step:
        case Step.SUSPEND:
            complaint.pauses = [*complaint.pauses, [at.isoformat(), None]]
        case Step.ARRIVE:
            complaint.first_arrived_at = complaint.first_arrived_at or at
        case Step.FINISH:
            complaint.repaired_at = at
        case Step.CONFIRM:
            complaint.confirmed_at = at
        case Step.REOPEN:
            _start_again(complaint, at=at)
        case Step.CLOSE | Step.REROUTE | Step.MERGE | Step.WITHDRAW:
            complaint.closed_at = at
            complaint.closed_how = str(facts.get("closed_how", Stage(complaint.stage).value))
        case _:
            pass


def _start_again(complaint: Complaint, *, at: datetime) -> None:
    """A reopened complaint gets its promises anew from the reopening."""
    complaint.reopened_count += 1
    complaint.promise_started_at = at
    complaint.first_arrived_at = complaint.repaired_at = complaint.confirmed_at = None
    complaint.closed_at = complaint.closed_how = None
    complaint.pauses = []
