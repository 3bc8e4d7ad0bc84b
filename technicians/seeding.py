"""Invented technicians in any number, fast: for demonstrations, replays and benchmarks. The same seed gives the same."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import cos, radians
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from technicians.hours import WorkingTime
from technicians.words import DutyState, OutletKind, PositionSource, ShiftKind

#: Kilometres of one degree of latitude.
KM_PER_DEGREE: Final = 111.2
OUTLETS_PER_PLACE: Final = 3
#: How long those on duty have been so; the oldest position is as old.
ON_DUTY_SINCE: Final = timedelta(minutes=15)
#: Shares of the generated people.
SENIOR: Final = 0.25
HEAVY: Final = 0.3
CONTRACTED: Final = 0.3
CERTIFIED: Final = 0.8
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
GIVEN: Final = "伟芳娜敏静磊强军洋勇艳杰娟涛明超霞平刚桂英建文辉玲"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where people are wanted: centre (WGS-84), how far they spread (km, standard deviation), share of all people."""

    region_code: str
    latitude: float
    longitude: float
    spread_km: float = 8.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted beside the number of people.

    `skills_each` families per person; `on_duty` is the share signed on at once; `days` of rostered shifts from the
    day before `now`, in its time zone (a night shift crosses midnight), none when 0.
    """

    families: Sequence[str]
    skills_each: int = 2
    on_duty: float = 1.0
    days: int = 0
    code_prefix: str = "T"
    limits: WorkingTime = field(default_factory=WorkingTime)


@dataclass(frozen=True, slots=True)
class Seeded:
    """Who was made, in the order of their codes."""

    outlet_ids: tuple[UUID, ...]
    technician_ids: tuple[UUID, ...]
    codes: tuple[str, ...]


_REACH: Final = text(
    """
    INSERT INTO technician_reach (technician_id, family, spot)
    SELECT t.id, s.family, ll_to_earth(coalesce(p.latitude, t.home_latitude), coalesce(p.longitude, t.home_longitude))
    FROM technicians t JOIN skills s ON s.technician_id = t.id LEFT JOIN positions p ON p.technician_id = t.id
    WHERE t.outlet_id = ANY(CAST(:outlets AS uuid[]))
    """
)


def generate(
    db: WriteSession,
    n: int,
    *,
    spots: Sequence[Spot],
    plan: Plan,
    now: datetime,
    seed: int = 1,
    user_ids: Sequence[UUID | None] = (),
) -> Seeded:
    """Add `n` people with outlets, vehicles, skills, certificates, duty and positions around the spots, by COPY.

    About 2,500 people a second without shifts; checking keys and the spatial index take most of it. Nothing enters
    the ledger: invented people have no history. `user_ids` are the accounts of the first ones. Regions must exist;
    the caller commits.
    """
    db.execute(text("SET LOCAL statement_timeout = 0"))  # a million rows take longer than any request may
    dice = random.Random(seed)  # noqa: S311 -- seeded on purpose
    outlets = [_outlet(dice, spot, number) for spot in spots for number in range(OUTLETS_PER_PLACE)]
    vehicles = [(new_id(), outlet[0], f"{plan.code_prefix}-{outlet[1]}", dice.random() < HEAVY) for outlet in outlets]
    people = _people(dice, n, spots=spots, outlets=outlets, vehicles=vehicles, plan=plan, user_ids=user_ids)
    ids = [person[0] for person in people]
    signed_on = [one for one in ids if dice.random() < plan.on_duty]
    _copy(db, "outlets", "id, name, kind, region_code, latitude, longitude", outlets)
    _copy(db, "vehicles", "id, outlet_id, plate, carries_heavy", vehicles)
    _copy(db, "technicians", _PERSON, people)
    skills = [(one, family, dice.randint(1, 3)) for one in ids for family in _some(dice, plan)]
    _copy(db, "skills", "technician_id, family, level", skills)
    _copy(db, "certificates", "id, technician_id, family, kind, number, valid_until", _certificates(dice, skills, now))
    _copy(
        db, "duty", "technician_id, state, since", ((one, DutyState.ON.value, now - ON_DUTY_SINCE) for one in signed_on)
    )
    _copy(db, "positions", _POSITION, _positions(dice, people, frozenset(signed_on), now))
    _copy(db, "shifts", "id, technician_id, during, kind", _shifts(ids, plan, now))
    db.execute(_REACH, {"outlets": [outlet[0] for outlet in outlets]})
    return Seeded(tuple(one[0] for one in outlets), tuple(ids), tuple(str(person[2]) for person in people))


_PERSON: Final = (
    "id, user_id, code, name, outlet_id, region_code, vehicle_id, senior, home_latitude, home_longitude, active, "
    "max_daily_hours, max_weekly_hours, min_rest_hours"
)
_POSITION: Final = "technician_id, latitude, longitude, accuracy_m, at, source"
_OutletRow = tuple[UUID, str, str, str, float, float]
_VehicleRow = tuple[UUID, UUID, str, bool]
_PersonRow = tuple[UUID, UUID | None, str, str, UUID, str, UUID, bool, float, float, bool, int, int, int]


def _outlet(dice: random.Random, spot: Spot, number: int) -> _OutletRow:
    latitude, longitude = _near(dice, spot)
    kind = OutletKind.CONTRACTED if dice.random() < CONTRACTED else OutletKind.OWN
    return new_id(), f"{spot.region_code} {number + 1}", kind.value, spot.region_code, latitude, longitude


def _people(
    dice: random.Random,
    n: int,
    *,
    spots: Sequence[Spot],
    outlets: Sequence[_OutletRow],
    vehicles: Sequence[_VehicleRow],
    plan: Plan,
    user_ids: Sequence[UUID | None],
) -> list[_PersonRow]:
    """`n` rows; each person's outlet and vehicle are of their spot."""
    limits = plan.limits
    chosen = dice.choices(range(len(spots)), weights=[spot.weight for spot in spots], k=n)
    rows: list[_PersonRow] = []
    for number, place in enumerate(chosen):
        base = place * OUTLETS_PER_PLACE + dice.randrange(OUTLETS_PER_PLACE)
        latitude, longitude = _near(dice, spots[place])
        rows.append(
            (
                new_id(),
                user_ids[number] if number < len(user_ids) else None,
                f"{plan.code_prefix}{number + 1:05d}",
                dice.choice(SURNAMES) + dice.choice(GIVEN),
                outlets[base][0],
                spots[place].region_code,
                vehicles[base][0],
                dice.random() < SENIOR,
                latitude,
                longitude,
                True,
                limits.max_daily_h,
                limits.max_weekly_h,
                limits.min_rest_h,
            )
        )
    return rows


def _near(dice: random.Random, spot: Spot) -> tuple[float, float]:
    """A point scattered around the spot, on the sphere."""
    north, east = dice.gauss(0, spot.spread_km), dice.gauss(0, spot.spread_km)
    latitude = max(-89.0, min(89.0, spot.latitude + north / KM_PER_DEGREE))
    longitude = spot.longitude + east / (KM_PER_DEGREE * max(cos(radians(latitude)), 0.05))
    return latitude, (longitude + 180) % 360 - 180


def _some(dice: random.Random, plan: Plan) -> list[str]:
    return dice.sample(list(plan.families), min(plan.skills_each, len(plan.families)))


def _certificates(
    dice: random.Random, skills: Iterable[tuple[UUID, str, int]], now: datetime
) -> Iterable[tuple[UUID, UUID, str, str, str, date]]:
    """Most skills have one; a few of those have run out, as in life."""
    today = now.date()
    for technician_id, family, _ in skills:
        if dice.random() < CERTIFIED:
            until = today + timedelta(days=dice.randint(-30, 900))
            yield new_id(), technician_id, family, "operator", f"{dice.randrange(10**8):08d}", until


def _positions(
    dice: random.Random, people: Iterable[_PersonRow], signed_on: frozenset[UUID], now: datetime
) -> Iterable[tuple[UUID, float, float, float, datetime, str]]:
    """Where those on duty were since they signed on: within a few kilometres of home."""
    for person in people:
        if person[0] in signed_on:
            spot = Spot("", person[8], person[9], spread_km=3.0)
            latitude, longitude = _near(dice, spot)
            at = now - ON_DUTY_SINCE * dice.random()
            yield person[0], latitude, longitude, dice.uniform(5, 60), at, PositionSource.PHONE.value


#: Nine hours from each of these hours of `now`'s own day; the last crosses midnight.
STARTS_H: Final = (7, 14, 22)
SHIFT: Final = timedelta(hours=9)
#: Five days on, two off, so that a week stays within forty-eight hours.
ROTATION: Final = (5, 7)


def _shifts(ids: Sequence[UUID], plan: Plan, now: datetime) -> Iterable[tuple[UUID, UUID, str, str]]:
    """Rotating shifts: a third of the people each, days off spread over the week."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for number, technician_id in enumerate(ids):
        start_h = STARTS_H[number % len(STARTS_H)]
        for day in range(plan.days):
            if (day + number) % ROTATION[1] < ROTATION[0]:
                start = midnight + timedelta(days=day, hours=start_h)
                during = f"[{start.isoformat()},{(start + SHIFT).isoformat()})"
                yield new_id(), technician_id, during, ShiftKind.DUTY.value


def _copy(db: WriteSession, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Write rows by COPY, in this transaction, over a table beside: COPY refuses tables with row-level security."""
    beside = f"seeded_{table}"
    db.execute(text(f"CREATE TEMPORARY TABLE {beside} (LIKE {table}) ON COMMIT DROP"))
    driver = db.connection().connection.driver_connection
    if driver is None:
        message = "no connection to copy over"
        raise ValueError(message)
    with driver.cursor() as cursor, cursor.copy(f"COPY {beside} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    db.execute(text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {beside}"))  # noqa: S608 -- constants
    db.execute(text(f"DROP TABLE {beside}"))
