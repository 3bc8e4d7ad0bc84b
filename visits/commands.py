"""Taking a phone's commands: each has one effect however often it is sent, and each gets an answer.

The technician is checked against the job itself and not against the present scope: whoever lost a job while away must
still be able to hand in what they did. So commands are judged with the system's eyes, and only for one's own jobs.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

import intake.queries
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.database.widening import seeing_everything
from foundation.ledger import recording
from foundation.ledger.chain import Facts, canonical, plain
from foundation.problems import Problem
from intake.lifecycle import Stage, allowed
from visits import actions, annulment, queries, reconciling, skew
from visits.actions import Task
from visits.errors import CommandReused
from visits.models import PhoneCommand
from visits.phone import Answer, AnyCommand
from visits.reconciling import Kind, Outcome, Situation, Verdict


def apply_all(db: WriteSession, batch: Sequence[AnyCommand], *, actor: Actor, now: datetime) -> list[Answer]:
    """Apply a batch: per job in the order of the phone's sequence; answers in the order of the batch.

    A command that is wrong in itself is answered `rejected` and undone alone; later ones of the same job are then
    `waiting`, because order matters. Locks complaints in the order of their ids.
    """
    with seeing_everything(db):
        complaints = queries.complaints_of(db, [command.assignment_id for command in batch])
        ordered = sorted(
            batch, key=lambda command: (str(complaints.get(command.assignment_id, "")), command.sequence, command.id)
        )
        answers: dict[UUID, Answer] = {}
        stuck: set[UUID] = set()
        for command in ordered:
            if command.assignment_id in stuck:
                answer = Answer(id=command.id, outcome=Outcome.WAITING, reason="earlier-rejected")
            else:
                answer = _apply_alone(db, command, actor=actor, now=now)
            if answer.outcome == Outcome.REJECTED:
                stuck.add(command.assignment_id)
            answers[command.id] = answer
    return [answers[command.id] for command in batch]


def apply(db: WriteSession, command: AnyCommand, *, actor: Actor, now: datetime) -> Answer:
    """Apply one command, or give the answer it got the first time.

    Raises NotAllowed for somebody else's job, CommandReused for an id used with another body, and what the verbs raise.
    """
    with seeing_everything(db):
        return _apply(db, command, actor=actor, now=now)


def _apply_alone(db: WriteSession, command: AnyCommand, *, actor: Actor, now: datetime) -> Answer:
    """Apply a command in its own savepoint; a Problem becomes its answer and leaves nothing behind."""
    try:
        with db.begin_nested():
            return _apply(db, command, actor=actor, now=now)
    except Problem as problem:
        facts = cast("dict[str, object]", plain(problem.facts))
        return Answer(id=command.id, outcome=Outcome.REJECTED, reason=problem.code, facts=facts)


def _apply(db: WriteSession, command: AnyCommand, *, actor: Actor, now: datetime) -> Answer:
    assignment, technician = queries.own_assignment(db, command.assignment_id, actor=actor)
    complaint = intake.queries.for_change(db, assignment.complaint_id)
    db.refresh(assignment)  # it may have ended while we waited for the lock
    body = cast("dict[str, object]", msgspec.to_builtins(command))
    digest = hashlib.sha256(canonical(body)).hexdigest()
    known = db.get(PhoneCommand, command.id)
    if known is not None:
        return _again(known, digest)
    at = skew.corrected(command.done_at, skew_s=command.skew_s, received_at=now, not_before=assignment.accepted_at)
    task = Task(complaint, assignment, technician, actor, at, now)
    kind = Kind(str(body["kind"]))
    situation = Situation(
        stage=Stage(complaint.stage),
        crew_role=assignment.crew_role,
        ended_at=assignment.ended_at,
        ended_how=assignment.ended_how,
        held_by_other=queries.held_by_other(db, assignment),
    )
    verdict = reconciling.judged(kind, situation)
    facts = _carry_out(db, task, command, verdict)
    answer = Answer(
        id=command.id, outcome=verdict.outcome, reason=verdict.reason, stage=complaint.stage,
        allowed=[step.value for step in allowed(complaint.stage)], counted_at=at.at, flags=list(at.flags),
        facts=cast("dict[str, object]", plain(facts)),
    )  # fmt: skip
    db.add(_row(command, body, digest, task=task, kind=kind, answer=answer))
    db.flush()  # two phones with one id meet here, not at the commit
    return answer


def _carry_out(db: WriteSession, task: Task, command: AnyCommand, verdict: Verdict) -> Facts:
    """Apply the command, or keep it as evidence beside the case when it came too late."""
    if verdict.outcome is Outcome.APPLIED:
        with annulment.watched(db, task.complaint, at=task.at.at, now=task.now):
            return actions.act(db, task, command, step=verdict.step)
    told = {
        "outcome": verdict.outcome, "reason": verdict.reason, "stage": task.complaint.stage,
        "said": msgspec.structs.replace(command, position=None),
        **actions.trace(command, task.at, assignment_id=task.assignment.id),
    }  # fmt: skip
    told["said"] = msgspec.to_builtins(told["said"])
    recording.record(
        db, task.complaint.id, reconciling.KEPT[verdict.outcome], actor=task.actor, facts=told, now=task.now,
        done_at=task.at.at, private=actions.private(command),
    )  # fmt: skip
    return {}


def _again(known: PhoneCommand, digest: str) -> Answer:
    if known.body_sha256 != digest:
        raise CommandReused(command=known.id)
    answer = msgspec.convert(known.answer, Answer)
    return msgspec.structs.replace(answer, replayed=True)


def _row(
    command: AnyCommand, body: dict[str, object], digest: str, *, task: Task, kind: Kind, answer: Answer
) -> PhoneCommand:
    # The position is kept in its own column, from which it is deleted after 30 days, and nowhere else in clear.
    position = body.pop("position", None)
    return PhoneCommand(
        id=command.id, technician_id=task.technician.id, assignment_id=task.assignment.id,
        complaint_id=task.complaint.id, kind=kind, sequence=command.sequence, done_at=command.done_at,
        counted_at=task.at.at, received_at=task.now, skew_s=command.skew_s,
        position=cast("dict[str, object] | None", position), body=body, body_sha256=digest, outcome=answer.outcome,
        answer=cast("dict[str, object]", msgspec.to_builtins(answer)),
    )  # fmt: skip
