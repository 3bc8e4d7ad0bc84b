"""Those involved, acting: each verb is the package's own, with the actor who would do it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sin
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import select

import dispatch.actions
import escalation.actions
import feedback.actions
import feedback.calls
import feedback.queries
import visits.commands
import visits.desk
from app import hotline
from app.demo.calls import Found, Signed, Tale
from app.demo.company import Company
from app.demo.people import CITIES
from app.demo.playing import Play
from app.demo.register import Unit
from dispatch.models import Assignment, Offer
from dispatch.words import DeclineReason, OfferState
from escalation.models import EscalationCase, Rung
from feedback import record, sheets
from feedback.answers import Answers
from feedback.entries import RefusedForm, SignedForm
from feedback.strokes import Point, Signature
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import unit_of_work
from intake import queries
from intake.calls import Call
from intake.models import Complaint
from visits.phone import (
    AnyCommand,
    Arrived,
    Cause,
    Finished,
    Part,
    Position,
    Report,
    Reported,
    SetOff,
    Suspended,
    SuspensionReason,
    WorksAgain,
)

#: Minutes until a technician says no.
DECLINES_MIN: Final = 2
#: Minutes from the end of work to the customer's signature.
SIGNS_MIN: Final = 12
#: Minutes of the call until somebody tries to help by telephone.
GUIDES_MIN: Final = 9
#: Degrees from the middle of the site to where the technician stands; some forty metres.
BESIDE: Final = 0.0004

_ALTERNATE: Final = (DeclineReason.TOO_FAR, DeclineReason.HOURS, DeclineReason.PARTS)


class Head(TypedDict):
    """What every command of a phone carries."""

    id: UUID
    assignment_id: UUID
    sequence: int
    done_at: datetime
    skew_s: float


@dataclass(slots=True)
class Case:
    """A tale that has been called in."""

    tale: Tale
    complaint_id: UUID
    agent: Actor
    asked: int = 0


@dataclass(slots=True)
class Cast:
    """Everybody and everything that takes part."""

    company: Company
    units: list[Unit]
    machine: Actor
    cases: dict[UUID, Case] = field(default_factory=dict)
    offers_seen: set[UUID] = field(default_factory=set)
    rungs_seen: set[UUID] = field(default_factory=set)
    sequences: dict[UUID, int] = field(default_factory=dict)

    def watch(self, play: Play) -> None:
        """Answer what has come up: offers by technicians, cases by their owners."""
        with unit_of_work(play.system.sessions) as db:
            offers = db.scalars(select(Offer).where(Offer.state == OfferState.OPEN).order_by(Offer.offered_at)).all()
            rungs = db.execute(
                select(Rung.id, Rung.owner_user_id, EscalationCase.id, EscalationCase.complaint_id)
                .join(EscalationCase, EscalationCase.id == Rung.case_id)
                .where(EscalationCase.ended_at.is_(None), Rung.acknowledged_at.is_(None), Rung.raised_at.is_(None))
            ).all()
        for offer in offers:
            if offer.id not in self.offers_seen:
                self.offers_seen.add(offer.id)
                self._answer(play, offer)
        for rung_id, owner_id, case_id, complaint_id in rungs:
            if rung_id not in self.rungs_seen:
                self.rungs_seen.add(rung_id)
                _answer_case(play, self, owner_id=owner_id, case_id=case_id, complaint_id=complaint_id)

    def _answer(self, play: Play, offer: Offer) -> None:
        case = self.cases[offer.complaint_id]
        tale, turn = case.tale, case.asked
        case.asked += 1
        if turn < tale.declines:
            _later(play, DECLINES_MIN, lambda then: _decline(then, self, offer, turn=turn))
        elif turn >= tale.declines + tale.silent and tale.accepts_min is not None:
            _later(play, tale.accepts_min, lambda then: _accept(then, self, case, offer))


def call_in(play: Play, cast: Cast, tale: Tale) -> None:
    """The telephone rings: the agent of the region logs what the caller says, or the telephone system does."""
    unit = None if tale.unknown_serial else _unit(cast, tale)
    city = CITIES[tale.city if unit is None else unit.city]
    agent = cast.company.actor(f"agent.{city.region.lower()}")
    actor = cast.machine if tale.by_machine else agent
    said = Call(
        caller_phone=f"138{len(cast.cases):04d}{7000 + 37 * len(cast.cases):04d}", sentence=tale.sentence,
        source="api" if tale.by_machine else "phone", caller_name=tale.caller, signer_name=tale.caller,
        serial_number=tale.unknown_serial if unit is None else unit.serial_number,
        region_code=city.region, address=f"{city.districts[0][0]}在建工地" if unit is None else None,
        family=tale.family, component=tale.component, symptom=tale.symptom, asked_for=tale.asked_for, facts=tale.facts,
    )  # fmt: skip
    with play.as_actor(actor) as db:
        taken = hotline.take_call(db, said, actor=actor, now=play.now)
    case = cast.cases[taken.logged.id] = Case(tale, taken.logged.id, agent)
    if tale.guided_with is not None:
        _later(play, GUIDES_MIN, lambda then: _guide(then, case))


def _guide(play: Play, case: Case) -> None:
    with play.as_actor(case.agent) as db:
        visits.desk.guide(db, case.complaint_id, agreed_by=str(case.tale.guided_with), actor=case.agent, now=play.now)


def _decline(play: Play, cast: Cast, offer: Offer, *, turn: int) -> None:
    actor = cast.company.hand(offer.technician_id)
    if _still_open(play, offer):
        with play.as_actor(actor) as db:
            reason = _ALTERNATE[turn % len(_ALTERNATE)]
            dispatch.actions.decline(db, offer.id, reason=reason, note=None, actor=actor, now=play.now)


def _accept(play: Play, cast: Cast, case: Case, offer: Offer) -> None:
    """The technician says yes, unless somebody was faster or they have taken other work since."""
    actor = cast.company.hand(offer.technician_id)
    if not _still_open(play, offer):
        return
    with play.as_actor(actor) as db:
        assignment = dispatch.actions.accept(db, offer.id, actor=actor, now=play.now)
    job = Job(cast, case, assignment, actor)
    _later(play, case.tale.sets_off_min, job.set_off)


def _still_open(play: Play, offer: Offer) -> bool:
    """Whether the offer can be answered: it is open, and its technician has no other work."""
    with unit_of_work(play.system.sessions) as db:
        found = db.get_one(Offer, offer.id)
        busy = db.scalars(
            select(Assignment.id).where(
                Assignment.technician_id == offer.technician_id,
                Assignment.ended_at.is_(None),
                Assignment.paused_at.is_(None),
            )
        ).first()
        return found.state == OfferState.OPEN and found.lapses_at > play.now and busy is None


def _answer_case(play: Play, cast: Cast, *, owner_id: UUID | None, case_id: UUID, complaint_id: UUID) -> None:
    minutes = cast.cases[complaint_id].tale.owner_answers_min
    owner = next((each.actor for each in cast.company.members.values() if each.actor.id == owner_id), None)
    if minutes is None or owner is None:
        return

    def acknowledge(then: Play) -> None:
        with then.as_actor(owner) as db:
            case = db.get_one(EscalationCase, case_id)
            rung = db.scalars(select(Rung).where(Rung.case_id == case_id, Rung.level == case.level)).one()
            if case.ended_at is None and rung.acknowledged_at is None and rung.owner_user_id == owner_id:
                escalation.actions.acknowledge(db, case_id, actor=owner, on_behalf=False, now=then.now)

    _later(play, minutes, acknowledge)


@dataclass(frozen=True, slots=True)
class Job:
    """One technician's accepted work, from setting off to the customer's signature."""

    cast: Cast
    case: Case
    assignment: Assignment
    actor: Actor

    def set_off(self, play: Play) -> None:
        """On the way; arrival follows after the travel time that was forecast."""
        self._tell(play, SetOff(**self._head(play)))
        _later(play, self.assignment.travel_min, self.arrive)

    def arrive(self, play: Play) -> None:
        """At the gate, with the position as proof."""
        self._tell(play, Arrived(**self._head(play), position=self._position(play)))
        if self.assignment.crew_role == "lead":
            after = self.suspend if self.case.tale.suspends_h is not None else self.finish
            _later(play, self.case.tale.works_min, after)

    def suspend(self, play: Play) -> None:
        """Parts have to come first."""
        resume_at = play.now + timedelta(hours=self.case.tale.suspends_h or 0)
        self._tell(play, Reported(**self._head(play), report=_report(self.case.tale.found, works=WorksAgain.PARTLY)))
        self._tell(
            play,
            Suspended(**self._head(play), reason=SuspensionReason.PARTS, resume_at=resume_at, note="减速机已发货"),
        )

    def finish(self, play: Play) -> None:
        """The machine works again; the customer is asked to sign."""
        self._tell(play, Finished(**self._head(play), report=_report(self.case.tale.found, works=WorksAgain.YES)))
        if self.case.tale.signs is not None:
            _later(play, SIGNS_MIN, self.let_sign)
        elif self.case.tale.refuses is not None:
            _later(play, SIGNS_MIN, self.note_refusal)

    def let_sign(self, play: Play) -> None:
        """The customer answers and signs on the technician's phone; the agent calls some days later."""
        signed, tale = self.case.tale.signs, self.case.tale
        if signed is None:
            return
        with play.as_actor(self.actor) as db:
            complaint = queries.for_change(db, self.case.complaint_id)
            shown = record.text_of(sheets.content(feedback.queries.sheet(db, complaint)))
            form = SignedForm(
                id=new_id(), answers=_answers(signed), signer_name=signed.name, signer_role="设备主管",
                signature=_signature(len(signed.name) + signed.satisfaction), shown_sha256=record.digest(shown),
                signed_at=play.now, skew_s=0.4,
            )  # fmt: skip
            feedback.actions.sign(db, complaint.id, form, actor=self.actor, now=play.now)
        for hours in tale.missed_calls_h:
            _later(play, hours * 60, self.miss_call)
        if tale.solved_h is not None:
            _later(play, tale.solved_h * 60, self.hear_solved)

    def note_refusal(self, play: Play) -> None:
        """The customer won't sign; the technician writes down why, with a witness."""
        form = RefusedForm(
            id=new_id(), reason=str(self.case.tale.refuses), witness="安全员 鲁平", refused_at=play.now, skew_s=0.2
        )
        with play.as_actor(self.actor) as db:
            feedback.actions.refuse(db, self.case.complaint_id, form, actor=self.actor, now=play.now)

    def miss_call(self, play: Play) -> None:
        """The agent reaches nobody."""
        agent = self.case.agent
        with play.as_actor(agent) as db:
            feedback.calls.record_attempt(db, self.case.complaint_id, reached="no_answer", actor=agent, now=play.now)

    def hear_solved(self, play: Play) -> None:
        """The agent hears that it is solved; that closes the case."""
        agent = self.case.agent
        with play.as_actor(agent) as db:
            feedback.calls.answer(db, self.case.complaint_id, solved=True, words="一切正常", actor=agent, now=play.now)

    def _tell(self, play: Play, command: AnyCommand) -> None:
        with play.as_actor(self.actor) as db:
            answer = visits.commands.apply(db, command, actor=self.actor, now=play.now)
        if answer.outcome != "applied":
            raise ValueError(f"{command} was {answer.outcome}: {answer.reason}")

    def _head(self, play: Play) -> Head:
        """The next of this job."""
        sequence = self.cast.sequences.get(self.assignment.id, 0) + 1
        self.cast.sequences[self.assignment.id] = sequence
        return Head(id=new_id(), assignment_id=self.assignment.id, sequence=sequence, done_at=play.now, skew_s=0.3)

    def _position(self, play: Play) -> Position:
        with unit_of_work(play.system.sessions) as db:
            complaint = db.get_one(Complaint, self.case.complaint_id)
        latitude, longitude = complaint.latitude or 0.0, complaint.longitude or 0.0
        return Position(latitude=latitude + BESIDE, longitude=longitude, accuracy_m=14, taken_at=play.now)


def _unit(cast: Cast, tale: Tale) -> Unit:
    """The next unit of the family that nobody has called about: in the tale's city if it has one."""
    of_family = [unit for unit in cast.units if unit.family == tale.family]
    unit = next((unit for unit in of_family if unit.city == tale.city), of_family[0])
    cast.units.remove(unit)
    return unit


def _later(play: Play, minutes: float, act: Callable[[Play], None]) -> None:
    play.at(play.now + timedelta(minutes=minutes), act)


def _report(found: Found | None, *, works: WorksAgain) -> Report:
    if found is None:
        raise ValueError("work that ends needs something that was found")
    exchanged = (Part(name=found.component, quantity=1, under_warranty=True),) if "更换" in found.work else ()
    return Report(
        cause=Cause(component=found.component, symptom=found.symptom, category=found.category),
        work_done=found.work, works_again=works, advice=found.advice, parts=exchanged,
    )  # fmt: skip


def _answers(signed: Signed) -> Answers:
    step = signed.satisfaction
    return Answers(
        satisfaction=step, quality=min(7, step + 1), speed=max(2, step - 1), attitude=7, information=step, safety=6,
        remarks=signed.remarks,
    )  # fmt: skip


def _signature(turns: int) -> Signature:
    """A pen moved across the box in loops, as a signature is."""
    strokes = [
        [
            Point(x=40.0 + 60 * part + 3 * step, y=100 + 38 * sin(step / 3 + turns + part), t=600.0 * part + 16 * step)
            for step in range(24)
        ]
        for part in range(3)
    ]
    return Signature(width=320, height=200, strokes=strokes)
