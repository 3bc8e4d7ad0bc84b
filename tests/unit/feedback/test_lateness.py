import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.lateness import Circumstances, Late, why_late
from intake.lifecycle import MOVES, Stage, Step


def seen(**changed: object) -> Circumstances:
    given_: dict[str, object] = {
        "stage": Stage.REPAIRED, "round": 0, "signed": False, "shown_round": 0, "by_link": False, "lost_job": False,
        **changed,
    }  # fmt: skip
    return Circumstances(**given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({}, None, id="in time"),
        pytest.param({"stage": Stage.ON_SITE}, None, id="too early: refused, and sent again afterwards"),
        pytest.param({"stage": Stage.CONFIRMED, "signed": True}, Late.ALREADY_SIGNED, id="signed on the phone before"),
        pytest.param({"stage": Stage.CONFIRMED}, Late.MOVED_ON, id="a refusal was answered meanwhile"),
        pytest.param({"stage": Stage.CLOSED, "by_link": True}, Late.MOVED_ON, id="closed"),
        pytest.param({"stage": Stage.REOPENED, "round": 1}, Late.EARLIER_ROUND, id="reopened"),
        pytest.param({"stage": Stage.REPAIRED, "round": 1}, Late.EARLIER_ROUND, id="repaired again since"),
        pytest.param({"stage": Stage.DISPATCHING, "lost_job": True}, Late.JOB_LOST, id="handed back"),
        pytest.param({"stage": Stage.DISPATCHING, "by_link": True}, Late.MOVED_ON, id="the work began again"),
        pytest.param({"shown_round": None}, None, id="nobody knows what was shown"),
    ],
)
def test_a_form_is_late_when_the_case_went_on_without_it(changed: dict[str, object], why: Late | None) -> None:
    assert why_late(seen(**changed)) is why


@given(
    stage=st.sampled_from(Stage), round=st.integers(0, 3), signed=st.booleans(), by_link=st.booleans(),
    lost_job=st.booleans(), shown_round=st.none() | st.integers(0, 3),
)  # fmt: skip
def test_only_what_the_lifecycle_takes_or_what_is_too_early_is_not_late(**found: object) -> None:
    circumstances = seen(**found)
    if why_late(circumstances) is None and (circumstances.stage, Step.CONFIRM) not in MOVES:
        assert not circumstances.by_link
        assert circumstances.stage not in {Stage.CONFIRMED, Stage.CLOSED, Stage.REOPENED}
