"""The four policies that are kept in versions, each by the actions and permissions of its package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import msgspec

import dispatch.permissions
import dispatch.policies
import dispatch.policy
import escalation.ladder
import escalation.permissions
import escalation.policies
import severity.actions
import severity.permissions
import severity.policy
import severity.queries
from dispatch.policy import Numbers
from escalation.ladder import Ladder
from foundation.accounts.roles import Actor, Permission
from foundation.database.session import ReadSession, WriteSession
from severity.models import PolicyKind
from severity.policy import GradingPolicy, ServiceLevels
from web import forms

Document = dict[str, object]

#: The policy whose draft is tried on calls; the others' are rehearsed.
GRADING: Final = "grading"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: from when it counts (None: from the beginning)."""

    number: int
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a draft: the path of the field, and the code of its words."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Saving:
    """A draft to be saved as the next version."""

    document: Document
    based_on: int
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One policy; its words are `policy.<name>`."""

    name: str
    see: Permission
    save: Permission
    #: The version in force, and its document.
    in_force: Callable[[ReadSession, datetime], tuple[int, Document]]
    versions: Callable[[ReadSession], Sequence[Version]]
    faults: Callable[[Document], Sequence[Fault]]
    #: Saves the next version. Raises what the package's own action raises.
    keep: Callable[[WriteSession, Saving, Actor, datetime], None]


def _plain(value: object) -> Document:
    return cast("Document", msgspec.to_builtins(value))


def _plain_grading(policy: GradingPolicy) -> Document:
    """The rules with every field, also those that say nothing: a form shows what could be said."""
    rules = [
        {
            "code": rule.code, "at_least": rule.at_least or "", "one_up": rule.one_up,
            "unknown_counts": rule.unknown_counts, "title_en": rule.title_en or "", "title_zh": rule.title_zh or "",
            "when": [msgspec.to_builtins(condition) for condition in rule.when],
        }
        for rule in policy.rules
    ]  # fmt: skip
    return {"rules": rules, "otherwise": policy.otherwise}


def grading_of(document: Document) -> GradingPolicy:
    """The rules that a draft means."""
    return forms.converted(document, GradingPolicy)


def levels_of(document: Document) -> ServiceLevels:
    """The promises that a draft means."""
    return forms.converted(document, ServiceLevels)


def numbers_of(document: Document) -> Numbers:
    """The numbers of dispatch that a draft means."""
    return forms.converted(document, Numbers)


def ladder_of(document: Document) -> Ladder:
    """The ladder that a draft means; its number is given when it is saved."""
    return forms.converted({**document, "version": 0}, Ladder)


def _ladder_document(ladder: Ladder) -> Document:
    return {name: value for name, value in escalation.policies.document(ladder).items() if name != "version"}


def _rule_books(look: ReadSession) -> Sequence[Version]:
    return [Version(row.version, row.valid_from) for row in severity.queries.versions(look, PolicyKind.GRADING)]


def _ladders(look: ReadSession) -> Sequence[Version]:
    return [Version(row.version, row.valid_from) for row in escalation.policies.history(look)]


def _save_grading(db: WriteSession, saving: Saving, actor: Actor, now: datetime) -> None:
    severity.actions.save_policy(
        db, grading=grading_of(saving.document), based_on=saving.based_on, valid_from=saving.valid_from, actor=actor,
        now=now,
    )  # fmt: skip


def _save_levels(db: WriteSession, saving: Saving, actor: Actor, now: datetime) -> None:
    severity.actions.save_policy(
        db, levels=levels_of(saving.document), based_on=saving.based_on, valid_from=saving.valid_from, actor=actor,
        now=now,
    )  # fmt: skip


def _save_numbers(db: WriteSession, saving: Saving, actor: Actor, now: datetime) -> None:
    dispatch.policies.save(
        db, numbers_of(saving.document), based_on=saving.based_on, valid_from=saving.valid_from, actor=actor, now=now
    )


def _save_ladder(db: WriteSession, saving: Saving, actor: Actor, now: datetime) -> None:
    escalation.policies.save(
        db, ladder_of(saving.document), based_on=saving.based_on, valid_from=saving.valid_from, actor=actor, now=now
    )


def _rule_book(look: ReadSession, now: datetime) -> severity.policy.Policies:
    return severity.queries.in_force(look, now=now)


def _dispatch_now(look: ReadSession, now: datetime) -> tuple[int, Document]:
    found = dispatch.policies.in_force(look, now=now)
    return found.version, _plain(dispatch.policy.numbers_of(found))


def _ladder_now(look: ReadSession, now: datetime) -> tuple[int, Document]:
    found = escalation.policies.in_force(look, now=now)
    return found.version, _ladder_document(found)


#: Codes of `escalation.ladder.faults` whose words say what is wrong.
LADDER_FAULTS: Final = frozenset(
    {"level-missing", "level-twice", "reason-missing", "path-not-rising", "answer-time", "act-time", "shares", "counts"}
)


def _ladder_faults(document: Document) -> Sequence[Fault]:
    found = (each.partition(":") for each in escalation.ladder.faults(ladder_of(document)))
    return [Fault(about, f"ladder-fault.{code}") for code, _, about in found if code in LADDER_FAULTS]


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "service-levels", severity.permissions.SEE_POLICIES, severity.permissions.SAVE_POLICIES,
            lambda look, now: (_rule_book(look, now).version, _plain(_rule_book(look, now).levels)), _rule_books,
            lambda document: [
                Fault(fault.field, f"policy-fault.{fault.reason}")
                for fault in severity.policy.faults_of_levels(levels_of(document))
            ],
            _save_levels,
        ),
        Kind(
            GRADING, severity.permissions.SEE_POLICIES, severity.permissions.SAVE_POLICIES,
            lambda look, now: (_rule_book(look, now).version, _plain_grading(_rule_book(look, now).grading)), _rule_books,
            lambda document: [
                Fault(fault.field, f"policy-fault.{fault.reason}")
                for fault in severity.policy.faults_of_grading(grading_of(document))
            ],
            _save_grading,
        ),
        Kind(
            "ladder", escalation.permissions.LADDER_LOOK, escalation.permissions.LADDER_SAVE, _ladder_now, _ladders,
            _ladder_faults, _save_ladder,
        ),
        Kind(
            "dispatch", dispatch.permissions.SEE_POLICY, dispatch.permissions.SAVE_POLICY, _dispatch_now,
            lambda look: [Version(row.version, row.valid_from) for row in dispatch.policies.versions(look)],
            lambda document: [
                Fault(fault.field, f"dispatch-fault.{fault.reason}")
                for fault in dispatch.policy.faults(numbers_of(document))
            ],
            _save_numbers,
        ),
    )
}  # fmt: skip
