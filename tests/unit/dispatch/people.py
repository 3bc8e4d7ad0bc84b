"""Builders of snapshots for the tests of dispatch: few named arguments, fixed values."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from dispatch.snapshot import CrewRole, Need, Pending, Person, Snapshot, Tried, Window
from intake.grades import Grade
from technicians.hours import Period, WorkingTime

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ALL_DAY = (Window(AT - timedelta(hours=2), AT + timedelta(hours=10)),)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def a_person(
    number: int = 1,
    *,
    travel_min: float = 30.0,
    region: str = "east",
    active: bool = True,
    skilled: bool = True,
    certified_until: date | None = date(2027, 6, 30),
    senior: bool = False,
    windows: tuple[Window, ...] = ALL_DAY,
    worked: tuple[Period, ...] = (),
    free_at: datetime | None = None,
    in_crew: bool = False,
    pending: Pending | None = None,
    tried: Tried | None = None,
    limits: WorkingTime | None = None,
    carries_heavy: bool = False,
    excluded_until: datetime | None = None,
) -> Person:
    return Person(
        technician_id=UUID(int=number),
        code=f"T{number:03}",
        region=region,
        active=active,
        skilled=skilled,
        certified_until=certified_until,
        senior=senior,
        road_km=travel_min / 2,
        travel_min=travel_min,
        starts_from="site" if free_at else "phone",
        position_age_min=3.0,
        windows=windows,
        worked=worked,
        limits=limits or WorkingTime(),
        zone="Asia/Shanghai",
        free_at=free_at,
        in_crew=in_crew,
        pending=pending,
        tried=tried,
        carries_heavy=carries_heavy,
        excluded_until=excluded_until,
    )


def a_need(
    grade: Grade = Grade.GENERAL,
    *,
    called_at: datetime = AT,
    needs_senior: bool = False,
    ringing: int = 0,
    needs_certificate: bool = True,
    crew_role: CrewRole = CrewRole.LEAD,
    heavy_parts: bool = False,
) -> Need:
    target_h = {Grade.MAJOR: 6, Grade.SERIOUS: 12, Grade.GENERAL: 24}[grade]
    accept_min = {Grade.MAJOR: 15, Grade.SERIOUS: 60, Grade.GENERAL: 240}[grade]
    return Need(
        complaint_id=UUID(int=999),
        number="2026-000001",
        crew_role=crew_role,
        grade=grade,
        family="tower_crane",
        region="east",
        called_at=called_at,
        accept_by=called_at + minutes(accept_min),
        target_at=called_at + hours(target_h),
        promise_at=called_at + hours(24),
        needs_certificate=needs_certificate,
        needs_senior=needs_senior,
        ringing=ringing,
        heavy_parts=heavy_parts,
    )


def a_snapshot(*people: Person, need: Need | None = None, at: datetime = AT, qualified: int | None = None) -> Snapshot:
    return Snapshot(
        at=at,
        need=need or a_need(),
        people=people,
        total=100,
        qualified=qualified or max(40, len(people)),
        counted_at=AT,
        travel_source="test",
    )
