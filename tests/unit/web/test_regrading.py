"""Grading anew by answers: the present ones stand chosen, and only what was changed counts."""

import pytest

from foundation.problems import FieldWrong
from intake.grades import Grade, GradeFacts, Injury, MachineState
from web.pages import calling, regrading

ANSWERS = {"injury": "none", "people_in_danger": True, "structure_or_load": False, "machine_state": None}
SHOWN = {
    "shown.injury": "none", "facts.injury": "none", "shown.people_in_danger": "true", "facts.people_in_danger": "true",
    "shown.machine_state": "unknown", "facts.machine_state": "unknown",
}  # fmt: skip


def test_every_question_is_asked_with_the_present_answer_chosen() -> None:
    found = {one.name: one for one in regrading.questions(ANSWERS)}
    assert tuple(found) == calling.ASKED
    chosen = {name: [each.value for each in one.choices if each.is_chosen] for name, one in found.items()}
    assert chosen["injury"] == ["none"]
    assert (chosen["people_in_danger"], chosen["structure_or_load"]) == (["true"], ["false"])
    assert (chosen["machine_state"], chosen["property_loss"]) == (["unknown"], ["unknown"])


def test_what_was_answered_is_not_offered_as_unknown_again() -> None:
    offers_unknown = {
        one.name for one in regrading.questions(ANSWERS) if any(each.value == "unknown" for each in one.choices)
    }
    assert offers_unknown == set(calling.ASKED) - {"injury", "people_in_danger", "structure_or_load"}


def test_only_changed_answers_count_so_that_an_old_form_undoes_nothing() -> None:
    data = regrading.regraded({**SHOWN, "facts.people_in_danger": "false", "wanted": "", "reason": "All are out."})
    assert (data.facts, data.wanted, data.reason) == (GradeFacts(people_in_danger=False), None, "All are out.")


def test_an_answer_that_was_not_known_before_counts() -> None:
    data = regrading.regraded({**SHOWN, "facts.machine_state": "stopped", "reason": "x"})
    assert data.facts == GradeFacts(machine_state=MachineState.STOPPED)


def test_a_grade_may_be_wanted_without_any_answer() -> None:
    data = regrading.regraded({"wanted": "serious", "reason": "x"})
    assert (data.facts, data.wanted) == (GradeFacts(), Grade.SERIOUS)


def test_a_form_that_showed_nothing_says_all_its_answers() -> None:
    assert regrading.regraded({"facts.injury": "yes", "reason": "x"}).facts == GradeFacts(injury=Injury.YES)


def test_an_answer_that_is_none_names_its_question() -> None:
    with pytest.raises(FieldWrong) as refused:
        regrading.regraded({"facts.injury": "perhaps", "reason": "x"})
    assert refused.value.facts["field"] == "facts.injury"
