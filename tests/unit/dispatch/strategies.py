"""Random snapshots: every kind of person, every grade, any moment."""

from datetime import date, timedelta

from hypothesis import strategies as st

from dispatch.snapshot import Pending, Person, Refusal, Snapshot, Tried, Window
from intake.grades import Grade
from technicians.hours import Period
from tests.unit.dispatch.people import AT, a_need, a_person, a_snapshot

_MINUTES = st.integers(-600, 3000).map(lambda number: timedelta(minutes=number))
_LENGTHS = st.integers(1, 720).map(lambda number: timedelta(minutes=number))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = AT + draw(_MINUTES)
    return Window(start, start + draw(_LENGTHS), on_call=draw(st.booleans()))


@st.composite
def worked(draw: st.DrawFn) -> Period:
    start = AT - timedelta(minutes=draw(st.integers(1, 9000)))
    return Period(start, min(AT, start + draw(_LENGTHS)))


@st.composite
def people(draw: st.DrawFn, number: int) -> Person:
    tried = st.builds(Tried, st.sampled_from(Refusal), st.integers(0, 300).map(lambda m: AT - timedelta(minutes=m)))
    return a_person(
        number,
        travel_min=draw(st.floats(0, 900, allow_nan=False)),
        region=draw(st.sampled_from(["east", "west"])),
        active=draw(st.integers(0, 9)) > 0,
        skilled=draw(st.integers(0, 9)) > 0,
        certified_until=draw(st.none() | st.dates(date(2026, 11, 20), date(2027, 1, 1))),
        senior=draw(st.booleans()),
        windows=tuple(draw(st.lists(windows(), max_size=4))),
        worked=tuple(draw(st.lists(worked(), max_size=3))),
        free_at=draw(st.none() | _MINUTES.map(lambda by: AT + by)),
        in_crew=draw(st.integers(0, 9)) == 0,
        pending=draw(st.none() | st.sampled_from(Pending)),
        tried=draw(st.none() | tried),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    size = draw(st.integers(0, 12))
    crowd = [draw(people(number)) for number in range(1, size + 1)]
    qualified = sum(1 for person in crowd if person.skilled and person.active) + draw(st.integers(0, 30))
    need = a_need(
        draw(st.sampled_from(Grade)),
        called_at=AT - timedelta(minutes=draw(st.integers(0, 3000))),
        needs_senior=draw(st.booleans()),
        needs_certificate=draw(st.booleans()),
        ringing=draw(st.integers(0, 2)),
    )
    snapshot = a_snapshot(*crowd, need=need)
    return Snapshot(
        at=snapshot.at, need=need, people=snapshot.people, total=max(100, qualified), qualified=qualified,
        counted_at=snapshot.counted_at, travel_source="test",
    )
