"""Questions about complaints: one function and one statement each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol, cast
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, text

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession, swiftly
from foundation.problems import NotAllowed, NotFound
from intake import phones
from intake.calls import CallContext, Earlier, Past, Position
from intake.errors import HandedOver
from intake.lifecycle import FINAL
from intake.models import Complaint, Deadline, HandOver
from intake.serials import serial
from intake.words import HandOverOutcome

#: How far back an earlier complaint about the same unit counts (rules S4 and the third in 30 days).
RECENT: Final = timedelta(days=30)
#: Characters of an unreadable number that are said back.
LONGEST_NUMBER: Final = 64


def for_change(db: WriteSession, complaint_id: UUID) -> Complaint:
    """The complaint, locked until the end of the transaction and read anew; NotAllowed if there is none to be seen."""
    found = db.scalars(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotAllowed(complaint=str(complaint_id))
    return found


def case_of_customer(actor: Actor) -> UUID:
    """The one case of a customer's link. Raises NotAllowed for anybody else."""
    if actor.case_id is None:
        raise NotAllowed(complaint=None)
    return actor.case_id


def by_number(look: ReadSession, number: str) -> Complaint:
    """The complaint with this number; NotFound if there is none to be seen.

    Raises HandedOver for readers of the region that it went from: they hear where it is and why.
    """
    if not number.isprintable():  # PostgreSQL's texts hold no NUL.
        raise NotFound(complaint=ascii(number)[:LONGEST_NUMBER])
    found = look.scalars(select(Complaint).where(Complaint.number == number)).one_or_none()
    if found is None:
        _tell_where_it_went(look, number)
        raise NotFound(complaint=number)
    return found


def by_ids(look: ReadSession, complaint_ids: Iterable[UUID]) -> dict[UUID, Complaint]:
    """Those of these complaints that the reader may see."""
    wanted = sorted(set(complaint_ids))
    found = look.scalars(select(Complaint).where(Complaint.id.in_(wanted))) if wanted else ()
    return {complaint.id: complaint for complaint in found}


def _tell_where_it_went(look: ReadSession, number: str) -> None:
    went = look.scalars(
        select(HandOver)
        .where(HandOver.number == number, HandOver.outcome == HandOverOutcome.MOVED)
        .order_by(HandOver.ended_at.desc())
        .limit(1)
    ).one_or_none()
    if went is not None and went.ended_at is not None:
        raise HandedOver(number=number, region=went.region_code, at=went.ended_at, why=went.why, reason=went.reason)


def id_for_change(db: WriteSession, number: str) -> UUID:
    """The id behind a number, for a write; NotAllowed if there is none to be seen."""
    if not number.isprintable():
        raise NotAllowed(complaint=ascii(number)[:LONGEST_NUMBER])
    found = db.scalar(select(Complaint.id).where(Complaint.number == number))
    if found is None:
        raise NotAllowed(complaint=number)
    return found


_FINAL_WORDS: Final = ", ".join(f"'{stage}'" for stage in sorted(FINAL))
#: Everything known about the unit, its site and customer, and what was complained of before. A caller without a unit or
#: customer is known by phone. Each branch reads an index; unknown parts cost nothing. `earlier` is what the reader may
#: see; `past` is what grades, of every region.
_CONTEXT: Final = text(
    f"""
    WITH unit AS (SELECT * FROM equipment WHERE serial_number = CAST(:serial_number AS text)),
    earlier AS (
        SELECT c.id, c.number, c.stage, c.grade, c.called_at, c.component, c.symptom, true AS same_unit,
               c.stage NOT IN ({_FINAL_WORDS}) AS is_open, c.called_at >= :since AS is_recent
        FROM complaints c WHERE c.equipment_id = (SELECT id FROM unit)
          AND (c.called_at >= :since OR c.stage NOT IN ({_FINAL_WORDS}))
        UNION ALL
        SELECT c.id, c.number, c.stage, c.grade, c.called_at, c.component, c.symptom,
               COALESCE(c.equipment_id IS NULL AND c.serial_number_given = CAST(:serial_number AS text), false), true,
               c.called_at >= :since
        FROM complaints c WHERE c.caller_phone = CAST(:caller_phone AS text)
          AND c.stage NOT IN ({_FINAL_WORDS})
          AND c.equipment_id IS DISTINCT FROM (SELECT id FROM unit)
          AND (CAST(:serial_number AS text) IS NULL OR c.equipment_id IS NULL)
        ORDER BY called_at DESC LIMIT 20
    )
    SELECT unit.id AS equipment_id, unit.family, unit.model, unit.warranty_until, site.id AS site_id,
           COALESCE(site.address, site.district, site.name) AS site_address, site.latitude, site.longitude,
           site.position_radius_m, customer.id AS customer_id, customer.name AS customer_name,
           customer.language AS customer_language,
           site.region_code AS site_region, unit.region_code AS unit_region, customer.region_code AS customer_region,
           (SELECT array_agg(code ORDER BY code) FROM regions) AS regions,
           (SELECT jsonb_agg(earlier) FROM earlier) AS earlier,
           unit_past(unit.id, :since) AS past
    FROM (SELECT 1) AS call
    LEFT JOIN unit ON true
    LEFT JOIN sites site ON site.id = COALESCE(CAST(:site_id AS uuid), unit.site_id)
    LEFT JOIN customers customer ON customer.id = COALESCE(
        CAST(:customer_id AS uuid), unit.customer_id, site.customer_id,
        (SELECT id FROM customers WHERE phone = CAST(:caller_phone AS text) LIMIT 1)
    )
    """  # noqa: S608 -- the words are the lifecycle's own
)


class _ContextRow(Protocol):
    """The columns of `_CONTEXT`."""

    equipment_id: UUID | None
    family: str | None
    model: str | None
    warranty_until: date | None
    site_id: UUID | None
    site_address: str | None
    latitude: float | None
    longitude: float | None
    position_radius_m: float | None
    customer_id: UUID | None
    customer_name: str | None
    customer_language: str | None
    site_region: str | None
    unit_region: str | None
    customer_region: str | None
    regions: list[str] | None
    earlier: list[object] | None
    past: Mapping[str, object] | None


def call_context(
    look: ReadSession,
    *,
    serial_number: str | None,
    customer_id: UUID | None,
    caller_phone: str | None,
    site_id: UUID | None,
    now: datetime,
) -> CallContext:
    """What is known about a call: the unit, where it stands, whose it is, and what was complained of before."""
    row = cast(
        "_ContextRow",
        swiftly(
            look,
            _CONTEXT,
            {
                "serial_number": serial(serial_number),
                "customer_id": customer_id,
                "site_id": site_id,
                "caller_phone": phones.normal(caller_phone),
                "since": now - RECENT,
            },
        ).one(),
    )
    return CallContext(
        equipment_id=row.equipment_id,
        family=row.family,
        model=row.model,
        warranty_until=row.warranty_until,
        site_id=row.site_id,
        site_address=row.site_address,
        position=_site_position(row),
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        customer_language=row.customer_language,
        site_region=row.site_region,
        unit_region=row.unit_region,
        customer_region=row.customer_region,
        regions=tuple(row.regions or ()),
        earlier=tuple(msgspec.convert(row.earlier or [], list[Earlier])),
        past=msgspec.convert(row.past or {}, Past),
    )


def _site_position(row: _ContextRow) -> Position | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Position(
        latitude=row.latitude, longitude=row.longitude, radius_m=row.position_radius_m or 0.0, source="site"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a complaint's history; `private` values stand in the chain as digests only, None once erased."""

    id: UUID
    seq: int
    step: str
    actor_kind: str
    actor_label: str
    facts: Mapping[str, object]
    private: Mapping[str, str | None]
    done_at: datetime
    recorded_at: datetime
    hash: str


_ENTRIES: Final = """
    SELECT e.id, e.seq, e.step, e.actor_kind, e.actor_label, e.facts, e.done_at, e.recorded_at,
           encode(e.hash, 'hex') AS hash,
           COALESCE((SELECT jsonb_object_agg(p.name, p.value) FROM ledger_private_facts p WHERE p.entry_id = e.id),
                    '{}') AS private
    FROM ledger_entries e
    WHERE e.subject_id = :complaint_id AND """
_HISTORY: Final = text(f"{_ENTRIES} e.seq > :after ORDER BY e.seq LIMIT :limit")
_LATEST: Final = text(
    f"{_ENTRIES} (CAST(:steps AS text[]) IS NULL OR e.step = ANY(:steps)) ORDER BY e.seq DESC LIMIT :limit"
)


def history(look: ReadSession, complaint_id: UUID, *, after: int = 0, limit: int = 500) -> list[Entry]:
    """What happened to the complaint, in order; entries with a sequence number above `after`."""
    rows = look.execute(_HISTORY, {"complaint_id": complaint_id, "after": after, "limit": limit})
    return [_entry(row) for row in rows]


def latest(
    look: ReadSession, complaint_id: UUID, *, steps: Collection[str] | None = None, limit: int = 500
) -> list[Entry]:
    """The newest that happened to the complaint, in order; of these steps, or of all."""
    wanted = None if steps is None else sorted(steps)
    rows = look.execute(_LATEST, {"complaint_id": complaint_id, "steps": wanted, "limit": limit})
    return [_entry(row) for row in rows][::-1]


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(**row._asdict())


def deadlines_of(look: ReadSession, complaint_id: UUID) -> list[Deadline]:
    """Every deadline the complaint ever had, in the order in which they are due."""
    wanted = select(Deadline).where(Deadline.complaint_id == complaint_id).order_by(Deadline.due_at, Deadline.opened_at)
    return list(look.scalars(wanted))
