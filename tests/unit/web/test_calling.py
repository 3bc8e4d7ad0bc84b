"""What a call says while it is typed: half of it counts, safety is said first, the digits stay where they are."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from foundation.problems import FieldWrong
from intake.calls import Call, CallContext, Commitment, Logged, Position, TakenCall
from intake.clocks import Kind
from intake.grades import Grade, GradeFacts, Injury
from severity.grading import History, grade
from severity.policy import SHIPPED
from web.pages import calling

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HERE = Position(latitude=30.0, longitude=120.0, radius_m=50, source="site")


def foreseen(facts: GradeFacts, *, known: bool = False) -> TakenCall:
    logged = Logged(
        id=uuid4(), number="", stage="graded", region_code="HD", family=None, position=HERE if known else None,
        commitments=(Commitment(Kind.ON_SITE_PROMISE, NOW + timedelta(hours=24), 1440),), to_complete=(),
        link_token="x",
    )  # fmt: skip
    context = CallContext(equipment_id=uuid4() if known else None)
    return TakenCall(logged=logged, graded=grade(facts, History(), SHIPPED), context=context)


def said(facts: GradeFacts, *, known: bool = False) -> list[str]:
    call = Call(caller_phone="", sentence="", facts=facts)
    return [one.code for one in calling.sayings(call, foreseen(facts, known=known))]


def test_while_danger_is_unknown_the_first_sentence_clears_the_area() -> None:
    assert said(GradeFacts())[0] == "clear-area"


def test_the_injured_come_before_the_machine() -> None:
    codes = said(GradeFacts(injury=Injury.SUSPECTED, people_in_danger=False, structure_or_load=True))
    assert codes.index("ambulance") < codes.index("leave-load") < codes.index("number-plate")
    assert "clear-area" not in codes


def test_what_is_known_is_not_asked_and_the_promise_names_its_time() -> None:
    facts = GradeFacts(injury=Injury.NONE, people_in_danger=False, structure_or_load=False)
    assert said(facts, known=True) == ["promise"]
    call = Call(caller_phone="", sentence="", facts=facts)
    assert calling.sayings(call, foreseen(facts))[-1].at == NOW + timedelta(hours=24)


def test_a_broken_safety_device_stops_the_use_of_the_machine() -> None:
    assert "stop-using" in said(GradeFacts(safety_device_out=True))


def test_every_question_has_a_digit_per_answer_and_nought_for_unknown() -> None:
    for question in calling.questions({"facts.injury": "suspected"}):
        assert [one.digit for one in question.choices] == [*range(1, len(question.choices)), 0]
        assert [one.value for one in question.choices if one.is_chosen] == (
            ["suspected"] if question.name == "injury" else []
        )


def test_a_call_that_is_half_typed_is_understood_as_far_as_it_goes() -> None:
    form = {"caller_phone": "1", "customer_id": "nonsense", "facts.injury": "perhaps", "called_at": "yesterday"}
    call = calling.half_known(form, now=NOW)
    assert (call.caller_phone, call.customer_id, call.facts, call.called_at) == ("", None, GradeFacts(), NOW)


def test_promises_count_from_the_first_word_of_the_call() -> None:
    began = NOW - timedelta(minutes=3)
    assert calling.half_known({"called_at": began.isoformat()}, now=NOW).called_at == began
    assert calling.half_known({"called_at": (NOW + timedelta(hours=1)).isoformat()}, now=NOW).called_at == NOW


def test_a_form_becomes_the_call_that_the_api_takes() -> None:
    form = {
        "csrf": "x", "caller_phone": "13800000000", "sentence": "吊到一半不动了", "unit": "HY-1", "serial_number": "",
        "facts.injury": "none", "facts.people_in_danger": "false", "facts.work_halted": "unknown",
    }  # fmt: skip
    call = calling.sent(form)
    assert (call.serial_number, call.facts) == ("HY-1", GradeFacts(injury=Injury.NONE, people_in_danger=False))
    assert calling.sent({**form, "serial_number": "other"}).serial_number == "other"


def test_a_form_without_phone_or_sentence_names_what_is_missing() -> None:
    with pytest.raises(FieldWrong, match="caller_phone"):
        calling.sent({"sentence": "x"})
    with pytest.raises(FieldWrong, match="sentence"):
        calling.sent({"caller_phone": "13800000000"})


def test_a_note_for_an_open_case_says_who_said_it() -> None:
    assert calling.as_note({"sentence": " It moves again. ", "caller_name": "王工", "caller_phone": "138"}) == (
        "It moves again. (王工 138)"
    )
    assert calling.as_note({"caller_phone": "138"}) == ""


def test_a_major_case_with_people_hurt_keeps_its_evidence() -> None:
    facts = GradeFacts(injury=Injury.YES)
    assert foreseen(facts).graded.grade is Grade.MAJOR
    assert "evidence" in said(facts)
