"""What a technician does on the way and on site, one function per verb.

Each takes a task that is locked and judged (`commands.apply`): `step` moves the complaint when the task is the lead's,
and is None when only the visit moves. Times are corrected phone times.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import dispatch.actions
import intake.progress
from dispatch.models import Assignment
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from intake.lifecycle import Step
from intake.models import Complaint
from technicians.models import Technician
from visits import arrival, places, queries, reports, waiting
from visits.arrival import Evidence
from visits.errors import MachineNotWorking, ReportMissing
from visits.events import HandedBack
from visits.models import LeftHow, Visit
from visits.phone import (
    AnyCommand,
    Arrived,
    Command,
    Finished,
    Reported,
    Resumed,
    SetOff,
    Suspended,
    WorksAgain,
)
from visits.phone import (
    HandedBack as HandedBackCommand,
)
from visits.reconciling import ENTRIES, Kind
from visits.skew import PhoneTime
from visits.waiting import Wait

#: Digits of the code the customer tells the technician.
CODE_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Task:
    """A job with everything a verb needs, locked."""

    complaint: Complaint
    assignment: Assignment
    technician: Technician
    actor: Actor
    at: PhoneTime
    now: datetime


def act(db: WriteSession, task: Task, command: AnyCommand, *, step: Step | None) -> Facts:  # noqa: PLR0911 -- one return per command
    """Do what the command says; the facts go into its receipt. Raises what the verbs raise."""
    match command:
        case SetOff():
            return set_off(db, task, command, step=step)
        case Arrived():
            return arrive(db, task, command, step=step)
        case Suspended():
            return suspend(db, task, command, step=step)
        case Resumed():
            return resume(db, task, command, step=step)
        case Reported():
            return report(db, task, command)
        case Finished():
            return finish(db, task, command, step=step)
        case HandedBackCommand():
            return hand_back(db, task, command, step=step)


def open_visit(db: WriteSession, assignment: Assignment, *, now: datetime) -> Visit:
    """The job's visit that has not ended; a new one with its arrival code if there is none."""
    found = queries.open_visit(db, assignment.id)
    if found is not None:
        return found
    visit = Visit(
        id=new_id(),
        assignment_id=assignment.id,
        complaint_id=assignment.complaint_id,
        technician_id=assignment.technician_id,
        arrival_code=f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}",
        opened_at=now,
        approval_needed=False,
    )
    db.add(visit)
    db.flush()  # reports and suspensions refer to its key
    return visit


def set_off(db: WriteSession, task: Task, command: SetOff, *, step: Step | None) -> Facts:
    """On the way."""
    visit = open_visit(db, task.assignment, now=task.now)
    visit.set_off_at = visit.set_off_at or task.at.at
    task.assignment.set_off_at = task.assignment.set_off_at or task.at.at
    _write(db, task, command, step=step, facts={"visit_id": visit.id})
    return {}


def arrive(db: WriteSession, task: Task, command: Arrived, *, step: Step | None) -> Facts:
    """On site, with the proof graded A to D. Raises ArrivalEvidenceMissing."""
    visit = open_visit(db, task.assignment, now=task.now)
    proven = arrival.graded(_evidence(command), site=places.site_of(task.complaint), code=visit.arrival_code)
    if visit.arrived_at is None:
        visit.arrived_at, visit.arrival_grade = task.at.at, proven.grade
        visit.arrival_facts, visit.approval_needed = dict(proven.facts), proven.needs_approval
    task.assignment.arrived_at = task.assignment.arrived_at or task.at.at
    photos = [*command.photo_ids, *([command.name_plate_photo_id] if command.name_plate_photo_id else [])]
    facts = {"visit_id": visit.id, "evidence": proven.facts, "photo_ids": photos}
    _write(db, task, command, step=step, facts=facts)
    return {"grade": proven.grade, "distance_m": proven.distance_m, "needs_approval": proven.needs_approval}


def suspend(db: WriteSession, task: Task, command: Suspended, *, step: Step | None) -> Facts:
    """Work has to wait; only this stops the resolve clock. Raises FieldWrong for a date that can't be."""
    wait = Wait(command.reason, command.resume_at, command.note)
    waiting.begin(db, task.complaint, queries.open_visit(db, task.assignment.id), wait, at=task.at.at)
    _write(db, task, command, step=step, facts=wait.facts)
    return {"resume_at": command.resume_at}


def resume(db: WriteSession, task: Task, command: Resumed, *, step: Step | None) -> Facts:
    """Work goes on; the resolve clock runs again."""
    waiting.end(db, task.complaint.id, how="resumed", at=task.at.at)
    _write(db, task, command, step=step, facts={})
    return {}


def report(db: WriteSession, task: Task, command: Reported) -> Facts:
    """A version of the service report."""
    visit = queries.latest_visit(db, task.assignment.id)
    row = reports.write(
        db, task.complaint, command.report, visit_id=visit.id if visit else None, actor=task.actor, at=task.at.at,
        now=task.now,
    )  # fmt: skip
    return {"version": row.version}


def finish(db: WriteSession, task: Task, command: Finished, *, step: Step | None) -> Facts:
    """Work is done. The lead needs a report of this round of work that doesn't say that the machine stands.

    Raises ReportMissing, MachineNotWorking.
    """
    visit = open_visit(db, task.assignment, now=task.now)
    facts: dict[str, object] = {"visit_id": visit.id}
    if command.report is not None:
        reports.write(
            db, task.complaint, command.report, visit_id=visit.id, actor=task.actor, at=task.at.at, now=task.now
        )
    if step is not None:
        facts |= works_again(db, task.complaint)
    visit.finished_at = task.at.at
    leave(visit, LeftHow.FINISHED, at=task.at.at)
    _write(db, task, command, step=step, facts=facts)
    dispatch.actions.end_one(db, task.assignment, how="finished", actor=task.actor, now=task.now)
    return {}


def works_again(db: WriteSession, complaint: Complaint) -> dict[str, object]:
    """The facts that finishing needs, from the latest report of this round. Raises ReportMissing, MachineNotWorking."""
    db.flush()  # the report may have come with this very command
    latest = queries.report_of(db, complaint.id, round_=complaint.reopened_count)
    if latest is None:
        raise ReportMissing(number=complaint.number)
    if latest.works_again == WorksAgain.NO:
        raise MachineNotWorking(number=complaint.number)
    return {"report_id": latest.id, "version": latest.version, "works_again": latest.works_again}


def hand_back(db: WriteSession, task: Task, command: HandedBackCommand, *, step: Step | None) -> Facts:
    """The job goes back to the desk, which finds somebody else."""
    visit = queries.open_visit(db, task.assignment.id)
    if visit is not None:
        leave(visit, LeftHow.HANDED_BACK, at=task.at.at)
    if step is not None:
        waiting.end(db, task.complaint.id, how="handed_back", at=task.at.at)
    _write(db, task, command, step=step, facts={"reason": command.reason, "note": command.note})
    dispatch.actions.end_one(db, task.assignment, how="handed_back", actor=task.actor, now=task.now)
    event = HandedBack(
        subject_id=task.complaint.id, assignment_id=task.assignment.id, technician_id=task.technician.id,
        crew_role=task.assignment.crew_role, reason=command.reason,
    )  # fmt: skip
    announce(db, event, now=task.now)
    return {}


def leave(visit: Visit, how: LeftHow, *, at: datetime) -> None:
    """End the visit."""
    visit.left_at, visit.left_how = at, how


def trace(command: Command, at: PhoneTime, *, assignment_id: UUID) -> dict[str, object]:
    """What every ledger entry made from a phone's command says about where it comes from."""
    return {
        "command_id": command.id, "assignment_id": assignment_id, "sequence": command.sequence,
        "phone_at": command.done_at, "skew_s": command.skew_s, "flags": at.flags, "online": command.online,
    }  # fmt: skip


def private(command: Command) -> dict[str, str | None]:
    """The position, which enters the ledger as a digest only: where a person was is theirs."""
    position = command.position
    if position is None:
        return {}
    where = f"{position.latitude:.6f},{position.longitude:.6f} ±{position.accuracy_m:.0f} m {position.datum.value}"
    return {"position": where}


def _write(db: WriteSession, task: Task, command: AnyCommand, *, step: Step | None, facts: Facts) -> None:
    """The witness of a verb: the complaint's step, or an entry of the visit alone."""
    told = {
        **facts,
        "crew_role": task.assignment.crew_role,
        **trace(command, task.at, assignment_id=task.assignment.id),
    }
    if step is not None:
        intake.progress.advance(
            db, task.complaint, step, actor=task.actor, now=task.now, facts=told, done_at=task.at.at,
            private=private(command),
        )  # fmt: skip
        return
    recording.record(
        db, task.complaint.id, ENTRIES[Kind(str(command.__struct_config__.tag))], actor=task.actor, facts=told, now=task.now,
        done_at=task.at.at, private=private(command),
    )  # fmt: skip


def _evidence(command: Arrived) -> Evidence:
    photos: Sequence[UUID] = [
        *command.photo_ids,
        *([command.name_plate_photo_id] if command.name_plate_photo_id else []),
    ]
    return Evidence(
        spot=places.spot_of(command.position),
        position_state="given" if command.position else (command.position_missing or "none"),
        online=command.online,
        reason=command.reason,
        photos=len(set(photos)),
        name_plate_photo=command.name_plate_photo_id is not None,
        code_given=command.arrival_code,
    )
