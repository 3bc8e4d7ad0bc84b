"""Wire shapes of intake: what may be sent, what is answered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.wire import AwareTime, Code, Email, Latitude, Line, Longitude, Phone, Text, Wire
from intake import boards, calls, links
from intake.calls import Call, Earlier, TakenCall
from intake.corrections import Correction
from intake.grades import GradeFacts
from intake.lifecycle import allowed
from intake.models import Complaint, Deadline, HandOver
from intake.queries import Entry

DatumWord: TypeAlias = Literal["wgs84", "gcj02", "bd09"]
LanguageWord: TypeAlias = Literal["zh-CN", "en"]
Sentence: TypeAlias = Annotated[Text, Meta(min_length=1)]
#: Metres; a position vaguer than a thousand kilometres is none.
Radius: TypeAlias = Annotated[float, Meta(gt=0, le=1_000_000)]
Secret: TypeAlias = Annotated[str, Meta(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_\-]+$")]


class CallIn(Wire, frozen=True, kw_only=True):
    """A call. A phone number and a sentence are enough; everything else can be added while help is on its way."""

    caller_phone: Phone
    sentence: Sentence
    called_at: AwareTime | None = None
    source: Literal["phone", "api", "web", "gateway"] = "phone"
    caller_name: Line | None = None
    call_back_phone: Phone | None = None
    call_back_email: Email | None = None
    signer_name: Line | None = None
    access_notes: Text | None = None
    serial_number: Line | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    region_code: Code | None = None
    address: Line | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    datum: DatumWord = "wgs84"
    position_radius_m: Radius | None = None
    family: Line | None = None
    component: Line | None = None
    symptom: Line | None = None
    conditions: Text | None = None
    asked_for: Text | None = None
    language: LanguageWord | None = None
    facts: GradeFacts = msgspec.field(default_factory=GradeFacts)

    def call(self) -> Call:
        """The call as the domain takes it."""
        return Call(**{name: getattr(self, name) for name in self.__struct_fields__})


class CommitmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A promise with its due time."""

    kind: str
    due_at: datetime
    minutes: int


class LikelyOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who would probably come, and when."""

    technician: str
    arrive_at: datetime
    travel_min: float
    distance_km: float


class EarlierOut(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier complaint: the same unit, or the same caller."""

    number: str
    stage: str
    grade: str
    called_at: datetime
    component: str | None
    symptom: str | None
    same_unit: bool


class CallAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller can be told at once."""

    number: str
    id: UUID
    stage: str
    grade: str
    rules: Sequence[str]
    asked_again: Sequence[str]
    region_code: str
    commitments: Sequence[CommitmentOut]
    likely: Sequence[LikelyOut]
    duplicates: Sequence[EarlierOut]
    #: Path of the customer's page; its last part is the secret.
    customer_link: str
    to_complete: Sequence[str]


def call_answer(taken: TakenCall) -> CallAnswer:
    """The whole answer to a call."""
    logged, graded = taken.logged, taken.graded
    return CallAnswer(
        number=logged.number,
        id=logged.id,
        stage=logged.stage,
        grade=graded.grade,
        rules=graded.rules,
        asked_again=graded.asked_again,
        region_code=logged.region_code,
        commitments=[CommitmentOut(kind=c.kind, due_at=c.due_at, minutes=c.minutes) for c in logged.commitments],
        likely=[
            LikelyOut(
                technician=one.technician,
                arrive_at=one.arrive_at,
                travel_min=round(one.travel_min, 1),
                distance_km=round(one.distance_km, 1),
            )
            for one in taken.likely
        ],
        duplicates=[earlier_out(one) for one in taken.context.duplicates],
        customer_link=link_path(logged.link_token),
        to_complete=logged.to_complete,
    )


def link_path(token: str) -> str:
    """Where a customer goes with their secret."""
    return links.path_of(token)


def earlier_out(one: Earlier) -> EarlierOut:
    """An earlier complaint as it is shown."""
    return EarlierOut(
        number=one.number,
        stage=one.stage,
        grade=one.grade,
        called_at=one.called_at,
        component=one.component,
        symptom=one.symptom,
        same_unit=one.same_unit,
    )


class ContextOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is known while the caller still speaks."""

    equipment_known: bool
    family: str | None
    model: str | None
    warranty_until: date | None
    site_id: UUID | None
    site_address: str | None
    customer_id: UUID | None
    customer_name: str | None
    region_code: str | None
    last_feedback_poor: bool
    earlier: Sequence[EarlierOut]


def context_for(context: calls.CallContext, actor: Actor) -> calls.CallContext:
    """The context as this reader may know it: people hear of every region's units, another system of its own regions'."""
    if actor.kind is ActorKind.TOKEN and actor.regions is not None:
        return context.within(actor.regions)
    return context


def context_out(context: calls.CallContext) -> ContextOut:
    """The context as it is shown."""
    return ContextOut(
        equipment_known=context.equipment_id is not None,
        family=context.family,
        model=context.model,
        warranty_until=context.warranty_until,
        site_id=context.site_id,
        site_address=context.site_address,
        customer_id=context.customer_id,
        customer_name=context.customer_name,
        region_code=context.region_code,
        last_feedback_poor=context.last_feedback_poor,
        earlier=[earlier_out(one) for one in context.earlier],
    )


class LineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint in a list."""

    number: str
    stage: str
    grade: str
    region_code: str
    called_at: datetime
    next_due_at: datetime | None
    next_due_kind: str | None
    overdue: bool
    customer_name: str | None
    site_name: str | None
    address: str | None
    serial_number: str | None
    family: str | None
    model: str | None
    component: str | None
    sentence: str
    caller_name: str | None
    injury_or_danger: bool
    to_be_identified: bool
    to_be_placed: bool
    acknowledged: bool
    reopened_count: int


def line_out(line: boards.Line, *, now: datetime, personal: bool) -> LineOut:
    """A line of a list; the caller's name only for who may see it."""
    return LineOut(
        overdue=line.next_due_at is not None and line.next_due_at < now,
        caller_name=line.caller_name if personal else None,
        **{name: getattr(line, name) for name in LineOut.__struct_fields__ if name not in {"overdue", "caller_name"}},
    )


class DeadlineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline with its arithmetic."""

    kind: str
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    closed_how: str | None
    fired_at: datetime | None
    why: Mapping[str, object]


def deadline_out(deadline: Deadline) -> DeadlineOut:
    """A deadline as it is shown."""
    return DeadlineOut(**{name: getattr(deadline, name) for name in DeadlineOut.__struct_fields__})


class ComplaintOut(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint in full. Personal values are null for who may not see them."""

    id: UUID
    number: str
    region_code: str
    stage: str
    allowed: Sequence[str]
    grade: str
    grade_rules: Sequence[str]
    grade_facts: Mapping[str, object]
    grade_policy_version: int
    called_at: datetime
    received_at: datetime
    source: str
    customer_id: UUID | None
    site_id: UUID | None
    equipment_id: UUID | None
    serial_number_given: str | None
    to_be_identified: bool
    to_be_placed: bool
    address: str | None
    latitude: float | None
    longitude: float | None
    position_radius_m: float | None
    position_source: str | None
    family: str | None
    language: str
    caller_name: str | None
    caller_phone: str | None
    call_back_phone: str | None
    call_back_email: str | None
    signer_name: str | None
    access_notes: str | None
    sentence: str
    component: str | None
    symptom: str | None
    conditions: str | None
    asked_for: str | None
    injury_or_danger: bool
    version: int
    first_acknowledged_at: datetime | None
    first_arrived_at: datetime | None
    repaired_at: datetime | None
    confirmed_at: datetime | None
    closed_at: datetime | None
    closed_how: str | None
    reopened_count: int
    deadlines: Sequence[DeadlineOut]


_PERSONAL = frozenset(
    {"caller_name", "caller_phone", "call_back_phone", "call_back_email", "signer_name", "access_notes"}
)
_SEES_PERSONAL = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.TECHNICIAN})


def sees_personal(actor: Actor) -> bool:
    """Whether names and phone numbers of people on site are this actor's business."""
    return actor.kind is ActorKind.USER and actor.role in _SEES_PERSONAL


def complaint_out(complaint: Complaint, deadlines: Sequence[Deadline], *, actor: Actor) -> ComplaintOut:
    """The complaint as this actor may see it."""
    hidden = frozenset() if sees_personal(actor) else _PERSONAL
    shown: dict[str, object] = {
        name: None if name in hidden else getattr(complaint, name)
        for name in ComplaintOut.__struct_fields__
        if name not in {"allowed", "deadlines"}
    }
    shown["allowed"] = list(allowed(complaint.stage))
    shown["deadlines"] = [deadline_out(one) for one in deadlines]
    return msgspec.convert(shown, ComplaintOut)


class EntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger; `private` is empty for who may not see personal values."""

    id: UUID
    seq: int
    step: str
    actor_kind: str
    actor_label: str
    facts: Mapping[str, object]
    private: Mapping[str, str | None]
    done_at: datetime
    recorded_at: datetime
    hash: str


def entry_out(entry: Entry, *, personal: bool) -> EntryOut:
    """A line of the ledger as this reader may see it."""
    return EntryOut(
        private=entry.private if personal else {},
        **{name: getattr(entry, name) for name in EntryOut.__struct_fields__ if name != "private"},
    )


class NoteIn(Wire, frozen=True, kw_only=True):
    """What was heard or seen."""

    note: Sentence


class CorrectionIn(Wire, frozen=True, kw_only=True):
    """New values, why, and on which version of the complaint they were made."""

    correction: Correction
    reason: Sentence
    version: int | None = None


class ReasonIn(Wire, frozen=True, kw_only=True):
    """Why, in the customer's words where they are the customer's."""

    reason: Sentence


class ReroutingIn(Wire, frozen=True, kw_only=True):
    """Why it is no complaint, and who has it now."""

    reason: Sentence
    to: Line


class MergingIn(Wire, frozen=True, kw_only=True):
    """Into which complaint, and why."""

    into: Code
    reason: Sentence


class HandOverIn(Wire, frozen=True, kw_only=True):
    """To which region, and why."""

    region_code: Code
    reason: Sentence


class HandOverOut(msgspec.Struct, frozen=True, kw_only=True):
    """The case is handed over: who asked may not see it any more once it went, and keeps this."""

    number: str
    was: str
    region_code: str
    why: str
    reason: str
    asked_at: datetime
    state: Literal["handing_over"] = "handing_over"


def hand_over_out(asked: HandOver) -> HandOverOut:
    """A case on its way to another region."""
    return HandOverOut(
        number=asked.number,
        was=asked.was,
        region_code=asked.region_code,
        why=asked.why,
        reason=asked.reason,
        asked_at=asked.asked_at,
    )
