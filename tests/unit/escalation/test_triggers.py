"""Which facts open a case."""

import pytest

from escalation import triggers
from escalation.ladder import SHIPPED, Reason
from escalation.triggers import Past
from intake.clocks import Kind
from intake.grades import Grade


def reasons(found: list[triggers.Found]) -> list[Reason]:
    return [each.reason for each in found]


def test_every_kind_of_deadline_brings_somebody_when_it_is_missed() -> None:
    assert set(triggers.MISSED) == set(Kind)


def test_every_major_complaint_opens_a_case() -> None:
    assert reasons(triggers.of_grade(Grade.MAJOR, rules=("M1",), structure_failed=False)) == [Reason.MAJOR]


@pytest.mark.parametrize("grade", [Grade.SERIOUS, Grade.GENERAL])
def test_a_lower_grade_alone_opens_none(grade: Grade) -> None:
    assert triggers.of_grade(grade, rules=("S1",), structure_failed=True) == []


def test_a_structural_failure_calls_the_appraiser() -> None:
    found = triggers.of_grade(Grade.MAJOR, rules=("M3",), structure_failed=True)
    assert reasons(found) == [Reason.MAJOR, Reason.STRUCTURAL]


def test_an_unknown_answer_about_structure_calls_no_appraiser_yet() -> None:
    assert reasons(triggers.of_grade(Grade.MAJOR, rules=("M3",), structure_failed=False)) == [Reason.MAJOR]


def test_the_third_complaint_about_a_unit_opens_a_case_and_the_second_does_not() -> None:
    assert reasons(triggers.of_past(SHIPPED, Past(3, None, 0, fault_is_known=False))) == [Reason.THIRD_COMPLAINT]
    assert triggers.of_past(SHIPPED, Past(2, None, 0, fault_is_known=False)) == []


def test_the_same_fault_on_three_units_goes_to_the_appraiser_once() -> None:
    assert reasons(triggers.of_past(SHIPPED, Past(1, "ZJ · brake", 3, fault_is_known=False))) == [Reason.SAME_FAULT]
    assert triggers.of_past(SHIPPED, Past(1, "ZJ · brake", 4, fault_is_known=True)) == []
    assert triggers.of_past(SHIPPED, Past(1, "ZJ · brake", 2, fault_is_known=False)) == []


def test_nobody_left_is_the_managers_when_the_promise_is_at_risk() -> None:
    assert triggers.of_nobody_left(promise_at_risk=False) is Reason.NOBODY_LEFT
    assert triggers.of_nobody_left(promise_at_risk=True) is Reason.PROMISE_AT_RISK
