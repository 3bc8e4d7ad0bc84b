"""A call is taken by several packages in one transaction: looked up, graded, logged, and told who is likely to come."""

from dataclasses import replace
from datetime import datetime

import dispatch.forecast
import intake.logging
import intake.queries
import severity.grading
import severity.queries
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from intake.calls import Call, CallContext, TakenCall, ordered
from intake.logging import Prepared
from severity.grading import History


def take_call(db: WriteSession, call: Call, *, actor: Actor, now: datetime) -> TakenCall:
    """Take the call: few statements, no ORM, because this is the path that everything waits for."""
    ready, taken = _ready(db, ordered(call, now=now), actor=actor, now=now)
    return replace(taken, logged=intake.logging.store(db, ready))


def foresee_call(look: ReadSession, call: Call, *, actor: Actor, now: datetime) -> TakenCall:
    """What `take_call` would answer to this much of a call, by the same rules; nothing is stored, no number is given."""
    return _ready(look, call, actor=actor, now=now)[1]


def _ready(look: ReadSession, call: Call, *, actor: Actor, now: datetime) -> tuple[Prepared, TakenCall]:
    """The call ready to be stored, and the answer that lacks nothing but its number."""
    context = intake.queries.call_context(
        look, serial_number=call.serial_number, customer_id=call.customer_id, caller_phone=call.caller_phone,
        site_id=call.site_id, now=now,
    )  # fmt: skip
    graded = severity.grading.grade(call.facts, history_of(context, call), severity.queries.in_force(look, now=now))
    ready = intake.logging.prepared(call, context=context, graded=graded, actor=actor, now=now)
    # The forecast comes before the number, whose counter all other calls wait for until this one is committed.
    likely = dispatch.forecast.likely(look, ready.logged, grade=graded.grade, customer_id=context.customer_id, now=now)
    return ready, TakenCall(logged=ready.logged, graded=graded, context=context, likely=likely)


def history_of(context: CallContext, call: Call) -> History:
    """What the system knows of the unit, for rules S4 and S5."""
    return History(
        same_fault_recently=context.has_same_fault(component=call.component, symptom=call.symptom),
        last_feedback_poor=context.last_feedback_poor,
    )
