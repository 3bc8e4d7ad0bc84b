"""What the intake page shows about a call while it is being taken: asked of the same queries as the API."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.session import ReadSession
from intake import boards, looking_up, phones, queries, schemas
from intake.boards import Line
from intake.calls import Call, CallContext, Commitment, ForeseeCall, TakenCall, to_complete
from intake.looking_up import Match, Unit
from intake.models import Deadline
from web.forms import Form
from web.pages import calling
from web.pages.calling import Question, Saying

#: How far back an ended complaint still makes a call look like the same thing again.
ALIKE: Final = timedelta(hours=72)
#: Earlier complaints of the unit that are shown; its page has all.
SHOWN_HISTORY: Final = 5


@dataclass(frozen=True, slots=True)
class Intake:
    """The call so far: the fields as they stand, and all that the system has to say to them."""

    form: Form
    context: CallContext
    foreseen: TakenCall
    promises: list[Commitment]
    serial_number: str | None
    units: list[Unit]
    alike: list[Line]
    history: list[Line]
    sayings: list[Saying]
    questions: list[Question]
    #: Whether somebody said that none of the complaints alike is meant.
    is_apart: bool


def intake(look: ReadSession, form: Form, *, foresee: ForeseeCall, actor: Actor, now: datetime) -> Intake:
    """The call of these fields, understood as far as possible."""
    call = calling.half_known(form, now=now)
    foreseen = foresee(look, call, actor=actor, now=now)
    context = schemas.context_for(foreseen.context, actor)
    return Intake(
        form=form,
        context=context,
        foreseen=foreseen,
        promises=[one for one in foreseen.logged.commitments if one.kind in calling.SHOWN_PROMISES],
        serial_number=call.serial_number,
        units=looking_up.units(
            look, serial_number=call.serial_number, site_id=call.site_id, customer_id=call.customer_id,
            everywhere=actor.kind is ActorKind.USER,
        ),
        alike=alike(look, call, context, now=now),
        history=_history(look, context, now=now),
        sayings=calling.sayings(call, foreseen),
        questions=calling.questions(form),
        is_apart=bool(form.get("apart")),
    )  # fmt: skip


def alike(look: ReadSession, call: Call, context: CallContext, *, now: datetime) -> list[Line]:
    """What the call could be about again; a caller counts by phone only while the unit is unknown."""
    if not any((context.equipment_id, context.site_id, call.serial_number, call.caller_phone)):
        return []
    return boards.alike(
        look, since=now - ALIKE, equipment_id=context.equipment_id, site_id=context.site_id,
        serial_number=call.serial_number, caller_phone=None if context.equipment_id else call.caller_phone or None,
    )  # fmt: skip


def _history(look: ReadSession, context: CallContext, *, now: datetime) -> list[Line]:
    if context.equipment_id is None:
        return []
    return boards.search(look, equipment_id=context.equipment_id, now=now, limit=SHOWN_HISTORY)


def matches(look: ReadSession, asked: str, *, actor: Actor) -> list[Match]:
    """Whom these words or digits mean; personal values for whom they are no business are left out."""
    found = looking_up.matches(look, asked)
    if schemas.sees_personal(actor):
        return found
    return [looking_up.without_person(match) for match in found]


def rung(look: ReadSession, caller: str, *, actor: Actor) -> Form:
    """The fields that a caller's number from the telephone exchange fills: the number, and whom it belongs to."""
    number = phones.normal(caller)
    if number is None:
        return {}
    known = [match for match in matches(look, phones.digits_of(number), actor=actor) if match.phone == number]
    shown = number.removeprefix("+86") if number.startswith("+86") else number
    if not known:
        return {"caller_phone": shown}
    match = known[0]
    filled = {
        "caller_phone": shown, "caller_name": match.caller_name, "customer_id": match.customer_id,
        "site_id": match.site_id, "who": match.customer_name or match.caller_name,
    }  # fmt: skip
    return {name: str(value) for name, value in filled.items() if value}


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A complaint that was just logged: what was promised and what is still to be asked."""

    number: str
    stage: str
    grade: str
    rules: list[str]
    sentence: str
    promises: list[Deadline]
    to_complete: tuple[str, ...]


def logged_call(look: ReadSession, number: str) -> LoggedCall:
    """The complaint as its caller is told about it. Raises NotFound for one this reader may not see."""
    complaint = queries.by_number(look, number)
    return LoggedCall(
        number=complaint.number,
        stage=complaint.stage,
        grade=complaint.grade,
        rules=complaint.grade_rules,
        sentence=complaint.sentence,
        promises=[
            one for one in queries.deadlines_of(look, complaint.id)
            if one.closed_at is None and one.kind in calling.SHOWN_PROMISES
        ],
        to_complete=to_complete(
            complaint, identified=not complaint.to_be_identified, placed=not complaint.to_be_placed
        ),
    )  # fmt: skip
