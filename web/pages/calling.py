"""A call as it stands in the fields of the intake form: what is asked, what was answered, what to say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from intake import calls, phones
from intake.calls import Call, TakenCall
from intake.clocks import Kind
from intake.grades import Grade, GradeFacts, Injury, MachineState
from intake.schemas import CallIn
from intake.serials import serial
from severity.policy import SCALES, Fact
from web.forms import Form, shaped

#: Fields of the form that are the call's own, beside the answers; `unit` is the one chosen, `serial_number` one typed.
PLAIN: Final = (
    "caller_phone", "caller_name", "sentence", "customer_id", "site_id", "called_at", "component", "symptom",
    "conditions", "asked_for", "address", "access_notes", "signer_name", "call_back_phone",
)  # fmt: skip
#: How the field of an answer begins, and what it says when nobody knows.
ANSWER: Final = "facts."
UNKNOWN: Final = "unknown"
#: Grading questions in the order in which they are asked: danger to people first.
ASKED: Final = GradeFacts.__struct_fields__
#: Promises that are shown beside a grade.
SHOWN_PROMISES: Final = (Kind.ACCEPT, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE, Kind.RESOLVE)
#: Words of answers that are called otherwise on the wire.
_WORDS: Final[Mapping[str, str]] = {"true": "yes", "false": "none"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to a question: the value of its field, its word (`answer.<word>`), the digit that gives it."""

    value: str
    word: str
    digit: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A grading question with its answers; the digit 0 always says that nobody knows."""

    name: str
    field: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence to read aloud (`say.<code>`), `at` the instant it names; safety comes before everything."""

    code: str
    is_safety: bool = False
    at: datetime | None = None


def questions(form: Form) -> list[Question]:
    """All questions, the given answers marked."""
    return [
        Question(name=name, field=ANSWER + name, choices=_choices(name, form.get(ANSWER + name, ""))) for name in ASKED
    ]


def _choices(name: str, given: str) -> tuple[Choice, ...]:
    values = [*(str(answer).lower() for answer in SCALES[Fact(name)]), UNKNOWN]
    digits = [*range(1, len(values)), 0]
    return tuple(
        Choice(value=value, word=_WORDS.get(value, value), digit=digit, is_chosen=value == given)
        for value, digit in zip(values, digits, strict=True)
    )


def sent(form: Form) -> Call:
    """The call of a form that was sent, shaped as the API's. Raises FieldWrong with the field's name."""
    given: dict[str, object] = {name: form[name] for name in PLAIN if form.get(name)}
    number = serial_number(form)
    return shaped({**given, "serial_number": number, "facts": _answers(form)}, CallIn).call()


def half_known(form: Form, *, now: datetime) -> Call:
    """The call as far as it is understood while it is being typed; what isn't understood counts as unknown."""
    try:
        facts = msgspec.convert(_answers(form), GradeFacts, strict=False)
    except msgspec.ValidationError:
        facts = GradeFacts()
    return Call(
        caller_phone=phones.normal(form.get("caller_phone")) or "",
        sentence=form.get("sentence", ""),
        called_at=_called_at(form.get("called_at"), now=now),
        serial_number=serial(serial_number(form)),
        customer_id=_identity(form.get("customer_id")),
        site_id=_identity(form.get("site_id")),
        address=form.get("address") or None,
        component=form.get("component") or None,
        symptom=form.get("symptom") or None,
        facts=facts,
        is_ordered=True,
    )


def serial_number(form: Form) -> str | None:
    """The serial number typed, else that of the unit chosen."""
    return form.get("serial_number", "").strip() or form.get("unit", "").strip() or None


def as_note(form: Form) -> str:
    """What the caller said, with who said it, for a complaint that is open already; empty if nothing was said."""
    said = form.get("sentence", "").strip()
    caller = " ".join(part for name in ("caller_name", "caller_phone") if (part := form.get(name, "").strip()))
    return f"{said} ({caller})" if said and caller else said


def _answers(form: Form) -> dict[str, str]:
    given = {name: form.get(ANSWER + name, "") for name in ASKED}
    return {name: value for name, value in given.items() if value not in {"", UNKNOWN}}


def _called_at(given: str | None, *, now: datetime) -> datetime:
    """When the call began, so that promises count from there; now for an instant that nobody would take."""
    try:
        began = datetime.fromisoformat(given) if given else now
    except ValueError:
        return now
    return began if began.tzinfo is not None and now - calls.OLDEST_CALL < began < now else now


def _identity(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None


def sayings(call: Call, foreseen: TakenCall) -> list[Saying]:
    """What to read aloud now, safety first: it follows the answers, and asks for what would help most."""
    facts = call.facts
    safety = {
        "ambulance": facts.injury in {Injury.SUSPECTED, Injury.YES},
        "rescue": facts.people_in_danger is True,
        "clear-area": facts.injury is None or facts.people_in_danger is None or facts.structure_or_load is None,
        "leave-load": facts.structure_or_load is True,
        "stop-using": facts.safety_device_out is True or facts.structure_or_load is True,
        "keep-off": facts.machine_state is MachineState.STOPPED and facts.structure_or_load is not True,
        "evidence": foreseen.graded.grade is Grade.MAJOR and facts.injury_or_danger,
    }
    asking = {
        "number-plate": foreseen.context.equipment_id is None,
        "where": foreseen.logged.position is None,
    }
    promised = next((one.due_at for one in foreseen.logged.commitments if one.kind is Kind.ON_SITE_PROMISE), None)
    return [
        *(Saying(code, is_safety=True) for code, applies in safety.items() if applies),
        *(Saying(code) for code, applies in asking.items() if applies),
        Saying("promise", at=promised),
    ]
