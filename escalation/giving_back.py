"""A case that a graver reason took over goes back to its earlier one when the graver turns out wrong."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from escalation import queries, raising
from escalation.ladder import Reason
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger.chain import Facts
from intake.clocks import How
from intake.models import Deadline


def to_earlier(db: WriteSession, case_id: UUID, *, note: str, actor: Actor, now: datetime) -> bool:
    """Give the case back the latest of its earlier reasons that still stands; False when none does.

    It stays on its level and with its owner, acknowledged or not: the earlier fact hasn't become less true by what was
    said of the later one. Raises NotAllowed.
    """
    held = queries.for_change(db, case_id)
    earlier = _standing(db, held.case.facts)
    if earlier is None:
        return False
    reason, facts = earlier
    said = {"was": held.case.reason, "why": facts, "note": note}
    held.case.reason, held.case.facts = reason, dict(facts)
    raising.note(db, "escalation.given_back", held.complaint, held.case, held.rung, facts=said, actor=actor, now=now)
    return True


def _standing(look: ReadSession, facts: Facts) -> tuple[Reason, Facts] | None:
    """The earlier reason with its facts, or the one before it, and so on, that no deadline kept after all refutes."""
    earlier = facts.get("earlier")
    while isinstance(earlier, Mapping):
        if not _refuted(look, earlier["facts"]):
            return Reason(earlier["reason"]), earlier["facts"]
        earlier = earlier["facts"].get("earlier")
    return None


def _refuted(look: ReadSession, facts: Facts) -> bool:
    """Whether the deadline whose miss these facts tell of was kept after all."""
    if (deadline_id := facts.get("deadline_id")) is None:
        return False
    found = look.get(Deadline, UUID(str(deadline_id)), populate_existing=True)
    return found is not None and found.closed_how == How.KEPT
