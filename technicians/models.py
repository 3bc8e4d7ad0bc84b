"""Tables of outlets, vehicles, technicians and what is known of them; row-level security is set in their migration."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

import foundation.accounts.models  # noqa: F401 -- foreign keys name its tables, so they must be known
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from technicians.words import DutyState, ImportState, OutletKind, PositionSource, Register, ShiftKind


class Cube(UserDefinedType[str]):
    """PostgreSQL's `cube`, here a point on the sphere as `ll_to_earth` makes it; only SQL reads and writes it."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in SQL."""
        return "cube"


# Reflection must know the type too, or comparing the models with the database warns about it.
ischema_names["cube"] = Cube


def _coordinates(prefix: str = "") -> tuple[CheckConstraint, CheckConstraint]:
    """Coordinates are WGS-84 degrees, and (0, 0) is nobody's place but an empty field's."""
    latitude, longitude = f"{prefix}latitude", f"{prefix}longitude"
    return (
        CheckConstraint(
            f"{latitude} BETWEEN -90 AND 90 AND {longitude} BETWEEN -180 AND 180", name=f"{prefix}on_earth"
        ),
        CheckConstraint(f"{latitude} <> 0 OR {longitude} <> 0", name=f"{prefix}not_null_island"),
    )


def _period(name: str) -> CheckConstraint:
    """A period has an extent: an empty range overlaps nothing and would slip through every exclusion."""
    return CheckConstraint("NOT isempty(during) AND lower(during) IS NOT NULL", name=name)


class Outlet(Base):
    """Base of technicians and vehicles, own or contracted. Not scoped: where a firm has its doors is public."""

    __tablename__ = "outlets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    phone: Mapped[str | None]

    __table_args__ = (words_check("kind", OutletKind), *_coordinates())


class Vehicle(Base):
    """A service vehicle; `carries_heavy` when it takes parts that two people can't lift."""

    __tablename__ = "vehicles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    outlet_id: Mapped[UUID] = mapped_column(ForeignKey("outlets.id"), index=True)
    plate: Mapped[str] = mapped_column(unique=True)
    carries_heavy: Mapped[bool]


class Technician(Base):
    """One person who repairs. Hours are working-time limits in force for them, in whole hours."""

    __tablename__ = "technicians"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    outlet_id: Mapped[UUID] = mapped_column(ForeignKey("outlets.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    vehicle_id: Mapped[UUID | None] = mapped_column(ForeignKey("vehicles.id"), index=True)
    senior: Mapped[bool]
    home_latitude: Mapped[float | None]
    home_longitude: Mapped[float | None]
    active: Mapped[bool]
    hired_on: Mapped[date | None]
    max_daily_hours: Mapped[int]
    max_weekly_hours: Mapped[int]
    min_rest_hours: Mapped[int]

    __table_args__ = (
        *_coordinates("home_"),
        CheckConstraint("(home_latitude IS NULL) = (home_longitude IS NULL)", name="home_whole"),
        CheckConstraint("max_daily_hours BETWEEN 1 AND 24", name="daily_hours"),
        CheckConstraint("max_weekly_hours BETWEEN 1 AND 168", name="weekly_hours"),
        CheckConstraint("min_rest_hours BETWEEN 0 AND 24", name="rest_hours"),
        Index(None, "region_code", "code"),
    )


class Skill(Base):
    """That a technician works on an equipment family; level 1 learning, 2 able, 3 teaches."""

    __tablename__ = "skills"

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    family: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int]

    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 3", name="level_step"), Index(None, "family"))


class Certificate(Base):
    """A licence for a family, good to the end of `valid_until`, a day in the technician's region."""

    __tablename__ = "certificates"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    family: Mapped[str]
    kind: Mapped[str]
    number: Mapped[str]
    valid_until: Mapped[date]

    __table_args__ = (
        Index("uq_certificates_number", "technician_id", "family", "kind", "number", unique=True),
        Index(None, "valid_until"),
    )


class Shift(Base):
    """A rostered period [start, end); two of one person never overlap, whatever their kind."""

    __tablename__ = "shifts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    kind: Mapped[str]

    __table_args__ = (
        words_check("kind", ShiftKind),
        _period("has_extent"),
        CheckConstraint("upper(during) IS NOT NULL", name="ends"),
        ExcludeConstraint(("technician_id", "="), ("during", "&&"), name="ex_shifts_overlap", using="gist"),
        Index("ix_shifts_end", "technician_id", text("upper(during)")),  # Five times as quick to look up as by GiST.
    )


class Absence(Base):
    """A period in which the person isn't there: holiday, illness, training."""

    __tablename__ = "absences"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str]

    __table_args__ = (
        _period("has_extent"),
        Index(None, "technician_id"),
    )


class Duty(Base):
    """What the technician has signed on for now. No row means never signed on, which is off."""

    __tablename__ = "duty"

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        words_check("state", DutyState),
        Index("ix_duty_signed_on", "technician_id", postgresql_where=text("state <> 'off'")),
    )


class DutyPeriod(Base):
    """A finished stretch of duty [start, end): what working time is counted from."""

    __tablename__ = "duty_periods"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    state: Mapped[str]

    __table_args__ = (
        words_check("state", (DutyState.ON, DutyState.ON_CALL)),
        _period("has_extent"),
        CheckConstraint("upper(during) IS NOT NULL", name="ended"),
        ExcludeConstraint(("technician_id", "="), ("during", "&&"), name="ex_duty_periods_overlap", using="gist"),
        Index("ix_duty_periods_end", "technician_id", text("upper(during)")),
    )


class LastPosition(Base):
    """Where the technician's phone or vehicle was last, while on duty; one row each, deleted after 30 days."""

    __tablename__ = "positions"

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float]
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    source: Mapped[str]

    __table_args__ = (
        words_check("source", (PositionSource.PHONE, PositionSource.VEHICLE)),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        *_coordinates(),
    )


class Reach(Base):
    """An active technician's place on the sphere, once per family they work on: what the nearest are found by.

    Derived: position while fresh, else home, else outlet. Written only by `technicians.reach`.
    """

    __tablename__ = "technician_reach"

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    family: Mapped[str] = mapped_column(primary_key=True)
    spot: Mapped[str] = mapped_column(Cube())

    __table_args__ = (Index("ix_technician_reach_near", "family", "spot", postgresql_using="gist"),)


class Import(Base):
    """A file for a register: what a trial told of its lines, and, once somebody wanted it, what became of them.

    File and report are kept by the hash of their content. `told` counts lines as the trial saw them, `done` as they were
    written so far; `shown` has the first faults and good lines. While it is imported, `lines_done` is where the next part
    begins: it, `done` and `shown` change with the part in one transaction.
    """

    __tablename__ = "imports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    register: Mapped[str]
    state: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    size: Mapped[int]
    lines: Mapped[int]
    lines_done: Mapped[int]
    told: Mapped[dict[str, int] | None] = mapped_column(Json)
    done: Mapped[dict[str, int] | None] = mapped_column(Json)
    shown: Mapped[dict[str, object] | None] = mapped_column(Json)
    report_sha256: Mapped[str | None]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    previewed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (words_check("register", Register), words_check("state", ImportState))
