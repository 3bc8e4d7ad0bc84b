"""Builders for dispatch: complaints at a place, technicians so many kilometres north of it, on duty and certified."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind, Role, system
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from intake import deadlines
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DESK = system("test")
#: People's Square, Shanghai.
LATITUDE, LONGITUDE = 31.23, 121.47
KM_PER_DEGREE = 110.9
MINUTES = {
    Grade.MAJOR: {"acknowledge": 5, "accept": 15, "on_site_target": 360, "on_site_promise": 1440, "resolve": 2880,
                  "feedback": 30, "follow_up": 1440},
    Grade.SERIOUS: {"acknowledge": 15, "accept": 60, "on_site_target": 720, "on_site_promise": 1440, "resolve": 4320,
                    "feedback": 30, "follow_up": 4320},
    Grade.GENERAL: {"acknowledge": 30, "accept": 240, "on_site_target": 1440, "on_site_promise": 1440, "resolve": 7200,
                    "feedback": 30, "follow_up": 10080},
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """A technician of a test and the actor they are."""

    id: UUID
    code: str
    actor: Actor


def add_region(db: WriteSession, code: str = "east") -> None:
    db.execute(
        text("INSERT INTO regions (code, name_zh, name_en, timezone) VALUES (:code, '东区', :code, 'Asia/Shanghai') "
             "ON CONFLICT DO NOTHING"),
        {"code": code},
    )  # fmt: skip
    db.execute(
        text("INSERT INTO outlets (id, name, kind, region_code, latitude, longitude) "
             "VALUES (:id, :code, 'own', :code, :latitude, :longitude) ON CONFLICT (name) DO NOTHING"),
        {"id": new_id(), "code": code, "latitude": LATITUDE, "longitude": LONGITUDE},
    )  # fmt: skip


def add_user(db: WriteSession, role: Role, *, region: str = "east") -> Actor:
    user_id = new_id()
    label = f"{role}-{str(user_id)[-8:]}"
    db.execute(
        text("INSERT INTO users (id, login, name, role, password_hash, language, active, channels, created_at) "
             "VALUES (:id, :login, :login, :role, 'x', 'en', true, '[\"in_app\"]', :now)"),
        {"id": user_id, "login": label, "role": role, "now": AT},
    )  # fmt: skip
    return Actor(kind=ActorKind.USER, id=user_id, label=label, role=role, regions=frozenset({region}))


def add_technician(
    db: WriteSession,
    number: int,
    *,
    km: float = 5.0,
    region: str = "east",
    senior: bool = False,
    certified: bool = True,
    duty: str = "on",
    family: str = "tower_crane",
    active: bool = True,
) -> Hand:
    """`km` north of the place, on duty for half an hour."""
    add_region(db, region)
    actor = add_user(db, Role.TECHNICIAN, region=region)
    technician_id, code = new_id(), f"T{number:03}"
    given = {
        "id": technician_id, "user": actor.id, "code": code, "region": region, "senior": senior, "active": active,
        "latitude": LATITUDE + km / KM_PER_DEGREE, "longitude": LONGITUDE, "family": family, "duty": duty,
        "since": AT - timedelta(minutes=30), "number": f"C{number}", "cert": new_id(),
    }  # fmt: skip
    db.execute(
        text("INSERT INTO technicians (id, user_id, code, name, outlet_id, region_code, senior, active, max_daily_hours, "
             "max_weekly_hours, min_rest_hours, home_latitude, home_longitude) VALUES (:id, :user, :code, :code, "
             "(SELECT o.id FROM outlets o WHERE o.name = :region), :region, :senior, :active, 11, 48, 11, :latitude, "
             ":longitude)"),
        given,
    )  # fmt: skip
    db.execute(text("INSERT INTO skills (technician_id, family, level) VALUES (:id, :family, 2)"), given)
    db.execute(text("INSERT INTO duty (technician_id, state, since) VALUES (:id, :duty, :since)"), given)
    db.execute(
        text("INSERT INTO technician_reach (technician_id, family, spot) "
             "VALUES (:id, :family, ll_to_earth(:latitude, :longitude))"),
        given,
    )  # fmt: skip
    if certified:
        db.execute(
            text("INSERT INTO certificates (id, technician_id, family, kind, number, valid_until) "
                 "VALUES (:cert, :id, :family, 'licence', :number, '2027-12-31')"),
            given,
        )  # fmt: skip
    return Hand(technician_id, code, actor)


def add_complaint(
    db: WriteSession,
    grade: Grade = Grade.GENERAL,
    *,
    region: str = "east",
    at: datetime = AT,
    placed: bool = True,
    family: str | None = "tower_crane",
    km: float = 0.0,
) -> Complaint:
    add_region(db, region)
    complaint_id = new_id()
    complaint = Complaint(
        id=complaint_id, number=f"2020-{str(complaint_id)[-12:]}", year=2020, region_code=region, stage=Stage.GRADED,
        grade=grade, grade_facts={}, grade_rules=["S1"], grade_policy_version=1,
        commitments={"policy_version": 1, "minutes": MINUTES[grade]}, called_at=at, received_at=at,
        promise_started_at=at, source="phone", to_be_identified=False, to_be_placed=not placed, language="en",
        latitude=LATITUDE + km / KM_PER_DEGREE if placed else None, longitude=LONGITUDE if placed else None,
        sentence="The hoist stands still.", caller_phone="+8613800000001", injury_or_danger=False, version=1,
        reopened_count=0, pauses=[], family=family,
    )  # fmt: skip
    db.add(complaint)
    db.flush()
    deadlines.settle(db, complaint, at=at, now=at)
    db.flush()
    return complaint
