from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from foundation.accounts.roles import Actor, system
from foundation.clock import HandClock
from foundation.database.session import WriteSession
from foundation.ledger.models import Announcement, LedgerEntry
from foundation.problems import NotAllowed
from intake import deadlines, progress, sweeping
from intake.clocks import How, Kind
from intake.errors import EvidenceMissing, ReopenTooLate, StepNotAllowed
from intake.grades import Grade, Graded
from intake.lifecycle import Stage, Step
from intake.models import Complaint, Deadline
from tests.integration.intake.conftest import Build

MACHINE = system("test")
MAJOR = {
    "acknowledge": 5,
    "accept": 15,
    "on_site_target": 360,
    "on_site_promise": 1440,
    "resolve": 2880,
    "feedback": 30,
    "follow_up": 1440,
}


def ended(db: WriteSession, complaint: Complaint, kind: Kind) -> list[str | None]:
    return list(
        db.scalars(
            select(Deadline.closed_how)
            .where(Deadline.complaint_id == complaint.id, Deadline.kind == kind)
            .order_by(Deadline.opened_at, Deadline.id)
        )
    )


def to_site(db: WriteSession, complaint: Complaint, technician: Actor, now: datetime) -> None:
    progress.advance(db, complaint, Step.DISPATCH, actor=MACHINE, now=now)
    progress.advance(db, complaint, Step.ACCEPT, actor=technician, now=now, facts={"technician_id": "t"})
    progress.advance(db, complaint, Step.SET_OFF, actor=technician, now=now)
    progress.advance(db, complaint, Step.ARRIVE, actor=technician, now=now, facts={"evidence": "A"})


def test_a_promise_broken_while_no_sweep_ran_is_told_when_it_ends_and_only_once(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    late = hand_clock.push(hours=30)
    to_site(db, complaint, technician, late)
    db.flush()
    assert sweeping.fire_deadlines(db, now=late) == 0
    told = db.scalars(select(Announcement.payload).where(Announcement.kind == "deadline.fired")).all()
    broken = ["accept", "acknowledge", "on_site_promise", "on_site_target"]
    assert sorted(str(event["deadline_kind"]) for event in told) == broken
    missed = select(Deadline.kind).where(Deadline.closed_how == How.MISSED, Deadline.fired_at.is_not(None))
    assert sorted(db.scalars(missed)) == broken


def test_each_step_leaves_entry_announcement_and_the_deadlines_of_its_stage(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    assert set(deadlines.live(db, complaint.id)) == {
        Kind.ACKNOWLEDGE,
        Kind.ACCEPT,
        Kind.ON_SITE_TARGET,
        Kind.ON_SITE_PROMISE,
        Kind.RESOLVE,
    }
    to_site(db, complaint, technician, hand_clock.push(minutes=10))
    assert complaint.stage == Stage.ON_SITE
    assert set(deadlines.live(db, complaint.id)) == {Kind.RESOLVE}
    assert ended(db, complaint, Kind.ON_SITE_PROMISE) == [How.KEPT]
    assert ended(db, complaint, Kind.ACKNOWLEDGE) == [How.KEPT]
    steps = list(db.scalars(select(LedgerEntry.step).where(LedgerEntry.subject_id == complaint.id).order_by("seq")))
    assert steps == [Step.DISPATCH, Step.ACCEPT, Step.SET_OFF, Step.ARRIVE]
    db.flush()
    heard = list(db.scalars(select(Announcement.payload).where(Announcement.subject_id == complaint.id)))
    assert [payload["step"] for payload in heard] == steps


def test_a_step_done_in_time_on_a_phone_without_signal_keeps_its_promise(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    to_site(db, complaint, technician, hand_clock.push(minutes=10))
    done_at = hand_clock.push(hours=70)
    progress.advance(
        db,
        complaint,
        Step.FINISH,
        actor=technician,
        now=hand_clock.push(hours=9),
        done_at=done_at,
        facts={"works_again": "yes"},
    )
    assert ended(db, complaint, Kind.RESOLVE) == [How.KEPT]
    assert complaint.repaired_at == done_at


def test_suspension_stops_only_the_clock_of_the_repair(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    promised = deadlines.live(db, complaint.id)
    now = hand_clock.push(minutes=10)
    progress.advance(db, complaint, Step.DISPATCH, actor=MACHINE, now=now)
    progress.advance(db, complaint, Step.ACCEPT, actor=technician, now=now, facts={"technician_id": "t"})
    wake = now + timedelta(hours=5)
    progress.advance(
        db, complaint, Step.SUSPEND, actor=technician, now=now, facts={"reason": "parts", "resume_at": wake}
    )
    live = deadlines.live(db, complaint.id)
    assert set(live) == {Kind.RESUME, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE}
    assert live[Kind.RESUME].due_at == wake
    progress.advance(db, complaint, Step.RESUME, actor=technician, now=hand_clock.push(hours=2))
    live = deadlines.live(db, complaint.id)
    assert live[Kind.ON_SITE_PROMISE].due_at == promised[Kind.ON_SITE_PROMISE].due_at
    assert live[Kind.RESOLVE].due_at == promised[Kind.RESOLVE].due_at + timedelta(hours=2)
    assert ended(db, complaint, Kind.RESOLVE) == [How.PAUSED, None]


def test_a_second_search_after_a_hand_back_has_its_own_time_to_accept(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    to_site(db, complaint, technician, hand_clock.push(minutes=10))
    now = hand_clock.push(hours=6)
    progress.advance(db, complaint, Step.HAND_BACK, actor=technician, now=now, facts={"reason": "beyond my skills"})
    live = deadlines.live(db, complaint.id)
    assert set(live) == {Kind.ACCEPT, Kind.RESOLVE}
    assert live[Kind.ACCEPT].due_at == now + timedelta(minutes=60)


def test_a_raised_grade_never_moves_a_deadline_later(
    db: WriteSession, a_complaint: Build, dispatcher: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    before = deadlines.live(db, complaint.id)
    graded = Graded(Grade.MAJOR, ("M3",), (), 2, {**MAJOR, "on_site_promise": 9999})
    progress.regrade(db, complaint, graded, actor=dispatcher, now=hand_clock.push(minutes=1), reason="brake failed")
    after = deadlines.live(db, complaint.id)
    assert after[Kind.ACCEPT].due_at == complaint.called_at + timedelta(minutes=15)
    assert after[Kind.ON_SITE_PROMISE].due_at == before[Kind.ON_SITE_PROMISE].due_at
    assert ended(db, complaint, Kind.ACCEPT) == [How.VOID, None]
    assert complaint.next_due_at == min(due.due_at for due in after.values())


def test_a_reopened_complaint_gets_its_promises_anew(
    db: WriteSession, a_complaint: Build, technician: Actor, agent: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    to_site(db, complaint, technician, hand_clock.push(minutes=10))
    progress.advance(db, complaint, Step.FINISH, actor=technician, now=hand_clock.now(), facts={"works_again": "yes"})
    progress.advance(db, complaint, Step.CONFIRM, actor=technician, now=hand_clock.now(), facts={"feedback_id": "f"})
    progress.advance(db, complaint, Step.CLOSE, actor=agent, now=hand_clock.now())
    assert complaint.next_due_at is None
    now = hand_clock.push(days=29)
    progress.advance(db, complaint, Step.REOPEN, actor=agent, now=now, facts={"reason": "same noise again"})
    live = deadlines.live(db, complaint.id)
    assert live[Kind.ON_SITE_PROMISE].due_at == now + timedelta(hours=24)
    assert set(live) == {Kind.ACCEPT, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE, Kind.RESOLVE}


def test_after_thirty_days_a_closed_complaint_stays_closed(
    db: WriteSession, a_complaint: Build, agent: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint(stage=Stage.CLOSED)
    complaint.closed_at = hand_clock.now()
    with pytest.raises(ReopenTooLate):
        progress.advance(
            db, complaint, Step.REOPEN, actor=agent, now=hand_clock.push(days=30), facts={"reason": "again"}
        )


def test_a_step_without_its_evidence_or_out_of_turn_or_by_the_wrong_role_changes_nothing(
    db: WriteSession, a_complaint: Build, technician: Actor, agent: Actor, now: datetime
) -> None:
    complaint = a_complaint(stage=Stage.ASSIGNED)
    with pytest.raises(EvidenceMissing):
        progress.advance(db, complaint, Step.ARRIVE, actor=technician, now=now)
    with pytest.raises(StepNotAllowed) as refused:
        progress.advance(db, complaint, Step.CLOSE, actor=agent, now=now)
    assert "SET_OFF" in str(refused.value.facts["allowed"])
    with pytest.raises(NotAllowed):
        progress.advance(db, complaint, Step.SET_OFF, actor=agent, now=now)
    assert complaint.stage == Stage.ASSIGNED
    assert not db.scalars(select(LedgerEntry).where(LedgerEntry.subject_id == complaint.id)).all()


def test_a_latest_departure_ends_when_somebody_sets_off(
    db: WriteSession, a_complaint: Build, technician: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint(stage=Stage.ASSIGNED)
    due_at = hand_clock.now() + timedelta(hours=3)
    progress.open_deadline(
        db, complaint, Kind.LATEST_DEPARTURE, due_at=due_at, why={"start": "x"}, now=hand_clock.now()
    )
    progress.open_deadline(
        db, complaint, Kind.LATEST_DEPARTURE, due_at=due_at + timedelta(hours=1), why={}, now=hand_clock.push(minutes=1)
    )
    progress.advance(db, complaint, Step.SET_OFF, actor=technician, now=hand_clock.push(minutes=1))
    assert ended(db, complaint, Kind.LATEST_DEPARTURE) == [How.VOID, How.KEPT]
