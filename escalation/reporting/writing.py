"""Writing a major complaint report: a draft per author, submitted versions that nobody changes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from escalation import policies, queries
from escalation.errors import NotMajor, ReportChanged
from escalation.events import MajorReportSubmitted
from escalation.models import MajorReport, ReportDraft
from escalation.reporting import facts as knowing
from escalation.reporting import steps
from escalation.reporting.steps import Answers, Draft
from foundation.accounts.models import User
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import chain, recording
from foundation.ledger.announcing import announce
from foundation.notifications import sending
from foundation.notifications.models import Urgency
from intake import queries as complaints
from intake.grades import Grade
from intake.models import Complaint


@dataclass(frozen=True, slots=True)
class Written:
    """A submitted version with the names of its author and of who got it."""

    report: MajorReport
    author: str | None
    to: str | None


def may_be_written(complaint: Complaint) -> bool:
    """Only of a major complaint. Pure."""
    return complaint.grade == Grade.MAJOR


def keep_draft(db: WriteSession, number: str, draft: Draft, *, actor: Actor, now: datetime) -> Draft:
    """Keep what is written so far; each author has their own draft. Raises NotMajor, NotAllowed."""
    complaint = _major(db, number)
    kept = {"complaint_id": complaint.id, "author_id": actor.id, "answers": _plain(draft), "saved_at": now}
    changed = {"answers": kept["answers"], "saved_at": now}
    adding = insert(ReportDraft).values(**kept)
    db.execute(adding.on_conflict_do_update(index_elements=["complaint_id", "author_id"], set_=changed))
    return draft


def draft_of(look: ReadSession, complaint: Complaint, *, actor: Actor) -> Draft:
    """The author's draft; else the latest version to be amended, else what the caller said."""
    found = look.scalar(
        select(ReportDraft.answers).where(
            ReportDraft.complaint_id == complaint.id, ReportDraft.author_id == actor.id
        )
    )  # fmt: skip
    latest = versions(look, complaint.id)
    if found is None and latest:
        found = latest[-1].report.answers
    return msgspec.convert(found, Draft) if found is not None else knowing.first_draft(knowing.known(look, complaint))


def is_begun(look: ReadSession, complaint: Complaint, *, actor: Actor) -> bool:
    """Whether this author has a draft of their own."""
    mine = (ReportDraft.complaint_id == complaint.id, ReportDraft.author_id == actor.id)
    return look.scalar(select(ReportDraft.saved_at).where(*mine)) is not None


def submit(
    db: WriteSession, number: str, answers: Answers, *, based_on: int, actor: Actor, now: datetime
) -> MajorReport:
    """Send the next version up with the facts as they stand; the author's draft is used up.

    Raises NotMajor, ReportChanged when somebody else submitted a version since `based_on`, NotAllowed.
    """
    complaint = _major(db, number)
    latest = db.scalar(select(func.max(MajorReport.version)).where(MajorReport.complaint_id == complaint.id)) or 0
    if latest != based_on:
        raise ReportChanged(latest=latest, based_on=based_on)
    document = msgspec.to_builtins(knowing.known(db, complaint), str_keys=True)
    made = MajorReport(
        id=new_id(), complaint_id=complaint.id, version=latest + 1, answers=_plain(answers),
        facts=cast("dict[str, object]", document), author_id=actor.id, submitted_at=now,
        to_user_id=_addressee(db, complaint, actor=actor, now=now),
    )  # fmt: skip
    db.add(made)
    mine = (ReportDraft.complaint_id == complaint.id, ReportDraft.author_id == actor.id)
    db.execute(delete(ReportDraft).where(*mine))
    _tell(db, complaint, made, actor=actor, now=now)
    return made


def versions(look: ReadSession, complaint_id: UUID) -> Sequence[Written]:
    """Every submitted version, the first one first."""
    rows = look.scalars(
        select(MajorReport).where(MajorReport.complaint_id == complaint_id).order_by(MajorReport.version)
    ).all()
    people = {one for row in rows for one in (row.author_id, row.to_user_id) if one}
    names = {row.id: row.name for row in look.execute(select(User.id, User.name).where(User.id.in_(people)))}
    return [Written(row, names.get(row.author_id), _name(names, row.to_user_id)) for row in rows]


def _name(names: Mapping[UUID, str], person: UUID | None) -> str | None:
    return None if person is None else names.get(person)


def _major(db: WriteSession, number: str) -> Complaint:
    complaint = complaints.for_change(db, complaints.id_for_change(db, number))
    if not may_be_written(complaint):
        raise NotMajor(grade=complaint.grade)
    return complaint


def _addressee(db: WriteSession, complaint: Complaint, *, actor: Actor, now: datetime) -> UUID | None:
    """Whoever answers on the level above the author; None only if nobody does."""
    ladder = policies.in_force(db, now=now)
    level = steps.reports_to(actor.role)
    found = queries.appointed(db, ladder, level, region_code=complaint.region_code, now=now)
    return found.owner_id if found else None


def _tell(db: WriteSession, complaint: Complaint, made: MajorReport, *, actor: Actor, now: datetime) -> None:
    """The ledger has the version and its fingerprint; whoever gets it is told."""
    fingerprint = hashlib.sha256(chain.canonical({"answers": made.answers, "facts": made.facts})).hexdigest()
    facts = {"version": made.version, "report_id": made.id, "to": made.to_user_id, "sha256": fingerprint}
    recording.record(db, complaint.id, "major_report.submitted", actor=actor, facts=facts, now=now)
    announce(db, MajorReportSubmitted(subject_id=complaint.id, report_id=made.id, version=made.version), now=now)
    if made.to_user_id is not None and made.to_user_id != actor.id:
        sending.tell(
            db, recipient_user_id=made.to_user_id, template="major-report", case_id=complaint.id, now=now,
            facts={"number": complaint.number, "version": made.version, "link": page_of(complaint.number)},
            urgency=Urgency.NORMAL, dedup_key=f"major-report:{made.id}",
        )  # fmt: skip


def page_of(number: str) -> str:
    """Where the report is read and amended."""
    return f"/complaints/{number}/major-report"


def _plain(answers: Answers | Draft) -> dict[str, object]:
    return {name: value for name in steps.STEPS if (value := getattr(answers, name))}
