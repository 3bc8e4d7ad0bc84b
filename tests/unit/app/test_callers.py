"""The live demo's callers: endless, in Chinese, the same for the same seed, and faster people act sooner."""

from datetime import UTC, datetime, timedelta
from itertools import islice

from app.demo import callers, people
from app.replay.bots import Act
from app.replay.playing import Day
from app.replay.scenario import Unit
from foundation.clock import HandClock

UNITS = [Unit("ZJ5510-1", people.TOWER_CRANE, "HD", 31.2, 121.4), Unit("SC200-2", people.HOIST, "HN", 23.1, 113.3)]
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def test_the_same_seed_gives_the_same_calls_and_another_gives_others() -> None:
    first, again, other = (list(islice(callers.calls(UNITS, seed=seed, count=None), 30)) for seed in (1, 1, 2))
    assert first == again != other
    assert [call.number for call in first] == list(range(30))


def test_what_is_said_fits_the_machine() -> None:
    for call in callers.calls(UNITS, seed=3, count=50):
        assert call.fault in callers.FAULTS[call.unit.family]


def test_people_in_a_hurry_act_sooner_but_never_before_now() -> None:
    async def nothing() -> None: ...

    day = Day(None, None, HandClock(NOON), tell=lambda _: None, tend=lambda: None, hurry=20)  # type: ignore[arg-type]
    day._put(Act("a", NOON + timedelta(minutes=40), nothing))
    day._put(Act("b", NOON - timedelta(minutes=40), nothing))
    assert [due_at for due_at, _, _ in sorted(day._waiting)] == [NOON, NOON + timedelta(minutes=2)]
