"""A draft of the grading rules on trial: the same calls graded by the rules in force and by the draft. Pure.

Each grave answer to each question stands in a call that is harmless otherwise, so a condition, a grade or a rule that is
changed shows on one call at least; beside them a call of which nothing is known, for rules by which the unknown counts,
and a machine that has stopped again, for rules that raise by one.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from intake.grades import Graded, GradeFacts, MachineState
from severity import grading
from severity.grading import History
from severity.policy import SCALES, Answer, Fact, GradingPolicy, Policies

Grave: TypeAlias = tuple[tuple[Fact, Answer], ...]

#: What the system knows itself; everything else is asked.
_KNOWN: Final = (Fact.SAME_FAULT_RECENTLY, Fact.LAST_FEEDBACK_POOR)
_AGAIN: Final[Grave] = ((Fact.MACHINE_STATE, MachineState.STOPPED), (Fact.SAME_FAULT_RECENTLY, True))


@dataclass(frozen=True, slots=True)
class Sample:
    """A call, by the answers that are not harmless; None when no question was answered at all."""

    grave: Grave | None


@dataclass(frozen=True, slots=True)
class Tried:
    """One call under both."""

    sample: Sample
    before: Graded
    after: Graded

    @property
    def differs(self) -> bool:
        """Whether another grade comes out, or the same for other reasons."""
        return (self.before.grade, self.before.rules) != (self.after.grade, self.after.rules)


SAMPLES: Final = (
    Sample(None),
    Sample(()),
    *(Sample(((fact, answer),)) for fact, scale in SCALES.items() for answer in scale[1:]),
    Sample(_AGAIN),
)


def tried(before: Policies, draft: GradingPolicy) -> list[Tried]:
    """Every sample under both, those that differ first; the promises are those in force."""
    after = Policies(version=before.version, grading=draft, levels=before.levels)
    found = [
        Tried(sample, grading.grade(facts, history, before), grading.grade(facts, history, after))
        for sample, (facts, history) in ((sample, said_in(sample)) for sample in SAMPLES)
    ]
    return sorted(found, key=lambda each: not each.differs)


def said_in(sample: Sample) -> tuple[GradeFacts, History]:
    """The whole call: the answers of the sample among the most harmless ones."""
    if sample.grave is None:
        return GradeFacts(), History()
    said = {fact: scale[0] for fact, scale in SCALES.items()} | dict(sample.grave)
    plain = {fact.value: answer if isinstance(answer, bool) else str(answer) for fact, answer in said.items()}
    history = {fact.value: plain.pop(fact.value) for fact in _KNOWN}
    return msgspec.convert(plain, GradeFacts), msgspec.convert(history, History)
