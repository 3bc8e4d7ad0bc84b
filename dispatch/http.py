"""Routes of dispatch: offers and their answers, explanations, assigning by hand, wishes, policies."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.types import ControllerRouterHandler
from msgspec import Meta

import intake.queries
import technicians.queries
from dispatch import actions, explaining, permissions, policies, queries, schemas
from foundation.accounts.roles import Actor, Role
from foundation.database.session import ReadSession, WriteSession
from foundation.wire import PageSize

Version = Annotated[int, Meta(ge=1, le=1_000_000)]


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


@post(
    "/complaints/{number:str}/heavy-parts", operation_id="sayHeavyParts", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.SAY_HEAVY_PARTS},
)  # fmt: skip
def say_heavy_parts(
    number: str, data: schemas.HeavyPartsNeeded, db: WriteSession, actor: Actor, now: datetime
) -> schemas.HeavyPartsView:
    """Say whether parts are needed that only some vehicles carry; whoever has none isn't asked any more."""
    complaint_id = intake.queries.id_for_change(db, number)
    said = actions.say_heavy_parts(db, complaint_id, needed=data.needed, actor=actor, now=now)
    return schemas.HeavyPartsView(number=number, needed=said.needed, said_at=said.said_at)


@get(
    "/customers/{customer_id:uuid}/exclusions", operation_id="listExclusions", sync_to_thread=True,
    opt={"permission": permissions.SEE_EXCLUSIONS},
)  # fmt: skip
def list_exclusions(customer_id: UUID, look: ReadSession, now: datetime) -> schemas.Exclusions:
    """Whom this customer doesn't want to see now, as far as this reader sees people."""
    found = queries.exclusions(look, customer_id, now=now)
    return schemas.Exclusions(items=[schemas.exclusion_view(each, code) for each, code in found])


@post(
    "/customers/{customer_id:uuid}/exclusions", operation_id="excludeTechnician", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.EXCLUDE},
)  # fmt: skip
def exclude_technician(
    customer_id: UUID, data: schemas.Exclude, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ExclusionView:
    """Don't ask this technician for this customer's complaints before a time; said again, the last word counts."""
    made = actions.exclude(
        db, customer_id, technician_id=data.technician_id, until=data.until, reason=data.reason, actor=actor, now=now
    )
    return schemas.exclusion_view(made, technicians.queries.for_change(db, data.technician_id).code)


@post(
    "/customers/{customer_id:uuid}/exclusions/{technician_id:uuid}/end", operation_id="endExclusion", status_code=204,
    sync_to_thread=True, opt={"permission": permissions.EXCLUDE},
)  # fmt: skip
def end_exclusion(customer_id: UUID, technician_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """The technician may be asked for this customer again at once."""
    actions.allow_again(db, customer_id, technician_id=technician_id, actor=actor, now=now)


@get(
    "/dispatch/policy", operation_id="dispatchPolicyInForce", sync_to_thread=True,
    opt={"permission": permissions.SEE_POLICY},
)  # fmt: skip
def dispatch_policy_in_force(look: ReadSession, now: datetime) -> schemas.DispatchPolicyView:
    """The numbers that a search begun now would follow."""
    return schemas.policy_view(policies.in_force(look, now=now))


@get(
    "/dispatch/policy/versions", operation_id="listDispatchPolicyVersions", sync_to_thread=True,
    opt={"permission": permissions.SEE_POLICY},
)  # fmt: skip
def list_dispatch_policy_versions(look: ReadSession) -> list[schemas.DispatchPolicyVersion]:
    """Every version ever saved, the latest first."""
    return [schemas.version_view(row) for row in policies.versions(look)]


@get(
    "/dispatch/policy/versions/{version:int}", operation_id="dispatchPolicyVersion", sync_to_thread=True,
    opt={"permission": permissions.SEE_POLICY},
)  # fmt: skip
def dispatch_policy_version(version: Version, look: ReadSession) -> schemas.DispatchPolicyView:
    """The numbers of one version, as stamped on searches and decisions."""
    return schemas.policy_view(policies.of_version(look, version))


@post(
    "/dispatch/policy", operation_id="saveDispatchPolicy", sync_to_thread=True,
    opt={"permission": permissions.SAVE_POLICY},
)  # fmt: skip
def save_dispatch_policy(
    data: schemas.SaveDispatchPolicy, db: WriteSession, actor: Actor, now: datetime
) -> schemas.DispatchPolicyView:
    """Save the next version; searches that run keep theirs."""
    saved = actions.save_policy(
        db, data.numbers, based_on=data.based_on, valid_from=data.valid_from, actor=actor, now=now
    )
    return schemas.policy_view(saved)


ROUTES: Final[list[ControllerRouterHandler]] = [
    list_offers, accept_offer, decline_offer, list_candidates, list_decisions, replay_decision, assign_by_hand,
    release_technician, say_heavy_parts, list_exclusions, exclude_technician, end_exclusion, dispatch_policy_in_force,
    list_dispatch_policy_versions, dispatch_policy_version, save_dispatch_policy,
]  # fmt: skip
