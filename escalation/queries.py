"""Questions about cases: who should own a level, which are open, whose they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text, tuple_
from sqlalchemy.orm import aliased

from escalation import appointing
from escalation.appointing import AppointedAs, Appointment, Person, Roster
from escalation.ladder import Ladder, Level, Reason, role_of
from escalation.models import EscalationCase, Rung
from escalation.triggers import Past
from foundation.accounts import queries as people
from foundation.accounts.models import User
from foundation.accounts.roles import Role
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import NotAllowed, NotFound
from intake import queries as complaints
from intake.clocks import How, Kind
from intake.models import Complaint, Deadline

#: Complaints that turned out to be none, or the same as another, don't count. A fault is model, component and symptom.
_PAST = text(
    """
    WITH unit AS (SELECT id, model FROM equipment WHERE id = :equipment_id),
    alike AS (
        SELECT DISTINCT c.equipment_id
        FROM unit JOIN equipment e ON e.model = unit.model JOIN complaints c ON c.equipment_id = e.id
        WHERE lower(c.component) = lower(CAST(:component AS varchar))
          AND lower(COALESCE(c.symptom, '')) = lower(CAST(:symptom AS varchar))
          AND c.called_at BETWEEN :faults_from AND :until AND c.stage NOT IN ('rerouted', 'merged')
    ),
    named AS (
        SELECT concat_ws(' · ', unit.model, lower(:component), NULLIF(lower(:symptom), '')) AS fault
        FROM unit WHERE unit.model IS NOT NULL AND CAST(:component AS varchar) IS NOT NULL
    )
    SELECT (SELECT count(*) FROM complaints c
            WHERE c.equipment_id = :equipment_id AND c.called_at BETWEEN :repeats_from AND :until
              AND c.stage NOT IN ('rerouted', 'merged')) AS complaints_on_unit,
           (SELECT fault FROM named) AS fault,
           (SELECT count(*) FROM alike) AS units_with_fault,
           EXISTS (SELECT 1 FROM cases k JOIN named ON k.facts ->> 'fault' = named.fault
                   WHERE k.reason = 'same_fault' AND k.ended_at IS NULL) AS fault_is_known
    """
)

_HOLDER = aliased(User)


@dataclass(frozen=True, slots=True)
class Held:
    """A case with its complaint and the rung it stands on, all locked."""

    complaint: Complaint
    case: EscalationCase
    rung: Rung


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as a list shows it."""

    case: EscalationCase
    rung: Rung
    number: str
    region_code: str
    stage: str
    owner: str | None
    #: Who held its ladder, if somebody did.
    held_by: str | None = None


def for_change(db: WriteSession, case_id: UUID) -> Held:
    """The case with its complaint and present rung, locked in the order of locks.py. Raises NotAllowed if invisible."""
    complaint_id = db.scalar(select(EscalationCase.complaint_id).where(EscalationCase.id == case_id))
    if complaint_id is None:
        raise NotAllowed(what="escalation", id=case_id)
    complaint = complaints.for_change(db, complaint_id)
    case = db.scalars(
        select(EscalationCase)
        .where(EscalationCase.id == case_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return Held(complaint=complaint, case=case, rung=standing(db, case))


def standing(db: WriteSession, case: EscalationCase) -> Rung:
    """The rung the case stands on, locked."""
    return db.scalars(
        select(Rung)
        .where(Rung.case_id == case.id, Rung.level == case.level)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def held_for(case: EscalationCase, rung: Rung) -> timedelta:
    """For how long the rung as it stands was held: nothing of what was held before it was opened anew."""
    if rung.held_until is None or case.held_at is None:
        return timedelta(0)
    return rung.held_until - case.held_at


def open_of(db: WriteSession, complaint_id: UUID) -> list[EscalationCase]:
    """The open cases of a complaint, locked, the oldest first."""
    return list(
        db.scalars(
            select(EscalationCase)
            .where(EscalationCase.complaint_id == complaint_id, EscalationCase.ended_at.is_(None))
            .order_by(EscalationCase.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )


def appointed(
    look: ReadSession, ladder: Ladder, level: Level, *, region_code: str, now: datetime
) -> Appointment | None:
    """Who becomes the owner of the level for this region; None only when there is nobody at all."""
    role = role_of(ladder, level)
    above = appointing.region_above(region_code)
    rosters = [Roster(AppointedAs.OWNER, _roster(look, role, region_code, now=now))]
    if above is not None:
        rosters.append(Roster(AppointedAs.REGION_ABOVE, _roster(look, role, above, now=now)))
    if role is not Role.HEAD:
        rosters.append(Roster(AppointedAs.HEAD, _roster(look, Role.HEAD, region_code, now=now)))
    return appointing.appoint(rosters)


def deputy_of(look: ReadSession, user_id: UUID, *, now: datetime) -> UUID | None:
    """The person who follows when this one is silent: their deputy, if active and there."""
    deputy = look.scalar(select(User.deputy_id).where(User.id == user_id))
    if deputy is None:
        return None
    there = or_(User.away_until.is_(None), User.away_until <= now)
    return look.scalar(select(User.id).where(User.id == deputy, User.active, there))


def appraiser(look: ReadSession, user_id: UUID) -> User | None:
    """The appraiser with this id, if active."""
    return look.scalars(select(User).where(User.id == user_id, User.role == Role.APPRAISER, User.active)).one_or_none()


def answering(look: ReadSession, complaint_id: UUID) -> frozenset[UUID]:
    """Who owns a rung of an open case of the complaint, and for whom they answer: they see it for that.

    As things stand in this transaction.
    """
    look.flush()
    rows = look.execute(
        select(Rung.owner_user_id, Rung.deputy_of_id)
        .join(EscalationCase, EscalationCase.id == Rung.case_id)
        .where(EscalationCase.complaint_id == complaint_id, EscalationCase.ended_at.is_(None))
    )
    return frozenset(person for row in rows for person in row if person is not None)


def rungs_of(look: ReadSession, case_id: UUID) -> list[Rung]:
    """All rungs of a case in the order in which they were opened."""
    return list(look.scalars(select(Rung).where(Rung.case_id == case_id).order_by(Rung.opened_at, Rung.level)))


def detail(look: ReadSession, case_id: UUID) -> Listed:
    """One case. Raises NotFound."""
    found = _listed(look, EscalationCase.id == case_id, limit=1)
    if not found:
        raise NotFound(what="escalation", id=case_id)
    return found[0]


def search(
    look: ReadSession,
    *,
    owner_id: UUID | None,
    is_open: bool,
    complaint_number: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Listed]:
    """Cases by opening, the oldest open ones first, ended ones the newest first; `after` is the last row seen."""
    wanted: list[ColumnElement[bool]] = [EscalationCase.ended_at.is_(None) == is_open]
    if owner_id is not None:
        wanted.append(Rung.owner_user_id == owner_id)
    if complaint_number is not None:
        wanted.append(Complaint.number == complaint_number)
    if after is not None:
        place = tuple_(EscalationCase.opened_at, EscalationCase.id)
        seen = tuple_(*after)
        wanted.append(place > seen if is_open else place < seen)
    return _listed(look, *wanted, limit=limit, newest_first=not is_open)


def of_reasons(look: ReadSession, complaint_id: UUID, reasons: Collection[Reason]) -> list[tuple[EscalationCase, Rung]]:
    """The cases of a complaint with these reasons and the rungs they stand on, the oldest first."""
    rows = look.execute(
        select(EscalationCase, Rung)
        .join(Rung, and_(Rung.case_id == EscalationCase.id, Rung.level == EscalationCase.level))
        .where(EscalationCase.complaint_id == complaint_id, EscalationCase.reason.in_(reasons))
        .order_by(EscalationCase.opened_at, EscalationCase.id)
    )
    return [(row[0], row[1]) for row in rows]


def departure_missed(look: ReadSession, complaint_id: UUID, *, now: datetime) -> bool:
    """Whether the latest safe departure has passed with nobody under way."""
    late = look.scalar(
        select(Deadline.id)
        .where(
            Deadline.complaint_id == complaint_id,
            Deadline.kind == Kind.LATEST_DEPARTURE,
            Deadline.due_at <= now,
            or_(Deadline.closed_how.is_(None), Deadline.closed_how == How.MISSED),
        )
        .limit(1)
    )
    return late is not None


def case_of_deadline(look: ReadSession, complaint_id: UUID, deadline_id: UUID) -> UUID | None:
    """The open case that this missed deadline opened or took over."""
    return look.scalar(
        select(EscalationCase.id).where(
            EscalationCase.complaint_id == complaint_id,
            EscalationCase.ended_at.is_(None),
            EscalationCase.facts["deadline_id"].astext == str(deadline_id),
        )
    )


def past_of(look: ReadSession, complaint: Complaint, ladder: Ladder) -> Past:
    """What is known around the complaint, by the ladder's windows of days before its call; itself counted."""
    row = look.execute(
        _PAST,
        {
            "equipment_id": complaint.equipment_id,
            "component": complaint.component,
            "symptom": complaint.symptom or "",
            "until": complaint.called_at,
            "repeats_from": complaint.called_at - timedelta(days=ladder.repeat_days),
            "faults_from": complaint.called_at - timedelta(days=ladder.same_fault_days),
        },
    ).one()
    return Past(
        complaints_on_unit=row.complaints_on_unit,
        fault=row.fault,
        units_with_fault=row.units_with_fault,
        fault_is_known=row.fault_is_known,
    )


def _listed(look: ReadSession, *wanted: ColumnElement[bool], limit: int, newest_first: bool = False) -> list[Listed]:
    order = (EscalationCase.opened_at, EscalationCase.id)
    rows = look.execute(
        select(EscalationCase, Rung, Complaint.number, Complaint.region_code, Complaint.stage, User.name, _HOLDER.name)
        .join(Rung, and_(Rung.case_id == EscalationCase.id, Rung.level == EscalationCase.level))
        .join(Complaint, Complaint.id == EscalationCase.complaint_id)
        .outerjoin(User, User.id == Rung.owner_user_id)
        .outerjoin(_HOLDER, _HOLDER.id == EscalationCase.held_by)
        .where(*wanted)
        .order_by(*(column.desc() if newest_first else column for column in order))
        .limit(limit)
    ).all()
    return [Listed(*row) for row in rows]


def _roster(look: ReadSession, role: Role, region_code: str, *, now: datetime) -> Sequence[Person]:
    return [
        Person(found.user_id, away=found.away, deputy_of_id=found.deputy_of, deputy_id=found.deputy_id)
        for found in people.on_call_for(look, role, region_code, now=now)
    ]


def is_visible(look: ReadSession, case_id: UUID) -> bool:
    """Whether this reader may see the case, as things stand in this transaction."""
    look.flush()
    return look.scalar(select(EscalationCase.id).where(EscalationCase.id == case_id)) is not None
