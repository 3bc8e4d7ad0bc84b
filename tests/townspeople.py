"""Who lives in the town of the stories: two regions, their desks and technicians, customers with cranes and hoists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from foundation.accounts import actions as accounts
from foundation.accounts import passwords
from foundation.accounts.roles import EVERYWHERE, Actor, ActorKind, Role, system
from foundation.database.session import Sessions, WriteSession, unit_of_work
from foundation.language.tongues import Language
from intake import searching
from intake.models import Customer, Equipment, Site
from technicians import actions as duty
from technicians import people, roster
from technicians.hours import Period
from technicians.people import Person, Place
from technicians.words import OutletKind, ShiftKind

#: Tuesday, eight in the morning in Shanghai: where the town's clock stands at first.
MORNING: Final = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
FOUNDER: Final = system("founding")
PASSWORD: Final = "rope-and-hook-2026"
EAST, WEST = "east", "west"
#: People's Square in Shanghai, Tianfu Square in Chengdu.
CENTRES: Final = {EAST: (31.23, 121.47), WEST: (30.66, 104.07)}
KM_PER_DEGREE: Final = 110.9
CRANE, HOIST = "tower_crane", "construction_hoist"


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the desk."""

    name: str
    role: Role
    region: str | None = None
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the field, so many km north of the centre of the region."""

    name: str
    region: str
    km: float
    senior: bool = False


DESK: Final = (
    Staff("agent", Role.AGENT, EAST),
    Staff("night agent", Role.AGENT, EAST),
    Staff("leaving agent", Role.AGENT, EAST),
    Staff("dispatcher", Role.DISPATCHER, EAST),
    Staff("second manager", Role.MANAGER, EAST),
    Staff("manager", Role.MANAGER, EAST, deputy="second manager"),
    Staff("appraiser", Role.APPRAISER, EAST),
    Staff("head", Role.HEAD),
    Staff("admin", Role.ADMIN),
    Staff("west agent", Role.AGENT, WEST),
    Staff("west dispatcher", Role.DISPATCHER, WEST),
    Staff("west manager", Role.MANAGER, WEST),
    Staff("west appraiser", Role.APPRAISER, WEST),
)
FIELD: Final = (
    Hand("lu", EAST, 5.0, senior=True),
    Hand("wang", EAST, 9.0, senior=True),
    Hand("chen", EAST, 14.0),
    Hand("zhou", EAST, 21.0),
    Hand("ma", WEST, 6.0, senior=True),
    Hand("hu", WEST, 11.0, senior=True),
)
#: Serial number → region, family, language of the customer.
UNITS: Final[Mapping[str, tuple[str, str, str]]] = {
    "ZJ5510-50": (EAST, CRANE, "zh-CN"),
    "ZJ5510-51": (EAST, CRANE, "en"),
    "ZJ5510-52": (EAST, CRANE, "zh-CN"),
    "SC200-7": (EAST, HOIST, "en"),
    "QTZ125-9": (WEST, CRANE, "zh-CN"),
}


@dataclass(frozen=True, slots=True)
class Register:
    """The people by name, and the technicians' own ids."""

    people: Mapping[str, Actor]
    technicians: Mapping[str, UUID]
    outlets: Mapping[str, UUID]


def settle(sessions: Sessions, *, now: datetime = MORNING) -> Register:
    """Fill an empty database, by the same actions as the API where there are such."""
    with unit_of_work(sessions) as db:
        for code in (EAST, WEST):
            accounts.add_region(
                db,
                code,
                name_zh={EAST: "华东", WEST: "西南"}[code],
                name_en=code.title(),
                timezone="Asia/Shanghai",
                actor=FOUNDER,
                now=now,
            )
        found = _people(db, now=now)
        outlets = {code: _outlet(db, code, now=now) for code in (EAST, WEST)}
        hands = {hand.name: _technician(db, hand, found[hand.name], outlets[hand.region], now=now) for hand in FIELD}
        for serial_number in UNITS:
            add_unit(db, serial_number, now=now)
    return Register(people=found, technicians=hands, outlets=outlets)


def add_unit(db: WriteSession, serial_number: str, *, now: datetime, like: str | None = None) -> UUID:
    """A unit on a site of its own with a position; `like` names the unit of UNITS whose region and family it has."""
    region, family, language = UNITS[like or serial_number]
    latitude, longitude = CENTRES[region]
    phone = f"+86213333{sum(serial_number.encode()) % 10000:04}"
    customer = Customer(
        name=f"华跃建筑 {serial_number}",
        name_pinyin="huayuejianzhu",
        name_initials="hyjz",
        kind="company",
        phone=phone,
        language=language,
        region_code=region,
        created_at=now,
        search=searching.vector(searching.name_words("华跃建筑") | searching.phone_words(phone)),
    )
    db.add(customer)
    db.flush()
    site = Site(
        customer_id=customer.id,
        name="梅溪湖工地",
        address="人民大道 1 号",
        region_code=region,
        latitude=latitude,
        longitude=longitude,
        datum="wgs84",
        position_radius_m=30.0,
        position_source="survey",
        search="",
        created_at=now,
    )
    db.add(site)
    db.flush()
    unit = Equipment(
        serial_number=serial_number,
        family=family,
        model=serial_number.partition("-")[0],
        customer_id=customer.id,
        site_id=site.id,
        region_code=region,
        warranty_until=date(2027, 12, 31),
        created_at=now,
        search=searching.vector(searching.serial_words(serial_number)),
    )
    db.add(unit)
    db.flush()
    return unit.id


def _people(db: WriteSession, *, now: datetime) -> dict[str, Actor]:
    shared_hash = passwords.hashed(PASSWORD)
    wanted = [*DESK, *(Staff(hand.name, Role.TECHNICIAN, hand.region) for hand in FIELD)]
    found: dict[str, Actor] = {}
    for one in wanted:
        made = accounts.add_user(
            db,
            one.name.replace(" ", "."),
            name=one.name.title(),
            role=one.role,
            regions=[one.region] if one.region else [],
            password_hash=shared_hash,
            language=Language.ENGLISH,
            email=f"{one.name.replace(' ', '.')}@example.test",
            actor=FOUNDER,
            now=now,
            deputy_id=found[one.deputy].id if one.deputy else None,
        )
        made.channels = ["in_app", "email"]
        regions = None if one.role in EVERYWHERE else frozenset({one.region} if one.region else ())
        found[one.name] = Actor(
            kind=ActorKind.USER, id=made.id, label=made.login, role=one.role, regions=regions, language=made.language
        )
    return found


def _outlet(db: WriteSession, region: str, *, now: datetime) -> UUID:
    outlet = people.add_outlet(
        db,
        name=f"{region} outlet",
        kind=OutletKind.OWN,
        region_code=region,
        place=Place(*CENTRES[region]),
        actor=FOUNDER,
        now=now,
    )
    db.flush()
    return outlet.id


def _technician(db: WriteSession, hand: Hand, actor: Actor, outlet_id: UUID, *, now: datetime) -> UUID:
    """Certified for cranes and hoists, on duty since half an hour, rostered by day for two weeks."""
    latitude, longitude = CENTRES[hand.region]
    person = Person(
        code=hand.name.upper(),
        name=hand.name.title(),
        region_code=hand.region,
        outlet_id=outlet_id,
        user_id=actor.id,
        senior=hand.senior,
        home=Place(latitude + hand.km / KM_PER_DEGREE, longitude),
        families={CRANE: 2, HOIST: 2},
    )
    made = people.add_technician(db, person, actor=FOUNDER, now=now)
    for family in (CRANE, HOIST):
        roster.grant_certificate(
            db,
            made.id,
            family=family,
            kind="licence",
            number=f"{hand.name}-{family}",
            valid_until=date(2027, 12, 31),
            actor=FOUNDER,
            now=now,
        )
    for day in range(14):
        start = MORNING - timedelta(minutes=30) + timedelta(days=day)
        roster.add_shift(
            db,
            made.id,
            during=Period(start, start + timedelta(hours=9)),
            kind=ShiftKind.DUTY,
            actor=FOUNDER,
            now=now,
            reason="the town never sleeps",
        )
    duty.duty_on(db, made.id, actor=FOUNDER, now=now - timedelta(minutes=30))
    return made.id
