from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from visits.skew import corrected

TAKEN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HEARD = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
DONE = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def judged(done_at: datetime, skew_s: float | None = 0.0) -> tuple[datetime, tuple[str, ...]]:
    found = corrected(done_at, skew_s=skew_s, received_at=HEARD, not_before=TAKEN)
    return found.at, found.flags


def test_a_phone_ten_minutes_fast_is_counted_ten_minutes_earlier_and_flagged() -> None:
    assert judged(DONE, 600) == (DONE - timedelta(minutes=10), ("skewed",))


def test_a_small_skew_is_corrected_without_a_flag() -> None:
    assert judged(DONE, -90) == (DONE + timedelta(seconds=90), ())


def test_an_unmeasured_skew_is_said() -> None:
    assert judged(DONE, None) == (DONE, ("skew-unknown",))


def test_a_skew_of_days_is_not_believed() -> None:
    assert judged(DONE, 400_000) == (DONE, ("skew-absurd",))


def test_nothing_is_done_after_we_heard_of_it() -> None:
    assert judged(HEARD + timedelta(hours=1)) == (HEARD, ("from-the-future",))


def test_nothing_is_done_before_the_job_was_taken() -> None:
    assert judged(TAKEN - timedelta(days=2)) == (TAKEN, ("before-the-job",))


@given(minutes=st.integers(-100_000, 100_000), skew_s=st.none() | st.floats(-1e9, 1e9))
def test_the_time_that_counts_always_lies_between_taking_the_job_and_hearing(
    minutes: int, skew_s: float | None
) -> None:
    at, _ = judged(DONE + timedelta(minutes=minutes), skew_s)
    assert TAKEN <= at <= HEARD
