"""What the case page shows beside the board's view of a complaint: clocks with their arithmetic, work, papers, records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

import dispatch.permissions
import dispatch.queries
import escalation.permissions
import feedback.permissions
import feedback.queries
import foundation.accounts.queries
import foundation.notifications.permissions
import foundation.notifications.queries
import severity.permissions
import visits.permissions
import visits.queries
from dispatch import explaining
from dispatch.models import Decision
from dispatch.queries import Asking, Work
from escalation.reporting import writing
from escalation.reporting.writing import Written
from feedback import late
from feedback.schemas import CaseFeedback, document_view, feedback_view, follow_up_view
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession
from foundation.language import Language
from foundation.notifications.queries import Said
from foundation.notifications.wording import words_of
from intake.models import Complaint, Deadline
from severity.explaining import WhyStep, why_deadline
from visits.schemas import Visits, VisitView, photo_view, report_view, suspension_view, visit_view

#: Decisions shown with their candidates; a long search is read through the API.
MOST_DECISIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline and, for whoever may ask why, the steps that led to it."""

    deadline: Deadline
    why: Sequence[WhyStep]


@dataclass(frozen=True, slots=True)
class Record:
    """A decision of dispatch as it is kept, and whether deciding again from the record comes out the same."""

    decided_at: datetime
    crew_role: str
    policy_version: int
    do: str
    why: str
    ranked: Sequence[tuple[str, datetime]]
    excluded: Sequence[tuple[str, str]]
    digest: str
    identical: bool | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message about the case in the reader's words."""

    subject: str
    said: Said


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything else; what the reader may not see is empty or None."""

    clocks: Sequence[Clock]
    crew: Sequence[Work]
    asked: Sequence[Asking]
    work: Visits | None
    feedback: CaseFeedback | None
    records: Sequence[Record]
    letters: Sequence[Letter]
    regions: Sequence[tuple[str, str]]
    #: Versions of the major complaint report; None for who may not read them, or where none is written.
    reports: Sequence[Written] | None

    @property
    def visits(self) -> Sequence[VisitView]:
        """The visits, if they may be seen."""
        return self.work.visits if self.work else ()


def dossier(
    look: ReadSession, complaint: Complaint, *, deadlines: Iterable[Deadline], actor: Actor, language: Language
) -> Dossier:
    """The rest of a case, each part by the permission of the API's route for it."""
    case_id = complaint.id
    sees_people = may(actor, dispatch.permissions.SEE_CANDIDATES)
    sees_why = may(actor, severity.permissions.WHY)
    return Dossier(
        clocks=[Clock(each, why_deadline(each) if sees_why else ()) for each in deadlines],
        crew=dispatch.queries.work_on(look, case_id) if sees_people else [],
        asked=dispatch.queries.asked_for(look, case_id) if sees_people else [],
        work=_work(look, case_id) if may(actor, visits.permissions.LOOK) else None,
        feedback=_feedback(look, complaint) if may(actor, feedback.permissions.LOOK) else None,
        records=_records(look, case_id) if may(actor, dispatch.permissions.SEE_DECISIONS) else [],
        letters=_letters(look, case_id, actor, language),
        regions=_regions(look, language, but=complaint.region_code), reports=_reports(look, complaint, actor),
    )  # fmt: skip


def _reports(look: ReadSession, complaint: Complaint, actor: Actor) -> Sequence[Written] | None:
    if not may(actor, escalation.permissions.MAJOR_REPORT_LOOK):
        return None
    found = writing.versions(look, complaint.id)
    return found if found or writing.may_be_written(complaint) else None


def _work(look: ReadSession, case_id: UUID) -> Visits:
    return Visits(
        visits=[visit_view(visit) for visit in visits.queries.visits_of(look, case_id)],
        reports=[report_view(report) for report in visits.queries.reports_of(look, case_id)],
        photos=[photo_view(photo) for photo in visits.queries.photos_of(look, case_id)],
        suspension=suspension_view(visits.queries.open_suspension(look, case_id)),
    )


def _feedback(look: ReadSession, complaint: Complaint) -> CaseFeedback:
    return CaseFeedback(
        feedback=[feedback_view(row) for row in feedback.queries.feedbacks_of(look, complaint.id)],
        documents=[document_view(row) for row in feedback.queries.documents_of(look, complaint.id)],
        follow_ups=[follow_up_view(call, complaint) for call in feedback.queries.follow_ups_of(look, complaint.id)],
        late=[feedback_view(row) for row in late.late_of(look, complaint.id)],
    )


def _records(look: ReadSession, case_id: UUID) -> list[Record]:
    return [record(each) for each in dispatch.queries.decisions_of(look, case_id)[:MOST_DECISIONS]]


def record(decision: Decision) -> Record:
    """The decision from its stored outcome; `identical` is None for a record that can't be read any more."""
    try:
        found = explaining.replay(decision)
    except msgspec.ValidationError:
        found = None
    outcome = found.outcome if found else None
    ranking = outcome.ranking if outcome else None
    return Record(
        decided_at=decision.decided_at, crew_role=decision.crew_role, policy_version=decision.policy_version,
        do=str(decision.outcome.get("do", "")), why=str(decision.outcome.get("why", "")),
        ranked=[(each.code, each.arrive_at) for each in ranking.ranked] if ranking else (),
        excluded=[(each.code, each.why) for each in ranking.excluded] if ranking else (),
        digest=decision.digest.hex(), identical=found.identical if found else None,
    )  # fmt: skip


def _letters(look: ReadSession, case_id: UUID, actor: Actor, language: Language) -> list[Letter]:
    """Messages about the case for those who look after them."""
    if not may(actor, foundation.notifications.permissions.SETTLE_TASKS):
        return []
    found = foundation.notifications.queries.about(look, case_id)
    return [Letter(words_of(each.template, each.facts, language=language).subject, each) for each in found]


def _regions(look: ReadSession, language: Language, *, but: str) -> list[tuple[str, str]]:
    """Regions a case could be handed to, by code, in the reader's language."""
    chinese = language is Language.CHINESE
    found = foundation.accounts.queries.regions(look)
    return [(each.code, each.name_zh if chinese else each.name_en) for each in found if each.code != but]
