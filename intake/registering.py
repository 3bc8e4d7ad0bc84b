"""Keeping the registers: customers, sites, equipment, and where a unit moved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from foundation.accounts.models import Region
from foundation.accounts.roles import Actor
from foundation.database import conflicts
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.problems import FieldWrong, NotAllowed
from intake import datum, geocoding, phones, searching
from intake.errors import ReferenceTaken, SerialTaken
from intake.events import UnitsRegistered
from intake.models import Customer, Equipment, Relocation, Site
from intake.serials import serial

conflicts.means("uq_equipment_serial_number", SerialTaken)
conflicts.means("uq_customers_external_ref", ReferenceTaken)

#: Metres believed of a position that a person puts in without saying how exact it is.
SURVEYED_M: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """Who a customer is."""

    name: str
    kind: str = "company"
    phone: str | None = None
    language: str = "zh-CN"
    region_code: str | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """Where a site is; coordinates in `datum`."""

    name: str
    customer_id: UUID | None = None
    address: str | None = None
    district: str | None = None
    region_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    datum: str = datum.WGS84
    position_radius_m: float | None = None
    access_notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """What a unit is."""

    serial_number: str
    family: str
    model: str | None = None
    manufacturer: str | None = None
    commissioned_on: date | None = None
    left_works_on: date | None = None
    warranty_until: date | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    region_code: str | None = None
    facts: dict[str, object] = field(default_factory=dict)


def add_customer(db: WriteSession, new: NewCustomer, *, actor: Actor, now: datetime) -> Customer:
    """Put a customer into the register. Raises FieldWrong; ReferenceTaken at the latest with the commit."""
    phone = phones.normal(new.phone)
    if new.phone and phone is None:
        raise FieldWrong(field="phone", reason="not-a-phone")
    _known_region(db, new.region_code)
    if new.external_ref and db.scalar(select(Customer.id).where(Customer.external_ref == new.external_ref)):
        raise ReferenceTaken(external_ref=new.external_ref)
    pinyin, initials = searching.sounds(new.name)
    customer = Customer(
        id=new_id(),
        name=new.name,
        name_pinyin=pinyin,
        name_initials=initials,
        kind=new.kind,
        phone=phone,
        language=new.language,
        region_code=new.region_code,
        external_ref=new.external_ref,
        search=customer_search(new.name, phone, new.external_ref),
        created_at=now,
    )
    db.add(customer)
    private = {"name": new.name, "phone": phone}
    facts = {"kind": new.kind, "region_code": new.region_code}
    recording.record(
        db, customer.id, "customer.added", actor=actor, facts=facts, now=now, kind="customer", private=private
    )
    return customer


def customer_search(name: str, phone: str | None, external_ref: str | None) -> str:
    """What a customer is found by."""
    words = searching.name_words(name) | searching.phone_words(phone) | searching.serial_words(external_ref)
    return searching.vector(words)


def site_search(*texts: str | None) -> str:
    """What a site is found by."""
    return searching.vector(word for one in texts for word in searching.name_words(one))


def unit_search(serial_number: str, *texts: str | None) -> str:
    """What a unit is found by."""
    return searching.vector(
        searching.serial_words(serial_number) | {word for one in texts for word in searching.name_words(one)}
    )


def add_site(db: WriteSession, new: NewSite, *, actor: Actor, now: datetime) -> Site:
    """Put a site into the register; without coordinates it gets those of its district, with their radius."""
    _known_region(db, new.region_code)
    _known_customer(db, new.customer_id)
    site = Site(
        id=new_id(),
        customer_id=new.customer_id,
        name=new.name,
        address=new.address,
        district=new.district,
        region_code=new.region_code,
        access_notes=new.access_notes,
        search=site_search(new.name, new.address, new.district),
        created_at=now,
    )
    _put_on_map(site, new)
    db.add(site)
    facts = {"name": new.name, "address": new.address, "region_code": new.region_code, "datum": site.datum}
    recording.record(db, site.id, "site.added", actor=actor, facts=facts, now=now, kind="site")
    return site


def _put_on_map(site: Site, new: NewSite) -> None:
    if (new.latitude is None) != (new.longitude is None):
        raise FieldWrong(field="longitude" if new.longitude is None else "latitude", reason="missing")
    if new.latitude is not None and new.longitude is not None:
        if datum.is_nowhere(new.latitude, new.longitude):
            raise FieldWrong(field="latitude", reason="nowhere")
        place = datum.to_wgs84(new.latitude, new.longitude, datum=new.datum)
        site.latitude, site.longitude = place
        site.datum, site.given_latitude, site.given_longitude = new.datum, new.latitude, new.longitude
        site.position_radius_m, site.position_source = new.position_radius_m or SURVEYED_M, "person"
        return
    found = geocoding.gazetteer(" ".join(part for part in (new.district, new.address) if part))
    if found is not None:
        site.latitude, site.longitude = found.latitude, found.longitude
        site.position_radius_m, site.position_source = found.radius_m, found.source


def add_unit(db: WriteSession, new: NewUnit, *, actor: Actor, now: datetime) -> Equipment:
    """Put a unit into the register; cases that wait for it hear of it. Raises SerialTaken, FieldWrong."""
    serial_number = serial(new.serial_number)
    if serial_number is None:
        raise FieldWrong(field="serial_number", reason="blank")
    if db.scalar(select(Equipment.id).where(Equipment.serial_number == serial_number)):
        raise SerialTaken(serial_number=serial_number)
    _known_region(db, new.region_code)
    _known_customer(db, new.customer_id)
    site = _site(db, new.site_id) if new.site_id else None
    unit = Equipment(
        id=new_id(),
        serial_number=serial_number,
        family=new.family,
        model=new.model,
        manufacturer=new.manufacturer,
        commissioned_on=new.commissioned_on,
        left_works_on=new.left_works_on,
        warranty_until=new.warranty_until,
        customer_id=new.customer_id or (site.customer_id if site else None),
        site_id=new.site_id,
        region_code=new.region_code or (site.region_code if site else None),
        facts=new.facts,
        search=unit_search(serial_number, new.model, new.manufacturer),
        created_at=now,
    )
    db.add(unit)
    facts = {"serial_number": serial_number, "family": new.family, "model": new.model}
    recording.record(db, unit.id, "equipment.added", actor=actor, facts=facts, now=now, kind="equipment")
    announce(db, UnitsRegistered(subject_id=unit.id), now=now)
    return unit


def correct_unit(
    db: WriteSession, serial_number: str, changes: Mapping[str, object], *, actor: Actor, now: datetime
) -> Equipment:
    """Put right what is kept of a unit of the actor's regions; `changes` by column. Raises NotAllowed, FieldWrong."""
    wanted = select(Equipment).where(Equipment.serial_number == serial(serial_number))
    unit = db.scalars(wanted.with_for_update(key_share=True)).one_or_none() if serial_number.isprintable() else None
    regions = actor.scope.regions
    if unit is None or (regions is not None and unit.region_code not in {None, *regions}):
        raise NotAllowed(equipment=ascii(serial_number)[:100])
    differing = {name: value for name, value in changes.items() if getattr(unit, name) != value}
    if not differing:
        raise FieldWrong(field="family", reason="nothing-corrected")
    customer_id = differing.get("customer_id")
    _known_customer(db, customer_id if isinstance(customer_id, UUID) else None)
    before = {name: getattr(unit, name) for name in differing}
    for name, value in differing.items():
        setattr(unit, name, value)
    unit.search = unit_search(unit.serial_number, unit.model, unit.manufacturer)
    facts = {"from": _plain(before), "to": _plain(differing)}
    recording.record(db, unit.id, "equipment.corrected", actor=actor, facts=facts, now=now, kind="equipment")
    announce(db, UnitsRegistered(subject_id=unit.id), now=now)
    return unit


def _plain(values: Mapping[str, object]) -> dict[str, str | None]:
    """Values of columns as the ledger keeps them."""
    return {name: None if value is None else str(value) for name, value in values.items()}


def relocate(
    db: WriteSession, serial_number: str, *, to_site_id: UUID, moved_on: date, actor: Actor, now: datetime
) -> Equipment:
    """The unit stands somewhere else now. An older move than the latest known is kept without moving the unit."""
    wanted = select(Equipment).where(Equipment.serial_number == serial(serial_number))
    unit = db.scalars(wanted.with_for_update(key_share=True)).one_or_none() if serial_number.isprintable() else None
    if unit is None:
        raise NotAllowed(equipment=ascii(serial_number)[:100])
    if moved_on > now.date():
        raise FieldWrong(field="moved_on", reason="in-the-future")
    site = _site(db, to_site_id)
    latest = db.scalar(
        select(Relocation.moved_on)
        .where(Relocation.equipment_id == unit.id)
        .order_by(Relocation.moved_on.desc())
        .limit(1)
    )
    db.add(
        Relocation(
            equipment_id=unit.id, from_site_id=unit.site_id, to_site_id=site.id, moved_on=moved_on, recorded_at=now
        )
    )
    facts = {"from": unit.site_id, "to": site.id, "moved_on": moved_on.isoformat()}
    if latest is None or moved_on >= latest:
        unit.site_id, unit.region_code = site.id, site.region_code or unit.region_code
        unit.customer_id = site.customer_id or unit.customer_id
    recording.record(db, unit.id, "equipment.moved", actor=actor, facts=facts, now=now, kind="equipment")
    announce(db, UnitsRegistered(subject_id=unit.id), now=now)
    return unit


def _known_region(db: WriteSession, code: str | None) -> None:
    if code is not None and db.get(Region, code) is None:
        raise FieldWrong(field="region_code", reason="unknown")


def _known_customer(db: WriteSession, customer_id: UUID | None) -> None:
    if customer_id is not None and db.get(Customer, customer_id) is None:
        raise FieldWrong(field="customer_id", reason="unknown")


def _site(db: WriteSession, site_id: UUID) -> Site:
    site = db.get(Site, site_id)
    if site is None:
        raise FieldWrong(field="site_id", reason="unknown")
    return site
