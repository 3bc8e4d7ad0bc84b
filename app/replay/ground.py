"""A system of its own for one replay: a throw-away database with register, people, roster, and the processes."""

import dataclasses
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

import technicians.seeding
from app import children as processes
from app import place
from app.replay.scenario import Unit
from app.settings import Settings
from app.supervisor import ChildSpec
from foundation.accounts import actions, passwords
from foundation.accounts.roles import Role, system
from foundation.clock import Clock, ShiftedClock
from foundation.database import migrating, server
from foundation.database.identity import new_id
from foundation.database.server import Server
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.language.tongues import Language
from intake import importing
from intake.importing import ImportReport
from technicians.models import Shift
from technicians.seeding import Plan, Spot
from technicians.words import ShiftKind

ACTOR: Final = system("replay")
PASSWORD: Final = "replay-only-password"  # noqa: S105 -- of a database that is thrown away
FOLDER: Final = "replay"
#: A register without a time zone of its own is taken to be of New York; the day is a Tuesday.
ZONE: Final = "America/New_York"
DAY_BEGINS: Final = datetime.fromisoformat("2026-11-24T06:00:00-05:00")
#: Kilometres of one degree of latitude.
KM_PER_DEGREE: Final = 111.2

#: Shifts of the day in hours from its begin, and their shares of the people; they overlap where most calls are.
SHIFTS: Final = ((0.0, 10.0, 5), (2.5, 12.5, 4), (6.0, 16.0, 4), (10.0, 20.0, 3))
AGENTS_PER_REGION: Final = 2


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician of the replay: login, and the hours of duty as they are rostered."""

    technician_id: UUID
    user_id: UUID
    login: str
    region_code: str
    home: tuple[float, float]
    on_at: datetime
    off_at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who acts. `logins` tells the login of a user's id."""

    agents: Mapping[str, Sequence[str]]
    dispatchers: Mapping[str, str]
    managers: Mapping[str, str]
    logins: Mapping[UUID, str]
    workers: Mapping[UUID, Worker]
    token: str


@dataclass(frozen=True, slots=True)
class Populated:
    """What the register gave and who was made."""

    report: ImportReport
    import_s: float
    units: Sequence[Unit]
    people: People


UNITS: Final = text(
    """
    SELECT e.serial_number, e.family, COALESCE(s.region_code, e.region_code) AS region_code, s.latitude, s.longitude
    FROM equipment e JOIN sites s ON s.id = e.site_id
    WHERE s.latitude IS NOT NULL AND COALESCE(s.region_code, e.region_code) IS NOT NULL ORDER BY e.serial_number
    """
)
_MIDDLES: Final = text(
    """
    SELECT region_code, avg(latitude) AS latitude, avg(longitude) AS longitude,
           COALESCE(stddev(latitude), 0) AS spread, count(*) AS units
    FROM sites WHERE latitude IS NOT NULL AND region_code IS NOT NULL GROUP BY region_code ORDER BY region_code
    """
)
_TECHNICIANS: Final = text(
    """
    SELECT id, user_id, region_code, home_latitude AS latitude, home_longitude AS longitude
    FROM technicians ORDER BY code
    """
)


@contextmanager
def database(settings: Settings, *, say: Callable[[str], None]) -> Iterator[Server]:
    """A migrated database that is gone afterwards: beside DATABASE_URL's on the same server, else embedded."""
    outside = place.outside(settings)
    if outside is not None:
        with _beside(outside) as fresh:
            migrating.upgrade(fresh.owner_url)
            yield fresh
        return
    folder = settings.var / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    with server.start(folder / place.DATABASE_FOLDER, say=say) as ours:
        migrating.upgrade(ours.server.owner_url)
        yield ours.server


@contextmanager
def _beside(outside: Server) -> Iterator[Server]:
    """A fresh database on somebody else's server; its owner must be allowed to create databases."""
    name = f"callout_replay_{new_id().hex[-8:]}"
    with psycopg.connect(outside.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            fresh = outside.database(name)
            with psycopg.connect(fresh.owner_url, autocommit=True) as inside:
                for extension in server.EXTENSIONS:
                    inside.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            yield fresh
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def populate(
    sessions: Sessions,
    file: Path,
    *,
    technicians_count: int,
    seed: int,
    stopwatch: Callable[[], float],
    progress: Callable[[int], None],
) -> Populated:
    """Import the register, make regions' desks and the field, roster the day. Raises FieldWrong for an unfit file."""
    now, began = DAY_BEGINS - timedelta(minutes=10), stopwatch()
    with importing.opened(file) as lines:
        report = importing.import_equipment(sessions, lines, actor=ACTOR, now=now, progress=progress, region_zone=ZONE)
    import_s = stopwatch() - began
    with reading(sessions) as look:
        units = [Unit(*row) for row in look.execute(UNITS)]
        spots = [_spot(*row) for row in look.execute(_MIDDLES)]
    with unit_of_work(sessions) as db:
        people = _people(db, spots, units, technicians_count=technicians_count, seed=seed, now=now)
    return Populated(report, import_s, units, people)


def _spot(region_code: str, latitude: float, longitude: float, spread: float, units: int) -> Spot:
    """People live around the middle of their region's units, spread as these are, as many as there are units."""
    return Spot(region_code, latitude, longitude, spread_km=max(1.0, spread * KM_PER_DEGREE), weight=float(units))


def _people(
    db: WriteSession, spots: Sequence[Spot], units: Sequence[Unit], *, technicians_count: int, seed: int, now: datetime
) -> People:
    password_hash = passwords.hashed(PASSWORD)
    logins: dict[UUID, str] = {}

    def add(login: str, role: Role, regions: Sequence[str]) -> str:
        made = actions.add_user(
            db, login, name=login, role=role, regions=regions, password_hash=password_hash, language=Language.ENGLISH,
            actor=ACTOR, now=now,
        )  # fmt: skip
        logins[made.id] = made.login
        return made.login

    codes = [spot.region_code for spot in spots]
    agents = {
        code: [add(f"agent{number}.{code}", Role.AGENT, [code]) for number in range(AGENTS_PER_REGION)]
        for code in codes
    }
    dispatchers = {code: add(f"dispatcher.{code}", Role.DISPATCHER, [code]) for code in codes}
    managers = {code: add(f"manager.{code}", Role.MANAGER, [code]) for code in codes}
    for number in (1, 2):
        add(f"appraiser.{number}", Role.APPRAISER, [])
    add("head", Role.HEAD, [])
    add("admin", Role.ADMIN, [])
    workers = _field(db, spots, units, password_hash, count=technicians_count, seed=seed, logins=logins, now=now)
    token = actions.add_token(db, "PBX", powers=["complaint.log"], regions=None, actor=ACTOR, now=now)
    return People(agents, dispatchers, managers, logins, {each.technician_id: each for each in workers}, token.secret)


def _field(
    db: WriteSession,
    spots: Sequence[Spot],
    units: Sequence[Unit],
    password_hash: str,
    *,
    count: int,
    seed: int,
    logins: dict[UUID, str],
    now: datetime,
) -> list[Worker]:
    """Technicians with an account each, and one shift of the day each."""
    users = [
        actions.add_user(
            db, f"tech{number:03d}", name=f"Technician {number}", role=Role.TECHNICIAN, regions=[],
            password_hash=password_hash, language=Language.ENGLISH, actor=ACTOR, now=now,
        )
        for number in range(count)
    ]  # fmt: skip
    logins.update({user.id: user.login for user in users})
    families = sorted({unit.family for unit in units})
    plan = Plan(families=families, skills_each=max(1, len(families) - 1), on_duty=0.0)
    technicians.seeding.generate(
        db, count, spots=spots, plan=plan, now=now, seed=seed, user_ids=[user.id for user in users]
    )
    turns = cycle([shift for shift in SHIFTS for _ in range(shift[2])])
    workers = []
    for row, (begins_h, ends_h, _) in zip(db.execute(_TECHNICIANS), turns, strict=False):
        on_at, off_at = DAY_BEGINS + timedelta(hours=begins_h), DAY_BEGINS + timedelta(hours=ends_h)
        db.add(Shift(id=new_id(), technician_id=row.id, during=Range(on_at, off_at), kind=ShiftKind.DUTY))
        workers.append(
            Worker(
                row.id, row.user_id, logins[row.user_id], row.region_code, (row.latitude, row.longitude), on_at, off_at
            )
        )
    return workers


def clock(machine: Clock, *, speed: float, lead_s: float) -> ShiftedClock:
    """The day's clock: it shows the begin of the day `lead_s` seconds of the machine from now."""
    return ShiftedClock(starts_at=DAY_BEGINS, anchor_at=machine.machine_now() + timedelta(seconds=lead_s), speed=speed)


def children(settings: Settings, found: Server, day: ShiftedClock, *, port: int) -> list[ChildSpec]:
    """Web, worker and clockwork over this database and clock, on this port, telling nobody outside."""
    ours = dataclasses.replace(settings, clock=day.spec(), var=settings.var / FOLDER)
    given = {
        "CALLOUT_CLOCK": day.spec(), "CALLOUT_HOST": "127.0.0.1", "CALLOUT_PORT": str(port), "CALLOUT_DEMO": "no",
        "CALLOUT_PUBLIC_URL": f"http://127.0.0.1:{port}", "CALLOUT_SECURE_COOKIES": "no",
        "CALLOUT_GEOCODER": "gazetteer", "SMTP_URL": "", "CALLOUT_WATCHDOG_URL": "",
    }  # fmt: skip
    return [
        dataclasses.replace(spec, environment={**spec.environment, **given}) for spec in processes.children(ours, found)
    ]


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
