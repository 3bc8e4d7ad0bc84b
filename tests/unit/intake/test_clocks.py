from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from intake import clocks, lifecycle
from intake.clocks import How, Kind, Pause, Situation, Starts
from intake.lifecycle import FINAL, Stage

CALL = datetime(2026, 11, 24, tzinfo=UTC)
MINUTES = {
    "acknowledge": 15,
    "accept": 60,
    "on_site_target": 720,
    "on_site_promise": 1440,
    "resolve": 4320,
    "feedback": 30,
    "follow_up": 4320,
}
stages = st.sampled_from(list(Stage))
later = st.integers(0, 20_000).map(lambda minutes: CALL + timedelta(minutes=minutes))


def situation(stage: Stage, **changes: object) -> Situation:
    given: dict[str, object] = {
        "stage": stage,
        "acknowledged": False,
        "arrived": False,
        "at": CALL,
        "starts": Starts(CALL),
        "minutes": MINUTES,
        "policy_version": 1,
    }
    return Situation(**(given | changes))  # type: ignore[arg-type]


@given(stages, st.tuples(st.booleans(), st.booleans()), later, st.dictionaries(st.sampled_from(list(Kind)), later))
def test_settling_leaves_exactly_the_kinds_of_the_stage(
    stage: Stage, known: tuple[bool, bool], at: datetime, live: dict[Kind, datetime]
) -> None:
    acknowledged, arrived = known
    here = situation(stage, acknowledged=acknowledged, arrived=arrived, at=at)
    change = clocks.settle(here, live)
    left = (set(live) - set(change.close)) | set(change.open)
    wanted = clocks.due_kinds(stage, acknowledged=acknowledged, arrived=arrived)
    assert left - {Kind.LATEST_DEPARTURE} == wanted
    assert not set(change.open) & (set(live) - set(change.close))
    again = clocks.settle(here, {kind: live.get(kind, at) for kind in left})
    assert (again.close, again.open) == ({}, {})


@given(stages, later, later)
def test_what_ends_after_its_time_was_missed_whatever_came_after(stage: Stage, due_at: datetime, at: datetime) -> None:
    for kind in Kind:
        how = clocks.ending(kind, due_at, situation(stage, at=at, acknowledged=True))
        assert (how is How.MISSED) == (at > due_at)


@given(st.lists(st.integers(0, 600), max_size=6), st.integers(0, 5000))
def test_only_the_repair_waits_for_a_suspension(lengths: list[int], elapsed: int) -> None:
    pauses = [Pause(CALL, CALL + timedelta(minutes=length)) for length in lengths]
    here = situation(Stage.ASSIGNED, pauses=pauses, at=CALL + timedelta(minutes=elapsed))
    for kind in (Kind.ACKNOWLEDGE, Kind.ACCEPT, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE):
        assert clocks.due(kind, here).due_at == CALL + timedelta(minutes=MINUTES[kind])
    assert clocks.due(Kind.RESOLVE, here).due_at == CALL + timedelta(minutes=MINUTES["resolve"] + sum(lengths))


@given(later, st.integers(1, 10_000), st.integers(1, 10_000))
def test_raising_never_makes_later_and_lowering_counts_from_the_same_start(
    start: datetime, was: int, minutes: int
) -> None:
    live = clocks.Due(start + timedelta(minutes=was), {"start": start.isoformat(), "minutes": was})
    raised = clocks.regraded(Kind.ACCEPT, live, minutes={"accept": minutes}, policy_version=2, raised=True)
    lowered = clocks.regraded(Kind.ACCEPT, live, minutes={"accept": minutes}, policy_version=2, raised=False)
    assert raised is None or raised.due_at < live.due_at
    assert (lowered.due_at if lowered else live.due_at) == start + timedelta(minutes=minutes)


def test_every_open_stage_has_a_deadline_and_a_final_one_has_none() -> None:
    for stage in Stage:
        assert bool(clocks.due_kinds(stage, acknowledged=True, arrived=True)) == (stage not in FINAL)
        assert lifecycle.is_open(stage) == (stage not in FINAL)


def test_nothing_stops_the_promise_to_be_on_site() -> None:
    for stage in (Stage.SUSPENDED, Stage.REMOTE_SUPPORT, Stage.REOPENED, Stage.ASSIGNED, Stage.EN_ROUTE):
        assert Kind.ON_SITE_PROMISE in clocks.due_kinds(stage, acknowledged=True)
