"""What the desk does beside the phone, and photos."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, text

import dispatch.actions
from dispatch.events import AssignmentEnded, OfferAnswered
from foundation.accounts.roles import Actor, Role
from foundation.database.identity import new_id
from foundation.database.session import EVERYTHING, WriteSession
from foundation.documents.errors import PhotoNotAnImage
from foundation.documents.files import FolderStore
from foundation.ledger import recording
from foundation.ledger.models import LedgerEntry
from foundation.notifications.models import Message
from foundation.problems import FieldWrong, NotAllowed
from intake.clocks import Kind
from intake.errors import EvidenceMissing, StepNotAllowed
from intake.grades import Grade
from intake.lifecycle import Step
from intake.models import Complaint, Deadline
from tests.integration.dispatch.field import AT, LATITUDE, add_complaint, add_technician, add_user
from tests.integration.visits.site import Job, a_job, a_report, enter, steps
from visits import desk, jobs, photos, queries, sweeping
from visits.errors import ApprovalNotNeeded, CommandReused, GuidanceNotEnough, MachineNotWorking, TooManyPhotos
from visits.models import Photo, PhotoRole
from visits.phone import Position, SuspensionReason, WorksAgain
from visits.photos import Kept, Taken
from visits.waiting import Wait

LATER = AT + timedelta(hours=3)


@pytest.fixture
def job(db: WriteSession) -> Job:
    return a_job(db)


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def a_photo(colour: str = "red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(written, "JPEG")
    return written.getvalue()


def taken(**wanted: object) -> Taken:
    return Taken(**{"id": new_id(), "role": PhotoRole.BEFORE, "taken_at": AT, **wanted})  # type: ignore[arg-type]


def a_kept(mark: str = "a") -> Kept:
    return Kept(sent_sha256=mark * 64, sha256=mark * 64, size=1000, width=64, height=48)


def test_the_desk_lets_suspended_work_go_on(db: WriteSession, job: Job) -> None:
    job.does(db, "suspended", minutes=60)
    desk.resume(db, job.complaint.id, note="Parts are here.", actor=add_user(db, Role.DISPATCHER), now=LATER)
    assert job.complaint.stage == "assigned"
    assert queries.open_suspension(db, job.complaint.id) is None


def a_wait(hours: float = 48) -> Wait:
    return Wait(SuspensionReason.ACCESS, AT + timedelta(hours=hours), "The gate is locked until Monday.")


def what_is_due(db: WriteSession, complaint: Complaint) -> dict[str, tuple[str | None, object]]:
    """Kind → how it ended and when it was due; the latest departure depends on who goes."""
    query = select(Deadline).where(Deadline.complaint_id == complaint.id, Deadline.kind != Kind.LATEST_DEPARTURE)
    return {row.kind: (row.closed_how, row.due_at) for row in db.scalars(query)}


def suspended_with(db: WriteSession, job: Job) -> dict[str, object]:
    db.flush()
    query = select(LedgerEntry.facts).where(
        LedgerEntry.subject_id == job.complaint.id, LedgerEntry.step == Step.SUSPEND
    )
    return dict(db.scalars(query).one())


def test_the_desk_lets_work_wait_as_the_phone_does(db: WriteSession) -> None:
    by_phone, by_desk = a_job(db, 1), a_job(db, 2)
    for job in (by_phone, by_desk):
        job.does(db, "set_off", minutes=5)
    wait, at = a_wait(), AT + timedelta(minutes=60)
    by_phone.does(db, "suspended", minutes=60, reason=wait.reason, resume_at=wait.resume_at, note=wait.note)
    desk.suspend(db, by_desk.complaint.id, wait, actor=add_user(db, Role.DISPATCHER), now=at)
    assert by_phone.complaint.stage == by_desk.complaint.stage == "suspended"
    assert what_is_due(db, by_phone.complaint) == what_is_due(db, by_desk.complaint)
    assert by_phone.complaint.pauses == by_desk.complaint.pauses
    told = suspended_with(db, by_desk)
    assert told == {name: value for name, value in suspended_with(db, by_phone).items() if name in told}
    for job in (by_phone, by_desk):
        left, waits = queries.latest_visit(db, job.assignment.id), queries.open_suspension(db, job.complaint.id)
        assert left is not None
        assert waits is not None
        assert (left.left_at, left.left_how) == (at, "suspended")
        assert (waits.visit_id, waits.from_at, waits.resume_at) == (left.id, at, wait.resume_at)


def test_whoever_is_on_the_road_is_told_that_the_work_waits(db: WriteSession, job: Job) -> None:
    job.does(db, "set_off", minutes=5)
    desk.suspend(db, job.complaint.id, a_wait(), actor=add_user(db, Role.DISPATCHER), now=LATER)
    (told,) = db.scalars(select(Message).where(Message.template == "work-waits"))
    assert (told.recipient_user_id, told.urgency) == (job.actor.id, "alarm")
    assert told.facts["note"] == "The gate is locked until Monday."


def test_work_that_waits_already_is_not_suspended_again_and_not_before_somebody_goes(
    db: WriteSession, job: Job
) -> None:
    dispatcher = add_user(db, Role.DISPATCHER)
    desk.suspend(db, job.complaint.id, a_wait(), actor=dispatcher, now=LATER)
    with pytest.raises(StepNotAllowed), db.begin_nested():
        desk.suspend(db, job.complaint.id, a_wait(), actor=dispatcher, now=LATER)
    with pytest.raises(StepNotAllowed):
        desk.suspend(db, add_complaint(db).id, a_wait(), actor=dispatcher, now=LATER)


@pytest.mark.parametrize(("hours", "reason"), [(3, "not-after-suspension"), (3 + 24 * 60 + 1, "too-far")])
def test_a_date_to_go_on_that_cannot_be_is_refused(db: WriteSession, job: Job, hours: float, reason: str) -> None:
    with pytest.raises(FieldWrong) as refused:
        desk.suspend(db, job.complaint.id, a_wait(hours), actor=add_user(db, Role.DISPATCHER), now=LATER)
    assert (refused.value.facts["field"], refused.value.facts["reason"]) == ("resume_at", reason)


def test_an_agent_does_not_let_work_wait(db: WriteSession, job: Job) -> None:
    with pytest.raises(NotAllowed):
        desk.suspend(db, job.complaint.id, a_wait(), actor=add_user(db, Role.AGENT), now=LATER)


def test_work_that_waits_and_is_taken_away_waits_no_longer(db: WriteSession, job: Job) -> None:
    dispatcher = add_user(db, Role.DISPATCHER)
    desk.suspend(db, job.complaint.id, a_wait(), actor=dispatcher, now=LATER)
    dispatch.actions.release(
        db, job.complaint.id, technician_id=job.hand.id, reason="He is needed elsewhere.", actor=dispatcher, now=LATER
    )
    event = AssignmentEnded(
        subject_id=job.complaint.id, assignment_id=job.assignment.id, technician_id=job.hand.id, how="released"
    )
    for _ in range(2):
        jobs.leave(db, event, LATER)
    db.flush()
    assert queries.open_suspension(db, job.complaint.id) is None


def test_what_a_phone_did_meanwhile_without_signal_is_kept_and_work_goes_on_from_the_phone(
    db: WriteSession, job: Job
) -> None:
    desk.suspend(db, job.complaint.id, a_wait(), actor=add_user(db, Role.DISPATCHER), now=AT + timedelta(minutes=30))
    assert job.does(db, "set_off", minutes=20, heard=60).outcome == "noted"
    assert job.does(db, "arrived", minutes=50, heard=60).outcome == "noted"
    assert job.does(db, "resumed", minutes=61).outcome == "applied"
    job.repairs(db)
    assert job.complaint.stage == "repaired"


def test_an_arrival_by_hand_is_approved_by_a_manager_once_and_stays_grade_d(db: WriteSession, job: Job) -> None:
    manager = add_user(db, Role.MANAGER)
    far = Position(latitude=LATITUDE + 1, longitude=121, accuracy_m=20)
    job.does(db, "arrived", minutes=40, position=far, reason="No signal.", photo_ids=(new_id(),))
    visit = queries.latest_visit(db, job.assignment.id)
    assert visit is not None
    approved = desk.approve_arrival(db, visit.id, note="Called the customer.", actor=manager, now=LATER)
    assert (approved.arrival_grade, approved.approved_by) == ("D", manager.id)
    with pytest.raises(ApprovalNotNeeded):
        desk.approve_arrival(db, visit.id, note=None, actor=manager, now=LATER)


def test_guidance_by_telephone_ends_with_a_report_too(db: WriteSession) -> None:
    complaint = add_complaint(db)
    agent = add_user(db, Role.AGENT)
    with pytest.raises(EvidenceMissing):
        desk.guide(db, complaint.id, agreed_by="", actor=agent, now=LATER)
    desk.guide(db, complaint.id, agreed_by="Foreman Wang", actor=agent, now=LATER)
    with pytest.raises(MachineNotWorking), db.begin_nested():
        desk.finish_remotely(db, complaint.id, a_report(WorksAgain.NO), actor=agent, now=LATER)
    desk.finish_remotely(db, complaint.id, a_report(), actor=agent, now=LATER)
    assert complaint.stage == "repaired"


def test_guidance_that_does_not_help_goes_back_to_be_dispatched(db: WriteSession) -> None:
    complaint = add_complaint(db)
    agent = add_user(db, Role.AGENT)
    desk.guide(db, complaint.id, agreed_by="Foreman Wang", actor=agent, now=LATER)
    desk.send_after_all(db, complaint.id, reason="Fuse blows again.", actor=agent, now=LATER)
    assert complaint.stage == "dispatching"


@pytest.mark.parametrize("grade", [Grade.SERIOUS, Grade.MAJOR])
def test_advice_by_telephone_never_stops_the_search_for_a_graver_complaint(db: WriteSession, grade: Grade) -> None:
    complaint = add_complaint(db, grade)
    with pytest.raises(GuidanceNotEnough):
        desk.guide(db, complaint.id, agreed_by="Foreman Wang", actor=add_user(db, Role.AGENT), now=LATER)


def test_work_that_is_not_suspended_is_not_resumed(db: WriteSession, job: Job) -> None:
    with pytest.raises(StepNotAllowed):
        desk.resume(db, job.complaint.id, note=None, actor=add_user(db, Role.DISPATCHER), now=LATER)


def test_a_photo_is_redrawn_kept_by_its_hash_and_told_in_the_ledger(
    db: WriteSession, job: Job, files: FolderStore
) -> None:
    kept = photos.keep(a_photo(), files=files)
    row = photos.add(db, job.complaint.number, kept, taken(), actor=job.actor, now=LATER)
    assert files.read(row.sha256).startswith(b"\xff\xd8\xff")
    assert steps(db, job.complaint.id)[-1] == "photo.added"


def test_what_is_no_photo_is_refused_and_nothing_is_stored(files: FolderStore) -> None:
    with pytest.raises(PhotoNotAnImage):
        photos.keep(b"%PDF-1.7", files=files)
    assert list(files.hashes()) == []


def test_a_photo_sent_again_is_one_photo_and_another_under_its_id_is_refused(db: WriteSession, job: Job) -> None:
    about = taken()
    first = photos.add(db, job.complaint.number, a_kept(), about, actor=job.actor, now=LATER)
    assert photos.add(db, job.complaint.number, a_kept(), about, actor=job.actor, now=LATER) is first
    with pytest.raises(CommandReused):
        photos.add(db, job.complaint.number, a_kept("b"), about, actor=job.actor, now=LATER)


def test_a_case_has_no_more_photos_than_it_may_have(
    db: WriteSession, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MOST_PHOTOS", 1)
    photos.add(db, job.complaint.number, a_kept(), taken(), actor=job.actor, now=LATER)
    with pytest.raises(TooManyPhotos):
        photos.add(db, job.complaint.number, a_kept("b"), taken(), actor=job.actor, now=LATER)


def test_who_lost_the_job_may_still_hand_in_photos_and_a_stranger_may_not(db: WriteSession, job: Job) -> None:
    job.does(db, "handed_back", minutes=60)
    db.execute(text("UPDATE case_access SET ended_at = :now"), {"now": AT})
    stranger: Actor = add_technician(db, 9).actor
    enter(db, job.actor.scope)
    photos.add(db, job.complaint.number, a_kept(), taken(), actor=job.actor, now=LATER)
    assert db.scalar(text("SELECT current_setting('callout.regions')")) != "*", "the rest sees what the actor may see"
    enter(db, stranger.scope)
    with pytest.raises(NotAllowed):
        photos.add(db, job.complaint.number, a_kept("b"), taken(), actor=stranger, now=LATER)
    enter(db, EVERYTHING)
    assert len(db.scalars(select(Photo)).all()) == 1


def forgotten(db: WriteSession, *, days: int) -> int:
    """How many positions sweeps of one row at a time forget so many days later."""
    total, after = 0, sweeping.BEGINNING
    while True:
        done = sweeping.forget_positions(db, now=AT + timedelta(days=days), after=after, limit=1)
        total += done.count
        if done.go_on_after is None:
            return total
        after = done.go_on_after


def test_positions_are_forgotten_however_long_nobody_swept_and_a_sites_position_stays(
    db: WriteSession, job: Job
) -> None:
    job.does(db, "arrived", minutes=40)
    recording.record(
        db, job.complaint.id, "place.found", actor=job.actor, facts={}, now=AT, private={"position": "28.2,112.9"}
    )
    assert forgotten(db, days=400) == 2
    left = db.scalars(text("SELECT value FROM ledger_private_facts WHERE name = 'position' AND value IS NOT NULL"))
    assert left.all() == ["28.2,112.9"]


def test_positions_are_forgotten_after_thirty_days_and_the_chain_stays_whole(db: WriteSession, job: Job) -> None:
    answer = job.does(db, "arrived", minutes=40)
    assert forgotten(db, days=29) == 0
    assert forgotten(db, days=31) == 2
    kept = db.execute(text("SELECT position FROM phone_commands WHERE id = :id"), {"id": answer.id}).scalar_one()
    assert kept is None
    assert (
        db.execute(
            text("SELECT count(*) FROM ledger_private_facts WHERE name = 'position' AND value IS NOT NULL")
        ).scalar_one()
        == 0
    )


def test_the_customer_can_be_told_the_code_as_soon_as_somebody_has_accepted(db: WriteSession, job: Job) -> None:
    assert queries.arrival_code(db, job.complaint.id) is None
    event = OfferAnswered(
        subject_id=job.complaint.id, offer_id=job.assignment.offer_id, technician_id=job.hand.id, answer="accepted"
    )
    jobs.prepare(db, event, AT)
    jobs.prepare(db, event, AT)
    code = queries.arrival_code(db, job.complaint.id)
    assert code is not None
    assert len(code) == 6
