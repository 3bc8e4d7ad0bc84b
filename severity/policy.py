"""The rule book as a document: grading rules (domain table 1) and service levels (domain table 2), with the defaults.

A rule book is valid only if worse answers can never grade lower and if danger to people always grades major.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from intake.grades import RANK, Grade, Injury, MachineState, PropertyLoss

#: An answer as it stands in a rule: a word, or yes and no.
Answer: TypeAlias = str | bool
Minutes: TypeAlias = Annotated[int, Meta(ge=1, le=525_600)]
RuleCode: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
RuleTitle: TypeAlias = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class Fact(StrEnum):
    """What a rule may ask about: answers of the caller, then what the system knows itself."""

    INJURY = "injury"
    PEOPLE_IN_DANGER = "people_in_danger"
    STRUCTURE_OR_LOAD = "structure_or_load"
    SAFETY_DEVICE_OUT = "safety_device_out"
    MACHINE_STATE = "machine_state"
    WORK_HALTED = "work_halted"
    PROPERTY_LOSS = "property_loss"
    PUBLIC_ATTENTION = "public_attention"
    SAME_FAULT_RECENTLY = "same_fault_recently"
    LAST_FEEDBACK_POOR = "last_feedback_poor"


_NO_YES: Final = (False, True)
#: The answers to each question, the worst last.
SCALES: Final[Mapping[Fact, tuple[Answer, ...]]] = MappingProxyType(
    {
        Fact.INJURY: (Injury.NONE, Injury.SUSPECTED, Injury.YES),
        Fact.PEOPLE_IN_DANGER: _NO_YES,
        Fact.STRUCTURE_OR_LOAD: _NO_YES,
        Fact.SAFETY_DEVICE_OUT: _NO_YES,
        Fact.MACHINE_STATE: (MachineState.WORKING, MachineState.DEGRADED, MachineState.STOPPED),
        Fact.WORK_HALTED: _NO_YES,
        Fact.PROPERTY_LOSS: (PropertyLoss.NONE, PropertyLoss.SOME, PropertyLoss.LARGE),
        Fact.PUBLIC_ATTENTION: _NO_YES,
        Fact.SAME_FAULT_RECENTLY: _NO_YES,
        Fact.LAST_FEEDBACK_POOR: _NO_YES,
    }
)
#: Facts whose worst answer must grade major in every rule book: people may be hurt.
SAFETY: Final = (Fact.INJURY, Fact.PEOPLE_IN_DANGER, Fact.STRUCTURE_OR_LOAD)


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the answer to a question is one of these."""

    fact: Fact
    any_of: tuple[Answer, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """If any of the conditions holds, the complaint is at least of this grade, or (`one_up`) one above its base grade.

    `unknown_counts`: a question without an answer counts as the worse one, and is asked again. Titles are for rules
    that the catalogues don't name.
    """

    code: RuleCode
    when: tuple[Condition, ...]
    at_least: Grade | None = None
    one_up: bool = False
    unknown_counts: bool = False
    title_en: RuleTitle | None = None
    title_zh: RuleTitle | None = None


class GradingPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules in the order in which they are shown; `otherwise` is the code shown when none gives a grade."""

    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=40)]
    otherwise: RuleCode = "G1"


class Commitments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minutes of each promise: feedback from the repair, follow_up from the confirmation, the others from the call."""

    acknowledge: Minutes
    accept: Minutes
    on_site_target: Minutes
    on_site_promise: Minutes
    resolve: Minutes
    feedback: Minutes
    follow_up: Minutes


class ServiceLevels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The promises of each grade."""

    major: Commitments
    serious: Commitments
    general: Commitments

    def of(self, grade: Grade) -> Commitments:
        """The promises of this grade."""
        return {Grade.MAJOR: self.major, Grade.SERIOUS: self.serious, Grade.GENERAL: self.general}[grade]


@dataclass(frozen=True, slots=True)
class Policies:
    """The rule book of one version. One number names both documents, so that the one stamped on a case names both."""

    version: int
    grading: GradingPolicy
    levels: ServiceLevels


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a rule book: the path of the field and a code (`policy-fault.<reason>` in the catalogues)."""

    field: str
    reason: str


def _asks(code: str, at_least: Grade, fact: Fact, *any_of: Answer, unknown_counts: bool = False) -> Rule:
    return Rule(
        code=code, when=(Condition(fact=fact, any_of=any_of),), at_least=at_least, unknown_counts=unknown_counts
    )


#: Domain table 1.
TABLE_1: Final = GradingPolicy(
    rules=(
        _asks("M1", Grade.MAJOR, Fact.INJURY, Injury.SUSPECTED, Injury.YES, unknown_counts=True),
        _asks("M2", Grade.MAJOR, Fact.PEOPLE_IN_DANGER, True, unknown_counts=True),  # noqa: FBT003 -- an answer
        _asks("M3", Grade.MAJOR, Fact.STRUCTURE_OR_LOAD, True, unknown_counts=True),  # noqa: FBT003 -- an answer
        _asks("M4", Grade.MAJOR, Fact.PROPERTY_LOSS, PropertyLoss.LARGE),
        _asks("M5", Grade.MAJOR, Fact.PUBLIC_ATTENTION, True),  # noqa: FBT003 -- an answer
        _asks("S1", Grade.SERIOUS, Fact.MACHINE_STATE, MachineState.STOPPED),
        _asks("S2", Grade.SERIOUS, Fact.SAFETY_DEVICE_OUT, True),  # noqa: FBT003 -- an answer
        _asks("S3", Grade.SERIOUS, Fact.WORK_HALTED, True),  # noqa: FBT003 -- an answer
        Rule(code="S4", when=(Condition(fact=Fact.SAME_FAULT_RECENTLY, any_of=(True,)),), one_up=True),
        _asks("S5", Grade.SERIOUS, Fact.LAST_FEEDBACK_POOR, True),  # noqa: FBT003 -- an answer
    ),
)
#: Domain table 2. Feedback is due on leaving the site: half an hour is what signing on a phone takes.
TABLE_2: Final = ServiceLevels(
    major=Commitments(
        acknowledge=5, accept=15, on_site_target=360, on_site_promise=1440, resolve=2880, feedback=30, follow_up=1440
    ),
    serious=Commitments(
        acknowledge=15, accept=60, on_site_target=720, on_site_promise=1440, resolve=4320, feedback=30, follow_up=4320
    ),
    general=Commitments(
        acknowledge=30,
        accept=240,
        on_site_target=1440,
        on_site_promise=1440,
        resolve=7200,
        feedback=30,
        follow_up=10080,
    ),
)
SHIPPED: Final = Policies(version=1, grading=TABLE_1, levels=TABLE_2)


def faults_of_grading(policy: GradingPolicy) -> list[Fault]:
    """Everything that makes these rules unfit, in the order of the document; empty when they may be saved."""
    faults: list[Fault] = []
    codes = [rule.code for rule in policy.rules]
    for number, rule in enumerate(policy.rules):
        path = f"rules[{number}]"
        if rule.code in codes[:number] or rule.code == policy.otherwise:
            faults.append(Fault(f"{path}.code", "code-twice"))
        if (rule.at_least is None) is not rule.one_up:
            faults.append(Fault(f"{path}.at_least", "one-effect"))
        if not rule.when:
            faults.append(Fault(f"{path}.when", "no-condition"))
        faults += _faults_of_conditions(rule, path)
    return [*faults, *(Fault("rules", f"safety-{fact}") for fact in SAFETY if not _grades_major(policy, fact))]


def faults_of_levels(levels: ServiceLevels) -> list[Fault]:
    """A later promise that is due before an earlier one, or a graver grade that waits longer; empty when fit."""
    faults: list[Fault] = []
    order = ("acknowledge", "accept", "on_site_target", "on_site_promise", "resolve")
    for grade in sorted(Grade, key=RANK.__getitem__):
        minutes = msgspec.structs.asdict(levels.of(grade))
        faults += [
            Fault(f"{grade}.{later}", "out-of-order")
            for earlier, later in pairwise(order)
            if minutes[earlier] > minutes[later]
        ]
    for graver, milder in pairwise(sorted(Grade, key=RANK.__getitem__)):
        longer, shorter = msgspec.structs.asdict(levels.of(graver)), msgspec.structs.asdict(levels.of(milder))
        faults += [Fault(f"{graver}.{kind}", "graver-waits-longer") for kind in longer if longer[kind] > shorter[kind]]
    return faults


def _faults_of_conditions(rule: Rule, path: str) -> Iterator[Fault]:
    """Answers must be those of the question, and with an answer every worse one: else worse could grade lower."""
    for number, condition in enumerate(rule.when):
        scale = SCALES[condition.fact]
        field = f"{path}.when[{number}].any_of"
        if not condition.any_of or any(not _is_answer(answer, scale) for answer in condition.any_of):
            yield Fault(field, "not-an-answer")
        elif set(condition.any_of) != set(scale[-len(set(condition.any_of)) :]):
            yield Fault(field, "worse-left-out")
        elif len(set(condition.any_of)) == len(scale):
            yield Fault(field, "always-true")


def _is_answer(answer: Answer, scale: tuple[Answer, ...]) -> bool:
    """Compared with the type: Python's True would pass for the number one."""
    return any(answer == known and isinstance(answer, bool) is isinstance(known, bool) for known in scale)


def _grades_major(policy: GradingPolicy, fact: Fact) -> bool:
    return any(
        rule.at_least is Grade.MAJOR and any(condition.fact is fact and condition.any_of for condition in rule.when)
        for rule in policy.rules
    )
