"""From answers to a grade with all its reasons. Pure; domain table 1 is the shipped rule book."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intake.grades import RANK, Grade, Graded, GradeFacts
from severity import commitments
from severity.policy import Answer, Condition, Fact, Policies, Rule

_BY_RANK: Final = sorted(Grade, key=RANK.__getitem__)
#: Stands among the rules when a person decided otherwise than the rule book.
HAND: Final = "HAND"


@dataclass(frozen=True, slots=True)
class History:
    """What the system knows: the same fault on this unit within 30 days, the last visit's feedback poor or refused."""

    same_fault_recently: bool = False
    last_feedback_poor: bool = False


def grade(facts: GradeFacts, history: History, policy: Policies) -> Graded:
    """The grade, every rule that matched in the order of the rule book, the questions to ask again, the promises.

    A question without an answer counts as the worse one where its rule says so (`unknown_counts`), and is asked again.
    Rules that raise by one step do so after all others, and never above major.
    """
    answers = answers_of(facts, history)
    rules = policy.grading.rules
    matched = [rule for rule in rules if any(_holds(one, answers, rule=rule) for one in rule.when)]
    given = [rule.at_least for rule in matched if rule.at_least is not None]
    base = min(given, key=RANK.__getitem__, default=Grade.GENERAL)
    raised = any(rule.one_up for rule in matched)
    reached = _BY_RANK[max(RANK[base] - 1, 0)] if raised else base
    otherwise = () if given else (policy.grading.otherwise,)
    return Graded(
        grade=reached,
        rules=(*otherwise, *(rule.code for rule in matched)),
        asked_again=_asked_again(rules, answers),
        policy_version=policy.version,
        minutes=commitments.minutes(reached, policy.levels),
    )


def by_hand(graded: Graded, wanted: Grade, policy: Policies) -> Graded:
    """The same reasons with the grade that a person chose; the rule `HAND` says that somebody did."""
    if graded.grade is wanted:
        return graded
    return Graded(
        grade=wanted,
        rules=(*graded.rules, HAND),
        asked_again=graded.asked_again,
        policy_version=graded.policy_version,
        minutes=commitments.minutes(wanted, policy.levels),
    )


def answers_of(facts: GradeFacts, history: History) -> Mapping[Fact, Answer | None]:
    """Every question with its answer; None is unknown."""
    return {
        Fact.INJURY: facts.injury,
        Fact.PEOPLE_IN_DANGER: facts.people_in_danger,
        Fact.STRUCTURE_OR_LOAD: facts.structure_or_load,
        Fact.SAFETY_DEVICE_OUT: facts.safety_device_out,
        Fact.MACHINE_STATE: facts.machine_state,
        Fact.WORK_HALTED: facts.work_halted,
        Fact.PROPERTY_LOSS: facts.property_loss,
        Fact.PUBLIC_ATTENTION: facts.public_attention,
        Fact.SAME_FAULT_RECENTLY: history.same_fault_recently,
        Fact.LAST_FEEDBACK_POOR: history.last_feedback_poor,
    }


def _holds(condition: Condition, answers: Mapping[Fact, Answer | None], *, rule: Rule) -> bool:
    answer = answers[condition.fact]
    return rule.unknown_counts if answer is None else answer in condition.any_of


def _asked_again(rules: tuple[Rule, ...], answers: Mapping[Fact, Answer | None]) -> tuple[str, ...]:
    """Unanswered questions that counted as the worse answer, each once, in the order of the rule book."""
    asked = [
        condition.fact.value
        for rule in rules
        if rule.unknown_counts
        for condition in rule.when
        if answers[condition.fact] is None
    ]
    return tuple(dict.fromkeys(asked))
