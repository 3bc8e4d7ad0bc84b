import pytest

from foundation.accounts.roles import Role
from intake import lifecycle
from intake.errors import StepNotAllowed
from intake.lifecycle import FINAL, MOVES, Stage, Step


def test_every_stage_is_reached_and_every_open_stage_has_a_way_out() -> None:
    reached = {Stage.LOGGED} | {move.to for move in MOVES.values() if move.to}
    assert reached == set(Stage)
    for stage in lifecycle.OPEN:
        assert any(move.to and move.to is not stage for (here, _), move in MOVES.items() if here is stage), stage


def test_from_every_open_stage_the_end_can_be_reached() -> None:
    ends = set(FINAL)
    for _ in Stage:
        ends |= {stage for (stage, _), move in MOVES.items() if (move.to or stage) in ends}
    assert ends == set(Stage)


@pytest.mark.parametrize("stage", list(Stage))
def test_each_unlisted_pair_is_refused_with_what_is_allowed(stage: Stage) -> None:
    for step in Step:
        if (stage, step) in MOVES:
            assert lifecycle.after(stage, step) in Stage
            continue
        with pytest.raises(StepNotAllowed) as refused:
            lifecycle.after(stage, step)
        assert refused.value.facts["allowed"] == list(lifecycle.allowed(stage))


def test_a_final_stage_goes_nowhere_except_closed_that_may_be_reopened() -> None:
    assert {key for key in MOVES if key[0] in FINAL} == {(Stage.CLOSED, Step.REOPEN)}


def test_an_administrator_and_an_appraiser_take_no_step() -> None:
    assert not any({Role.ADMIN, Role.APPRAISER} & move.roles for move in MOVES.values())


def test_the_document_shows_every_row() -> None:
    shown = lifecycle.as_markdown()
    assert shown.count("\n") == len(lifecycle.TABLE) + 3
    assert "| suspended | technician" not in shown
    assert all(f"| {step} |" in shown for step in Step)
