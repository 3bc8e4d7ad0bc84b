"""Whatever is changed in the rules, the trial shows it on a call."""

import msgspec
import pytest

from intake.grades import Grade
from severity import trying
from severity.policy import SCALES, SHIPPED, TABLE_1, Fact, GradingPolicy, Rule, faults_of_grading
from severity.trying import Tried

RULES = pytest.mark.parametrize("rule", TABLE_1.rules, ids=lambda rule: rule.code)


def instead(rule: Rule, *others: Rule) -> GradingPolicy:
    """The shipped rules with these in the place of one."""
    found = [each for known in TABLE_1.rules for each in (others if known is rule else (known,))]
    return GradingPolicy(rules=tuple(found))


def shown(draft: GradingPolicy) -> list[Tried]:
    return [each for each in trying.tried(SHIPPED, draft) if each.differs]


def test_rules_that_nobody_changed_grade_every_call_alike() -> None:
    assert shown(TABLE_1) == []


@RULES
def test_a_rule_that_is_taken_away_shows(rule: Rule) -> None:
    assert shown(instead(rule))


@RULES
def test_another_grade_of_a_rule_shows_with_both_grades(rule: Rule) -> None:
    to = Grade.GENERAL if rule.at_least is Grade.MAJOR else Grade.MAJOR
    changed = shown(instead(rule, msgspec.structs.replace(rule, at_least=to, one_up=False)))
    assert any(each.before.grade != each.after.grade for each in changed)
    assert all(rule.code in each.before.rules for each in changed)


@RULES
def test_a_rule_by_which_the_unknown_counts_otherwise_shows(rule: Rule) -> None:
    draft = instead(rule, msgspec.structs.replace(rule, unknown_counts=not rule.unknown_counts))
    is_asked = rule.when[0].fact not in {Fact.SAME_FAULT_RECENTLY, Fact.LAST_FEEDBACK_POOR}
    assert [each.sample.grave for each in shown(draft)] == ([None] if is_asked else [])


@pytest.mark.parametrize("fact", list(Fact))
def test_a_condition_more_shows(fact: Fact) -> None:
    """A machine that works with limits becomes serious, say: every grave answer to every question has its call."""
    rule = Rule(code="X9", when=(msgspec.structs.replace(TABLE_1.rules[0].when[0], fact=fact, any_of=SCALES[fact][1:]),),
                at_least=Grade.SERIOUS)  # fmt: skip
    draft = GradingPolicy(rules=(*TABLE_1.rules, rule))
    assert faults_of_grading(draft) == []
    assert {answer for each in shown(draft) for known, answer in each.sample.grave or () if known is fact} == {
        *SCALES[fact][1:]
    }


def test_calls_that_differ_come_first() -> None:
    found = trying.tried(SHIPPED, instead(TABLE_1.rules[-1]))
    assert [each.differs for each in found] == sorted((each.differs for each in found), reverse=True)
    assert len(found) == len(trying.SAMPLES)
