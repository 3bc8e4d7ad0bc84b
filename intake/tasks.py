"""What the dispatcher is asked to complete while help is on its way: which unit it is, where it stands.

A task is a message to the dispatcher of the region; it closes by itself once the case is known, goes, or ends. It
escalates nothing: the promises of the case do that.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from foundation.database.session import WriteSession
from foundation.notifications import sending
from foundation.notifications.models import Message
from intake import desks, lifecycle, namesakes
from intake.models import Complaint
from intake.namesakes import Namesake


class Task(StrEnum):
    """What is to be completed, as the template of the message that says so."""

    IDENTIFY = "task-identify"
    PLACE = "task-place"


#: The words of `IDENTIFY` once the register has a unit of that number which contradicts what the caller said.
WHETHER: Final = "task-confirm-unit"


def wanted(complaint: Complaint) -> frozenset[Task]:
    """What is still to be completed of a case that goes on."""
    if not lifecycle.is_open(complaint.stage):
        return frozenset()
    flags = {Task.IDENTIFY: complaint.to_be_identified, Task.PLACE: complaint.to_be_placed}
    return frozenset(task for task, is_open in flags.items() if is_open)


def give(db: WriteSession, complaint: Complaint, *, now: datetime, tasks: Iterable[Task] = Task, turn: int = 0) -> None:
    """Tell the region's dispatcher what is to be completed, each once per region and `turn`: safe to repeat."""
    open_ones = wanted(complaint) & frozenset(tasks)
    namesake = namesakes.of(db, [complaint.id]).get(complaint.id) if Task.IDENTIFY in open_ones else None
    if namesake is not None and namesake.contradicts is not None:
        ask_whether(db, complaint, namesake, turn=turn, now=now)
        open_ones -= {Task.IDENTIFY}
    recipient = desks.dispatcher(db, complaint.region_code, now=now) if open_ones else None
    if recipient is None:
        return
    facts = {**_about(complaint), "serial_number": complaint.serial_number_given or "—"}
    for task in sorted(open_ones):
        sending.tell(
            db, recipient_user_id=recipient, template=task, facts=facts, case_id=complaint.id, now=now,
            dedup_key=f"{task}:{complaint.id}:{complaint.region_code}:{turn}",
        )  # fmt: skip


def ask_whether(db: WriteSession, complaint: Complaint, namesake: Namesake, *, now: datetime, turn: int = 0) -> None:
    """Ask the dispatcher whether it is this unit, instead of which it is; not while somebody is asked already."""
    recipient = desks.dispatcher(db, complaint.region_code, now=now)
    if recipient is None or _is_asked_whether(db, complaint, namesake):
        return
    close(db, complaint, now=now, tasks=[Task.IDENTIFY])
    facts = {
        **_about(complaint), "serial_number": namesake.serial_number, "why": namesake.contradicts,
        "unit": " ".join(part for part in (namesake.family, namesake.model) if part),
    }  # fmt: skip
    sending.tell(
        db, recipient_user_id=recipient, template=WHETHER, facts=facts, case_id=complaint.id, now=now,
        dedup_key=f"{WHETHER}:{complaint.id}:{complaint.region_code}:{turn}:{namesake.serial_number}",
    )  # fmt: skip


def close(db: WriteSession, complaint: Complaint, *, now: datetime, tasks: Iterable[Task] = Task) -> None:
    """Nobody is asked for these any more."""
    closed = frozenset(tasks)
    templates = [*sorted(closed), *([WHETHER] if Task.IDENTIFY in closed else [])]
    sending.no_longer_asked(db, complaint.id, templates=templates, now=now)


def follow(db: WriteSession, complaint: Complaint, *, before: frozenset[Task], now: datetime) -> None:
    """Close what was completed since `before`, and give what became unknown again."""
    after = wanted(complaint)
    if before - after:
        close(db, complaint, now=now, tasks=before - after)
    if after - before:
        give(db, complaint, now=now, tasks=after - before, turn=complaint.version)


def _is_asked_whether(db: WriteSession, complaint: Complaint, namesake: Namesake) -> bool:
    asked = select(Message.id).where(
        Message.case_id == complaint.id, Message.template == WHETHER, Message.acknowledged_at.is_(None),
        Message.facts["serial_number"].astext == namesake.serial_number,
    )  # fmt: skip
    return db.scalar(asked.limit(1)) is not None


def _about(complaint: Complaint) -> dict[str, object]:
    return {"number": complaint.number, "grade": complaint.grade, "stage": complaint.stage}
