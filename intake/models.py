"""Tables of intake: whom, where, what; complaints, their deadlines, their numbers, the customers' links."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

# The referenced tables must be known to the metadata before a row of these is written.
import foundation.accounts.models  # noqa: F401
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from intake.clocks import How, Kind
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.words import HandOverOutcome, HandOverWhy

#: Geodetic datums in which a position may be declared; stored positions are WGS 84.
DATUMS = ("wgs84", "gcj02", "bd09")
CUSTOMER_KINDS = ("company", "person", "authority")


class Customer(Base):
    """Who owns or runs equipment. `search` holds names, sounds, initials and digits, see `searching`."""

    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    name_pinyin: Mapped[str]
    name_initials: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str | None]
    language: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    search: Mapped[str] = mapped_column(TSVECTOR)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        words_check("kind", CUSTOMER_KINDS),
        words_check("language", ("zh-CN", "en")),
        Index(None, "search", postgresql_using="gin"),
        Index(None, "phone"),
        Index(None, "name", "id"),
    )


class Site(Base):
    """Where equipment stands. Positions are WGS 84 degrees; `given_*` is what was declared, in `datum`."""

    __tablename__ = "sites"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str]
    address: Mapped[str | None]
    district: Mapped[str | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    datum: Mapped[str | None]
    given_latitude: Mapped[float | None]
    given_longitude: Mapped[float | None]
    position_radius_m: Mapped[float | None]
    position_source: Mapped[str | None]
    access_notes: Mapped[str | None]
    #: By which an imported site is known again.
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    search: Mapped[str] = mapped_column(TSVECTOR)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        words_check("datum", DATUMS),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position_range"),
        Index(None, "search", postgresql_using="gin"),
        Index(None, "name", "id"),
    )


class Equipment(Base):
    """One unit: model, family, serial number, where it stands now and whose it is."""

    __tablename__ = "equipment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    serial_number: Mapped[str] = mapped_column(unique=True)
    family: Mapped[str]
    model: Mapped[str | None]
    manufacturer: Mapped[str | None]
    commissioned_on: Mapped[date | None]
    left_works_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"), index=True)
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    facts: Mapped[dict[str, object]] = mapped_column(Json, default=dict)
    search: Mapped[str] = mapped_column(TSVECTOR)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "search", postgresql_using="gin"),)


class Relocation(Base):
    """A unit moved from one site to another."""

    __tablename__ = "relocations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    equipment_id: Mapped[UUID] = mapped_column(ForeignKey("equipment.id"), index=True)
    from_site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    to_site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id"))
    moved_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Complaint(Base):
    """One fault of one unit, from the call to the closure. Only `progress.advance` changes its stage.

    `called_at` is when the caller rang, `received_at` when the system took it, `promise_started_at` the call or the
    last reopening. `next_due_at` is the earliest live deadline, for the board.
    """

    __tablename__ = "complaints"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    stage: Mapped[str]
    grade: Mapped[str]
    grade_facts: Mapped[dict[str, object]] = mapped_column(Json)
    grade_rules: Mapped[list[str]] = mapped_column(Json)
    grade_policy_version: Mapped[int]
    #: {"policy_version": n, "minutes": {kind: minutes}}, stamped at grading.
    commitments: Mapped[dict[str, object]] = mapped_column(Json)
    called_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    promise_started_at: Mapped[datetime] = mapped_column(Instant)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    equipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("equipment.id"))
    serial_number_given: Mapped[str | None]
    to_be_identified: Mapped[bool]
    to_be_placed: Mapped[bool]
    address: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    datum: Mapped[str | None]
    given_latitude: Mapped[float | None]
    given_longitude: Mapped[float | None]
    position_radius_m: Mapped[float | None]
    position_source: Mapped[str | None]
    family: Mapped[str | None]
    language: Mapped[str]
    caller_name: Mapped[str | None]
    caller_phone: Mapped[str | None]
    call_back_phone: Mapped[str | None]
    call_back_email: Mapped[str | None]
    signer_name: Mapped[str | None]
    access_notes: Mapped[str | None]
    sentence: Mapped[str]
    component: Mapped[str | None]
    symptom: Mapped[str | None]
    conditions: Mapped[str | None]
    asked_for: Mapped[str | None]
    injury_or_danger: Mapped[bool]
    version: Mapped[int]
    first_acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    first_arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    repaired_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_how: Mapped[str | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaints.id"))
    reopened_count: Mapped[int]
    #: Times of suspension in this promise: [[from, until or null], …], ISO 8601.
    pauses: Mapped[list[list[str | None]]] = mapped_column(Json)
    #: Whether the last feedback was poor or refused; None before any. Kept by `progress.note_feedback`.
    feedback_poor: Mapped[bool | None]
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    next_due_kind: Mapped[str | None]

    __table_args__ = (
        words_check("stage", Stage),
        words_check("grade", Grade),
        words_check("next_due_kind", Kind),
        words_check("datum", DATUMS),
        words_check("language", ("zh-CN", "en")),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position_range"),
        CheckConstraint("stage <> 'merged' OR merged_into_id IS NOT NULL", name="merged_into"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        Index("ix_complaints_unit", "equipment_id", "called_at", postgresql_where=text("equipment_id IS NOT NULL")),
        Index("ix_complaints_caller", "caller_phone", "called_at", postgresql_where=text("caller_phone IS NOT NULL")),
        Index("ix_complaints_board", "next_due_at", "id", postgresql_where=text("next_due_at IS NOT NULL")),
        Index(
            "ix_complaints_region_board",
            "region_code",
            "next_due_at",
            "id",
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
        Index(None, "called_at", "id"),
        Index("ix_complaints_to_be_placed", "id", postgresql_where=text("to_be_placed AND next_due_at IS NOT NULL")),
    )


class ComplaintWords(Base):
    """What a complaint is found by, see `searching`.

    A table of its own without row-level security: PostgreSQL uses no text index behind a policy, since the operator is
    not leak-proof. It is only ever joined to complaints, whose policy decides what is seen.
    """

    __tablename__ = "complaint_words"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    search: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (Index(None, "search", postgresql_using="gin"),)


class Deadline(Base):
    """A promise with a due time. Live while `closed_at` is NULL; fired once when `due_at` passes."""

    __tablename__ = "deadlines"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_how: Mapped[str | None]
    fired_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The arithmetic: {"start_of", "start", "minutes", "policy_version", "paused_minutes"?, "pauses"?}.
    why: Mapped[dict[str, object]] = mapped_column(Json)

    __table_args__ = (
        words_check("kind", Kind),
        words_check("closed_how", How),
        CheckConstraint("isfinite(due_at)", name="due_at_finite"),
        CheckConstraint("(closed_at IS NULL) = (closed_how IS NULL)", name="closed_whole"),
        Index("uq_deadlines_live", "complaint_id", "kind", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_deadlines_to_fire", "due_at", postgresql_where=text("closed_at IS NULL AND fired_at IS NULL")),
        Index("ix_deadlines_fired", "fired_at", postgresql_where=text("fired_at IS NOT NULL")),
        Index(None, "complaint_id", "opened_at"),
    )


class HandOver(Base):
    """A case on its way from one region to another, and afterwards the old region's word of where it went and why.

    Whoever asks can neither see nor write the other region, so the system moves the case; `ended_at` is NULL until then.
    """

    __tablename__ = "hand_overs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    number: Mapped[str]
    was: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    why: Mapped[str]
    #: In the words of who asked; the serial number when the unit was identified.
    reason: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None]

    __table_args__ = (
        words_check("why", HandOverWhy),
        words_check("outcome", HandOverOutcome),
        CheckConstraint("was <> region_code", name="to_another"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_whole"),
        Index("uq_hand_overs_open", "complaint_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(None, "number", "ended_at"),
    )


class NumberCounter(Base):
    """The last number given in a year; its row is locked last of all before a commit."""

    __tablename__ = "number_counters"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class CustomerLink(Base):
    """A secret link for a customer, kept as a hash; one purpose, expiring, revocable.

    One that went out in a letter has the key of the letter's delivery, so that a delivery has one at most.
    """

    __tablename__ = "customer_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("token_hash"), words_check("purpose", ("follow", "feedback")))
