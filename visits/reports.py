"""Writing service reports: every sending is a new version, earlier ones stay."""

from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from intake.models import Complaint
from visits import queries
from visits.events import VisitReported
from visits.models import ServiceReport
from visits.phone import Report


def write(
    db: WriteSession,
    complaint: Complaint,
    report: Report,
    *,
    visit_id: UUID | None,
    actor: Actor,
    at: datetime,
    now: datetime,
) -> ServiceReport:
    """Add a version to the reports of the case, which must be locked; `at` is when it was written, `now` when we heard."""
    row = ServiceReport(
        id=new_id(),
        complaint_id=complaint.id,
        visit_id=visit_id,
        round=complaint.reopened_count,
        version=queries.next_report_version(db, complaint.id),
        cause_component=report.cause.component,
        cause_symptom=report.cause.symptom,
        cause_category=report.cause.category.value,
        work_done=report.work_done,
        parts=cast("list[dict[str, object]]", msgspec.to_builtins(report.parts)),
        works_again=report.works_again.value,
        advice=report.advice,
        author_id=actor.id if actor.kind is ActorKind.USER else None,
        written_at=at,
        received_at=now,
    )
    db.add(row)
    facts = {
        "report_id": row.id, "version": row.version, "visit_id": visit_id, **msgspec.to_builtins(report)
    }  # fmt: skip
    recording.record(db, complaint.id, "report.written", actor=actor, facts=facts, now=now, done_at=at)
    announce(
        db,
        VisitReported(subject_id=complaint.id, visit_id=visit_id, report_id=row.id, works_again=row.works_again),
        now=now,
    )
    return row
