"""Routes of dispatch: offers and their answers, explanations, assigning by hand."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.types import ControllerRouterHandler

import intake.queries
from dispatch import actions, explaining, permissions, queries, schemas
from foundation.accounts.roles import Actor, Role
from foundation.database.session import ReadSession, WriteSession
from foundation.wire import PageSize


@get("/offers", operation_id="listOffers", sync_to_thread=True, opt={"permission": permissions.SEE_OFFERS})
def list_offers(look: ReadSession, actor: Actor, now: datetime, limit: PageSize = 50) -> schemas.Offers:
    """A technician's own offers that ring; for the desk, those of its regions."""
    if actor.role is Role.TECHNICIAN:
        found = queries.offers_of_user(look, actor.id, now=now)
    else:
        found = queries.open_offers(look, now=now, limit=limit)
    return schemas.Offers(items=[schemas.offer_view(offer, complaint) for offer, complaint in found])


@post(
    "/offers/{offer_id:uuid}/acceptance", operation_id="acceptOffer", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.ANSWER},
)  # fmt: skip
def accept_offer(offer_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> schemas.AssignmentView:
    """Take the work. Exactly one person gets it."""
    assignment = actions.accept(db, offer_id, actor=actor, now=now)
    return schemas.assignment_view(assignment, intake.queries.for_change(db, assignment.complaint_id))


@post(
    "/offers/{offer_id:uuid}/decline", operation_id="declineOffer", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.ANSWER},
)  # fmt: skip
def decline_offer(
    offer_id: UUID, data: schemas.Decline, db: WriteSession, actor: Actor, now: datetime
) -> schemas.OfferView:
    """Say no, with a reason; the next is asked."""
    offer = actions.decline(db, offer_id, reason=data.reason, note=data.note, actor=actor, now=now)
    return schemas.offer_view(offer, intake.queries.for_change(db, offer.complaint_id))


@get(
    "/complaints/{number:str}/candidates", operation_id="listCandidates", sync_to_thread=True,
    opt={"permission": permissions.SEE_CANDIDATES},
)  # fmt: skip
def list_candidates(number: str, look: ReadSession, now: datetime) -> schemas.CandidatesView:
    """Who could go now and why everybody else can't, as far as this reader sees people."""
    seen, chosen = explaining.preview(look, intake.queries.by_number(look, number), now=now)
    need = seen.snapshot.need
    return schemas.candidates_view(
        chosen, at=now, crew_role=need.crew_role, place_from=need.place_from, source=seen.snapshot.travel_source
    )


@get(
    "/complaints/{number:str}/decisions", operation_id="listDecisions", sync_to_thread=True,
    opt={"permission": permissions.SEE_DECISIONS},
)  # fmt: skip
def list_decisions(number: str, look: ReadSession) -> schemas.Decisions:
    """Every decision about the case with everything it was made from."""
    complaint = intake.queries.by_number(look, number)
    return schemas.Decisions(items=[schemas.decision_view(each) for each in queries.decisions_of(look, complaint.id)])


@get(
    "/decisions/{decision_id:uuid}/replay", operation_id="replayDecision", sync_to_thread=True,
    opt={"permission": permissions.SEE_DECISIONS},
)  # fmt: skip
def replay_decision(decision_id: UUID, look: ReadSession) -> schemas.ReplayView:
    """Decide again from the record; it must come out the same."""
    decision = queries.decision(look, decision_id)
    return schemas.replay_view(decision, explaining.replay(decision))


@post(
    "/complaints/{number:str}/assignment", operation_id="assignByHand", sync_to_thread=True,
    opt={"permission": permissions.ASSIGN},
)  # fmt: skip
def assign_by_hand(
    number: str, data: schemas.ByHand, db: WriteSession, actor: Actor, now: datetime
) -> schemas.AssignmentView:
    """Send somebody, with a reason; over the filters, never over accepted work."""
    assignment = actions.override(
        db, intake.queries.id_for_change(db, number), technician_id=data.technician_id, reason=data.reason,
        crew_role=data.crew_role, actor=actor, now=now,
    )  # fmt: skip
    return schemas.assignment_view(assignment, intake.queries.for_change(db, assignment.complaint_id))


@post(
    "/complaints/{number:str}/release", operation_id="releaseTechnician", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.ASSIGN},
)  # fmt: skip
def release_technician(
    number: str, data: schemas.ReleaseReason, db: WriteSession, actor: Actor, now: datetime
) -> schemas.AssignmentView:
    """Take somebody off the job, openly; it is dispatched again."""
    assignment = actions.release(
        db, intake.queries.id_for_change(db, number), technician_id=data.technician_id, reason=data.reason,
        actor=actor, now=now,
    )  # fmt: skip
    return schemas.assignment_view(assignment, intake.queries.for_change(db, assignment.complaint_id))


ROUTES: Final[list[ControllerRouterHandler]] = [
    list_offers, accept_offer, decline_offer, list_candidates, list_decisions, replay_decision, assign_by_hand,
    release_technician,
]  # fmt: skip
