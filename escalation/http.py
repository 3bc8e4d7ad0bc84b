"""Routes of escalation: the cases in front of people and what they do with them."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.types import ControllerRouterHandler

from escalation import actions, contesting, holding, permissions, policies, queries, reassigning, schemas
from escalation.ladder import Ladder
from escalation.outcomes import Outcome
from escalation.queries import Listed
from escalation.schemas import CaseState
from feedback import customers
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong
from foundation.wire import Code, Cursor, Page, PageSize, cursor_parts, page


@get("/escalations", operation_id="listEscalations", opt={"permission": permissions.LOOK}, sync_to_thread=True)
def list_cases(  # noqa: PLR0917
    look: ReadSession,
    actor: Actor,
    show: Literal["open", "ended"] = "open",
    mine: bool = False,  # noqa: FBT001, FBT002
    complaint: Code | None = None,
    cursor: Cursor | None = None,
    limit: PageSize = 20,
) -> Page[schemas.CaseShape]:
    """Cases that the reader may see: open ones by age, ended ones the newest first; `mine` where they must answer."""
    found = queries.search(
        look,
        owner_id=actor.id if mine else None,
        is_open=show == "open",
        complaint_number=complaint,
        after=_place(cursor),
        limit=limit + 1,
    )
    return page(found, size=limit, shape=schemas.case_shape, key=_key)


@get(
    "/escalations/{case_id:uuid}",
    operation_id="getEscalation",
    opt={"permission": permissions.LOOK},
    sync_to_thread=True,
)
def get_case(look: ReadSession, case_id: UUID) -> schemas.CaseDetail:
    """One case with every level it stood on."""
    listed = queries.detail(look, case_id)
    rungs = [schemas.rung_shape(rung) for rung in queries.rungs_of(look, case_id)]
    return schemas.CaseDetail(case=schemas.case_shape(listed), rungs=rungs)


@post(
    "/escalations/{case_id:uuid}/acknowledgement",
    operation_id="acknowledgeEscalation",
    opt={"permission": permissions.ACKNOWLEDGE},
    status_code=200,
    sync_to_thread=True,
)
def acknowledge(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Acknowledging) -> CaseState:
    """The owner has it; repeats stop."""
    return schemas.state_of(actions.acknowledge(db, case_id, actor=actor, on_behalf=data.on_behalf, now=now))


@post(
    "/escalations/{case_id:uuid}/hold",
    operation_id="holdEscalation",
    opt={"permission": permissions.HOLD},
    status_code=200,
    sync_to_thread=True,
)
def hold(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.WithReason) -> CaseState:
    """Hold the ladder for a quarter of an hour, once; never where people are in danger."""
    return schemas.state_of(holding.hold(db, case_id, reason=data.reason, actor=actor, now=now))


@post(
    "/escalations/{case_id:uuid}/take-over",
    operation_id="takeOverEscalation",
    opt={"permission": permissions.TAKE_OVER},
    status_code=200,
    sync_to_thread=True,
)
def take_over(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.WithReason) -> CaseState:
    """Own the level from now on."""
    return schemas.state_of(actions.take_over(db, case_id, actor=actor, reason=data.reason, now=now))


@post(
    "/escalations/{case_id:uuid}/owner",
    operation_id="reassignEscalation",
    opt={"permission": permissions.REASSIGN},
    status_code=200,
    sync_to_thread=True,
)
def reassign(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Reassigning) -> CaseState:
    """Give the case to a colleague of the same level and region, who must acknowledge it."""
    case = reassigning.reassign(db, case_id, to=data.owner_id, reason=data.reason, actor=actor, now=now)
    return schemas.state_of(case)


@post(
    "/escalations/{case_id:uuid}/assignment",
    operation_id="assignFromEscalation",
    opt={"permission": permissions.ASSIGN},
    status_code=200,
    sync_to_thread=True,
)
def assign(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Assigning) -> CaseState:
    """Send a technician by hand."""
    case = actions.assign_by_hand(
        db, case_id, technician_id=data.technician_id, reason=data.reason, actor=actor, now=now
    )
    return schemas.state_of(case)


@post(
    "/escalations/{case_id:uuid}/progress",
    operation_id="reportEscalationProgress",
    opt={"permission": permissions.REPORT},
    status_code=200,
    sync_to_thread=True,
)
def report_progress(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Progress) -> CaseState:
    """Say what was done and what comes next, before it is asked for or the case goes up."""
    return schemas.state_of(actions.report_progress(db, case_id, text=data.text, actor=actor, now=now))


@post(
    "/escalations/{case_id:uuid}/appraisal",
    operation_id="askForAppraisal",
    opt={"permission": permissions.APPRAISE},
    status_code=200,
    sync_to_thread=True,
)
def ask_for_appraisal(
    db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.AskingAppraisal
) -> CaseState:
    """Put the case before a technical appraiser."""
    case = actions.ask_for_appraisal(
        db, case_id, appraiser_id=data.appraiser_id, question=data.question, actor=actor, now=now
    )
    return schemas.state_of(case)


@post(
    "/escalations/{case_id:uuid}/return",
    operation_id="returnEscalation",
    opt={"permission": permissions.RETURN},
    status_code=200,
    sync_to_thread=True,
)
def return_case(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.WithReason) -> CaseState:
    """Give the case back to the level it came from."""
    return schemas.state_of(actions.return_case(db, case_id, reason=data.reason, actor=actor, now=now))


@post(
    "/escalations/{case_id:uuid}/raising",
    operation_id="raiseEscalation",
    opt={"permission": permissions.RAISE},
    status_code=200,
    sync_to_thread=True,
)
def raise_case(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.WithReason) -> CaseState:
    """Ask the next level up."""
    return schemas.state_of(actions.raise_by_hand(db, case_id, reason=data.reason, actor=actor, now=now))


@post(
    "/escalations/{case_id:uuid}/outcome",
    operation_id="endEscalation",
    opt={"permission": permissions.END},
    status_code=200,
    sync_to_thread=True,
)
def end(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Ending) -> CaseState:
    """End the case with its outcome; the complaint goes on."""
    case = actions.end(db, case_id, outcome=Outcome(data.outcome), text=data.text, actor=actor, now=now)
    return schemas.state_of(case)


@post(
    "/escalations/{case_id:uuid}/annulment",
    operation_id="annulEscalation",
    opt={"permission": permissions.ANNUL},
    status_code=200,
    sync_to_thread=True,
)
def annul(db: WriteSession, actor: Actor, now: datetime, case_id: UUID, data: schemas.Annulling) -> CaseState:
    """End a case that was opened on facts which turned out wrong."""
    return schemas.state_of(actions.annul(db, case_id, note=data.note, actor=actor, now=now))


@post(
    "/customer/contest",
    operation_id="customerContests",
    sync_to_thread=True,
    opt={"public": "the customer's link is the key and travels in the body", "link": "token"},
)
def customer_contests(db: WriteSession, now: datetime, data: schemas.ContestByLink) -> schemas.Contested:
    """The customer contests what the case says; it is before the manager from now on."""
    actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
    complaint = customers.case_of(db, actor)
    case = contesting.contest(db, complaint.id, data.contest, words=data.words, actor=actor, now=now)
    return schemas.contested(case, queries.standing(db, case))


@post(
    "/customer/contests",
    operation_id="listCustomerContests",
    status_code=200,
    sync_to_thread=True,
    opt={"public": "the customer's link is the key and travels in the body"},
)
def list_contests(db: WriteSession, now: datetime, data: schemas.LinkOnly) -> list[schemas.Contested]:
    """What the customer contested and what became of it, first one first."""
    actor = customers.actor_of(db, data.token, purposes=customers.ANY, now=now)
    found = queries.of_reasons(db, customers.case_of(db, actor).id, contesting.OF_CUSTOMERS)
    return [schemas.contested(case, rung) for case, rung in found]


@get(
    "/escalation-ladder",
    operation_id="getEscalationLadder",
    opt={"permission": permissions.LADDER_LOOK},
    sync_to_thread=True,
)
def get_ladder(look: ReadSession) -> list[schemas.LadderShape]:
    """Every version of the ladder, the newest first, the shipped one last."""
    return [schemas.ladder_shape(saved) for saved in policies.history(look)]


@post(
    "/escalation-ladder",
    operation_id="saveEscalationLadder",
    opt={"permission": permissions.LADDER_SAVE},
    sync_to_thread=True,
)
def save_ladder(db: WriteSession, actor: Actor, now: datetime, data: schemas.SavingLadder) -> schemas.LadderShape:
    """Save the next version; running cases keep theirs."""
    given = {name: getattr(data, name) for name in data.__struct_fields__ if name not in {"based_on", "valid_from"}}
    wanted = msgspec.convert({"version": 0, **given}, Ladder, from_attributes=True)
    saved = policies.save(db, wanted, based_on=data.based_on, valid_from=data.valid_from, actor=actor, now=now)
    return schemas.ladder_shape(saved)


def _key(listed: Listed) -> tuple[str, str]:
    return listed.case.opened_at.isoformat(), str(listed.case.id)


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    parts = cursor_parts(cursor, count=2)
    if parts is None:
        return None
    try:
        at = datetime.fromisoformat(parts[0])
        case_id = UUID(parts[1])
    except ValueError:
        raise FieldWrong(field="cursor", reason="unreadable") from None
    if at.tzinfo is None:
        raise FieldWrong(field="cursor", reason="unreadable")
    return at, case_id


ROUTES: Final[list[ControllerRouterHandler]] = [
    list_cases,
    get_case,
    acknowledge,
    hold,
    take_over,
    reassign,
    assign,
    report_progress,
    ask_for_appraisal,
    return_case,
    raise_case,
    end,
    annul,
    customer_contests,
    list_contests,
    get_ladder,
    save_ladder,
]
