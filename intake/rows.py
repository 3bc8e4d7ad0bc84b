"""The rows that a logged call becomes, as JSON: what `logging` hands to the database in one document."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast
from uuid import UUID

import msgspec

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.ledger import chain, recording
from intake import searching
from intake.calls import Call, CallContext, Position
from intake.clocks import Due, How, Kind
from intake.events import DeadlineFired
from intake.grades import Graded
from intake.lifecycle import Stage, Step


def complaint(
    complaint_id: UUID,
    call: Call,
    context: CallContext,
    graded: Graded,
    *,
    actor: Actor,
    position: Position | None,
    now: datetime,
) -> dict[str, object]:
    """The complaint's row without number, region and next deadline."""
    called_at = call.called_at or now
    by_person = actor.kind is ActorKind.USER
    return {
        "id": complaint_id,
        "year": now.year,
        "stage": Stage.GRADED,
        "grade": graded.grade,
        "grade_facts": call.facts,
        "grade_rules": graded.rules,
        "grade_policy_version": graded.policy_version,
        "commitments": {"policy_version": graded.policy_version, "minutes": graded.minutes},
        "called_at": called_at,
        "received_at": now,
        "promise_started_at": called_at,
        "owner_id": actor.id if by_person else None,
        "source": call.source,
        "customer_id": context.customer_id,
        "site_id": context.site_id,
        "equipment_id": context.equipment_id,
        "serial_number_given": call.serial_number,
        "to_be_identified": context.equipment_id is None,
        "address": call.address,
        "latitude": position and position.latitude,
        "longitude": position and position.longitude,
        "datum": position and position.datum,
        "given_latitude": position and position.given_latitude,
        "given_longitude": position and position.given_longitude,
        "position_radius_m": position and position.radius_m,
        "position_source": position and position.source,
        "family": call.family or context.family,
        "language": call.language or context.customer_language or "zh-CN",
        "caller_name": call.caller_name,
        "caller_phone": call.caller_phone,
        "call_back_phone": call.call_back_phone or call.caller_phone,
        "call_back_email": call.call_back_email,
        "signer_name": call.signer_name,
        "access_notes": call.access_notes,
        "sentence": call.sentence,
        "component": call.component,
        "symptom": call.symptom,
        "conditions": call.conditions,
        "asked_for": call.asked_for,
        "injury_or_danger": call.facts.injury_or_danger,
        "version": 1,
        "first_acknowledged_at": now if by_person else None,
        "reopened_count": 0,
        "pauses": [],
    }


def words(complaint_id: UUID, call: Call, context: CallContext) -> dict[str, object]:
    """What the complaint is found by."""
    found = {
        *searching.name_words(call.caller_name),
        *searching.name_words(context.customer_name),
        *searching.phone_words(call.caller_phone),
        *searching.phone_words(call.call_back_phone),
        *searching.serial_words(call.serial_number),
    }
    return {"complaint_id": complaint_id, "search": searching.vector(found)}


_SAID: Final = (
    "caller_name",
    "caller_phone",
    "call_back_phone",
    "call_back_email",
    "signer_name",
    "sentence",
    "address",
)
_TOLD: Final = (
    "source",
    "called_at",
    "region_code",
    "serial_number_given",
    "equipment_id",
    "site_id",
    "customer_id",
    "family",
    "component",
    "symptom",
    "conditions",
    "asked_for",
    "to_be_identified",
    "to_be_placed",
)


@dataclass(frozen=True, slots=True)
class History:
    """The first entries of a complaint's chain: rows of entries, rows of private values, and where the chain ends."""

    entries: list[dict[str, object]]
    private: list[dict[str, object]]
    hash: bytes


def history(
    complaint_id: UUID, complaint: Mapping[str, object], graded: Graded, *, actor: Actor, now: datetime
) -> History:
    """Two entries: the call as it came, and the grade with its reasons. Personal values enter as digests.

    Written without ORM objects, which would cost a fifth of the whole call; the verifier of the ledger reads the stored
    rows and would tell if the two ever differed.
    """
    said = {name: str(complaint[name]) for name in _SAID if complaint[name] is not None}
    if complaint["latitude"] is not None:
        said["position"] = f"{complaint['latitude']},{complaint['longitude']}"
    logged_id = new_id()
    salts = {name: secrets.token_bytes(16) for name in said}
    told = {name: complaint[name] for name in _TOLD if complaint[name] is not None}
    told |= {name: {"digest": chain.digest_of(salts[name], value)} for name, value in said.items()}
    logged, end = recording.entry_row(
        complaint_id, Step.LOG, actor=actor, facts={**told, "to": Stage.LOGGED}, now=now, entry_id=logged_id
    )
    reasons = {
        "grade": graded.grade,
        "rules": graded.rules,
        "policy_version": graded.policy_version,
        "answers": msgspec.to_builtins(complaint["grade_facts"]),
        "from": Stage.LOGGED,
        "to": Stage.GRADED,
    }
    given, end = recording.entry_row(complaint_id, Step.GRADE, actor=actor, facts=reasons, now=now, seq=2, previous=end)
    private: list[dict[str, object]] = [
        {"entry_id": logged_id, "name": name, "salt": recording.as_text(salts[name]), "value": value}
        for name, value in said.items()
    ]
    return History([logged, given], private, end)


def deadline_row(complaint_id: UUID, kind: Kind, due: Due, how: How | None, *, now: datetime) -> dict[str, object]:
    """A deadline, live or already ended by the call itself: one that was missed by then is announced with the call."""
    return {
        "id": new_id(),
        "complaint_id": complaint_id,
        "kind": kind,
        "due_at": due.due_at,
        "opened_at": now,
        "closed_at": now if how else None,
        "closed_how": how,
        "fired_at": now if how is How.MISSED else None,
        "why": due.why,
    }


def missed(complaint_id: UUID, row: Mapping[str, object]) -> DeadlineFired:
    """What is announced of a deadline that was over before the call was logged."""
    due_at = cast("datetime", row["due_at"])
    return DeadlineFired(
        subject_id=complaint_id,
        deadline_kind=str(row["kind"]),
        deadline_id=cast("UUID", row["id"]),
        due_at=due_at.astimezone(UTC).isoformat(timespec="microseconds"),
    )
