"""What a phone tells, in whatever order and however often."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import delete, func, select, update

import dispatch.actions
from foundation.database.identity import new_id
from foundation.database.session import EVERYTHING, WriteSession
from foundation.ledger.models import LedgerEntry, PrivateFact
from foundation.problems import FieldWrong, NotAllowed
from intake.grades import Grade
from intake.models import Deadline
from tests.integration.dispatch.field import AT, DESK, LATITUDE, LONGITUDE, add_technician
from tests.integration.visits.site import Job, a_job, a_report, accepted, enter, steps, told
from visits import commands, queries
from visits.errors import ArrivalEvidenceMissing, CommandReused, MachineNotWorking, ReportMissing
from visits.models import PhoneCommand, ServiceReport, Suspension, Visit
from visits.phone import Position, WorksAgain

FAR_AWAY = Position(latitude=LATITUDE + 0.05, longitude=LONGITUDE, accuracy_m=20)


@pytest.fixture
def job(db: WriteSession) -> Job:
    return a_job(db)


def deadline(db: WriteSession, job: Job, kind: str) -> Deadline:
    query = select(Deadline).where(Deadline.complaint_id == job.complaint.id, Deadline.kind == kind)
    return db.scalars(
        query.order_by(Deadline.opened_at.desc()).limit(1).execution_options(populate_existing=True)
    ).one()


def the_visit(db: WriteSession, job: Job) -> Visit:
    visit = queries.latest_visit(db, job.assignment.id)
    assert visit is not None
    return visit


def test_a_whole_visit_moves_the_complaint_step_by_step(db: WriteSession, job: Job) -> None:
    stages = [
        job.does(db, "set_off", minutes=5).stage,
        job.does(db, "arrived", minutes=40).stage,
        job.does(db, "reported", minutes=110).stage,
        job.does(db, "finished", minutes=120).stage,
    ]
    assert stages == ["en_route", "on_site", "on_site", "repaired"]
    assert steps(db, job.complaint.id)[-4:] == ["SET_OFF", "ARRIVE", "report.written", "FINISH"]
    visit = queries.latest_visit(db, job.assignment.id)
    assert visit is not None
    assert (visit.arrival_grade, visit.left_how, visit.finished_at) == ("A", "finished", AT + timedelta(minutes=120))
    assert (job.assignment.ended_how, job.complaint.repaired_at) == ("finished", AT + timedelta(minutes=120))
    assert [event["works_again"] for event in told(db, "visit.reported")] == ["yes"]


def test_the_same_command_again_gets_the_same_answer_and_has_no_second_effect(db: WriteSession, job: Job) -> None:
    command = job.says("set_off", minutes=5)
    first = job.sends(db, command, heard=5)
    entries = steps(db, job.complaint.id)
    again = job.sends(db, command, heard=50)
    assert again.replayed
    assert not first.replayed
    assert (again.outcome, again.stage, again.counted_at) == (first.outcome, first.stage, first.counted_at)
    assert steps(db, job.complaint.id) == entries


def test_one_id_with_another_body_is_refused(db: WriteSession, job: Job) -> None:
    command = job.says("set_off", minutes=5)
    job.sends(db, command, heard=5)
    with pytest.raises(CommandReused):
        job.does(db, "set_off", minutes=6, id=command.id)


def test_a_queue_of_a_day_without_signal_is_applied_in_the_order_of_the_phone(db: WriteSession, job: Job) -> None:
    queue = [
        job.says("set_off", minutes=5, online=False),
        job.says("arrived", minutes=40, online=False),
        job.says("finished", minutes=120, report=a_report(), online=False),
    ]
    answers = commands.apply_all(db, list(reversed(queue)), actor=job.actor, now=AT + timedelta(hours=9))
    assert [answer.outcome for answer in answers] == ["applied"] * 3
    assert [answer.id for answer in answers] == [command.id for command in reversed(queue)]
    assert job.complaint.stage == "repaired"
    assert the_visit(db, job).arrival_grade == "B"


def test_a_wrong_command_is_undone_alone_and_later_ones_of_the_job_wait(db: WriteSession, job: Job) -> None:
    other = a_job(db, 2)
    queue = [
        job.says("set_off", minutes=5),
        job.says("arrived", minutes=40, position=FAR_AWAY),
        job.says("finished", minutes=120, report=a_report()),
    ]
    answers = commands.apply_all(db, queue, actor=job.actor, now=AT + timedelta(hours=3))
    assert [answer.outcome for answer in answers] == ["applied", "rejected", "waiting"]
    assert answers[1].reason == "arrival-evidence-missing"
    assert answers[1].facts["needs"] == ["reason", "photo"]
    assert (job.complaint.stage, other.complaint.stage) == ("en_route", "assigned")
    assert db.scalar(select(func.count()).select_from(PhoneCommand)) == 1


def test_nobody_can_speak_for_somebody_elses_job(db: WriteSession, job: Job) -> None:
    stranger = add_technician(db, 9)
    with pytest.raises(NotAllowed):
        commands.apply(db, job.says("set_off", minutes=5), actor=stranger.actor, now=AT)
    with pytest.raises(NotAllowed):
        commands.apply(db, job.says("set_off", minutes=5, id=new_id()), actor=DESK, now=AT)


def test_a_promise_kept_without_signal_is_kept_although_its_deadline_has_fired(db: WriteSession, job: Job) -> None:
    promise = deadline(db, job, "on_site_promise")
    db.execute(update(Deadline).where(Deadline.id == promise.id).values(fired_at=promise.due_at))
    job.does(db, "arrived", minutes=40, heard=60 * 30, online=False)
    assert deadline(db, job, "on_site_promise").closed_how == "kept"
    assert job.complaint.first_arrived_at == AT + timedelta(minutes=40)
    assert [event["deadline_kind"] for event in told(db, "visit.kept_after_all")] == ["on_site_promise"]


def test_a_phone_whose_clock_is_wrong_is_counted_by_the_corrected_time(db: WriteSession, job: Job) -> None:
    answer = job.does(db, "arrived", minutes=50, heard=41, skew_s=600.0)
    assert answer.counted_at == AT + timedelta(minutes=40)
    assert answer.flags == ["skewed"]
    row = db.get(PhoneCommand, answer.id)
    assert row is not None
    assert (row.done_at, row.counted_at, row.received_at) == (
        AT + timedelta(minutes=50), AT + timedelta(minutes=40), AT + timedelta(minutes=41),
    )  # fmt: skip


def test_far_from_the_site_a_reason_and_a_photo_are_asked_for_and_then_a_manager(db: WriteSession, job: Job) -> None:
    with pytest.raises(ArrivalEvidenceMissing):
        job.does(db, "arrived", minutes=40, position=FAR_AWAY)
    db.expire_all()
    answer = job.does(db, "arrived", minutes=41, position=FAR_AWAY, reason="Gate is far off.", photo_ids=(new_id(),))
    assert answer.facts["grade"] == "D"
    assert the_visit(db, job).approval_needed


def test_the_customers_code_and_the_name_plate_prove_the_arrival(db: WriteSession, job: Job) -> None:
    job.does(db, "set_off", minutes=5)
    code = queries.arrival_code(db, job.complaint.id)
    answer = job.does(
        db, "arrived", minutes=40, position_missing="denied", arrival_code=code, name_plate_photo_id=new_id()
    )
    assert answer.facts["grade"] == "C"


def test_where_a_person_was_is_nowhere_in_the_ledger_in_clear(db: WriteSession, job: Job) -> None:
    answer = job.does(db, "arrived", minutes=40)
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "ARRIVE")).one()
    assert str(LATITUDE) not in str(entry.facts)
    assert "digest" in str(entry.facts["position"])
    assert str(db.scalars(select(PrivateFact.value).where(PrivateFact.entry_id == entry.id)).one()).startswith(
        "31.230000"
    )
    row = db.get(PhoneCommand, answer.id)
    assert row is not None
    assert "position" not in row.body


def test_only_suspending_stops_the_resolve_clock_and_resuming_starts_it_again(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    due_at = deadline(db, job, "resolve").due_at
    job.does(db, "suspended", minutes=60, resume_at=AT + timedelta(hours=30))
    assert deadline(db, job, "resolve").closed_how == "paused"
    assert deadline(db, job, "resume").due_at == AT + timedelta(hours=30)
    assert db.scalars(select(Suspension)).one().reason == "parts"
    job.does(db, "resumed", minutes=60 + 600)
    assert deadline(db, job, "resolve").due_at == due_at + timedelta(minutes=600)
    assert db.scalars(select(Suspension)).one().resumed_how == "resumed"
    assert job.complaint.stage == "assigned"


def test_after_a_suspension_the_technician_comes_again_and_both_visits_are_kept(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    job.does(db, "suspended", minutes=60)
    job.does(db, "resumed", minutes=600)
    job.does(db, "set_off", minutes=610)
    job.does(db, "arrived", minutes=640)
    visits = queries.visits_of(db, job.complaint.id)
    assert [(visit.left_how, visit.arrived_at) for visit in visits] == [
        ("suspended", AT + timedelta(minutes=40)), (None, AT + timedelta(minutes=640)),
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "reason"), [(-1, "not-after-suspension"), (90, "too-far")])
def test_work_cannot_be_suspended_until_a_date_that_cannot_be(
    db: WriteSession, job: Job, days: int, reason: str
) -> None:
    job.does(db, "arrived", minutes=40)
    with pytest.raises(FieldWrong) as refused:
        job.does(db, "suspended", minutes=60, resume_at=AT + timedelta(days=days))
    assert refused.value.facts["reason"] == reason


def test_nothing_is_finished_without_a_report(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    with pytest.raises(ReportMissing):
        job.does(db, "finished", minutes=60)


def test_a_machine_that_does_not_work_is_not_finished(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    with pytest.raises(MachineNotWorking):
        job.does(db, "finished", minutes=60, report=a_report(WorksAgain.NO))


def test_each_report_is_a_new_version_and_earlier_ones_stay(db: WriteSession, job: Job) -> None:
    job.repairs(db)
    job.does(db, "reported", minutes=130, report=a_report(work_done="Contactor KM1 and terminal block exchanged."))
    assert [report.version for report in queries.reports_of(db, job.complaint.id)] == [1, 2]


def test_handing_back_frees_the_technician_and_the_case_is_dispatched_again(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    answer = job.does(db, "handed_back", minutes=90, note="Slewing ring cracked.")
    assert answer.stage == "dispatching"
    assert job.assignment.ended_how == "handed_back"
    assert [event["reason"] for event in told(db, "visit.handed_back")] == ["not-solvable"]
    assert [event["subject_id"] for event in told(db, "technician.freed")] == [str(job.hand.id)]


def test_handing_back_suspended_work_ends_the_suspension(db: WriteSession, job: Job) -> None:
    job.does(db, "suspended", minutes=60)
    job.does(db, "handed_back", minutes=90)
    assert db.scalars(select(Suspension)).one().resumed_how == "handed_back"


def test_a_job_given_to_somebody_else_is_refused_with_the_state_and_the_evidence_is_kept(
    db: WriteSession, job: Job
) -> None:
    """The phone was away for hours; meanwhile the desk sent somebody else, who arrived."""
    second = add_technician(db, 2)
    dispatch.actions.release(
        db,
        job.complaint.id,
        technician_id=job.hand.id,
        reason="does not answer",
        actor=DESK,
        now=AT + timedelta(hours=1),
    )
    by_hand = dispatch.actions.override(
        db, job.complaint.id, technician_id=second.id, reason="is next door", actor=DESK, now=AT + timedelta(hours=1)
    )
    other = Job(job.complaint, by_hand, second)
    other.does(db, "arrived", minutes=120)
    enter(db, job.actor.scope)
    late = job.does(db, "arrived", minutes=50, heard=300, online=False)
    enter(db, EVERYTHING)
    assert (late.outcome, late.reason, late.stage) == ("refused", "reassigned", "on_site")
    assert "FINISH" in late.allowed
    assert job.complaint.first_arrived_at == AT + timedelta(minutes=120)
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "visit.refused")).one()
    assert "'kind': 'arrived'" in str(entry.facts["said"])
    assert entry.done_at == AT + timedelta(minutes=50)
    row = db.get(PhoneCommand, late.id)
    assert row is not None
    assert row.position is not None


def test_a_technician_sees_again_only_their_own_cases_after_a_command(db: WriteSession, job: Job) -> None:
    other = a_job(db, 2)
    enter(db, job.actor.scope)
    job.does(db, "set_off", minutes=5)
    seen = set(db.scalars(select(Visit.complaint_id)))
    enter(db, EVERYTHING)
    assert seen == {job.complaint.id}
    assert other.complaint.id not in seen


def test_what_was_overtaken_is_noted_and_moves_nothing(db: WriteSession, job: Job) -> None:
    job.does(db, "arrived", minutes=40)
    job.sequence = count(1)
    answer = job.does(db, "set_off", minutes=5, heard=60)
    assert (answer.outcome, answer.reason, answer.stage) == ("noted", "overtaken", "on_site")
    assert steps(db, job.complaint.id)[-1] == "visit.noted"


def test_the_second_of_a_crew_works_beside_the_lead_and_moves_only_their_own_visit(db: WriteSession) -> None:
    lead = a_job(db, grade=Grade.MAJOR)
    second = accepted(db, lead.complaint, add_technician(db, 2, senior=True))
    assert second.assignment.crew_role == "second"
    lead.does(db, "arrived", minutes=40)
    second.does(db, "arrived", minutes=55)
    second.does(db, "finished", minutes=100)
    assert lead.complaint.stage == "on_site"
    assert second.assignment.ended_how == "finished"
    assert lead.assignment.ended_at is None
    lead.does(db, "finished", minutes=120, report=a_report())
    assert lead.complaint.stage == "repaired"


def test_a_report_can_be_neither_changed_nor_removed(db: WriteSession, job: Job) -> None:
    job.repairs(db)
    for statement in (update(ServiceReport).values(work_done="Nothing."), delete(ServiceReport)):
        with pytest.raises(Exception, match="can not be changed or removed"), db.begin_nested():
            db.execute(statement)
