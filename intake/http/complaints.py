"""Routes of calls, complaints and the board."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong
from foundation.wire import Cursor, Line, Page, PageSize, Phone, cursor_parts, page
from intake import actions, boards, handing_over, permissions, queries, register_schemas, schemas
from intake.calls import TakeCall
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint

Search = Annotated[str | None, Parameter(max_length=100)]


@post("/complaints", operation_id="logComplaint", sync_to_thread=True, opt={"permission": permissions.LOG})
def log_complaint(
    data: schemas.CallIn, db: WriteSession, actor: Actor, now: datetime, take_call: TakeCall
) -> schemas.CallAnswer:
    """Take a call in whatever completeness: number, grade with reasons, promises, who is likely to come."""
    return schemas.call_answer(take_call(db, data.call(), actor=actor, now=now))


@get("/calls/context", operation_id="lookUpCall", sync_to_thread=True, opt={"permission": permissions.LOG})
def look_up_call(
    look: ReadSession,
    actor: Actor,
    now: datetime,
    *,
    serial_number: Line | None = None,
    caller_phone: Phone | None = None,
    customer_id: UUID | None = None,
    site_id: UUID | None = None,
) -> schemas.ContextOut:
    """What is known while the caller still speaks: unit, site, customer, earlier and open complaints.

    People answer calls about every region's units; another system reads what is of its own regions.
    """
    context = queries.call_context(
        look, serial_number=serial_number, customer_id=customer_id, caller_phone=caller_phone, site_id=site_id, now=now
    )
    return schemas.context_out(schemas.context_for(context, actor))


@get("/complaints", operation_id="searchComplaints", sync_to_thread=True, opt={"permission": permissions.READ})
def search_complaints(
    look: ReadSession,
    actor: Actor,
    now: datetime,
    *,
    q: Search = None,
    stage: list[Stage] | None = None,
    grade: list[Grade] | None = None,
    region: list[str] | None = None,
    cursor: Cursor | None = None,
    limit: PageSize = 50,
) -> Page[schemas.LineOut]:
    """Complaints by number, name, phone or its last four digits, serial number, pinyin or initials; newest first."""
    lines = boards.search(
        look,
        asked=q,
        now=now,
        limit=limit + 1,
        after=after(cursor),
        regions=_plain(region),
        grades=grade,
        stages=stage,
    )
    personal = schemas.sees_personal(actor)
    return page(
        lines,
        size=limit,
        shape=lambda line: schemas.line_out(line, now=now, personal=personal),
        key=lambda line: (line.called_at.isoformat(), str(line.id)),
    )


@get("/board", operation_id="readBoard", sync_to_thread=True, opt={"permission": permissions.BOARD})
def read_board(
    look: ReadSession,
    actor: Actor,
    now: datetime,
    *,
    stage: list[Stage] | None = None,
    grade: list[Grade] | None = None,
    region: list[str] | None = None,
    cursor: Cursor | None = None,
    limit: PageSize = 100,
) -> Page[schemas.LineOut]:
    """Open complaints by their next live deadline, the most urgent first."""
    lines = boards.board(look, limit=limit + 1, after=after(cursor), regions=_plain(region), grades=grade, stages=stage)
    personal = schemas.sees_personal(actor)
    return page(
        lines,
        size=limit,
        shape=lambda line: schemas.line_out(line, now=now, personal=personal),
        key=lambda line: (line.next_due_at.isoformat() if line.next_due_at else "", str(line.id)),
    )


@get(
    "/complaints/{number:str}",
    operation_id="readComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.READ},
)
def read_complaint(number: str, look: ReadSession, actor: Actor) -> schemas.ComplaintOut:
    """A complaint with all its deadlines."""
    return _shown(look, queries.by_number(look, number), actor)


@get(
    "/complaints/{number:str}/ledger",
    operation_id="readLedger",
    sync_to_thread=True,
    opt={"permission": permissions.READ_LEDGER},
)
def read_ledger(
    number: str, look: ReadSession, actor: Actor, *, cursor: Cursor | None = None, limit: PageSize = 100
) -> Page[schemas.EntryOut]:
    """What happened to the complaint, in order, with the hashes of its chain."""
    complaint = queries.by_number(look, number)
    parts = cursor_parts(cursor, count=1)
    entries = queries.history(look, complaint.id, after=_sequence(parts), limit=limit + 1)
    personal = schemas.sees_personal(actor)
    return page(
        entries,
        size=limit,
        shape=lambda entry: schemas.entry_out(entry, personal=personal),
        key=lambda entry: (str(entry.seq),),
    )


@post(
    "/complaints/{number:str}/acknowledgement",
    operation_id="acknowledgeComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.ACKNOWLEDGE},
)
def acknowledge_complaint(number: str, db: WriteSession, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """A person has seen it. Saying it twice changes nothing."""
    return _shown(db, actions.acknowledge(db, queries.id_for_change(db, number), actor=actor, now=now), actor)


@post(
    "/complaints/{number:str}/notes",
    operation_id="addNote",
    sync_to_thread=True,
    opt={"permission": permissions.NOTE},
)
def add_note(number: str, data: schemas.NoteIn, db: WriteSession, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """Add what was heard or seen."""
    found = queries.id_for_change(db, number)
    return _shown(db, actions.add_note(db, found, note=data.note, actor=actor, now=now), actor)


@post(
    "/complaints/{number:str}/corrections",
    operation_id="correctComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.CORRECT},
)
def correct_complaint(
    number: str, data: schemas.CorrectionIn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ComplaintOut:
    """Replace facts that were heard wrong or not known; the old ones stay readable in the ledger."""
    found = queries.id_for_change(db, number)
    complaint = actions.correct(
        db, found, correction=data.correction, reason=data.reason, version=data.version, actor=actor, now=now
    )
    return _shown(db, complaint, actor)


@post(
    "/complaints/{number:str}/withdrawal",
    operation_id="withdrawComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.WITHDRAW},
)
def withdraw_complaint(
    number: str, data: schemas.ReasonIn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ComplaintOut:
    """The customer takes it back, in their words."""
    found = queries.id_for_change(db, number)
    return _shown(db, actions.withdraw(db, found, reason=data.reason, actor=actor, now=now), actor)


@post(
    "/complaints/{number:str}/rerouting",
    operation_id="rerouteComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.REROUTE},
)
def reroute_complaint(
    number: str, data: schemas.ReroutingIn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ComplaintOut:
    """It is no complaint but a question or a sale."""
    found = queries.id_for_change(db, number)
    return _shown(db, actions.reroute(db, found, reason=data.reason, to=data.to, actor=actor, now=now), actor)


@post(
    "/complaints/{number:str}/merging",
    operation_id="mergeComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.MERGE},
)
def merge_complaint(
    number: str, data: schemas.MergingIn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ComplaintOut:
    """The same unit and fault as another open complaint: this one ends, the other goes on."""
    found = queries.id_for_change(db, number)
    complaint = actions.merge(db, found, into_number=data.into, reason=data.reason, actor=actor, now=now)
    return _shown(db, complaint, actor)


@post(
    "/complaints/{number:str}/region",
    operation_id="handOverComplaint",
    sync_to_thread=True,
    opt={"permission": permissions.HAND_OVER},
)
def hand_over_complaint(
    number: str, data: schemas.HandOverIn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.HandOverOut:
    """Hand the case over to another region; it goes a moment later, and its ledger and board go with it."""
    found = queries.id_for_change(db, number)
    asked = handing_over.ask(db, found, region_code=data.region_code, reason=data.reason, actor=actor, now=now)
    return schemas.hand_over_out(asked)


@post(
    "/complaints/{number:str}/links",
    operation_id="giveLink",
    sync_to_thread=True,
    opt={"permission": permissions.GIVE_LINK},
)
def give_link(
    number: str, data: register_schemas.LinkIn, db: WriteSession, actor: Actor, now: datetime
) -> register_schemas.LinkOut:
    """Make a customer's link; its secret is shown this once."""
    found = queries.id_for_change(db, number)
    token = actions.give_link(db, found, purpose=data.purpose, actor=actor, now=now)
    return register_schemas.LinkOut(customer_link=schemas.link_path(token))


def _shown(look: ReadSession, complaint: Complaint, actor: Actor) -> schemas.ComplaintOut:
    look.flush()  # Deadlines are read by a statement of their own.
    return schemas.complaint_out(complaint, queries.deadlines_of(look, complaint.id), actor=actor)


def after(cursor: str | None) -> tuple[str, str] | None:
    """The instant and id a list goes on from. Raises FieldWrong for a cursor that no list of ours gave."""
    parts = cursor_parts(cursor, count=2)
    if parts is None:
        return None
    try:
        return datetime.fromisoformat(parts[0]).isoformat(), str(UUID(parts[1]))
    except ValueError:
        raise FieldWrong(field="cursor", reason="unreadable") from None


def _sequence(parts: tuple[str, ...] | None) -> int:
    if parts is None:
        return 0
    if not parts[0].isdecimal() or len(parts[0]) > 9:  # noqa: PLR2004 -- an int4 of the database
        raise FieldWrong(field="cursor", reason="unreadable")
    return int(parts[0])


def _plain(words: list[str] | None) -> list[str] | None:
    """Words that PostgreSQL can take: one with a NUL names no region."""
    return [word for word in words if "\x00" not in word] if words else None


ROUTES: Final[list[ControllerRouterHandler]] = [
    log_complaint,
    look_up_call,
    search_complaints,
    read_board,
    read_complaint,
    read_ledger,
    acknowledge_complaint,
    add_note,
    correct_complaint,
    withdraw_complaint,
    reroute_complaint,
    merge_complaint,
    hand_over_complaint,
    give_link,
]
