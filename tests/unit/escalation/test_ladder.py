"""The ladder: who answers, within which time, and what follows silence."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation import ladder
from escalation.ladder import SHIPPED, Call, Ladder, Level, OpenCase, Reason, Silence
from foundation.accounts.roles import Role
from intake.grades import Grade

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
D, M, A, H = Level.DISPATCHER, Level.MANAGER, Level.APPRAISER, Level.HEAD


def silence(reason: Reason = Reason.MAJOR, level: Level = M, **changed: object) -> Silence:
    facts: dict[str, object] = {
        "level": level,
        "reason": reason,
        "grade": Grade.MAJOR,
        "opened_at": AT,
        "answer_due_at": AT + timedelta(minutes=30),
        "has_deputy": True,
        "with_deputy": False,
    }
    return Silence(**(facts | changed))  # type: ignore[arg-type]  # A table of named facts.


@pytest.mark.parametrize(
    ("reason", "levels"),
    [
        pytest.param(Reason.ACKNOWLEDGE_MISSED, [D, M, H], id="acknowledge-missed-dispatcher-then-manager"),
        pytest.param(Reason.ACCEPT_MISSED, [D, M, H], id="accept-missed-dispatcher-then-manager"),
        pytest.param(Reason.TARGET_MISSED, [M, H], id="target-missed-manager"),
        pytest.param(Reason.PROMISE_BROKEN, [M, H], id="promise-broken-manager-and-head"),
        pytest.param(Reason.RESOLVE_MISSED, [M, A, H], id="repair-missed-manager-then-appraisal"),
        pytest.param(Reason.FEEDBACK_MISSING, [M, H], id="feedback-missing-manager"),
        pytest.param(Reason.FOLLOW_UP_MISSED, [D, M, H], id="follow-up-missed-dispatcher"),
        pytest.param(Reason.NOBODY_LEFT, [D, M, H], id="nobody-left-dispatcher"),
        pytest.param(Reason.MAJOR, [M, H], id="major-at-the-manager-with-the-call"),
        pytest.param(Reason.SAME_FAULT, [A, H], id="same-fault-on-three-units-at-the-appraiser"),
    ],
)
def test_a_reason_opens_on_its_level_and_rises_one_by_one(reason: Reason, levels: list[Level]) -> None:
    climbed = [ladder.opening(SHIPPED, reason)]
    while (up := ladder.above(SHIPPED, reason, climbed[-1])) is not None:
        climbed.append(up)
    assert climbed == levels


@pytest.mark.parametrize(
    ("level", "grade", "minutes"),
    [
        (D, Grade.GENERAL, 15),
        (M, Grade.MAJOR, 30),
        (M, Grade.SERIOUS, 240),
        (M, Grade.GENERAL, 240),
        (A, Grade.MAJOR, 24 * 60),
        (H, Grade.GENERAL, 8 * 60),
    ],
)
def test_each_level_must_answer_within_its_time(level: Level, grade: Grade, minutes: int) -> None:
    assert ladder.answer_within(SHIPPED, level, grade) == timedelta(minutes=minutes)


def test_negotiation_has_no_time_limit_but_is_not_forgotten() -> None:
    found = ladder.times(SHIPPED, Level.NEGOTIATION, Grade.MAJOR, AT)
    assert found.answer_due_at is None
    assert found.next_notice_at == AT + timedelta(hours=8)


@pytest.mark.parametrize(
    ("minutes", "call", "next_minutes"),
    [
        pytest.param(10, Call.REPEAT, 20, id="first-the-next-channel"),
        pytest.param(20, Call.DEPUTY, 30, id="then-the-deputy"),
        pytest.param(30, Call.RAISE, None, id="then-one-level-up"),
        pytest.param(360, Call.RAISE, None, id="after-a-pause-still-one-level"),
    ],
)
def test_silence_is_answered_step_by_step(minutes: int, call: Call, next_minutes: int | None) -> None:
    found = ladder.next_call(SHIPPED, silence(), now=AT + timedelta(minutes=minutes))
    assert found.call is call
    assert found.next_notice_at == (AT + timedelta(minutes=next_minutes) if next_minutes else None)


@pytest.mark.parametrize("unanswered", [silence(has_deputy=False), silence(with_deputy=True)])
def test_without_a_further_deputy_the_owner_is_told_again(unanswered: Silence) -> None:
    found = ladder.next_call(SHIPPED, unanswered, now=AT + timedelta(minutes=20))
    assert found == ladder.NextCall(Call.REPEAT, AT + timedelta(minutes=30))


def test_at_the_top_the_notice_repeats_for_ever() -> None:
    late = AT + timedelta(days=3)
    assert ladder.next_call(SHIPPED, silence(level=H), now=late) == ladder.NextCall(
        Call.REPEAT, late + timedelta(hours=8)
    )


def test_an_appraiser_whom_a_manager_asked_is_followed_by_the_head() -> None:
    assert ladder.above(SHIPPED, Reason.FEEDBACK_POOR, A) is H


def test_a_broken_promise_takes_over_the_case_that_warned_of_it() -> None:
    case = OpenCase(UUID(int=1), Reason.PROMISE_AT_RISK, M)
    found = ladder.joining(SHIPPED, Reason.PROMISE_BROKEN, [case])
    assert (found.case, found.takes_over, found.raise_to) == (case, True, None)


def test_a_promise_at_risk_lifts_the_dispatchers_case_to_the_manager() -> None:
    case = OpenCase(UUID(int=1), Reason.NOBODY_LEFT, D)
    found = ladder.joining(SHIPPED, Reason.PROMISE_AT_RISK, [case])
    assert (found.case, found.takes_over, found.raise_to) == (case, True, M)


def test_a_lesser_reason_joins_and_changes_nothing() -> None:
    case = OpenCase(UUID(int=1), Reason.PROMISE_BROKEN, H)
    found = ladder.joining(SHIPPED, Reason.NOBODY_LEFT, [case])
    assert (found.case, found.takes_over, found.raise_to) == (case, False, None)


def test_a_reason_of_another_line_opens_its_own_case() -> None:
    case = OpenCase(UUID(int=1), Reason.MAJOR, M)
    assert ladder.joining(SHIPPED, Reason.ACCEPT_MISSED, [case]).case is None


def test_a_case_already_higher_is_never_pulled_down() -> None:
    case = OpenCase(UUID(int=1), Reason.NOBODY_LEFT, H)
    found = ladder.joining(SHIPPED, Reason.PROMISE_AT_RISK, [case])
    assert (found.takes_over, found.raise_to) == (True, None)


def test_the_shipped_ladder_has_no_fault_and_survives_json() -> None:
    assert ladder.faults(SHIPPED) == []
    assert msgspec.json.decode(msgspec.json.encode(SHIPPED), type=Ladder) == SHIPPED


def test_a_ladder_with_holes_is_refused() -> None:
    reasons = {reason: rule for reason, rule in SHIPPED.reasons.items() if reason is not Reason.MAJOR} | {
        Reason.NOT_SOLVED: ladder.ReasonRule(line="solved", path=(H, M))
    }
    levels = tuple(rule for rule in SHIPPED.levels if rule.level is not H)
    broken = msgspec.structs.replace(SHIPPED, levels=levels, reasons=reasons, deputy_share=0.2, repeat_complaints=0)
    assert ladder.faults(broken) == [
        "level-missing:4",
        "reason-missing:major",
        "path-not-rising:not_solved",
        "shares",
        "counts",
    ]


def test_a_level_needs_a_time_for_every_grade() -> None:
    thin, every = {Grade.MAJOR: 15}, dict.fromkeys(Grade, 15)
    slow = ladder.LevelRule(level=D, role=Role.DISPATCHER, answer_min=thin, act_min=every, end_min=every)
    idle = ladder.LevelRule(level=M, role=Role.MANAGER, answer_min=every, act_min=every, end_min=thin)
    broken = msgspec.structs.replace(SHIPPED, levels=(slow, idle, *SHIPPED.levels[2:]))
    assert ladder.faults(broken) == ["answer-time:1", "act-time:2"]


@pytest.mark.parametrize("minutes", [0, ladder.LONGEST_MIN + 1, 10**15])
def test_a_time_is_between_a_minute_and_a_year(minutes: int) -> None:
    given = dict.fromkeys(Grade, 15) | {Grade.MAJOR: minutes}
    wrong = ladder.LevelRule(level=D, role=Role.DISPATCHER, answer_min=given, act_min=given, end_min=given)
    broken = msgspec.structs.replace(SHIPPED, levels=(wrong, *SHIPPED.levels[1:]))
    assert ladder.faults(broken) == ["answer-time:1", "act-time:1"]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("grade", Grade)
def test_an_acknowledged_level_always_has_a_time_by_which_something_must_come_of_it(level: Level, grade: Grade) -> None:
    for acted in (False, True):
        found = ladder.owed(SHIPPED, level, grade, AT, acted=acted)
        assert found.answer_due_at is not None
        assert AT < found.next_notice_at < found.answer_due_at


@pytest.mark.parametrize(
    ("level", "minutes", "call", "next_minutes"),
    [
        pytest.param(M, 20, Call.REPEAT, 30, id="first-a-reminder"),
        pytest.param(M, 30, Call.RAISE, None, id="then-one-level-up"),
        pytest.param(M, 3000, Call.RAISE, None, id="after-a-pause-still-one-level"),
        pytest.param(H, 30, Call.REPEAT, 510, id="at-the-top-a-reminder-for-ever"),
    ],
)
def test_what_nothing_came_of_is_reminded_and_raised(
    level: Level, minutes: int, call: Call, next_minutes: int | None
) -> None:
    owed = ladder.Owed(level, Reason.MAJOR, AT + timedelta(minutes=30))
    found = ladder.next_of_owed(SHIPPED, owed, now=AT + timedelta(minutes=minutes))
    assert found.call is call
    assert found.next_notice_at == (AT + timedelta(minutes=next_minutes) if next_minutes else None)


@given(
    reason=st.sampled_from(Reason),
    grade=st.sampled_from(Grade),
    deputies=st.lists(st.booleans(), min_size=5, max_size=5),
    lags=st.lists(st.floats(min_value=0, max_value=6 * 3600), min_size=30, max_size=30),
)
def test_nobody_answering_always_reaches_the_top_one_level_at_a_time(
    reason: Reason, grade: Grade, deputies: list[bool], lags: list[float]
) -> None:
    """However late each sweep comes, levels are climbed in the order of the path, each with its full time."""
    now, level = AT, ladder.opening(SHIPPED, reason)
    due, with_deputy, seen = ladder.times(SHIPPED, level, grade, now), False, [level]
    opened, next_at = now, due.next_notice_at
    for lag in lags:
        now = next_at + timedelta(seconds=lag)
        found = ladder.next_call(
            SHIPPED,
            Silence(level, reason, grade, opened, due.answer_due_at, deputies[level - 1], with_deputy),
            now=now,
        )
        if found.call is Call.RAISE:
            up = ladder.above(SHIPPED, reason, level)
            assert up is not None
            level, opened, with_deputy = up, now, False
            due = ladder.times(SHIPPED, level, grade, now)
            seen.append(level)
            next_at = due.next_notice_at
        else:
            with_deputy = with_deputy or found.call is Call.DEPUTY
            assert found.next_notice_at is not None
            next_at = found.next_notice_at
        assert next_at > now
    assert seen == list(SHIPPED.reasons[reason].path)
