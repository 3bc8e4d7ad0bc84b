"""Domain table 1: every rule with its reasons, and that worse never grades lower."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.grades import RANK, Grade, GradeFacts, Injury, MachineState, PropertyLoss
from severity import commitments, grading
from severity.grading import History
from severity.policy import SAFETY, SCALES, SHIPPED, Answer, Fact

#: A call in which everything was asked and nothing is grave.
QUIET = GradeFacts(
    injury=Injury.NONE,
    people_in_danger=False,
    structure_or_load=False,
    safety_device_out=False,
    machine_state=MachineState.WORKING,
    work_halted=False,
    property_loss=PropertyLoss.NONE,
    public_attention=False,
)


def quiet_but(**answers: object) -> GradeFacts:
    return GradeFacts(**{**{name: getattr(QUIET, name) for name in QUIET.__struct_fields__}, **answers})


@pytest.mark.parametrize(
    ("facts", "history", "grade", "rules"),
    [
        pytest.param(QUIET, History(), Grade.GENERAL, ("G1",), id="nothing grave is general"),
        pytest.param(quiet_but(injury=Injury.YES), History(), Grade.MAJOR, ("M1",), id="an injury"),
        pytest.param(quiet_but(injury=Injury.SUSPECTED), History(), Grade.MAJOR, ("M1",), id="a suspected injury"),
        pytest.param(quiet_but(people_in_danger=True), History(), Grade.MAJOR, ("M2",), id="people in danger"),
        pytest.param(quiet_but(structure_or_load=True), History(), Grade.MAJOR, ("M3",), id="a brake failed"),
        pytest.param(quiet_but(property_loss=PropertyLoss.LARGE), History(), Grade.MAJOR, ("M4",), id="large loss"),
        pytest.param(quiet_but(property_loss=PropertyLoss.SOME), History(), Grade.GENERAL, ("G1",), id="some loss"),
        pytest.param(quiet_but(public_attention=True), History(), Grade.MAJOR, ("M5",), id="the press is there"),
        pytest.param(
            quiet_but(machine_state=MachineState.STOPPED), History(), Grade.SERIOUS, ("S1",), id="machine stopped"
        ),
        pytest.param(
            quiet_but(machine_state=MachineState.DEGRADED), History(), Grade.GENERAL, ("G1",), id="works with limits"
        ),
        pytest.param(quiet_but(safety_device_out=True), History(), Grade.SERIOUS, ("S2",), id="safety device out"),
        pytest.param(quiet_but(work_halted=True), History(), Grade.SERIOUS, ("S3",), id="work halted"),
        pytest.param(
            QUIET, History(same_fault_recently=True), Grade.SERIOUS, ("G1", "S4"), id="a repeat is one grade up"
        ),
        pytest.param(
            quiet_but(machine_state=MachineState.STOPPED),
            History(same_fault_recently=True),
            Grade.MAJOR,
            ("S1", "S4"),
            id="a stopped machine again is major",
        ),
        pytest.param(
            quiet_but(injury=Injury.YES),
            History(same_fault_recently=True),
            Grade.MAJOR,
            ("M1", "S4"),
            id="nothing is above major",
        ),
        pytest.param(
            QUIET, History(last_feedback_poor=True), Grade.SERIOUS, ("S5",), id="after a poor visit at least serious"
        ),
        pytest.param(
            QUIET,
            History(same_fault_recently=True, last_feedback_poor=True),
            Grade.MAJOR,
            ("S4", "S5"),
            id="one up counts from what the others give",
        ),
    ],
)
def test_a_call_is_graded_by_table_1(facts: GradeFacts, history: History, grade: Grade, rules: tuple[str, ...]) -> None:
    graded = grading.grade(facts, history, SHIPPED)
    assert (graded.grade, graded.rules, graded.asked_again) == (grade, rules, ())


def test_all_matching_rules_are_kept() -> None:
    facts = quiet_but(injury=Injury.YES, structure_or_load=True, machine_state=MachineState.STOPPED, work_halted=True)
    assert grading.grade(facts, History(), SHIPPED).rules == ("M1", "M3", "S1", "S3")


def test_what_nobody_could_say_counts_as_the_worse_and_is_asked_again() -> None:
    graded = grading.grade(GradeFacts(), History(), SHIPPED)
    assert graded.grade is Grade.MAJOR
    assert graded.rules == ("M1", "M2", "M3")
    assert graded.asked_again == tuple(SAFETY)


def test_other_unknown_answers_do_not_raise_the_grade() -> None:
    facts = GradeFacts(injury=Injury.NONE, people_in_danger=False, structure_or_load=False)
    graded = grading.grade(facts, History(), SHIPPED)
    assert (graded.grade, graded.asked_again) == (Grade.GENERAL, ())


def test_a_grade_carries_the_promises_of_table_2() -> None:
    graded = grading.grade(QUIET, History(), SHIPPED)
    assert graded.policy_version == 1
    assert graded.minutes == {
        "acknowledge": 30,
        "accept": 240,
        "on_site_target": 1440,
        "on_site_promise": 1440,
        "resolve": 7200,
        "feedback": 30,
        "follow_up": 10080,
    }
    assert commitments.minutes(Grade.MAJOR, SHIPPED.levels)["on_site_target"] == 360
    assert commitments.minutes(Grade.SERIOUS, SHIPPED.levels)["resolve"] == 4320


def test_a_choice_by_hand_is_marked_and_keeps_the_reasons() -> None:
    graded = grading.grade(QUIET, History(), SHIPPED)
    raised = grading.by_hand(graded, Grade.MAJOR, SHIPPED)
    assert (raised.grade, raised.rules) == (Grade.MAJOR, ("G1", "HAND"))
    assert raised.minutes == commitments.minutes(Grade.MAJOR, SHIPPED.levels)
    assert grading.by_hand(graded, Grade.GENERAL, SHIPPED) is graded


ASKED = [fact for fact in SCALES if fact not in {Fact.SAME_FAULT_RECENTLY, Fact.LAST_FEEDBACK_POOR}]


@st.composite
def calls(draw: st.DrawFn) -> dict[Fact, Answer | None]:
    return {fact: draw(st.sampled_from([None, *scale])) for fact, scale in SCALES.items()}


def graded(answers: dict[Fact, Answer | None]) -> Grade:
    facts = GradeFacts(**{fact.value: answers[fact] for fact in ASKED})  # type: ignore[arg-type]
    history = History(
        same_fault_recently=bool(answers[Fact.SAME_FAULT_RECENTLY]),
        last_feedback_poor=bool(answers[Fact.LAST_FEEDBACK_POOR]),
    )
    return grading.grade(facts, history, SHIPPED).grade


@given(answers=calls(), fact=st.sampled_from(list(SCALES)))
def test_a_worse_answer_never_lowers_the_grade(answers: dict[Fact, Answer | None], fact: Fact) -> None:
    # Unknown stands for the worst answer of the questions that decide over life, and for the mildest of the others.
    scale = SCALES[fact]
    ranked = [*scale, None] if fact in SAFETY else [None, *scale]
    ranks = [RANK[graded({**answers, fact: answer})] for answer in ranked]
    assert ranks == sorted(ranks, reverse=True)


@given(answers=calls())
def test_a_grade_always_has_a_reason(answers: dict[Fact, Answer | None]) -> None:
    facts = GradeFacts(**{fact.value: answers[fact] for fact in ASKED})  # type: ignore[arg-type]
    assert grading.grade(facts, History(), SHIPPED).rules
