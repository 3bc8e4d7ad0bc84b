"""Wire shapes of the registers and of customers' links."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from foundation.wire import Code, Latitude, Line, Longitude, Phone, Text, Wire
from intake import registers
from intake.models import Customer, Equipment, Site
from intake.schemas import DatumWord, DeadlineOut, LanguageWord, LineOut, Radius

Secret: TypeAlias = Annotated[str, Meta(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_\-]+$")]


class LinkIn(Wire, frozen=True, kw_only=True):
    """What the link is for."""

    purpose: Literal["follow", "feedback"]


class LinkOut(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's link; it is shown once."""

    customer_link: str


class CustomerIn(Wire, frozen=True, kw_only=True):
    """A customer for the register."""

    name: Line
    kind: Literal["company", "person", "authority"] = "company"
    phone: Phone | None = None
    language: LanguageWord = "zh-CN"
    region_code: Code | None = None
    external_ref: Code | None = None


class CustomerOut(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of the register."""

    id: UUID
    name: str
    kind: str
    phone: str | None
    language: str
    region_code: str | None
    external_ref: str | None


def customer_out(customer: Customer, *, personal: bool) -> CustomerOut:
    """A customer as this reader may see them."""
    shown = {name: getattr(customer, name) for name in CustomerOut.__struct_fields__}
    return CustomerOut(**(shown if personal else shown | {"phone": None}))


class SiteIn(Wire, frozen=True, kw_only=True):
    """A site for the register."""

    name: Line
    customer_id: UUID | None = None
    address: Line | None = None
    district: Line | None = None
    region_code: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    datum: DatumWord = "wgs84"
    position_radius_m: Radius | None = None
    access_notes: Text | None = None


class SiteOut(msgspec.Struct, frozen=True, kw_only=True):
    """A site of the register; WGS 84."""

    id: UUID
    name: str
    customer_id: UUID | None
    address: str | None
    district: str | None
    region_code: str | None
    latitude: float | None
    longitude: float | None
    position_radius_m: float | None
    position_source: str | None
    access_notes: str | None


def site_out(site: Site) -> SiteOut:
    """A site as it is shown."""
    return SiteOut(**{name: getattr(site, name) for name in SiteOut.__struct_fields__})


class UnitIn(Wire, frozen=True, kw_only=True):
    """A unit for the register."""

    serial_number: Line
    family: Line
    model: Line | None = None
    manufacturer: Line | None = None
    commissioned_on: date | None = None
    left_works_on: date | None = None
    warranty_until: date | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    region_code: Code | None = None


class UnitOut(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the register."""

    id: UUID
    serial_number: str
    family: str
    model: str | None
    manufacturer: str | None
    commissioned_on: date | None
    left_works_on: date | None
    warranty_until: date | None
    customer_id: UUID | None
    site_id: UUID | None
    region_code: str | None
    facts: Mapping[str, object]


def unit_out(unit: Equipment) -> UnitOut:
    """A unit as it is shown."""
    return UnitOut(**{name: getattr(unit, name) for name in UnitOut.__struct_fields__})


class UnitChange(Wire, frozen=True, kw_only=True):
    """What is wrong in a unit's entry. What isn't named stays; null takes away what a unit need not have."""

    family: Line | UnsetType = UNSET
    model: Line | UnsetType | None = UNSET
    manufacturer: Line | UnsetType | None = UNSET
    commissioned_on: date | UnsetType | None = UNSET
    left_works_on: date | UnsetType | None = UNSET
    warranty_until: date | UnsetType | None = UNSET
    customer_id: UUID | UnsetType | None = UNSET

    def given(self) -> dict[str, object]:
        """The fields that are named."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in named.items() if value is not UNSET}


class CustomerFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with their sites and units."""

    customer: CustomerOut
    sites: Sequence[SiteOut]
    units: Sequence[UnitOut]


def customer_file_out(found: registers.CustomerFile, *, personal: bool) -> CustomerFileOut:
    """A customer's file as this reader may see it."""
    return CustomerFileOut(
        customer=customer_out(found.customer, personal=personal),
        sites=[site_out(site) for site in found.sites],
        units=[unit_out(unit) for unit in found.units],
    )


class MoveOut(msgspec.Struct, frozen=True, kw_only=True):
    """A relocation."""

    moved_on: date
    from_site: str | None
    to_site: str


class UnitHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with where it has been and what was complained of; the latest first, at most a hundred of each."""

    unit: UnitOut
    moves: Sequence[MoveOut]
    complaints: Sequence[LineOut]


def move_out(move: registers.Move) -> MoveOut:
    """A relocation as it is shown."""
    return MoveOut(moved_on=move.moved_on, from_site=move.from_site, to_site=move.to_site)


class RelocationIn(Wire, frozen=True, kw_only=True):
    """Where the unit went, and when."""

    to_site_id: UUID
    moved_on: date


class TokenIn(Wire, frozen=True, kw_only=True):
    """The secret of a customer's link, in the body: never in an address."""

    token: Secret


class PositionByLink(Wire, frozen=True, kw_only=True):
    """Where the customer's phone is, WGS 84, with the metres it may be off."""

    token: Secret
    latitude: Latitude
    longitude: Longitude
    accuracy_m: Radius


class PositionKept(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody still has to place the case on the map."""

    number: str
    to_be_placed: bool


class CustomerStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step as the customer sees it."""

    step: str
    at: datetime


class CustomerCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its customer sees it."""

    number: str
    purpose: str
    stage: str
    language: str
    called_at: datetime
    sentence: str
    serial_number: str | None
    promises: Sequence[DeadlineOut]
    steps: Sequence[CustomerStep]
    #: Where the ledger of this case ends: whoever keeps it can prove that nothing before was changed.
    ledger_head: str
