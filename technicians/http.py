"""Routes of people who repair: what a technician does for themselves, what the desk sees and keeps."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from foundation import wire
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotFound
from foundation.wire import Code, Cursor, Page, PageSize
from technicians import actions, listing, people, permissions, positions, queries, roster, schemas
from technicians.errors import NotOnDuty
from technicians.positions import Report

#: How far ahead and back a roster is shown.
ROSTER_DAYS: Final = 14
Hours = Annotated[int, Parameter(ge=1, le=336)]
Search = Annotated[str, Parameter(max_length=100)]
Days = Annotated[int, Parameter(ge=0, le=365)]


@get("/technicians/me", operation_id="me", sync_to_thread=True, opt={"permission": permissions.SIGN_ON})
def me(look: ReadSession, actor: Actor, now: datetime) -> schemas.TechnicianView:
    """Oneself: duty, certificates, hours."""
    technician = queries.of_user(look, actor.id)
    return schemas.technician_view(queries.field(look, [technician.id], now)[0])


@post(
    "/technicians/me/duty", operation_id="signOn", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.SIGN_ON},
)  # fmt: skip
def sign_on(data: schemas.SignOn, db: WriteSession, actor: Actor, now: datetime) -> schemas.TechnicianView:
    """Sign on for duty, on call, or off."""
    technician = queries.of_user(db, actor.id)
    return _signed(db, technician.id, data, actor=actor, now=now)


@post(
    "/technicians/me/position", operation_id="reportPosition", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.SIGN_ON},
)  # fmt: skip
def report_position(data: schemas.Reported, db: WriteSession, actor: Actor, now: datetime) -> schemas.ReportAnswer:
    """Say where one is, while on duty; a late report never replaces a newer one."""
    technician = queries.of_user(db, actor.id)
    kept = positions.report(
        db,
        technician.id,
        latitude=data.latitude,
        longitude=data.longitude,
        accuracy_m=data.accuracy_m,
        at=data.at,
        now=now,
    )
    if kept is Report.OFF_DUTY:
        raise NotOnDuty(technician=technician.code)
    return schemas.ReportAnswer(report=kept)


@get("/technicians", operation_id="listTechnicians", sync_to_thread=True, opt={"permission": permissions.SEE})
def list_technicians(
    look: ReadSession,
    now: datetime,
    *,
    region: Code | None = None,
    q: Search | None = None,
    cursor: Cursor | None = None,
    limit: PageSize = 50,
) -> Page[schemas.TechnicianView]:
    """Technicians of one's regions by code; `q` is part of a code or a name."""
    after = wire.cursor_parts(cursor, count=1)
    ids = listing.technician_ids(look, region=region, after=after[0] if after else "", limit=limit + 1, asked=q)
    states = queries.field(look, ids, now)
    return wire.page(states, size=limit, shape=schemas.technician_view, key=lambda state: (state.code,))


@get(
    "/technicians/{technician_id:uuid}", operation_id="getTechnician", sync_to_thread=True,
    opt={"permission": permissions.SEE},
)  # fmt: skip
def get_technician(technician_id: UUID, look: ReadSession, now: datetime) -> schemas.TechnicianView:
    """One technician of one's regions, with the number to call."""
    phone = listing.phone_of(look, technician_id)
    return schemas.technician_view(queries.field(look, [technician_id], now)[0], phone=phone)


@get(
    "/technicians/{technician_id:uuid}/record", operation_id="readTechnicianRecord", sync_to_thread=True,
    opt={"permission": permissions.KEEP},
)  # fmt: skip
def read_record(technician_id: UUID, look: ReadSession) -> schemas.TechnicianRecord:
    """What is kept of a technician of one's regions, for whoever keeps it."""
    return record(look, technician_id)


def record(look: ReadSession, technician_id: UUID) -> schemas.TechnicianRecord:
    """What is kept of a technician. Raises NotFound for one of another region."""
    technician = listing.technician(look, technician_id)
    certificates = listing.certificates(look, technician_id)
    return schemas.record_view(technician, people.person_of(look, technician), certificates)


@post("/technicians", operation_id="addTechnician", sync_to_thread=True, opt={"permission": permissions.KEEP})
def add_technician(
    data: schemas.TechnicianForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.TechnicianView:
    """Add somebody who repairs."""
    technician = people.add_technician(db, data.person(), actor=actor, now=now)
    return schemas.technician_view(queries.field(db, [technician.id], now)[0])


@put(
    "/technicians/{technician_id:uuid}", operation_id="changeTechnician", sync_to_thread=True,
    opt={"permission": permissions.KEEP},
)  # fmt: skip
def change_technician(
    technician_id: UUID, data: schemas.TechnicianForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.TechnicianView:
    """Keep these values from now on."""
    people.change_technician(db, technician_id, data.person(), actor=actor, now=now)
    return schemas.technician_view(queries.field(db, [technician_id], now)[0])


@post(
    "/technicians/{technician_id:uuid}/activity", operation_id="setTechnicianActive", status_code=200,
    sync_to_thread=True, opt={"permission": permissions.KEEP},
)  # fmt: skip
def set_active(
    technician_id: UUID, data: schemas.Activity, db: WriteSession, actor: Actor, now: datetime
) -> schemas.TechnicianView:
    """Take somebody back, or let them go."""
    people.set_active(db, technician_id, active=data.active, actor=actor, now=now)
    db.flush()
    return schemas.technician_view(queries.field(db, [technician_id], now)[0])


@post(
    "/technicians/{technician_id:uuid}/duty", operation_id="signOnFor", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.SIGN_ON_FOR},
)  # fmt: skip
def sign_on_for(
    technician_id: UUID, data: schemas.SignOn, db: WriteSession, actor: Actor, now: datetime
) -> schemas.TechnicianView:
    """Sign somebody on or off who asked the desk to; the ledger says who did it."""
    return _signed(db, technician_id, data, actor=actor, now=now)


@get(
    "/technicians/{technician_id:uuid}/shifts", operation_id="listShifts", sync_to_thread=True,
    opt={"permission": permissions.SEE},
)  # fmt: skip
def list_shifts(technician_id: UUID, look: ReadSession, now: datetime) -> list[schemas.ShiftView]:
    """The person's roster, two weeks back and ahead."""
    if not listing.is_listed(look, technician_id):
        raise NotFound
    span = timedelta(days=ROSTER_DAYS)
    shifts = roster.shifts_of(look, technician_id, since=now - span, until=now + span)
    return [schemas.shift_view(shift, roster.period_of(shift)) for shift in shifts]


@post(
    "/technicians/{technician_id:uuid}/shifts", operation_id="addShift", sync_to_thread=True,
    opt={"permission": permissions.ROSTER},
)  # fmt: skip
def add_shift(
    technician_id: UUID, data: schemas.ShiftForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ShiftView:
    """Roster a stretch of duty or on call."""
    shift = roster.add_shift(
        db, technician_id, during=data.during(), kind=data.kind, actor=actor, now=now, reason=data.reason
    )
    return schemas.shift_view(shift, data.during())


@put("/shifts/{shift_id:uuid}", operation_id="moveShift", sync_to_thread=True, opt={"permission": permissions.ROSTER})
def move_shift(
    shift_id: UUID, data: schemas.ShiftForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ShiftView:
    """Roster the shift for another time; its kind stays."""
    shift = roster.move_shift(db, shift_id, during=data.during(), actor=actor, now=now, reason=data.reason)
    return schemas.shift_view(shift, data.during())


@delete(
    "/shifts/{shift_id:uuid}", operation_id="removeShift", sync_to_thread=True,
    opt={"permission": permissions.ROSTER},
)  # fmt: skip
def remove_shift(shift_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """Take a shift off the roster."""
    roster.remove_shift(db, shift_id, actor=actor, now=now)


@post(
    "/technicians/{technician_id:uuid}/absences", operation_id="addAbsence", sync_to_thread=True,
    opt={"permission": permissions.ROSTER},
)  # fmt: skip
def add_absence(
    technician_id: UUID, data: schemas.AbsenceForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.AbsenceView:
    """Say that somebody isn't there."""
    absence = roster.add_absence(
        db, technician_id, start_at=data.start_at, end_at=data.end_at, reason=data.reason, actor=actor, now=now
    )
    return schemas.absence_view(absence, start_at=data.start_at, end_at=data.end_at)


@delete(
    "/absences/{absence_id:uuid}", operation_id="removeAbsence", sync_to_thread=True,
    opt={"permission": permissions.ROSTER},
)  # fmt: skip
def remove_absence(absence_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> None:
    """Somebody is there after all."""
    roster.remove_absence(db, absence_id, actor=actor, now=now)


@post(
    "/technicians/{technician_id:uuid}/certificates", operation_id="grantCertificate", sync_to_thread=True,
    opt={"permission": permissions.KEEP},
)  # fmt: skip
def grant_certificate(
    technician_id: UUID, data: schemas.CertificateForm, db: WriteSession, actor: Actor, now: datetime
) -> schemas.CertificateView:
    """Keep a certificate; the same number again is its renewal."""
    technician = queries.for_change(db, technician_id)
    certificate = roster.grant_certificate(
        db,
        technician_id,
        family=data.family,
        kind=data.kind,
        number=data.number,
        valid_until=data.valid_until,
        actor=actor,
        now=now,
    )
    return schemas.certificate_view(certificate, technician.code)


@post(
    "/technicians/{technician_id:uuid}/certificates/{certificate_id:uuid}/withdrawal",
    operation_id="withdrawCertificate", status_code=204, sync_to_thread=True, opt={"permission": permissions.KEEP},
)  # fmt: skip
def withdraw_certificate(
    technician_id: UUID,
    certificate_id: UUID,
    *,
    data: schemas.Withdrawal,
    db: WriteSession,
    actor: Actor,
    now: datetime,
) -> None:
    """A certificate counts no longer."""
    roster.withdraw_certificate(db, technician_id, certificate_id, reason=data.reason, actor=actor, now=now)


@get(
    "/certificates/expiring", operation_id="listExpiringCertificates", sync_to_thread=True,
    opt={"permission": permissions.SEE},
)  # fmt: skip
def list_expiring(look: ReadSession, now: datetime, days: Days = 30) -> list[schemas.CertificateView]:
    """Certificates of active people that run out within so many days or have run out, the first first."""
    until: date = now.date() + timedelta(days=days)
    return [schemas.certificate_view(row, code) for row, code in listing.expiring(look, until=until)]


@get("/coverage", operation_id="listCoverage", sync_to_thread=True, opt={"permission": permissions.SEE})
def list_coverage(look: ReadSession, now: datetime, hours: Hours = 48) -> list[schemas.HourView]:
    """How many people of each of one's regions are rostered in the hours ahead."""
    return [
        schemas.HourView(region=hour.region_code, begins_at=hour.begins_at, on_duty=hour.on_duty, on_call=hour.on_call)
        for hour in listing.covered(look, now=now, hours=hours)
    ]


@get("/outlets", operation_id="listOutlets", sync_to_thread=True, opt={"permission": permissions.SEE_OUTLETS})
def list_outlets(look: ReadSession, region: Code | None = None) -> list[schemas.OutletView]:
    """Outlets by region and name."""
    return [schemas.outlet_view(outlet) for outlet in listing.outlets(look, region=region)]


@post("/outlets", operation_id="addOutlet", sync_to_thread=True, opt={"permission": permissions.KEEP})
def add_outlet(data: schemas.NewOutlet, db: WriteSession, actor: Actor, now: datetime) -> schemas.OutletView:
    """Add a base of technicians."""
    outlet = people.add_outlet(
        db,
        name=data.name,
        kind=data.kind,
        region_code=data.region_code,
        place=data.place.place(),
        actor=actor,
        now=now,
        phone=data.phone,
    )
    return schemas.outlet_view(outlet)


@get("/vehicles", operation_id="listVehicles", sync_to_thread=True, opt={"permission": permissions.KEEP})
def list_vehicles(look: ReadSession) -> list[schemas.VehicleView]:
    """Service vehicles by number plate."""
    return [schemas.vehicle_view(vehicle) for vehicle in listing.vehicles(look)]


@post("/vehicles", operation_id="addVehicle", sync_to_thread=True, opt={"permission": permissions.KEEP})
def add_vehicle(data: schemas.NewVehicle, db: WriteSession, actor: Actor, now: datetime) -> schemas.VehicleView:
    """Add a service vehicle."""
    vehicle = people.add_vehicle(
        db, outlet_id=data.outlet_id, plate=data.plate, carries_heavy=data.carries_heavy, actor=actor, now=now
    )
    return schemas.vehicle_view(vehicle)


def _signed(
    db: WriteSession, technician_id: UUID, data: schemas.SignOn, *, actor: Actor, now: datetime
) -> schemas.TechnicianView:
    """Sign on or off, and say how it stands."""
    actions.sign(db, technician_id, data.state, actor=actor, now=now)
    db.flush()
    return schemas.technician_view(queries.field(db, [technician_id], now)[0])


ROUTES: Final[list[ControllerRouterHandler]] = [
    me, sign_on, report_position, list_technicians, get_technician, add_technician, change_technician, set_active,
    sign_on_for, list_shifts, add_shift, move_shift, remove_shift, add_absence, remove_absence, grant_certificate,
    withdraw_certificate, list_expiring, list_coverage, list_outlets, add_outlet, list_vehicles, add_vehicle,
    read_record,
]  # fmt: skip
