import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import SignatureEmpty
from feedback.strokes import Point, Signature, checked


def drawn(*strokes: Sequence[tuple[float, float]], width: float = 400) -> Signature:
    made = [[Point(x=x, y=y, t=index * 16) for index, (x, y) in enumerate(stroke)] for stroke in strokes]
    return Signature(width=width, height=150, strokes=made)


def a_signature(width: float = 400) -> Signature:
    wave = [(20 + step * width / 60, 75 + 30 * math.sin(step / 3)) for step in range(40)]
    return drawn(wave, width=width)


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (drawn(), "empty"),
        (drawn([], []), "empty"),
        (drawn([(200, 75)]), "dot"),
        (drawn([(200 + step % 3, 75 + step % 2) for step in range(60)]), "dot"),
        (drawn([(100, 75), (160, 75)]), "too-short"),
        (drawn([(100 + step, 75) for step in range(50)]), "too-short"),
    ],
    ids=["no stroke", "strokes without points", "a dot", "a blot", "two points", "a short line"],
)
def test_what_is_no_signature_is_asked_for_again(signature: Signature, reason: str) -> None:
    with pytest.raises(SignatureEmpty) as refused:
        checked(signature)
    assert refused.value.facts["reason"] == reason


def test_a_signature_is_kept_as_it_was_drawn() -> None:
    assert checked(a_signature()) == a_signature()


@given(width=st.floats(50, 4000))
def test_the_size_of_the_screen_makes_no_difference(width: float) -> None:
    scaled = [
        [Point(x=point.x * width / 400, y=point.y * width / 400, t=point.t) for point in stroke]
        for stroke in a_signature().strokes
    ]
    checked(Signature(width=width, height=150, strokes=scaled))


def test_a_name_of_two_plain_strokes_is_enough() -> None:
    """丁 is written in two strokes and nine points."""
    across = [(100 + 30.0 * step, 40.0) for step in range(5)]
    down = [(160.0, 40 + 20.0 * step) for step in range(4)]
    checked(drawn(across, down))
