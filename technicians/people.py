"""Keeping outlets, vehicles and technicians: who there is, where they start from, what they may be asked for.

Names, phones and homes enter the ledger as digests only, so that they can be erased later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select

from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.problems import FieldWrong, NotAllowed
from technicians import actions, queries, reach
from technicians.errors import CodeTaken
from technicians.events import AbilityChanged
from technicians.hours import WorkingTime
from technicians.models import Outlet, Skill, Technician, Vehicle
from technicians.words import OutletKind

#: Level of a skill where none is given: able to work alone.
ABLE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """WGS-84 degrees. Raises FieldWrong for (0, 0), which is an empty field and no place."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        """Refuse what is no place."""
        if self.latitude == 0 and self.longitude == 0:
            raise FieldWrong(field="position", reason="not-a-place")


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept of a technician; `families` maps an equipment family to the level of skill."""

    code: str
    name: str
    region_code: str
    outlet_id: UUID
    phone: str | None = None
    user_id: UUID | None = None
    vehicle_id: UUID | None = None
    senior: bool = False
    home: Place | None = None
    hired_on: date | None = None
    limits: WorkingTime = field(default_factory=WorkingTime)
    families: Mapping[str, int] = field(default_factory=dict)


def add_outlet(
    db: WriteSession,
    *,
    name: str,
    kind: OutletKind,
    region_code: str,
    place: Place,
    actor: Actor,
    now: datetime,
    phone: str | None = None,
) -> Outlet:
    """Add a base of technicians. Raises NotAllowed for another's region, CodeTaken when the name is taken."""
    _must_see(actor, region_code)
    if db.scalar(select(exists().where(Outlet.name == name))):
        raise CodeTaken(what="outlet", value=name)
    outlet = Outlet(
        id=new_id(),
        name=name,
        kind=kind,
        region_code=region_code,
        latitude=place.latitude,
        longitude=place.longitude,
        phone=phone,
    )
    db.add(outlet)
    facts = {
        "name": name,
        "kind": kind,
        "region": region_code,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    recording.record(db, outlet.id, "outlet.added", actor=actor, facts=facts, now=now, kind="outlet")
    return outlet


def add_vehicle(
    db: WriteSession, *, outlet_id: UUID, plate: str, carries_heavy: bool, actor: Actor, now: datetime
) -> Vehicle:
    """Add a service vehicle to an outlet. Raises NotAllowed for another region's, CodeTaken when the plate is known."""
    _must_see(actor, db.scalar(select(Outlet.region_code).where(Outlet.id == outlet_id)))
    if db.scalar(select(exists().where(Vehicle.plate == plate))):
        raise CodeTaken(what="vehicle", value=plate)
    vehicle = Vehicle(id=new_id(), outlet_id=outlet_id, plate=plate, carries_heavy=carries_heavy)
    db.add(vehicle)
    facts = {"outlet_id": outlet_id, "carries_heavy": carries_heavy}
    recording.record(
        db, vehicle.id, "vehicle.added", actor=actor, facts=facts, now=now, kind="vehicle", private={"plate": plate}
    )
    return vehicle


def add_technician(db: WriteSession, person: Person, *, actor: Actor, now: datetime) -> Technician:
    """Add somebody who repairs, active from now on. Raises CodeTaken when the code is taken."""
    if taken(db, person.code):
        raise CodeTaken(what="technician", value=person.code)
    technician = Technician(id=new_id(), code=person.code, active=True)
    _fill(technician, person)
    db.add(technician)
    db.flush()  # skills refer to the row
    _set_skills(db, technician.id, person.families)
    _witness(db, technician, person, "technician.added", actor=actor, now=now)
    return technician


def change_technician(
    db: WriteSession, technician_id: UUID, person: Person, *, actor: Actor, now: datetime
) -> Technician:
    """Keep these values from now on, skills included; the old ones stay readable in the ledger. Raises CodeTaken."""
    technician = queries.for_change(db, technician_id)
    if person.code != technician.code and taken(db, person.code):
        raise CodeTaken(what="technician", value=person.code)
    technician.code = person.code
    _fill(technician, person)
    _set_skills(db, technician_id, person.families)
    _witness(db, technician, person, "technician.changed", actor=actor, now=now)
    return technician


def set_active(db: WriteSession, technician_id: UUID, *, active: bool, actor: Actor, now: datetime) -> None:
    """Take somebody back, or let them go: then they are signed off and no longer found. Accepted work stays theirs."""
    technician = queries.for_change(db, technician_id)
    if technician.active is active:
        return
    if not active:
        actions.duty_off(db, technician_id, actor=actor, now=now)
    technician.active = active
    step = "technician.taken-back" if active else "technician.left"
    recording.record(db, technician_id, step, actor=actor, facts={"active": active}, now=now, kind="technician")
    reach.refresh(db, [technician_id], now=now)
    announce(db, AbilityChanged(subject_id=technician_id), now=now)


def person_of(look: ReadSession, technician: Technician) -> Person:
    """What is kept of them now, as a form or a line of a file would say it."""
    skills = look.execute(select(Skill.family, Skill.level).where(Skill.technician_id == technician.id))
    home = None
    if technician.home_latitude is not None and technician.home_longitude is not None:
        home = Place(technician.home_latitude, technician.home_longitude)
    return Person(
        code=technician.code,
        name=technician.name,
        region_code=technician.region_code,
        outlet_id=technician.outlet_id,
        phone=technician.phone,
        user_id=technician.user_id,
        vehicle_id=technician.vehicle_id,
        senior=technician.senior,
        home=home,
        hired_on=technician.hired_on,
        families={row.family: row.level for row in skills},
        limits=WorkingTime(technician.max_daily_hours, technician.max_weekly_hours, technician.min_rest_hours),
    )


def taken(look: ReadSession, code: str) -> bool:
    """Whether a visible technician carries the code; of one out of sight the unique index will tell."""
    return bool(look.scalar(select(exists().where(Technician.code == code))))


def _must_see(actor: Actor, region_code: str | None) -> None:
    """Outlets and their vehicles are kept by those whose region it is. An outlet nobody knows is refused alike."""
    regions = actor.scope.regions
    if region_code is None or (regions is not None and region_code not in regions):
        raise NotAllowed(region=region_code)


def _fill(technician: Technician, person: Person) -> None:
    technician.user_id = person.user_id
    technician.name, technician.phone = person.name, person.phone
    technician.region_code, technician.outlet_id = person.region_code, person.outlet_id
    technician.vehicle_id, technician.senior, technician.hired_on = person.vehicle_id, person.senior, person.hired_on
    technician.home_latitude = person.home.latitude if person.home else None
    technician.home_longitude = person.home.longitude if person.home else None
    technician.max_daily_hours = person.limits.max_daily_h
    technician.max_weekly_hours = person.limits.max_weekly_h
    technician.min_rest_hours = person.limits.min_rest_h


def _set_skills(db: WriteSession, technician_id: UUID, families: Mapping[str, int]) -> None:
    """These families and no others."""
    present = {skill.family: skill for skill in db.scalars(select(Skill).where(Skill.technician_id == technician_id))}
    for family, level in families.items():
        if family in present:
            present[family].level = level
        else:
            db.add(Skill(technician_id=technician_id, family=family, level=level))
    for family in present.keys() - families.keys():
        db.delete(present[family])


def _witness(
    db: WriteSession, technician: Technician, person: Person, step: str, *, actor: Actor, now: datetime
) -> None:
    """The ledger's entry, the place by family, and the word to whoever waits for such a person."""
    facts = {
        "code": person.code,
        "region": person.region_code,
        "outlet_id": person.outlet_id,
        "senior": person.senior,
        "vehicle_id": person.vehicle_id,
        "families": dict(person.families),
        "user_id": person.user_id,
        "hours": [person.limits.max_daily_h, person.limits.max_weekly_h, person.limits.min_rest_h],
    }
    home = f"{person.home.latitude},{person.home.longitude}" if person.home else None
    recording.record(
        db,
        technician.id,
        step,
        actor=actor,
        facts=facts,
        now=now,
        kind="technician",
        private={"name": person.name, "phone": person.phone, "home": home},
    )
    reach.refresh(db, [technician.id], now=now)
    announce(db, AbilityChanged(subject_id=technician.id), now=now)
