"""Why somebody was or wasn't asked: decisions replayed from their record, and a look at how things stand now."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from dispatch import choice, loading, places, policies, queries
from dispatch.choice import Choice
from dispatch.errors import NotDispatchable
from dispatch.loading import Sight
from dispatch.models import Decision
from dispatch.policy import Policy
from dispatch.snapshot import Snapshot
from foundation.database.session import ReadSession
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again from its record: the outcome, and whether it is the stored one to the last digit."""

    outcome: Choice
    identical: bool


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    snapshot: Snapshot
    policy: Policy


def replay(decision: Decision) -> Replay:
    """Decide again from the stored snapshot under the stored policy. msgspec.ValidationError for a damaged record."""
    record = msgspec.convert(decision.snapshot, _Record)
    outcome = choice.choose(record.snapshot, record.policy)
    return Replay(outcome=outcome, identical=choice.digest(outcome) == bytes(decision.digest))


def preview(look: ReadSession, complaint: Complaint, *, now: datetime) -> tuple[Sight, Choice]:
    """How the choice would be now, as far as this reader sees people and work. Raises NotDispatchable."""
    past = queries.history(look, complaint.id)
    crew = {each.crew_role for each in past.live}
    role = places.sought(Stage(complaint.stage), Grade(complaint.grade), crew)
    if role is None:
        raise NotDispatchable(number=complaint.number, stage=complaint.stage)
    policy, heavy = policies.of_case(look, complaint.id, now=now), queries.needs_heavy_parts(look, complaint.id)
    seen = loading.sight(
        look, complaint, role, past=past, ringing=0, heavy_parts=heavy, policy=policy, now=now, counted_anew=True
    )
    return seen, choice.choose(seen.snapshot, policy)
