"""What the system knows about a major complaint, for its report: from the complaint, its deadlines and its ledger."""

from datetime import datetime
from typing import Final

import msgspec

from escalation.reporting.steps import Draft
from foundation.database.session import ReadSession
from intake import boards, queries
from intake.models import Complaint

#: Entries of the ledger that a report carries; a longer case is read on its page.
MOST_STEPS: Final = 60


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A promise and what became of it: kept, missed, void, or nothing yet."""

    kind: str
    due_at: datetime
    closed_at: datetime | None
    how: str | None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the ledger."""

    seq: int
    step: str
    done_at: datetime
    by: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a report, as they were when it was written. `answers` are those of the grading."""

    number: str
    sentence: str
    called_at: datetime
    grade: str | None
    rules: list[str]
    answers: dict[str, object]
    customer: str | None
    site: str | None
    model: str | None
    serial_number: str | None
    component: str | None
    symptom: str | None
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    promises: list[Due]
    steps: list[Done]


def known(look: ReadSession, complaint: Complaint) -> Known:
    """The facts as they stand."""
    line = boards.line_of(look, complaint.id)
    return Known(
        number=complaint.number, sentence=complaint.sentence, called_at=complaint.called_at, grade=complaint.grade,
        rules=list(complaint.grade_rules), answers=dict(complaint.grade_facts), customer=line.customer_name,
        site=line.site_name or line.address, model=line.model, serial_number=line.serial_number,
        component=complaint.component, symptom=complaint.symptom, acknowledged_at=complaint.first_acknowledged_at,
        arrived_at=complaint.first_arrived_at, promises=_promises(look, complaint), steps=_steps(look, complaint),
    )  # fmt: skip


def first_draft(facts: Known) -> Draft:
    """What the caller said begins the report; everything else is for the writer to say. Pure."""
    said = [facts.sentence, *(word for word in (facts.component, facts.symptom) if word)]
    return Draft(happened="\n".join(said))


def _promises(look: ReadSession, complaint: Complaint) -> list[Due]:
    return [
        Due(kind=each.kind, due_at=each.due_at, closed_at=each.closed_at, how=each.closed_how)
        for each in queries.deadlines_of(look, complaint.id)
        if each.closed_how != "void"
    ]


def _steps(look: ReadSession, complaint: Complaint) -> list[Done]:
    return [
        Done(seq=entry.seq, step=entry.step, done_at=entry.done_at, by=entry.actor_label)
        for entry in queries.latest(look, complaint.id, limit=MOST_STEPS)
    ]
