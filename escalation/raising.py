"""Opening a case, joining one that is open, and taking it up the ladder."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from escalation import ladder as ladders
from escalation import notices, policies, queries
from escalation.appointing import AppointedAs, Appointment
from escalation.errors import NowhereUp
from escalation.events import CaseOpened, CaseRaised
from escalation.ladder import Joining, Ladder, Level, OpenCase, Reason
from escalation.models import EscalationCase, Rung
from foundation.accounts import access
from foundation.accounts.roles import Actor, system
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from intake import queries as complaints
from intake.grades import Grade
from intake.models import Complaint

#: Why an owner may see a case that isn't of their region.
ACCESS: Final = "escalation"
SYSTEM: Final = system("escalation")


def open_case(
    db: WriteSession, complaint_id: UUID, reason: Reason, *, facts: Facts, now: datetime, actor: Actor = SYSTEM
) -> EscalationCase:
    """Bring the complaint in front of the owner of the reason's level; the case that is open afterwards is returned.

    A reason whose line has an open case joins it: a graver one takes it over, raises it and asks for a new
    acknowledgement, any other changes nothing. Locks the complaint, so two reasons at once are taken one by one.
    """
    complaint = complaints.for_change(db, complaint_id)
    ladder = policies.in_force(db, now=now)
    cases = {case.id: case for case in queries.open_of(db, complaint_id)}
    joint = ladders.joining(ladder, reason, [_seen(case) for case in cases.values()])
    if joint.case is None:
        return _new(db, complaint, ladder, reason, facts=facts, now=now, actor=actor)
    case = cases[joint.case.id]
    if joint.takes_over:
        _take_over_case(db, complaint, case, reason, joint=joint, facts=facts, now=now, actor=actor)
    return case


def _seen(case: EscalationCase) -> OpenCase:
    return OpenCase(case.id, Reason(case.reason), Level(case.level))


def _new(
    db: WriteSession, complaint: Complaint, ladder: Ladder, reason: Reason, *, facts: Facts, now: datetime, actor: Actor
) -> EscalationCase:
    level = ladders.opening(ladder, reason)
    case = EscalationCase(
        complaint_id=complaint.id,
        reason=reason,
        facts=dict(facts),
        grade=_grade(complaint),
        level=level,
        opened_level=level,
        opened_at=now,
        policy_version=ladder.version,
        policy=policies.document(ladder),
    )
    db.add(case)
    db.flush()  # The rung refers to the case.
    owner = queries.appointed(db, ladder, level, region_code=complaint.region_code, now=now)
    rung = stand_on(db, complaint, case, level, owner=owner, now=now)
    note(db, "escalation.opened", complaint, case, rung, facts={"why": dict(facts)}, actor=actor, now=now)
    announce(db, CaseOpened(subject_id=complaint.id, case_id=case.id, reason=reason, level=level), now=now)
    notices.tell_owner(db, complaint, case, rung, template="escalation-opened", now=now)
    others = ladder.reasons[reason].also_tells
    notices.tell_others(db, complaint, case, rung, ladder=ladder, levels=others, now=now)
    return case


def _take_over_case(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    reason: Reason,
    *,
    joint: Joining,
    facts: Facts,
    now: datetime,
    actor: Actor,
) -> None:
    """The case carries the graver reason from now on; its earlier one stays readable among its facts."""
    earlier = {"reason": case.reason, "facts": case.facts}
    case.facts = {**dict(facts), "earlier": earlier}
    case.reason, case.grade = reason, _grade(complaint)
    ladder = policies.stamped(case)
    if joint.raise_to is not None:
        climb(db, complaint, case, joint.raise_to, now=now, actor=actor, why="graver")
    else:
        facts = {"why": dict(facts), "was": earlier["reason"]}
        ask_again(
            db, complaint, case, step="escalation.graver", template="escalation-graver", facts=facts, now=now,
            actor=actor,
        )  # fmt: skip
    rung = queries.standing(db, case)
    notices.tell_others(db, complaint, case, rung, ladder=ladder, levels=ladder.reasons[reason].also_tells, now=now)


def ask_again(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    *,
    step: str,
    template: str,
    facts: Facts,
    now: datetime,
    actor: Actor,
) -> None:
    """A new fact needs an acknowledgement of its own: the same owner is asked again on the same level."""
    was = queries.standing(db, case)
    owner = None
    if was.owner_user_id is not None:
        owner = _kept(was, deputy_id=queries.deputy_of(db, was.owner_user_id, now=now))
    rung = stand_on(db, complaint, case, Level(case.level), owner=owner, now=now)
    note(db, step, complaint, case, rung, facts=facts, actor=actor, now=now)
    notices.tell_owner(db, complaint, case, rung, template=template, now=now)


def raise_one(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    *,
    now: datetime,
    actor: Actor = SYSTEM,
    why: str = "unanswered",
) -> Rung:
    """One level up the path of the case's reason. Raises NowhereUp at the top."""
    to = ladders.above(policies.stamped(case), Reason(case.reason), Level(case.level))
    if to is None:
        raise NowhereUp(level=case.level)
    return climb(db, complaint, case, to, now=now, actor=actor, why=why)


def climb(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    to: Level,
    *,
    now: datetime,
    actor: Actor,
    why: str,
    owner: Appointment | None = None,
    template: str = "escalation-raised",
) -> Rung:
    """Leave the present rung upward and stand on the one of level `to`, with the owner given or appointed."""
    left, was = queries.standing(db, case), case.level
    left.raised_at, left.next_notice_at = now, None
    if owner is None:
        owner = queries.appointed(db, policies.stamped(case), to, region_code=complaint.region_code, now=now)
    rung = move(db, complaint, case, to, owner=owner, now=now)
    facts = {"was": was, "why": why, "unanswered_by": left.owner_user_id if left.acknowledged_at is None else None}
    note(db, "escalation.raised", complaint, case, rung, facts=facts, actor=actor, now=now)
    raised = CaseRaised(subject_id=complaint.id, case_id=case.id, reason=case.reason, level=to, was=was)
    announce(db, raised, now=now)
    notices.tell_owner(db, complaint, case, rung, template=template, now=now)
    close_doors(db, complaint.id, now=now)
    return rung


def move(
    db: WriteSession, complaint: Complaint, case: EscalationCase, to: Level, *, owner: Appointment | None, now: datetime
) -> Rung:
    """The case stands on another level from now on; the rung it leaves was marked by the caller."""
    case.level = to
    case.grade = _grade(complaint)
    return stand_on(db, complaint, case, to, owner=owner, now=now)


def stand_on(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    level: Level,
    *,
    owner: Appointment | None,
    now: datetime,
) -> Rung:
    """The rung of this level, fresh: unacknowledged, with new times. A case has one per level; the ledger has its past."""
    rung = db.scalars(select(Rung).where(Rung.case_id == case.id, Rung.level == level)).one_or_none()
    if rung is None:
        rung = Rung(case_id=case.id, level=level, notices=0)
        db.add(rung)
    due = ladders.times(policies.stamped(case), level, Grade(case.grade), now)
    rung.opened_at, rung.answer_due_at, rung.next_notice_at = now, due.answer_due_at, due.next_notice_at
    rung.acknowledged_at = rung.acknowledged_by = rung.on_behalf_of = rung.act_due_at = None
    rung.raised_at = rung.returned_at = rung.message_id = rung.held_until = None
    rung.notices = 0
    hand_to(db, complaint, rung, owner, now=now)
    db.flush()  # Notices name the rung by its key.
    return rung


def hand_to(db: WriteSession, complaint: Complaint, rung: Rung, owner: Appointment | None, *, now: datetime) -> None:
    """Write the owner on the rung and let them see the case, whatever their region."""
    rung.owner_user_id = owner.owner_id if owner else None
    rung.deputy_of_id = owner.deputy_of_id if owner else None
    rung.appointed_as = owner.appointed_as if owner else None
    if owner is not None:
        access.grant(db, complaint.id, owner.owner_id, reason=ACCESS, now=now)


def close_doors(db: WriteSession, complaint_id: UUID, *, now: datetime) -> None:
    """Whoever saw the complaint because of a case no longer does, unless they still answer for one.

    The last thing an action does: an actor of another region sees nothing of the case any more behind it. Holders are
    locked before the owners are read, so that whoever is made one at the same moment is among them or gets in anew.
    """
    holders = access.holders(db, complaint_id, reason=ACCESS)
    for person in sorted(holders - queries.answering(db, complaint_id)):
        access.end(db, complaint_id, person, reason=ACCESS, now=now)


def note(
    db: WriteSession,
    step: str,
    complaint: Complaint,
    case: EscalationCase,
    rung: Rung,
    *,
    facts: Facts,
    actor: Actor,
    now: datetime,
) -> None:
    """One ledger entry about the case, in the complaint's chain."""
    said: dict[str, object] = {
        "case_id": case.id,
        "reason": case.reason,
        "level": rung.level,
        "owner": rung.owner_user_id,
        "appointed_as": rung.appointed_as,
        "answer_due_at": rung.answer_due_at,
        "policy_version": case.policy_version,
    }
    recording.record(db, complaint.id, step, actor=actor, facts={**said, **facts}, now=now)


def _kept(rung: Rung, *, deputy_id: UUID | None) -> Appointment | None:
    if rung.owner_user_id is None or rung.appointed_as is None:
        return None
    return Appointment(
        owner_id=rung.owner_user_id,
        appointed_as=AppointedAs(rung.appointed_as),
        deputy_of_id=rung.deputy_of_id,
        deputy_id=deputy_id,
    )


def _grade(complaint: Complaint) -> Grade:
    """The complaint's grade; the worst while it has none, because the unknown counts as the worse."""
    return Grade(complaint.grade) if complaint.grade else Grade.MAJOR
