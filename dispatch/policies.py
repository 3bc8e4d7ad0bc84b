"""Versions of the numbers by which dispatch decides: the one in force, the one of a search, saving another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text

from dispatch.errors import DispatchPolicyChanged, DispatchPolicyUnfit
from dispatch.models import Assignment, DispatchPolicy, Offer, Round
from dispatch.policy import Numbers, Policy, faults, numbered
from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.problems import FieldWrong, NotFound

#: Read versions by the id of their row. Rows never change, so neither does an entry; a handful exist at most.
_READ: Final[dict[UUID, Policy]] = {}
_LOCK: Final = text("LOCK TABLE dispatch_policies IN SHARE ROW EXCLUSIVE MODE")


def by_id(look: ReadSession, policy_id: UUID) -> Policy:
    """The policy of this row, from memory if it was read before."""
    if policy_id not in _READ:
        row = look.get_one(DispatchPolicy, policy_id)
        _READ[policy_id] = numbered(msgspec.convert(row.document, Numbers), row.version)
    return _READ[policy_id]


def in_force(look: ReadSession, *, now: datetime) -> Policy:
    """The policy that a search begun now would follow: the latest version whose time has come."""
    query = select(DispatchPolicy.id).where(DispatchPolicy.valid_from <= now)
    return by_id(look, look.scalars(query.order_by(DispatchPolicy.version.desc()).limit(1)).one())


def of_version(look: ReadSession, version: int) -> Policy:
    """The policy of this version, as stamped on a decision. Raises NotFound."""
    found = look.scalar(select(DispatchPolicy.id).where(DispatchPolicy.version == version))
    if found is None:
        raise NotFound(version=version)
    return by_id(look, found)


def of_case(look: ReadSession, complaint_id: UUID, *, now: datetime) -> Policy:
    """The policy by which somebody is sought for this complaint: that of its open search, else the one in force."""
    query = select(Round.policy_id).where(Round.complaint_id == complaint_id, Round.closed_at.is_(None))
    found = look.scalars(query.order_by(Round.id.desc()).limit(1)).one_or_none()
    return by_id(look, found) if found is not None else in_force(look, now=now)


def of_offer(look: ReadSession, offer_id: UUID) -> Policy:
    """The policy of the search in which the offer was made."""
    query = select(Round.policy_id).join(Offer, Offer.round_id == Round.id).where(Offer.id == offer_id)
    return by_id(look, look.scalars(query).one())


def of_work(look: ReadSession, assignment: Assignment) -> Policy:
    """The policy of the search that found whoever does this work."""
    return of_offer(look, assignment.offer_id)


def versions(look: ReadSession) -> Sequence[DispatchPolicy]:
    """Every version ever saved, the latest first."""
    return look.scalars(select(DispatchPolicy).order_by(DispatchPolicy.version.desc())).all()


def save(
    db: WriteSession, numbers: Numbers, *, based_on: int, valid_from: datetime, actor: Actor, now: datetime
) -> Policy:
    """Save the next version; searches that begin from `valid_from` on follow it, those that run keep theirs.

    Raises DispatchPolicyUnfit, DispatchPolicyChanged when another version was saved since `based_on`, FieldWrong for a
    time that has passed.
    """
    if valid_from < now:
        raise FieldWrong(field="valid_from", reason="past")
    if found := faults(numbers):
        raise DispatchPolicyUnfit(faults=[(fault.field, fault.reason) for fault in found])
    db.execute(_LOCK)  # two savers at once: the second sees the first's version and is told
    latest = db.scalars(select(func.max(DispatchPolicy.version))).one() or 0
    if based_on != latest:
        raise DispatchPolicyChanged(latest=latest, based_on=based_on)
    document = cast("dict[str, object]", msgspec.to_builtins(numbers))
    row = DispatchPolicy(
        id=new_id(), version=latest + 1, valid_from=valid_from, document=document, created_at=now,
        author_id=actor.id if actor.kind is ActorKind.USER else None,
    )  # fmt: skip
    db.add(row)
    facts = {"policy": "dispatch", "version": row.version, "valid_from": valid_from, "document": document}
    recording.record(db, row.id, "policy.saved", actor=actor, now=now, kind="policy", facts=facts)
    return numbered(numbers, row.version)
