"""Why a deadline is when it is, told from what was kept when it was opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from intake import clocks
from intake.clocks import Kind, Pause, Situation, Starts
from intake.lifecycle import Stage
from severity import explaining
from severity.policy import SHIPPED, Commitments

CALL = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    kind: str
    due_at: datetime
    why: Mapping[str, object] = field(default_factory=dict)


def situation(**changes: object) -> Situation:
    promised: Commitments = SHIPPED.levels.serious
    given: dict[str, object] = {
        "stage": Stage.GRADED,
        "acknowledged": False,
        "arrived": False,
        "at": CALL,
        "starts": Starts(promise_at=CALL),
        "policy_version": 3,
        "minutes": {name: getattr(promised, name) for name in promised.__struct_fields__},
    }
    return Situation(**{**given, **changes})  # type: ignore[arg-type]


def test_a_promise_counts_from_the_call_by_the_stamped_rule_book() -> None:
    due = clocks.due(Kind.ACCEPT, situation())
    start, adds, end = explaining.why_deadline(Row("accept", due.due_at, due.why))
    assert (start.step, start.at, start.because) == ("starts", CALL, "call")
    assert (adds.step, adds.minutes, adds.because, adds.policy_version) == ("adds", 60, "accept", 3)
    assert adds.at == end.at == due.due_at == CALL + timedelta(hours=1)


def test_a_suspension_is_a_step_of_its_own() -> None:
    pause = Pause(CALL + timedelta(hours=2), CALL + timedelta(hours=5))
    due = clocks.due(Kind.RESOLVE, situation(at=CALL + timedelta(hours=5), pauses=[pause]))
    steps = explaining.why_deadline(Row("resolve", due.due_at, due.why))
    assert [step.step for step in steps] == ["starts", "adds", "pauses", "due"]
    assert steps[2].minutes == 180
    assert steps[2].at == steps[3].at == due.due_at


def test_a_resumption_is_due_on_the_date_that_was_agreed() -> None:
    agreed = CALL + timedelta(days=2)
    due = clocks.due(Kind.RESUME, situation(resume_at=agreed))
    start, end = explaining.why_deadline(Row("resume", due.due_at, due.why))
    assert (start.because, start.at, end.at) == ("resume_date", agreed, agreed)


def test_a_deadline_that_others_reckon_shows_their_facts() -> None:
    (only,) = explaining.why_deadline(Row("latest_departure", CALL, {"travel_min": 50}))
    assert (only.step, only.at, only.facts) == ("due", CALL, {"travel_min": 50})
