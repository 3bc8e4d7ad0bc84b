"""A rule book is refused when worse answers could grade lower, danger not major, or promises fall out of order."""

import msgspec
import pytest

from intake.grades import Grade
from severity.policy import (
    TABLE_1,
    TABLE_2,
    Condition,
    Fact,
    GradingPolicy,
    Rule,
    ServiceLevels,
    faults_of_grading,
    faults_of_levels,
)


def with_rule(rule: Rule) -> GradingPolicy:
    return msgspec.structs.replace(TABLE_1, rules=(*TABLE_1.rules, rule))


def reasons(policy: GradingPolicy) -> list[str]:
    return [fault.reason for fault in faults_of_grading(policy)]


def a_rule(code: str = "S9", at_least: Grade | None = Grade.SERIOUS, *, one_up: bool = False, **when: object) -> Rule:
    conditions = tuple(Condition(fact=Fact(fact), any_of=any_of) for fact, any_of in when.items())  # type: ignore[arg-type]
    return Rule(code=code, when=conditions, at_least=at_least, one_up=one_up)


def test_the_shipped_rule_book_is_fit() -> None:
    assert faults_of_grading(TABLE_1) == []
    assert faults_of_levels(TABLE_2) == []


def test_the_shipped_rule_book_survives_being_stored() -> None:
    for document, shape in ((TABLE_1, GradingPolicy), (TABLE_2, ServiceLevels)):
        assert msgspec.json.decode(msgspec.json.encode(document), type=shape) == document


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        pytest.param(a_rule("M1", work_halted=(True,)), "code-twice", id="a code twice"),
        pytest.param(a_rule("G1", work_halted=(True,)), "code-twice", id="the code of otherwise"),
        pytest.param(a_rule(at_least=None, work_halted=(True,)), "one-effect", id="no effect"),
        pytest.param(a_rule(one_up=True, work_halted=(True,)), "one-effect", id="two effects"),
        pytest.param(a_rule(), "no-condition", id="no condition"),
        pytest.param(a_rule(injury=("broken",)), "not-an-answer", id="an answer that nobody can give"),
        pytest.param(a_rule(work_halted=(1,)), "not-an-answer", id="a number for yes"),
        pytest.param(a_rule(work_halted=()), "not-an-answer", id="no answer at all"),
        pytest.param(a_rule(machine_state=("degraded",)), "worse-left-out", id="degraded but not stopped"),
        pytest.param(a_rule(work_halted=(False,)), "worse-left-out", id="no but not yes"),
        pytest.param(a_rule(property_loss=("none", "some", "large")), "always-true", id="whatever the answer"),
    ],
)
def test_an_unfit_rule_is_refused_with_its_reason(rule: Rule, reason: str) -> None:
    assert reasons(with_rule(rule)) == [reason]


def test_danger_to_people_grades_major_in_every_rule_book() -> None:
    tame = GradingPolicy(rules=tuple(rule for rule in TABLE_1.rules if rule.code not in {"M1", "M2", "M3"}))
    assert reasons(tame) == ["safety-injury", "safety-people_in_danger", "safety-structure_or_load"]


def test_promises_follow_one_another() -> None:
    hasty = msgspec.structs.replace(TABLE_2.major, accept=4)
    faults = faults_of_levels(msgspec.structs.replace(TABLE_2, major=hasty))
    assert [(fault.field, fault.reason) for fault in faults] == [("major.accept", "out-of-order")]


def test_a_graver_grade_never_waits_longer() -> None:
    slow = msgspec.structs.replace(TABLE_2.major, follow_up=5000)
    faults = faults_of_levels(msgspec.structs.replace(TABLE_2, major=slow))
    assert [(fault.field, fault.reason) for fault in faults] == [("major.follow_up", "graver-waits-longer")]
