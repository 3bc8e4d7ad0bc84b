"""One complaint as a page shows it: facts, what may be done, its ladder and its timeline, as far as the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import dispatch.permissions
import dispatch.queries
import escalation.permissions
import feedback.queries
import visits.queries
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession
from foundation.language import Language
from intake import boards, permissions, queries, schemas
from intake.lifecycle import OPEN
from intake.models import Complaint, Deadline
from intake.schemas import ComplaintOut, LineOut
from web.pages import candidates, ladder, regrading
from web.pages.acts import Act
from web.pages.calling import Question
from web.pages.candidates import Panel
from web.pages.ladder import Climb
from web.pages.possible import Situation, possible
from web.pages.timeline import TimelineEntry, timeline

#: Others about the same unit that are offered for merging.
MOST_ALIKE: Final = 5
#: Entries of the ledger that a page shows; a case of more is read through the API.
_LATEST: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the board shows of one complaint; parts that the reader may not see are empty.

    `questions` grade it, its present answers chosen; `phone` is the number to call back, `alike` are open complaints about
    the same unit, `panel` is None when nobody is sought.
    """

    line: LineOut
    complaint: ComplaintOut
    deadlines: Sequence[Deadline]
    acts: dict[str, Act]
    questions: Sequence[Question]
    climbs: Sequence[Climb]
    entries: Sequence[TimelineEntry]
    alike: Sequence[LineOut]
    panel: Panel | None
    phone: str | None


def shown(look: ReadSession, complaint: Complaint, *, actor: Actor, language: Language, now: datetime) -> Shown:
    """The complaint as this person sees it."""
    deadlines = queries.deadlines_of(look, complaint.id)
    facts = schemas.complaint_out(complaint, deadlines, actor=actor)
    panel = candidates.panel(look, complaint, now=now) if may(actor, dispatch.permissions.SEE_CANDIDATES) else None
    climbs = _climbs(look, complaint, deadlines, actor=actor, now=now)
    situation = situation_of(look, complaint, facts, climbs=climbs, sought=panel is not None)
    return Shown(
        line=_line(look, complaint.id, actor=actor, now=now), complaint=facts, deadlines=deadlines,
        acts=possible(situation, actor), questions=regrading.questions(facts.grade_facts), climbs=climbs,
        entries=_entries(look, complaint.id, actor, language),
        alike=_alike(look, complaint, actor=actor, now=now), panel=panel, phone=facts.call_back_phone or facts.caller_phone,
    )  # fmt: skip


def situation_of(
    look: ReadSession, complaint: Complaint, facts: ComplaintOut, *, climbs: Sequence[Climb], sought: bool
) -> Situation:
    """What there is to be acted on."""
    calls = feedback.queries.follow_ups_of(look, complaint.id)
    arrivals = visits.queries.visits_of(look, complaint.id)
    return Situation(
        stage=complaint.stage, grade=complaint.grade, allowed=frozenset(facts.allowed),
        acknowledged=complaint.first_acknowledged_at is not None, somebody_is_sought=sought,
        has_crew=bool(dispatch.queries.history(look, complaint.id).live),
        has_case=any(climb.case_id for climb in climbs),
        has_follow_up=any(call.state == "open" for call in calls),
        has_arrival_to_vouch_for=any(visit.approval_needed and visit.approved_at is None for visit in arrivals),
    )  # fmt: skip


def _line(look: ReadSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> LineOut:
    return schemas.line_out(boards.line_of(look, complaint_id), now=now, personal=schemas.sees_personal(actor))


def _climbs(
    look: ReadSession, complaint: Complaint, deadlines: Sequence[Deadline], *, actor: Actor, now: datetime
) -> list[Climb]:
    if not may(actor, escalation.permissions.LOOK):
        return []
    return ladder.climbs(look, complaint.number, grade=complaint.grade, deadlines=deadlines, now=now)


def _entries(look: ReadSession, complaint_id: UUID, actor: Actor, language: Language) -> list[TimelineEntry]:
    """The ledger for whoever may read it."""
    if not may(actor, permissions.READ_LEDGER):
        return []
    personal = schemas.sees_personal(actor)
    found = queries.latest(look, complaint_id, limit=_LATEST)
    return timeline([schemas.entry_out(entry, personal=personal) for entry in found], language)


def _alike(look: ReadSession, complaint: Complaint, *, actor: Actor, now: datetime) -> list[LineOut]:
    """Open complaints about the same unit, the newest first."""
    if complaint.equipment_id is None:
        return []
    found = boards.search(look, equipment_id=complaint.equipment_id, stages=OPEN, now=now, limit=MOST_ALIKE + 1)
    personal = schemas.sees_personal(actor)
    others = [line for line in found if line.id != complaint.id]
    return [schemas.line_out(line, now=now, personal=personal) for line in others[:MOST_ALIKE]]
