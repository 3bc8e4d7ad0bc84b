import msgspec
import pytest

from feedback.answers import PERCEPTIONS, Answers, what_is_poor


def answers(satisfaction: int = 6, **perceptions: int) -> Answers:
    return msgspec.convert({"satisfaction": satisfaction, **dict.fromkeys(PERCEPTIONS, 6), **perceptions}, Answers)


@pytest.mark.parametrize(("satisfaction", "poor"), [(1, True), (4, True), (5, False), (7, False)])
def test_below_fairly_satisfied_is_poor(satisfaction: int, poor: bool) -> None:  # noqa: FBT001 -- a table
    assert bool(what_is_poor(answers(satisfaction))) is poor


@pytest.mark.parametrize("name", PERCEPTIONS)
def test_one_perception_at_its_lowest_is_poor_whatever_the_rest_says(name: str) -> None:
    assert what_is_poor(answers(7, **{name: 1})) == (name,)
    assert what_is_poor(answers(7, **{name: 2})) == ()
