"""The rows that a logged call becomes, as JSON: what `logging` hands to the database in one document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.ledger import recording
from foundation.ledger.models import LedgerEntry, PrivateFact
from intake import searching
from intake.calls import Call, CallContext, Position
from intake.clocks import Due, How, Kind
from intake.events import ComplaintLogged
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
        "search": searching.vector(_words(call, context)),
    }


def _words(call: Call, context: CallContext) -> set[str]:
    """What the complaint is found by."""
    return {
        *searching.name_words(call.caller_name),
        *searching.name_words(context.customer_name),
        *searching.phone_words(call.caller_phone),
        *searching.phone_words(call.call_back_phone),
        *searching.serial_words(call.serial_number),
    }


_SAID: Final = ("caller_name", "caller_phone", "call_back_phone", "signer_name", "sentence", "address")
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


def entries(
    complaint_id: UUID, complaint: Mapping[str, object], graded: Graded, *, actor: Actor, now: datetime
) -> tuple[list[LedgerEntry], list[PrivateFact]]:
    """Two entries: the call as it came, and the grade with its reasons. Personal values enter as digests."""
    private = {name: str(complaint[name]) for name in _SAID if complaint[name] is not None}
    if complaint["latitude"] is not None:
        private["position"] = f"{complaint['latitude']},{complaint['longitude']}"
    told = {name: complaint[name] for name in _TOLD if complaint[name] is not None}
    logged, hidden = recording.compose(
        complaint_id,
        Step.LOG,
        actor=actor,
        facts={**told, "to": Stage.LOGGED},
        now=now,
        kind="complaint",
        private=private,
    )
    answers = msgspec.to_builtins(complaint["grade_facts"])
    step, _ = recording.compose(
        complaint_id,
        Step.GRADE,
        actor=actor,
        now=now,
        kind="complaint",
        seq=2,
        previous=logged.hash,
        facts={
            "grade": graded.grade,
            "rules": graded.rules,
            "policy_version": graded.policy_version,
            "answers": answers,
            "from": Stage.LOGGED,
            "to": Stage.GRADED,
        },
    )
    return [logged, step], hidden


def deadline_row(complaint_id: UUID, kind: Kind, due: Due, how: How | None, *, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "complaint_id": complaint_id,
        "kind": kind,
        "due_at": due.due_at,
        "opened_at": now,
        "closed_at": now if how else None,
        "closed_how": how,
        "why": due.why,
    }


def entry_row(entry: LedgerEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "subject_id": entry.subject_id,
        "subject_kind": entry.subject_kind,
        "seq": entry.seq,
        "step": entry.step,
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor_label": entry.actor_label,
        "facts": entry.facts,
        "done_at": entry.done_at,
        "recorded_at": entry.recorded_at,
        "previous_hash": as_text(entry.previous_hash),
        "hash": as_text(entry.hash),
    }


def private_row(fact: PrivateFact) -> dict[str, object]:
    return {"entry_id": fact.entry_id, "name": fact.name, "salt": as_text(fact.salt), "value": fact.value}


def announcement_row(event: ComplaintLogged, *, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "kind": event.kind,
        "subject_id": event.subject_id,
        "payload": msgspec.to_builtins(event),
        "announced_at": now,
    }


def as_text(value: bytes) -> str:
    """Bytes as PostgreSQL reads them from text."""
    return "\\x" + value.hex()
