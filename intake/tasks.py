"""What the dispatcher is asked to complete while help is on its way: which unit it is, where it stands.

A task is a message to the dispatcher of the region; it closes by itself once the case is known, goes, or ends. It
escalates nothing: the promises of the case do that.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from foundation.database.session import WriteSession
from foundation.notifications import sending
from intake import desks, lifecycle
from intake.models import Complaint


class Task(StrEnum):
    """What is to be completed, as the template of the message that says so."""

    IDENTIFY = "task-identify"
    PLACE = "task-place"


def wanted(complaint: Complaint) -> frozenset[Task]:
    """What is still to be completed of a case that goes on."""
    if not lifecycle.is_open(complaint.stage):
        return frozenset()
    flags = {Task.IDENTIFY: complaint.to_be_identified, Task.PLACE: complaint.to_be_placed}
    return frozenset(task for task, is_open in flags.items() if is_open)


def give(db: WriteSession, complaint: Complaint, *, now: datetime, tasks: Iterable[Task] = Task, turn: int = 0) -> None:
    """Tell the region's dispatcher what is to be completed, each once per region and `turn`: safe to repeat."""
    open_ones = wanted(complaint) & frozenset(tasks)
    recipient = desks.dispatcher(db, complaint.region_code, now=now) if open_ones else None
    if recipient is None:
        return
    facts = {
        "number": complaint.number, "grade": complaint.grade, "stage": complaint.stage,
        "serial_number": complaint.serial_number_given or "—",
    }  # fmt: skip
    for task in sorted(open_ones):
        sending.tell(
            db, recipient_user_id=recipient, template=task, facts=facts, case_id=complaint.id, now=now,
            dedup_key=f"{task}:{complaint.id}:{complaint.region_code}:{turn}",
        )  # fmt: skip


def close(db: WriteSession, complaint: Complaint, *, now: datetime, tasks: Iterable[Task] = Task) -> None:
    """Nobody is asked for these any more."""
    sending.no_longer_asked(db, complaint.id, templates=[task.value for task in tasks], now=now)


def follow(db: WriteSession, complaint: Complaint, *, before: frozenset[Task], now: datetime) -> None:
    """Close what was completed since `before`, and give what became unknown again."""
    after = wanted(complaint)
    if before - after:
        close(db, complaint, now=now, tasks=before - after)
    if after - before:
        give(db, complaint, now=now, tasks=after - before, turn=complaint.version)
