"""What an escalation looks like to whoever must answer it, and what they may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.candidates import Why
from escalation import holding, ladder, permissions, policies, queries, reassigning
from escalation.ladder import Level, Reason
from escalation.models import EscalationCase, Rung
from escalation.outcomes import CHOSEN, Outcome
from escalation.queries import Listed
from escalation.reach import REACH
from escalation.reporting import writing
from foundation.accounts import absences
from foundation.accounts import queries as people
from foundation.accounts.models import User
from foundation.accounts.roles import Actor, Permission, may
from foundation.database.session import ReadSession
from intake import boards
from intake import queries as complaints
from intake.boards import Line
from intake.models import Complaint
from intake.schemas import sees_personal
from web.pages import candidates
from web.pages import ladder as climbing
from web.pages.ladder import Climb, Step

#: Cases on one page; whoever has more begins with the most urgent.
MOST: Final = 50
#: Whoever can't be sent even over the filters.
NEVER: Final = frozenset({Why.INACTIVE, Why.IN_CREW})
#: Outcomes in the order in which they are offered.
OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome in CHOSEN)


@dataclass(frozen=True, slots=True)
class Card:
    """One case: what it is about, why it came, who has it, what follows, what this reader may do."""

    case: EscalationCase
    rung: Rung
    line: Line
    owner: str | None
    mine: bool
    climb: Climb | None
    acts: frozenset[str]
    #: Whom to ring; None for who may not see it.
    phone: str | None
    #: Whether its report can be read here.
    reports: bool

    @property
    def more(self) -> bool:
        """Whether there is anything to do beside acknowledging."""
        return bool(self.acts - {"acknowledgement"})

    @property
    def next(self) -> Step | None:
        """What follows if nobody answers."""
        return next((step for step in self.climb.steps if step.state == "ahead"), None) if self.climb else None


@dataclass(frozen=True, slots=True)
class Inbox:
    """What needs this person now, what they have in hand, and the open cases of others."""

    asking: Sequence[Card]
    in_hand: Sequence[Card]
    others: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Absence:
    """Whether this person is away, until when and who answers; and who could."""

    until: datetime | None
    deputy: str | None
    deputies: Sequence[User]
    deputy_id: UUID | None


@dataclass(frozen=True, slots=True)
class Sendable:
    """Somebody who can be sent by hand: `late` when a filter stands against it."""

    id: UUID
    name: str
    arrive_at: datetime | None
    why: str | None


def inbox(look: ReadSession, *, actor: Actor, now: datetime, everything: bool) -> Inbox:
    """The open cases: the one that must be answered first at the top, and of those in hand the one whose word is due."""
    mine = _cards(look, owner_id=actor.id, actor=actor, now=now)
    others = _cards(look, owner_id=None, actor=actor, now=now) if everything else []
    asking = sorted((card for card in mine if card.rung.acknowledged_at is None), key=_urgency)
    in_hand = sorted((card for card in mine if card.rung.acknowledged_at is not None), key=_next_word)
    return Inbox(asking=asking, in_hand=in_hand, others=[card for card in others if not card.mine])


def absence(look: ReadSession, *, actor: Actor, now: datetime) -> Absence | None:
    """The reader's own absence; None for whoever is no person."""
    person = people.user(look, actor.id) if actor.id else None
    if person is None:
        return None
    deputy = people.user(look, person.deputy_id) if person.deputy_id else None
    until = person.away_until if person.away_until and person.away_until > now else None
    deputies = absences.deputies_for(look, person.id, now=now)
    return Absence(until, deputy.name if deputy else None, deputies, person.deputy_id)


def card(look: ReadSession, listed: Listed, *, actor: Actor, now: datetime) -> Card:
    """One case as this reader sees it."""
    case, rung = listed.case, listed.rung
    complaint = complaints.by_number(look, listed.number)
    found = climbing.climbs(look, listed.number, grade=case.grade, deadlines=(), now=now)
    return Card(
        case=case, rung=rung, line=boards.line_of(look, complaint.id), owner=listed.owner,
        mine=rung.owner_user_id == actor.id, climb=next((each for each in found if each.case_id == case.id), None),
        acts=acts(case, rung, actor=actor, endangered=holding.endangers(complaint.grade_facts)),
        phone=(complaint.call_back_phone or complaint.caller_phone) if sees_personal(actor) else None,
        reports=writing.may_be_written(complaint) and may(actor, permissions.MAJOR_REPORT_LOOK),
    )  # fmt: skip


def acts(case: EscalationCase, rung: Rung, *, actor: Actor, endangered: bool) -> frozenset[str]:
    """What this actor may do with the case as it stands: the same rules as the actions', asked beforehand. Pure."""
    if case.ended_at is not None:
        return frozenset()
    mine = rung.owner_user_id == actor.id
    reach = REACH.get(actor.role) if actor.role else None
    reached = mine or (reach is not None and case.level <= reach)
    possible: dict[str, tuple[Permission, bool]] = {
        "acknowledgement": (permissions.ACKNOWLEDGE, mine and rung.acknowledged_at is None),
        "hold": (permissions.HOLD, holding.bar(case, rung, actor_id=actor.id, endangered=endangered) is None),
        "owner": (permissions.REASSIGN, reached),
        "take-over": (permissions.TAKE_OVER, reached and not mine),
        "assignment": (permissions.ASSIGN, True),
        "progress": (permissions.REPORT, mine),
        "appraisal": (permissions.APPRAISE, case.level != Level.APPRAISER),
        "raising": (permissions.RAISE, mine and _has_above(case)),
        "return": (permissions.RETURN, mine and case.level > case.opened_level),
        "outcome": (permissions.END, reached),
        "annulment": (permissions.ANNUL, reached),
    }
    return frozenset(name for name, (permission, fits) in possible.items() if fits and may(actor, permission))


def words(look: ReadSession, complaint_id: UUID, *, actor: Actor) -> list[tuple[datetime, str, str]]:
    """What the customer contested: when, what, in which words; for whoever may read personal values."""
    if not sees_personal(actor):
        return []
    return [
        (entry.done_at, str(entry.facts.get("contest", "")), entry.private.get("words") or "")
        for entry in complaints.history(look, complaint_id)
        if entry.step == "customer.contested"
    ]


def colleagues(look: ReadSession, one: Card, complaint: Complaint, *, now: datetime) -> Sequence[User]:
    """Who could have the case instead of its owner."""
    if "owner" not in one.acts:
        return ()
    return reassigning.colleagues(look, one.case, one.rung, region_code=complaint.region_code, now=now)


def sendable(look: ReadSession, complaint: Complaint, *, now: datetime) -> list[Sendable]:
    """Who can be sent by hand: those who keep the promise first, then those whom a filter excludes, with the reason."""
    panel = candidates.panel(look, complaint, now=now)
    if panel is None:
        return []
    free = [Sendable(one.view.technician_id, one.name, one.view.arrive_at, None) for one in panel.choosable]
    barred = [
        Sendable(one.view.technician_id, one.name, None, str(one.view.why))
        for one in panel.barred
        if one.view.why not in NEVER
    ]
    return free + barred


def _cards(look: ReadSession, *, owner_id: UUID | None, actor: Actor, now: datetime) -> list[Card]:
    found = queries.search(look, owner_id=owner_id, is_open=True, complaint_number=None, after=None, limit=MOST)
    return [card(look, listed, actor=actor, now=now) for listed in found]


def _urgency(one: Card) -> tuple[bool, datetime, datetime]:
    due = one.rung.answer_due_at
    return due is None, due or one.case.opened_at, one.case.opened_at


def _next_word(one: Card) -> tuple[datetime, datetime]:
    return one.rung.act_due_at or one.case.opened_at, one.case.opened_at


def _has_above(case: EscalationCase) -> bool:
    """Whether somebody stands above: the next level of the path, or negotiation above the head of service."""
    if case.level == Level.NEGOTIATION:
        return False
    above = ladder.above(policies.stamped(case), Reason(case.reason), Level(case.level))
    return above is not None or case.level == Level.HEAD
