from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.closing import Standing, attempts_that_count, is_exhausted, what_is_missing

WHOLE = Standing(report=True, signed=True, refused=False, refusal_answered=False, follow_up="answered")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "missing"),
    [
        (WHOLE, ()),
        (replace(WHOLE, follow_up="given_up"), ()),
        (replace(WHOLE, signed=False, refused=True, refusal_answered=True), ()),
        (replace(WHOLE, report=False), ("service-report",)),
        (replace(WHOLE, signed=False), ("feedback",)),
        (replace(WHOLE, signed=False, refused=True), ("answer-to-refusal",)),
        (replace(WHOLE, follow_up="open"), ("follow-up",)),
        (replace(WHOLE, follow_up=None), ("follow-up",)),
    ],
    ids=["whole", "not reached", "refusal answered", "no report", "no word", "refusal open", "call open", "no call"],
)
def test_a_case_closes_only_with_report_customers_word_and_follow_up(
    standing: Standing, missing: tuple[str, ...]
) -> None:
    assert what_is_missing(standing) == missing


def test_no_way_leads_to_closing_without_a_report_and_the_customers_word() -> None:
    calls = (None, "open", "answered", "given_up")
    for (report, signed, refused, answered), call in product(product((True, False), repeat=4), calls):
        if not what_is_missing(Standing(report, signed, refused, answered, call)):
            assert report
            assert signed or (refused and answered)
            assert call in {"answered", "given_up"}


def test_three_attempts_on_one_day_give_the_call_up() -> None:
    assert is_exhausted([NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=4)])


def test_three_rings_in_a_minute_reach_nobody_that_one_did_not() -> None:
    assert attempts_that_count([NOON, NOON + timedelta(seconds=20), NOON + timedelta(seconds=40)]) == 1


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_another_attempt_never_makes_fewer_count(minutes: list[int]) -> None:
    times = [NOON + timedelta(minutes=each) for each in sorted(minutes)]
    counts = [attempts_that_count(times[:end]) for end in range(len(times) + 1)]
    assert counts == sorted(counts)
