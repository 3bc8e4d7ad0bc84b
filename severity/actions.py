"""Verbs of this package: give a complaint another grade, save a rule book."""

from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import text

import intake.progress
import intake.queries
from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.problems import FieldWrong
from intake.grades import Grade, Graded, GradeFacts, is_raise
from intake.models import Complaint
from severity import grading, queries
from severity.errors import LoweringNotAllowed, PolicyChanged, PolicyUnfit
from severity.grading import History
from severity.models import PolicyKind, PolicyVersion
from severity.policy import GradingPolicy, Policies, ServiceLevels, faults_of_grading, faults_of_levels

#: Who may lower a grade (domain chapter 4 names the dispatcher; those above may do what a dispatcher may).
MAY_LOWER: Final = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD})

_LOCK_VERSIONS: Final = text("LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE")


def regrade(
    db: WriteSession,
    complaint_id: UUID,
    facts: GradeFacts,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    wanted: Grade | None = None,
) -> Graded:
    """Grade a complaint anew by these answers, or to the grade that a person wants, under its own rule book.

    Answers that `facts` leaves open stay as they were given before, and what the system knew at the call (repeat, poor
    feedback) still counts. Raises LoweringNotAllowed for roles that may
    only raise, FieldWrong when a lower or wanted grade has no reason, StepNotAllowed, NotAllowed.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    policies = queries.of_version(db, complaint.grade_policy_version)
    answers = completed(facts, complaint)
    graded = grading.grade(answers, history_of(complaint, policies), policies)
    if wanted is not None:
        graded = grading.by_hand(graded, wanted, policies)
    _permit(complaint, graded, actor=actor, reason=reason)
    intake.progress.regrade(db, complaint, graded, actor=actor, now=now, reason=reason, facts=answers)
    return graded


def save_policy(
    db: WriteSession,
    *,
    grading: GradingPolicy | None = None,
    levels: ServiceLevels | None = None,
    based_on: int,
    valid_from: datetime,
    actor: Actor,
    now: datetime,
) -> Policies:
    """Save the next version of the rule book: the documents given, the others as they were in version `based_on`.

    It counts for calls from `valid_from` on; cases that run keep theirs. Raises PolicyUnfit, PolicyChanged when another
    version was saved since `based_on`, FieldWrong for a time that has passed.
    """
    if valid_from < now:
        raise FieldWrong(field="valid_from", reason="past")
    faults = [*(faults_of_grading(grading) if grading else ()), *(faults_of_levels(levels) if levels else ())]
    if faults:
        raise PolicyUnfit(faults=[(fault.field, fault.reason) for fault in faults])
    db.execute(_LOCK_VERSIONS)  # two savers at once: the second sees the first's version and is told
    latest = queries.latest_version(db)
    if based_on != latest:
        raise PolicyChanged(latest=latest, based_on=based_on)
    before = queries.of_version(db, based_on)
    saved = Policies(version=latest + 1, grading=grading or before.grading, levels=levels or before.levels)
    _write(db, saved, valid_from=valid_from, actor=actor, now=now)
    return saved


def history_of(complaint: Complaint, policies: Policies) -> History:
    """What the system knew when the call was graded, read from the rules that matched then."""
    told = {
        condition.fact
        for rule in policies.grading.rules
        if rule.code in complaint.grade_rules
        for condition in rule.when
    }
    return History(same_fault_recently="same_fault_recently" in told, last_feedback_poor="last_feedback_poor" in told)


def completed(facts: GradeFacts, complaint: Complaint) -> GradeFacts:
    """The new answers over the earlier ones: a question that was answered doesn't become unanswered again."""
    before = msgspec.convert(complaint.grade_facts, GradeFacts)
    given = {name: value for name, value in msgspec.structs.asdict(facts).items() if value is not None}
    return msgspec.structs.replace(before, **given)


def _permit(complaint: Complaint, graded: Graded, *, actor: Actor, reason: str) -> None:
    """Anybody who may grade may raise; lowering needs the role, and it or a choice by hand needs a reason."""
    lowered = is_raise(graded.grade, complaint.grade)
    if lowered and actor.kind is not ActorKind.SYSTEM and actor.role not in MAY_LOWER:
        raise LoweringNotAllowed(grade=complaint.grade, wanted=graded.grade)
    if (lowered or grading.HAND in graded.rules) and not reason.strip():
        raise FieldWrong(field="reason", reason="required")


def _write(db: WriteSession, saved: Policies, *, valid_from: datetime, actor: Actor, now: datetime) -> None:
    """Both documents under one number, and the ledger's entry of each."""
    author_id = actor.id if actor.kind is ActorKind.USER else None
    documents = {PolicyKind.GRADING: saved.grading, PolicyKind.SERVICE_LEVELS: saved.levels}
    for kind, document in documents.items():
        plain = cast("dict[str, object]", msgspec.to_builtins(document))
        row = PolicyVersion(
            id=new_id(),
            kind=kind,
            version=saved.version,
            valid_from=valid_from,
            document=plain,
            author_id=author_id,
            created_at=now,
        )
        db.add(row)
        recording.record(
            db,
            row.id,
            "policy.saved",
            actor=actor,
            now=now,
            kind="policy",
            facts={"policy": kind, "version": saved.version, "valid_from": valid_from, "document": plain},
        )
