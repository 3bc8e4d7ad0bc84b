"""Builders of technicians: regions, outlets, people where a test wants them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind, Role, system
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from technicians import people
from technicians.hours import WorkingTime
from technicians.models import Technician
from technicians.people import Person, Place
from technicians.words import OutletKind

DESK = system("test")
#: People's Square, Shanghai; a hundredth of a degree of latitude is 1.11 km.
CENTRE = Place(31.23, 121.47)


def add_region(db: WriteSession, code: str = "east", zone: str = "Asia/Shanghai") -> str:
    db.execute(
        text(
            "INSERT INTO regions (code, name_zh, name_en, timezone) VALUES (:code, '东区', :code, :zone) "
            "ON CONFLICT DO NOTHING"
        ),
        {"code": code, "zone": zone},
    )
    return code


def add_user(db: WriteSession, role: Role, *, now: datetime, regions: frozenset[str] = frozenset()) -> Actor:
    user_id = new_id()
    label = f"{role}-{str(user_id)[-8:]}"
    db.execute(
        text(
            "INSERT INTO users (id, login, name, role, password_hash, language, active, channels, created_at) "
            "VALUES (:id, :login, :login, :role, 'x', 'en', true, '[]', :now)"
        ),
        {"id": user_id, "login": label, "role": role, "now": now},
    )
    return Actor(kind=ActorKind.USER, id=user_id, label=label, role=role, regions=regions)


def add_outlet(db: WriteSession, *, now: datetime, region: str = "east", place: Place = CENTRE) -> UUID:
    add_region(db, region)
    outlet = people.add_outlet(
        db, name=f"outlet {new_id()}", kind=OutletKind.OWN, region_code=region, place=place, actor=DESK, now=now
    )
    return outlet.id


def add_technician(
    db: WriteSession,
    *,
    now: datetime,
    code: str | None = None,
    region: str = "east",
    home: Place | None = CENTRE,
    families: Mapping[str, int] | None = None,
    user_id: UUID | None = None,
    limits: WorkingTime | None = None,
    outlet_id: UUID | None = None,
) -> Technician:
    person = Person(
        code=code or f"T{str(new_id())[-10:]}",
        name="王伟",
        region_code=region,
        outlet_id=outlet_id or add_outlet(db, now=now, region=region),
        phone="+8613800000002",
        home=home,
        families=families or {"tower crane": 2},
        user_id=user_id,
        limits=limits or WorkingTime(),
    )
    return people.add_technician(db, person, actor=DESK, now=now)
