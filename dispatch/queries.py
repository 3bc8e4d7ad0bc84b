"""Questions about rounds, offers, assignments and decisions: one function each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, exists, func, or_, select, text

from dispatch.models import Assignment, Decision, DispatchPolicy, Exclusion, HeavyParts, Offer, Round
from dispatch.snapshot import CrewRole
from dispatch.travel import Place
from dispatch.words import EndedHow, OfferState
from foundation.accounts.models import User
from foundation.database.session import ReadSession, WriteSession, swiftly
from foundation.ledger.chain import GENESIS
from foundation.ledger.models import LedgerHead
from foundation.problems import NotAllowed, NotFound
from intake.models import Complaint, Customer
from technicians.models import Technician
from technicians.queries import Beside


@dataclass(frozen=True, slots=True)
class Occupation:
    """What else a technician has: open offers, and the last of the accepted work with its place."""

    offered_here: bool
    offered_urgent: bool
    offered: bool
    busy_until: datetime | None
    busy_at: Place | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer as far as the next choice must know it."""

    id: UUID
    round_id: UUID
    technician_id: UUID
    state: OfferState
    lapses_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has accepted a place in the crew."""

    technician_id: UUID
    crew_role: CrewRole


@dataclass(frozen=True, slots=True)
class History:
    """All offers and live assignments of one complaint, and who handed it back when."""

    offers: tuple[Asked, ...]
    live: tuple[Member, ...]
    handed_back: Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint, locked, and where its chain ended when it was read; whoever goes on from there must look again."""

    complaint: Complaint
    seq: int
    hash: bytes
    #: The policy in force, for a search that begins now.
    policy_id: UUID
    heavy_parts: bool


#: The latest version whose time has come; only this decides which policy a new search follows.
_IN_FORCE: Final = "SELECT id FROM dispatch_policies WHERE valid_from <= :at ORDER BY version DESC LIMIT 1"
#: What else the technicians `t` have, whether the customer refuses them, and the policy in force. Suspended work
#: (`paused_at`) doesn't occupy anybody.
OCCUPATIONS: Final = Beside(
    columns=f""", ({_IN_FORCE}) AS policy_id,
    (SELECT x.until FROM exclusions x WHERE x.technician_id = t.id AND x.customer_id = CAST(:customer_id AS uuid)
        AND x.ended_at IS NULL AND x.until > :at) AS excluded_until,
    asked.here AS offered_here, asked.urgent AS offered_urgent, asked.any_open AS offered,
    booked.until AS busy_until, booked.latitude AS busy_latitude, booked.longitude AS busy_longitude""",  # noqa: S608 -- a constant
    joins="""
LEFT JOIN LATERAL (
    SELECT bool_or(complaint_id = :complaint_id) AS here, bool_or(urgent) AS urgent, true AS any_open
    FROM offers WHERE technician_id = t.id AND state = 'open' HAVING count(*) > 0
) asked ON true
LEFT JOIN LATERAL (
    SELECT upper(w.during) AS until, c.latitude, c.longitude
    FROM assignments w JOIN complaints c ON c.id = w.complaint_id
    WHERE w.technician_id = t.id AND w.ended_at IS NULL AND w.paused_at IS NULL
    ORDER BY upper(w.during) DESC LIMIT 1
) booked ON true
""",
)
#: Offers and assignments of a complaint in one list; an assignment has no lapsing time.
_HISTORY: Final = text(
    """
    SELECT id, round_id, technician_id, crew_role, state, lapses_at, answered_at AS ended_at, NULL AS ended_how
    FROM offers WHERE complaint_id = :complaint_id
    UNION ALL
    SELECT id, NULL, technician_id, crew_role, NULL, NULL, ended_at, ended_how
    FROM assignments WHERE complaint_id = :complaint_id
    ORDER BY id
    """
)
#: Made once, because every decision begins with it and composing it costs more than running it.
_CASE: Final = (
    select(
        Complaint,
        select(LedgerHead.seq).where(LedgerHead.subject_id == Complaint.id).scalar_subquery(),
        select(LedgerHead.hash).where(LedgerHead.subject_id == Complaint.id).scalar_subquery(),
        select(DispatchPolicy.id)
        .where(DispatchPolicy.valid_from <= bindparam("at"))
        .order_by(DispatchPolicy.version.desc())
        .limit(1)
        .scalar_subquery(),
        select(HeavyParts.needed).where(HeavyParts.complaint_id == Complaint.id).scalar_subquery(),
    )
    .where(Complaint.id == bindparam("complaint_id"))
    .with_for_update(key_share=True, of=Complaint)
    .execution_options(populate_existing=True)
)
_REGION_MIDDLE: Final = text(
    "SELECT avg(latitude) AS latitude, avg(longitude) AS longitude FROM outlets WHERE region_code = :region"
)
_FAMILIES: Final = text(
    """
    WITH RECURSIVE known AS (
        (SELECT family FROM skills ORDER BY family LIMIT 1)
        UNION ALL
        SELECT (SELECT s.family FROM skills s WHERE s.family > known.family ORDER BY s.family LIMIT 1)
        FROM known WHERE known.family IS NOT NULL
    )
    SELECT family FROM known WHERE family IS NOT NULL
    """
)
_COUNTS: Final = text(
    """
    SELECT (SELECT count(*) FROM technicians WHERE active) AS total,
        (SELECT count(*) FROM technician_reach WHERE family = :family) AS qualified
    """
)
_DUE: Final = text(
    """
    SELECT complaint_id FROM rounds WHERE closed_at IS NULL AND next_look_at <= :now
      AND complaint_id <> ALL(CAST(:passing_over AS uuid[]))
      AND (CAST(:only AS uuid) IS NULL OR complaint_id = CAST(:only AS uuid))
    ORDER BY CASE grade WHEN 'major' THEN 0 WHEN 'serious' THEN 1 ELSE 2 END, due_at, id
    LIMIT :limit
    """
)


def case_for_change(db: WriteSession, complaint_id: UUID, *, now: datetime) -> Case:
    """The complaint, locked and read anew, with the end of its chain; NotAllowed if there is none to be seen."""
    found = db.execute(_CASE, {"complaint_id": complaint_id, "at": now}).one_or_none()
    if found is None:
        raise NotAllowed(complaint=str(complaint_id))
    return Case(found[0], found[1] or 0, bytes(found[2] or GENESIS), found[3], bool(found[4]))


def needs_heavy_parts(look: ReadSession, complaint_id: UUID) -> bool:
    """Whether somebody has said that the complaint needs parts which only some vehicles carry."""
    return bool(look.scalar(select(HeavyParts.needed).where(HeavyParts.complaint_id == complaint_id)))


def exclusions(look: ReadSession, customer_id: UUID, *, now: datetime) -> list[tuple[Exclusion, str]]:
    """Whom a customer doesn't want to see, with the technician's code; the longest first. Raises NotFound."""
    if look.get(Customer, customer_id) is None:
        raise NotFound(customer=customer_id)
    query = select(Exclusion, Technician.code).join(Technician, Technician.id == Exclusion.technician_id)
    live = query.where(Exclusion.customer_id == customer_id, Exclusion.ended_at.is_(None), Exclusion.until > now)
    return [(row[0], row[1]) for row in look.execute(live.order_by(Exclusion.until.desc(), Exclusion.id))]


def chain_end(db: WriteSession, complaint_id: UUID) -> tuple[int, bytes]:
    """Where the complaint's chain ends, locked until the end of the transaction."""
    query = select(LedgerHead.seq, LedgerHead.hash).where(LedgerHead.subject_id == complaint_id)
    found = db.execute(query.with_for_update(key_share=True)).one_or_none()
    return (found.seq, bytes(found.hash)) if found else (0, GENESIS)


def occupation(row: Row[tuple[object, ...]]) -> Occupation | None:
    """What the person of a row asked with `OCCUPATIONS` has besides; None for nothing."""
    if not row.offered and row.busy_until is None:
        return None
    placed = row.busy_latitude is not None
    return Occupation(
        offered_here=bool(row.offered_here),
        offered_urgent=bool(row.offered_urgent),
        offered=bool(row.offered),
        busy_until=row.busy_until.astimezone(UTC) if row.busy_until else None,
        busy_at=Place(row.busy_latitude, row.busy_longitude) if placed else None,
    )


def excluded_until(row: Row[tuple[object, ...]]) -> datetime | None:
    """Until when the customer refuses the person of a row asked with `OCCUPATIONS`."""
    return row.excluded_until.astimezone(UTC) if row.excluded_until is not None else None


def middle_of(look: ReadSession, region_code: str) -> Place | None:
    """The middle of a region's outlets: where a complaint is taken to be while nobody has placed it."""
    row = look.execute(_REGION_MIDDLE, {"region": region_code}).one()
    return Place(row.latitude, row.longitude) if row.latitude is not None else None


def families(look: ReadSession) -> list[str]:
    """All equipment families that anybody works on."""
    return list(look.scalars(_FAMILIES))


def counts(look: ReadSession, family: str | None) -> tuple[int, int]:
    """How many active technicians there are, and how many of them work on the family (all, when it is unknown)."""
    row = look.execute(_COUNTS, {"family": family}).one()
    return row.total, row.qualified if family else row.total


def open_rounds(db: WriteSession, complaint_id: UUID) -> list[Round]:
    """The open rounds of a complaint, locked; the complaint must be locked before."""
    query = select(Round).where(Round.complaint_id == complaint_id, Round.closed_at.is_(None)).order_by(Round.id)
    return list(db.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)))


def history(look: ReadSession, complaint_id: UUID) -> History:
    """Everything that was asked and accepted for a complaint. One statement."""
    rows = swiftly(look, _HISTORY, {"complaint_id": complaint_id}).all()
    work = [row for row in rows if row.state is None]
    return History(
        offers=tuple(_asked(row) for row in rows if row.state is not None),
        live=tuple(Member(row.technician_id, CrewRole(row.crew_role)) for row in work if row.ended_at is None),
        handed_back={
            row.technician_id: row.ended_at.astimezone(UTC) for row in work if row.ended_how == EndedHow.HANDED_BACK
        },
    )


def _asked(row: Row[tuple[object, ...]]) -> Asked:
    answered_at = row.ended_at.astimezone(UTC) if row.ended_at is not None else None
    lapses_at = row.lapses_at.astimezone(UTC)
    return Asked(row.id, row.round_id, row.technician_id, OfferState(row.state), lapses_at, answered_at)


def live_assignments(db: WriteSession, complaint_id: UUID) -> list[Assignment]:
    """The live assignments of a complaint, locked, read anew; the complaint must be locked before."""
    query = select(Assignment).where(Assignment.complaint_id == complaint_id, Assignment.ended_at.is_(None))
    locked = query.order_by(Assignment.id).with_for_update(key_share=True)
    return list(db.scalars(locked.execution_options(populate_existing=True)))


def is_concerned(look: ReadSession, complaint_id: UUID, technician_id: UUID) -> bool:
    """Whether an offer rings for this person or they are in the crew."""
    rings = exists().where(
        Offer.complaint_id == complaint_id, Offer.technician_id == technician_id, Offer.state == OfferState.OPEN
    )
    works = exists().where(
        Assignment.complaint_id == complaint_id, Assignment.technician_id == technician_id,
        Assignment.ended_at.is_(None),
    )  # fmt: skip
    return bool(look.scalar(select(or_(rings, works))))


def work_of(look: ReadSession, technician_id: UUID) -> list[Assignment]:
    """The technician's live assignments that aren't suspended, in order of time."""
    query = select(Assignment).where(
        Assignment.technician_id == technician_id, Assignment.ended_at.is_(None), Assignment.paused_at.is_(None)
    )
    return list(look.scalars(query.order_by(func.lower(Assignment.during))))


def complaint_of_offer(db: WriteSession, offer_id: UUID) -> UUID:
    """Which complaint an offer is for, for a write; NotAllowed if there is none to be seen."""
    found = db.scalar(select(Offer.complaint_id).where(Offer.id == offer_id))
    if found is None:
        raise NotAllowed(offer=offer_id)
    return found


def offer_for_change(db: WriteSession, offer_id: UUID) -> Offer:
    """The offer, locked and read anew; its complaint must be locked before.

    NotAllowed when it can't be seen any more: it ended while the complaint's lock was waited for, and with it the access.
    """
    query = select(Offer).where(Offer.id == offer_id).with_for_update(key_share=True)
    found = db.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotAllowed(offer=offer_id)
    return found


def assignment_of_offer(look: ReadSession, offer_id: UUID) -> Assignment | None:
    """What the offer became."""
    return look.scalars(select(Assignment).where(Assignment.offer_id == offer_id)).one_or_none()


def due_complaints(
    look: ReadSession, *, now: datetime, limit: int, passing_over: Collection[UUID] = (), only: UUID | None = None
) -> list[UUID]:
    """Complaints with a round to be looked at, the worst grade first and within it the earliest promise."""
    given = {"now": now, "limit": limit, "passing_over": list(passing_over), "only": only}
    return list(look.scalars(_DUE, given))


def offers_of_user(look: ReadSession, user_id: UUID | None, *, now: datetime) -> list[tuple[Offer, Complaint]]:
    """The offers that wait for this technician's answer, with what they are for; the most urgent first."""
    query = _ringing(now).join(Technician, Technician.id == Offer.technician_id).where(Technician.user_id == user_id)
    rows = look.execute(query.order_by(Offer.urgent.desc(), Offer.lapses_at, Offer.id))
    return [(row[0], row[1]) for row in rows]


def open_offers(look: ReadSession, *, now: datetime, limit: int) -> list[tuple[Offer, Complaint]]:
    """The offers that ring now and that this reader may see, the next to lapse first."""
    rows = look.execute(_ringing(now).order_by(Offer.lapses_at, Offer.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def ringing(look: ReadSession, *, now: datetime) -> dict[str, str]:
    """Whose telephone rings for which complaint, as far as this reader may see: login → number, the most urgent."""
    query = (
        _ringing(now)
        .add_columns(User.login)
        .join(Technician, Technician.id == Offer.technician_id)
        .join(User, User.id == Technician.user_id)
    )
    rows = look.execute(query.order_by(Offer.urgent, Offer.lapses_at.desc(), Offer.id))
    return {row[2]: row[1].number for row in rows}


def _ringing(now: datetime) -> Select[Offer, Complaint]:
    return (
        select(Offer, Complaint)
        .join(Complaint, Complaint.id == Offer.complaint_id)
        .where(Offer.state == OfferState.OPEN, Offer.lapses_at > now)
    )


def decisions_of(look: ReadSession, complaint_id: UUID) -> list[Decision]:
    """The decisions about a complaint, the last one first."""
    query = select(Decision).where(Decision.complaint_id == complaint_id)
    return list(look.scalars(query.order_by(Decision.decided_at.desc(), Decision.id.desc())))


def decision(look: ReadSession, decision_id: UUID) -> Decision:
    """One decision; NotFound if there is none to be seen."""
    found = look.get(Decision, decision_id)
    if found is None:
        raise NotFound(decision=decision_id)
    return found


@dataclass(frozen=True, slots=True)
class Work:
    """Accepted work with the name of whoever accepted it."""

    technician_id: UUID
    name: str
    code: str
    crew_role: str
    accepted_at: datetime
    arrive_at: datetime
    ended_at: datetime | None
    ended_how: str | None


def work_on(look: ReadSession, complaint_id: UUID) -> list[Work]:
    """Everybody who ever accepted a place in the crew, the first one first, as far as this reader sees people."""
    query = select(Assignment, Technician.name, Technician.code)
    rows = look.execute(
        query.join(Technician, Technician.id == Assignment.technician_id)
        .where(Assignment.complaint_id == complaint_id)
        .order_by(Assignment.accepted_at, Assignment.id)
    )
    return [
        Work(
            technician_id=work.technician_id, name=name, code=code, crew_role=work.crew_role,
            accepted_at=work.accepted_at, arrive_at=work.arrive_at, ended_at=work.ended_at, ended_how=work.ended_how,
        )
        for work, name, code in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """An offer with the name of whoever was asked, and what became of it."""

    name: str
    code: str
    crew_role: str
    by_hand: bool
    state: str
    offered_at: datetime
    lapses_at: datetime
    answered_at: datetime | None
    decline_reason: str | None
    decline_note: str | None


def asked_for(look: ReadSession, complaint_id: UUID) -> list[Asking]:
    """Everybody who was asked, the first one first, as far as this reader sees people."""
    query = select(Offer, Technician.name, Technician.code)
    rows = look.execute(
        query.join(Technician, Technician.id == Offer.technician_id)
        .where(Offer.complaint_id == complaint_id)
        .order_by(Offer.offered_at, Offer.id)
    )
    return [
        Asking(
            name=name, code=code, crew_role=offer.crew_role, by_hand=offer.by_hand, state=offer.state,
            offered_at=offer.offered_at, lapses_at=offer.lapses_at, answered_at=offer.answered_at,
            decline_reason=offer.decline_reason, decline_note=offer.decline_note,
        )
        for offer, name, code in rows
    ]  # fmt: skip
