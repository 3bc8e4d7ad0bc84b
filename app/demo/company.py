"""The company itself: regions, sign-ins, outlets, vehicles, the field with its certificates and roster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

import technicians.actions
import technicians.people
import technicians.positions
import technicians.roster
from app.demo import people
from app.demo.people import CITIES, HANDS, HANDS_PER_CITY, REGIONS, STAFF, City, Hand, Staff
from app.demo.playing import Play
from foundation.accounts import actions, passwords
from foundation.accounts.roles import EVERYWHERE, Actor, ActorKind, Role
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from technicians.models import Shift
from technicians.people import Person, Place
from technicians.words import ShiftKind

#: Days of roster before and after today, so that a demo that is left running still has people next month.
ROSTER_BEFORE: Final = 7
ROSTER_AFTER: Final = 35
#: Begin of the three shifts of the day, and the hours of each; on call for as long afterwards.
STARTS_H: Final = (7, 15, 23)
SHIFT: Final = timedelta(hours=8)
WEEK_DAYS: Final = 7
#: Five days on, two off; the second of a pair has other days off than the first.
DAYS_OFF: Final = ((0, 1), (3, 4))
ZONE: Final = ZoneInfo(people.TIMEZONE)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the company as an actor; `technician_id` for those of the field."""

    actor: Actor
    name: str
    technician_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody by login."""

    members: Mapping[str, Member]

    def actor(self, login: str) -> Actor:
        """The person with this login as an actor."""
        return self.members[login].actor

    def hand(self, technician_id: UUID) -> Actor:
        """The technician with this id as an actor."""
        return next(member.actor for member in self.members.values() if member.technician_id == technician_id)


def found(db: WriteSession, *, actor: Actor, since: datetime, now: datetime) -> Company:
    """Make the company as it stood at `since`; the roster reaches from before that to weeks after `now`."""
    for region in REGIONS:
        actions.add_region(
            db, region.code, name_zh=region.name_zh, name_en=region.name_en, timezone=people.TIMEZONE, actor=actor,
            now=since,
        )  # fmt: skip
    # Hashing takes its time on purpose; all have the same password, so one hash will do.
    password_hash = passwords.hashed(people.PASSWORD)
    members = {staff.login: _staff(db, staff, password_hash, actor=actor, now=since) for staff in STAFF}
    for staff in STAFF:
        if staff.deputy is not None:
            deputy_id = members[staff.deputy].actor.id
            actions.change_user(db, _id(members[staff.login]), deputy_id=deputy_id, actor=actor, now=since)
    outlets = [_outlet(db, city, actor=actor, now=since) for city in CITIES]
    for number, hand in enumerate(HANDS):
        member = _hand(db, number, hand, outlets[hand.city], password_hash, actor=actor, now=since)
        members[hand.login] = member
        _certify(db, number, hand, member, actor=actor, now=since)
    _roster(db, members, now=now)
    return Company(members)


def sign_on(play: Play, company: Company, *, now: datetime) -> None:
    """Half of those whose shift runs sign on as it begins and show where they are; the others are on the roster only.

    Nobody signs off in a demo, and whoever stays signed on is worn out after a day: so not everybody does.
    """
    for number, hand in enumerate(HANDS):
        member = company.members[hand.login]
        started_at = _running_shift(number, now=now)
        if started_at is not None and number % 2 == 0:
            play.at(started_at, partial(_sign_on, member=member))
            seen_at = max(started_at, now - timedelta(minutes=4 + number % 9))
            play.at(seen_at, partial(_show_place, member=member, place=home_of(number, hand)))


def _sign_on(play: Play, *, member: Member) -> None:
    with play.as_actor(member.actor) as db:
        technicians.actions.duty_on(db, _technician_id(member), actor=member.actor, now=play.now)


def _show_place(play: Play, *, member: Member, place: Place) -> None:
    with play.as_actor(member.actor) as db:
        technicians.positions.report(
            db, _technician_id(member), latitude=place.latitude + 0.004, longitude=place.longitude - 0.003,
            accuracy_m=18, at=play.now, now=play.now,
        )  # fmt: skip


def home_of(number: int, hand: Hand) -> Place:
    """Where this person lives: within a few kilometres of the outlet, never twice the same."""
    city = CITIES[hand.city]
    turn = number % HANDS_PER_CITY
    return Place(city.latitude + 0.011 * (turn - 2.5), city.longitude + 0.014 * ((turn * 5) % HANDS_PER_CITY - 2.5))


def shifts_of(number: int, *, now: datetime) -> list[datetime]:
    """When this person's shifts begin, in UTC, from before now to weeks after."""
    turn = number % HANDS_PER_CITY
    start_h, second = STARTS_H[turn % len(STARTS_H)], turn // len(STARTS_H)
    today = now.astimezone(ZONE).date()
    city = number // HANDS_PER_CITY
    days = (today + timedelta(days=offset) for offset in range(-ROSTER_BEFORE, ROSTER_AFTER))
    off = {(day + city) % WEEK_DAYS for day in DAYS_OFF[second]}
    return [datetime.combine(day, time(start_h), ZONE) for day in days if day.weekday() not in off]


def _running_shift(number: int, *, now: datetime) -> datetime | None:
    return next((start for start in shifts_of(number, now=now) if start <= now < start + SHIFT), None)


def _staff(db: WriteSession, staff: Staff, password_hash: str, *, actor: Actor, now: datetime) -> Member:
    made = actions.add_user(
        db, staff.login, name=staff.name, role=staff.role, regions=staff.regions, password_hash=password_hash,
        language=staff.language, email=f"{staff.login}@callout.example", actor=actor, now=now,
    )  # fmt: skip
    regions = None if staff.role in EVERYWHERE else frozenset(staff.regions)
    return Member(
        Actor(
            kind=ActorKind.USER,
            id=made.id,
            label=staff.login,
            role=staff.role,
            regions=regions,
            language=staff.language,
        ),
        staff.name,
    )


def _outlet(db: WriteSession, city: City, *, actor: Actor, now: datetime) -> tuple[UUID, tuple[UUID, ...]]:
    """The outlet and its vehicles: one that carries heavy parts, two that don't."""
    outlet = technicians.people.add_outlet(
        db, name=city.outlet, kind=city.kind, region_code=city.region, place=Place(city.latitude, city.longitude),
        actor=actor, now=now,
    )  # fmt: skip
    db.flush()
    vehicles = tuple(
        technicians.people.add_vehicle(
            db, outlet_id=outlet.id, plate=f"{city.plate}·S{number}0{number}8", carries_heavy=number == 1, actor=actor,
            now=now,
        ).id
        for number in (1, 2, 3)
    )  # fmt: skip
    db.flush()
    return outlet.id, vehicles


def _hand(
    db: WriteSession,
    number: int,
    hand: Hand,
    base: tuple[UUID, tuple[UUID, ...]],
    password_hash: str,
    *,
    actor: Actor,
    now: datetime,
) -> Member:
    outlet_id, vehicles = base
    region = CITIES[hand.city].region
    user = actions.add_user(
        db, hand.login, name=hand.name, role=Role.TECHNICIAN, regions=(region,), password_hash=password_hash,
        phone=f"+861390000{number:04d}", actor=actor, now=now,
    )  # fmt: skip
    families = {people.TOWER_CRANE: 3 if hand.senior else 2, people.HOIST: 2, **dict.fromkeys(hand.families, 2)}
    technician = technicians.people.add_technician(
        db,
        Person(
            code=f"{region}{number + 1:03d}", name=hand.name, region_code=region, outlet_id=outlet_id,
            phone=f"+861390000{number:04d}", user_id=user.id, vehicle_id=vehicles[number % len(vehicles)],
            senior=hand.senior, home=home_of(number, hand), families=families,
        ),
        actor=actor, now=now,
    )  # fmt: skip
    as_actor = Actor(
        kind=ActorKind.USER, id=user.id, label=hand.login, role=Role.TECHNICIAN, regions=frozenset({region})
    )
    return Member(as_actor, hand.name, technician.id)


def _certify(db: WriteSession, number: int, hand: Hand, member: Member, *, actor: Actor, now: datetime) -> None:
    """Everybody is certified for what they work on; one certificate in sixteen runs out within the month."""
    technician_id = _technician_id(member)
    for family in (people.TOWER_CRANE, people.HOIST, *hand.families):
        days = 21 if number % 16 == 5 and family == people.HOIST else 400 + 37 * (number % 11)  # noqa: PLR2004 -- one of each 16
        technicians.roster.grant_certificate(
            db, technician_id, family=family, kind="repair", number=f"TS{number + 1:03d}{len(family):02d}",
            valid_until=(now + timedelta(days=days)).date(), actor=actor, now=now,
        )  # fmt: skip


def _roster(db: WriteSession, members: Mapping[str, Member], *, now: datetime) -> None:
    """Duty around the clock, and on call for as long after it.

    Written as rows: six weeks of shifts one by one with a ledger entry each would take longer than all the rest. The
    constraints of the table hold for them, too.
    """
    for number, hand in enumerate(HANDS):
        technician_id = _technician_id(members[hand.login])
        for start in shifts_of(number, now=now):
            for kind, begin in ((ShiftKind.DUTY, start), (ShiftKind.ON_CALL, start + SHIFT)):
                db.add(Shift(id=new_id(), technician_id=technician_id, during=Range(begin, begin + SHIFT), kind=kind))
    db.flush()


def _technician_id(member: Member) -> UUID:
    if member.technician_id is None:
        raise ValueError(f"{member.actor.label} is not of the field")
    return member.technician_id


def _id(member: Member) -> UUID:
    if member.actor.id is None:
        raise ValueError(f"{member.actor.label} has no id")
    return member.actor.id
