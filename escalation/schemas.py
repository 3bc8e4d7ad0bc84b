"""Wire shapes of escalation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from escalation.contesting import Contest
from escalation.ladder import LevelRule, Reason, ReasonRule
from escalation.models import EscalationCase, LadderVersion, Rung
from escalation.queries import Listed
from foundation.ledger.chain import Facts
from foundation.wire import AwareTime, Text, Wire

Words = Annotated[Text, Meta(min_length=1)]


class Acknowledging(Wire, frozen=True, kw_only=True):
    """Say "I have it"; `on_behalf` says that the owner of the level is somebody else."""

    on_behalf: bool = False


class WithReason(Wire, frozen=True, kw_only=True):
    """Taking over, holding, returning and raising need a reason."""

    reason: Words


class Reassigning(Wire, frozen=True, kw_only=True):
    """Which colleague has it from now on, and why."""

    owner_id: UUID
    reason: Words


class Assigning(Wire, frozen=True, kw_only=True):
    """Who goes, by hand."""

    technician_id: UUID
    reason: Words


class AskingAppraisal(Wire, frozen=True, kw_only=True):
    """What the appraiser is asked; without an id the one on call is."""

    question: Words
    appraiser_id: UUID | None = None


class Progress(Wire, frozen=True, kw_only=True):
    """What was done, and what comes next."""

    text: Words


class Ending(Wire, frozen=True, kw_only=True):
    """How the case ends, in a word and in a sentence."""

    outcome: Literal["remedied", "agreed", "refusal_confirmed", "not_upheld", "third_party"]
    text: Words


class Annulling(Wire, frozen=True, kw_only=True):
    """Why the case should never have been opened."""

    note: Words


class SavingLadder(Wire, frozen=True, kw_only=True):
    """The next version of the ladder, based on the latest; cases opened from `valid_from` on follow it."""

    based_on: Annotated[int, Meta(ge=1, le=1_000_000)]
    valid_from: AwareTime
    levels: Annotated[tuple[LevelRule, ...], Meta(max_length=5)]
    reasons: dict[Reason, ReasonRule]
    repeat_share: Annotated[float, Meta(gt=0, lt=1)] = 1 / 3
    deputy_share: Annotated[float, Meta(gt=0, lt=1)] = 2 / 3
    top_repeat_min: Annotated[int, Meta(ge=1, le=100_000)] = 480
    repeat_complaints: Annotated[int, Meta(ge=1, le=1000)] = 3
    repeat_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    same_fault_units: Annotated[int, Meta(ge=1, le=1000)] = 3
    same_fault_days: Annotated[int, Meta(ge=1, le=3650)] = 90


class ContestByLink(Wire, frozen=True, kw_only=True):
    """What the customer contests, by their link, and in their own words."""

    token: Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_\-]+$")]
    contest: Contest
    words: Text | None = None


class LinkOnly(Wire, frozen=True, kw_only=True):
    """A customer's link by its secret."""

    token: Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_\-]+$")]


class Contested(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of something the customer contested: before which level, since when, answered until when, how it ended."""

    reason: str
    level: int
    opened_at: datetime
    answer_due_at: datetime | None
    acknowledged_at: datetime | None
    ended_at: datetime | None
    outcome: str | None


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case stands after an action."""

    id: UUID
    reason: str
    level: int
    ended_at: datetime | None
    outcome: str | None


class HoldShape(msgspec.Struct, frozen=True, kw_only=True):
    """The quarter of an hour for which the ladder was held, by whom and why; it was used up then."""

    at: datetime
    until: datetime
    by: str | None
    reason: str


class RungShape(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a case and who must answer there."""

    level: int
    owner_id: UUID | None
    appointed_as: str | None
    deputy_of_id: UUID | None
    opened_at: datetime
    answer_due_at: datetime | None
    acknowledged_at: datetime | None
    #: Until when something must come of the acknowledgement: something done, or the outcome.
    act_due_at: datetime | None
    acknowledged_by: UUID | None
    on_behalf_of: UUID | None
    #: These times were held until then; None when they are fresh.
    held_until: datetime | None
    notices: int
    raised_at: datetime | None
    returned_at: datetime | None


class CaseShape(msgspec.Struct, frozen=True, kw_only=True):
    """A case as lists and pages show it."""

    id: UUID
    complaint: str
    region: str
    stage: str
    reason: str
    grade: str
    facts: Facts
    level: int
    opened_level: int
    opened_at: datetime
    policy_version: int
    owner: str | None
    standing: RungShape
    held: HoldShape | None
    ended_at: datetime | None
    outcome: str | None
    outcome_text: str | None


class CaseDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all the levels it stood on."""

    case: CaseShape
    rungs: list[RungShape]


class LadderShape(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the ladder; the shipped one is the first."""

    version: int
    valid_from: datetime
    document: Facts


def state_of(case: EscalationCase) -> CaseState:
    """Where the case stands now."""
    return CaseState(id=case.id, reason=case.reason, level=case.level, ended_at=case.ended_at, outcome=case.outcome)


def rung_shape(rung: Rung) -> RungShape:
    """The rung as it goes over the wire."""
    return RungShape(
        level=rung.level,
        owner_id=rung.owner_user_id,
        appointed_as=rung.appointed_as,
        deputy_of_id=rung.deputy_of_id,
        opened_at=rung.opened_at,
        answer_due_at=rung.answer_due_at,
        acknowledged_at=rung.acknowledged_at,
        act_due_at=rung.act_due_at,
        acknowledged_by=rung.acknowledged_by,
        on_behalf_of=rung.on_behalf_of,
        held_until=rung.held_until,
        notices=rung.notices,
        raised_at=rung.raised_at,
        returned_at=rung.returned_at,
    )


def hold_shape(listed: Listed) -> HoldShape | None:
    """Whether, by whom and why its ladder was held."""
    case = listed.case
    if case.held_at is None or case.held_until is None:
        return None
    return HoldShape(at=case.held_at, until=case.held_until, by=listed.held_by, reason=case.held_why or "")


def case_shape(listed: Listed) -> CaseShape:
    """The case as it goes over the wire."""
    case = listed.case
    return CaseShape(
        id=case.id,
        complaint=listed.number,
        region=listed.region_code,
        stage=listed.stage,
        reason=case.reason,
        grade=case.grade,
        facts=case.facts,
        level=case.level,
        opened_level=case.opened_level,
        opened_at=case.opened_at,
        policy_version=case.policy_version,
        owner=listed.owner,
        standing=rung_shape(listed.rung),
        held=hold_shape(listed),
        ended_at=case.ended_at,
        outcome=case.outcome,
        outcome_text=case.outcome_text,
    )


def contested(case: EscalationCase, rung: Rung) -> Contested:
    """The case as its customer sees it: no names, not what was said inside."""
    return Contested(
        reason=case.reason,
        level=case.level,
        opened_at=case.opened_at,
        answer_due_at=rung.answer_due_at,
        acknowledged_at=rung.acknowledged_at,
        ended_at=case.ended_at,
        outcome=case.outcome,
    )


def ladder_shape(saved: LadderVersion) -> LadderShape:
    """A saved version as it goes over the wire."""
    return LadderShape(version=saved.version, valid_from=saved.valid_from, document=saved.document)
