"""Builders for visits: a job that was accepted, commands of a phone, reports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select, text

import dispatch.actions
from dispatch.models import Assignment, Offer
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import Scope, WriteSession
from foundation.ledger.models import Announcement, LedgerEntry
from intake.grades import Grade
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, LATITUDE, LONGITUDE, Hand, add_complaint, add_technician
from visits import commands
from visits.phone import (
    Answer,
    AnyCommand,
    Arrived,
    Cause,
    CauseCategory,
    Finished,
    HandBackReason,
    HandedBack,
    Position,
    Report,
    Reported,
    Resumed,
    SetOff,
    Suspended,
    SuspensionReason,
    WorksAgain,
)

ACCEPTED = AT + timedelta(minutes=1)
SHAPES = {
    "set_off": SetOff, "arrived": Arrived, "suspended": Suspended, "resumed": Resumed, "reported": Reported,
    "finished": Finished, "handed_back": HandedBack,
}  # fmt: skip


def a_report(works_again: WorksAgain = WorksAgain.YES, work_done: str = "Contactor KM1 exchanged.") -> Report:
    cause = Cause(component="hoist drive", symptom="undervoltage", category=CauseCategory.USE)
    return Report(cause=cause, work_done=work_done, works_again=works_again)


@dataclass
class Job:
    """A job of one technician with the phone that speaks about it."""

    complaint: Complaint
    assignment: Assignment
    hand: Hand
    sequence: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def actor(self) -> Actor:
        return self.hand.actor

    def says(self, kind: str, *, minutes: float, **said: object) -> AnyCommand:
        """A command made on the phone so many minutes after the call."""
        if kind == "arrived" and not {"position", "position_missing"} & said.keys():
            said["position"] = Position(latitude=LATITUDE, longitude=LONGITUDE, accuracy_m=20)
        if kind == "suspended":
            said.setdefault("reason", SuspensionReason.PARTS)
            said.setdefault("resume_at", AT + timedelta(days=2))
        if kind == "handed_back":
            said.setdefault("reason", HandBackReason.NOT_SOLVABLE)
        if kind == "reported":
            said.setdefault("report", a_report())
        said.setdefault("id", new_id())
        said.setdefault("sequence", next(self.sequence))
        said.setdefault("skew_s", 0.0)
        frame = {"assignment_id": self.assignment.id, "done_at": AT + timedelta(minutes=minutes)}
        made: AnyCommand = SHAPES[kind](**frame, **said)
        return made

    def does(
        self, db: WriteSession, kind: str, *, minutes: float, heard: float | None = None, **said: object
    ) -> Answer:
        """Say it and have it applied, at once or when it was heard."""
        return self.sends(db, self.says(kind, minutes=minutes, **said), heard=minutes if heard is None else heard)

    def sends(self, db: WriteSession, command: AnyCommand, *, heard: float) -> Answer:
        answer = commands.apply(db, command, actor=self.actor, now=AT + timedelta(minutes=heard))
        db.flush()
        return answer

    def repairs(self, db: WriteSession, *, minutes: float = 120) -> None:
        """Set off, arrive, report and finish."""
        self.does(db, "set_off", minutes=5)
        self.does(db, "arrived", minutes=40)
        self.does(db, "finished", minutes=minutes, report=a_report())


def a_job(db: WriteSession, number: int = 1, *, grade: Grade = Grade.SERIOUS, placed: bool = True) -> Job:
    """A complaint whose nearest technician has accepted."""
    complaint = add_complaint(db, grade, placed=placed)
    hand = add_technician(db, number, km=number, senior=True)
    return accepted(db, complaint, hand)


def accepted(db: WriteSession, complaint: Complaint, hand: Hand, *, at: datetime = ACCEPTED) -> Job:
    """The technician is rung and accepts."""
    dispatch.actions.decide(db, complaint.id, actor=DESK, now=at)
    db.flush()
    offer = db.scalars(
        select(Offer).where(Offer.complaint_id == complaint.id, Offer.technician_id == hand.id, Offer.state == "open")
    ).one()
    assignment = dispatch.actions.accept(db, offer.id, actor=hand.actor, now=at)
    db.flush()
    return Job(complaint, assignment, hand)


def enter(db: WriteSession, scope: Scope) -> None:
    """See what that scope sees from here on."""
    db.flush()
    enter_scope = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")
    db.execute(enter_scope, scope.settings())


def steps(db: WriteSession, complaint_id: UUID) -> list[str]:
    db.flush()
    query = select(LedgerEntry.step).where(LedgerEntry.subject_id == complaint_id).order_by(LedgerEntry.seq)
    return list(db.scalars(query))


def told(db: WriteSession, kind: str) -> list[dict[str, object]]:
    db.flush()
    return list(db.scalars(select(Announcement.payload).where(Announcement.kind == kind).order_by(Announcement.id)))
