"""The sign of life is given only while everything is well."""

from datetime import UTC, datetime, timedelta

import pytest

from app import silence
from foundation.jobs.beats import Beat, health_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def beat(name: str, *, age_s: float = 0, every_s: float = 1, trouble: str | None = None) -> Beat:
    return Beat(name, NOW - timedelta(seconds=age_s), every_s, trouble)


def reasons(*beats: Beat) -> list[str]:
    return silence.reasons_to_be_silent(health_of(beats, now=NOW), now=NOW)


WELL = (beat("relay", age_s=29), beat("invariants", age_s=85, every_s=60), beat("escalation.silence", every_s=2))


def test_a_well_system_says_so() -> None:
    assert reasons(*WELL) == []


@pytest.mark.parametrize(
    ("ill", "reason"),
    [
        (beat("relay", age_s=32), "late: relay"),
        (beat("invariants", age_s=91, every_s=60), "late: invariants"),
        (beat("dispatch.lapse", trouble="no database"), "troubled: dispatch.lapse: no database"),
    ],
)
def test_one_late_or_troubled_loop_keeps_us_silent(ill: Beat, reason: str) -> None:
    well = [each for each in WELL if each.name != ill.name]
    assert reasons(*well, ill) == [reason]


def test_without_a_check_of_the_invariants_nobody_is_told_that_all_is_well() -> None:
    assert reasons(beat("relay")) == ["invariants were never checked"]


def test_without_any_loop_nobody_is_told_that_all_is_well() -> None:
    assert reasons() == ["invariants were never checked"]


def test_a_sign_of_life_that_failed_is_tried_again() -> None:
    assert reasons(*WELL, beat(silence.NAME, age_s=300, trouble="ConnectError")) == []
