"""What goes over the wire about people who repair. Positions are coarse and homes never told, except to oneself."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.wire import AwareTime, Code, Latitude, Line, Longitude, Phone, Text, Wire
from technicians import positions
from technicians.field import FieldState
from technicians.hours import Period, WorkingTime
from technicians.models import Absence, Certificate, Outlet, Shift, Technician, Vehicle
from technicians.people import Person, Place
from technicians.words import DutyState, OutletKind, PositionSource, ShiftKind

Level: TypeAlias = Annotated[int, Meta(ge=1, le=3)]
Metres: TypeAlias = Annotated[float, Meta(ge=0, le=100_000)]
Families: TypeAlias = Annotated[dict[Line, Level], Meta(min_length=1, max_length=50)]


class Spot(Wire, frozen=True, kw_only=True):
    """A place, WGS-84."""

    latitude: Latitude
    longitude: Longitude

    def place(self) -> Place:
        """The place it means. Raises FieldWrong for (0, 0)."""
        return Place(self.latitude, self.longitude)


class HourView(msgspec.Struct, frozen=True, kw_only=True):
    """How many people of a region are there for one hour."""

    region: str
    begins_at: datetime
    on_duty: int
    on_call: int


class NewOutlet(Wire, frozen=True, kw_only=True):
    """A base of technicians."""

    name: Line
    kind: OutletKind
    region_code: Code
    place: Spot
    phone: Phone | None = None


class NewVehicle(Wire, frozen=True, kw_only=True):
    """A service vehicle of an outlet."""

    outlet_id: UUID
    plate: Line
    carries_heavy: bool


class Hours(Wire, frozen=True, kw_only=True):
    """Working-time limits in hours: in any 24 h, in any 7 days, consecutive rest."""

    max_daily: Annotated[int, Meta(ge=1, le=24)] = WorkingTime().max_daily_h
    max_weekly: Annotated[int, Meta(ge=1, le=168)] = WorkingTime().max_weekly_h
    min_rest: Annotated[int, Meta(ge=0, le=24)] = WorkingTime().min_rest_h


class TechnicianForm(Wire, frozen=True, kw_only=True):
    """What is kept of a technician; `families` maps an equipment family to 1 learning, 2 able, 3 teaches."""

    code: Code
    name: Line
    region_code: Code
    outlet_id: UUID
    families: Families
    phone: Phone | None = None
    user_id: UUID | None = None
    vehicle_id: UUID | None = None
    senior: bool = False
    home: Spot | None = None
    hired_on: date | None = None
    hours: Hours = Hours()

    def person(self) -> Person:
        """The values it means."""
        hours = self.hours
        return Person(
            code=self.code,
            name=self.name,
            region_code=self.region_code,
            outlet_id=self.outlet_id,
            phone=self.phone,
            user_id=self.user_id,
            vehicle_id=self.vehicle_id,
            senior=self.senior,
            home=self.home.place() if self.home else None,
            hired_on=self.hired_on,
            families=self.families,
            limits=WorkingTime(hours.max_daily, hours.max_weekly, hours.min_rest),
        )


class Activity(Wire, frozen=True, kw_only=True):
    """Whether the person works here."""

    active: bool


class SignOn(Wire, frozen=True, kw_only=True):
    """What the person signs on for, or off."""

    state: DutyState


class Reported(Wire, frozen=True, kw_only=True):
    """Where the phone was, how exactly and when."""

    latitude: Latitude
    longitude: Longitude
    accuracy_m: Metres
    at: AwareTime


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it was kept: `kept`, or `too_old` when a newer one is there."""

    report: positions.Report


class ShiftForm(Wire, frozen=True, kw_only=True):
    """A stretch on the roster; `reason` when it must break the working-time limits."""

    start_at: AwareTime
    end_at: AwareTime
    kind: ShiftKind = ShiftKind.DUTY
    reason: Text | None = None

    def during(self) -> Period:
        """The time it means."""
        return Period(self.start_at, self.end_at)


class AbsenceForm(Wire, frozen=True, kw_only=True):
    """A time in which somebody isn't there; no end means until further notice."""

    start_at: AwareTime
    end_at: AwareTime | None = None
    reason: Line


class CertificateForm(Wire, frozen=True, kw_only=True):
    """A certificate, good to the end of `valid_until` in the technician's region."""

    family: Line
    kind: Line
    number: Line
    valid_until: date


class Withdrawal(Wire, frozen=True, kw_only=True):
    """Why a certificate counts no longer."""

    reason: Line


class OutletView(msgspec.Struct, frozen=True, kw_only=True):
    """A base of technicians."""

    id: UUID
    name: str
    kind: str
    region_code: str
    latitude: float
    longitude: float
    phone: str | None


class VehicleView(msgspec.Struct, frozen=True, kw_only=True):
    """A service vehicle."""

    id: UUID
    outlet_id: UUID
    plate: str
    carries_heavy: bool


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is taken to be and how old that knowledge is; a home is named, not shown."""

    source: PositionSource
    latitude: float | None = None
    longitude: float | None = None
    age_s: float | None = None


class TechnicianView(msgspec.Struct, frozen=True, kw_only=True):
    """A technician as the desk sees them; `phone` only when one person is asked for."""

    id: UUID
    code: str
    name: str
    region_code: str
    outlet: str
    families: list[str]
    certificates: dict[str, date]
    senior: bool
    active: bool
    carries_heavy: bool
    duty: DutyState
    duty_since: datetime | None
    position: PositionView
    hours_worked_24h: float
    hours_worked_7d: float
    phone: str | None = None


class TechnicianRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a technician, for whoever keeps it: levels by family, hours, certificates. A home is only said to
    be known.
    """

    id: UUID
    code: str
    name: str
    region_code: str
    outlet_id: UUID
    families: dict[str, int]
    phone: str | None
    user_id: UUID | None
    vehicle_id: UUID | None
    senior: bool
    active: bool
    has_home: bool
    hired_on: date | None
    hours: Hours
    certificates: list["CertificateView"]


class ShiftView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch on the roster."""

    id: UUID
    technician_id: UUID
    start_at: datetime
    end_at: datetime
    kind: str


class AbsenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which somebody isn't there."""

    id: UUID
    technician_id: UUID
    start_at: datetime
    end_at: datetime | None


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate; `technician` is the code of its holder."""

    id: UUID
    technician: str
    family: str
    kind: str
    number: str
    valid_until: date


def outlet_view(outlet: Outlet) -> OutletView:
    """The outlet as it is sent."""
    return OutletView(
        id=outlet.id,
        name=outlet.name,
        kind=outlet.kind,
        region_code=outlet.region_code,
        latitude=outlet.latitude,
        longitude=outlet.longitude,
        phone=outlet.phone,
    )


def vehicle_view(vehicle: Vehicle) -> VehicleView:
    """The vehicle as it is sent."""
    return VehicleView(
        id=vehicle.id, outlet_id=vehicle.outlet_id, plate=vehicle.plate, carries_heavy=vehicle.carries_heavy
    )


def technician_view(state: FieldState, *, phone: str | None = None) -> TechnicianView:
    """The technician as they are sent; hours to a tenth."""
    return TechnicianView(
        id=state.id,
        code=state.code,
        name=state.name,
        region_code=state.region_code,
        outlet=state.outlet_name,
        families=list(state.families),
        certificates=dict(state.certificates),
        senior=state.senior,
        active=state.active,
        carries_heavy=state.carries_heavy,
        duty=state.duty,
        duty_since=state.duty_since,
        position=_position_view(state),
        hours_worked_24h=round(state.hours_worked_24h, 1),
        hours_worked_7d=round(state.hours_worked_7d, 1),
        phone=phone,
    )


def _position_view(state: FieldState) -> PositionView:
    position = state.position
    if position.source is PositionSource.HOME:
        return PositionView(source=position.source)
    latitude, longitude = positions.coarse(position)
    return PositionView(source=position.source, latitude=latitude, longitude=longitude, age_s=position.age_s(state.at))


def shift_view(shift: Shift, during: Period) -> ShiftView:
    """The shift as it is sent."""
    return ShiftView(
        id=shift.id, technician_id=shift.technician_id, start_at=during.start, end_at=during.end, kind=shift.kind
    )


def absence_view(absence: Absence, *, start_at: datetime, end_at: datetime | None) -> AbsenceView:
    """The absence as it is sent; why is the person's own matter."""
    return AbsenceView(id=absence.id, technician_id=absence.technician_id, start_at=start_at, end_at=end_at)


def certificate_view(certificate: Certificate, code: str) -> CertificateView:
    """The certificate as it is sent."""
    return CertificateView(
        id=certificate.id,
        technician=code,
        family=certificate.family,
        kind=certificate.kind,
        number=certificate.number,
        valid_until=certificate.valid_until,
    )


def record_view(technician: Technician, person: Person, certificates: Iterable[Certificate]) -> TechnicianRecord:
    """What is kept, as it is sent."""
    limits = person.limits
    return TechnicianRecord(
        id=technician.id,
        code=person.code,
        name=person.name,
        region_code=person.region_code,
        outlet_id=person.outlet_id,
        families=dict(person.families),
        phone=person.phone,
        user_id=person.user_id,
        vehicle_id=person.vehicle_id,
        senior=person.senior,
        active=technician.active,
        has_home=person.home is not None,
        hired_on=person.hired_on,
        hours=Hours(max_daily=limits.max_daily_h, max_weekly=limits.max_weekly_h, min_rest=limits.min_rest_h),
        certificates=[certificate_view(each, person.code) for each in certificates],
    )
