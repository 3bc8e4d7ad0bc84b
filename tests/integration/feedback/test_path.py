"""From acceptance to closing with real commits: repeated in parallel, papers made by the job, every invariant clean."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

import dispatch.actions
import feedback.invariants
import feedback.jobs
import visits.invariants
from dispatch.models import Assignment, Offer
from feedback import actions, calls, queries
from feedback.entries import SignedForm
from feedback.events import FeedbackSigned
from feedback.models import CustomerFeedback, LateFeedback
from feedback.paper import House
from foundation.accounts.roles import Role
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, engine_for, unit_of_work
from foundation.documents.files import FolderStore
from foundation.jobs.job import JobContext
from foundation.ledger.models import LedgerEntry
from intake.grades import Grade
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician, add_user
from tests.integration.feedback.forms import SIGNED_AT, shown, signed_form
from tests.integration.visits.site import ACCEPTED, Job, a_report
from visits import commands
from visits.phone import Answer, AnyCommand

HOUSE = House("华岳起重", "Huayue Lifting", "400-000-0000", "https://callout.example")
pytestmark = pytest.mark.committed


@pytest.fixture
def job(sessions: Sessions) -> Job:
    """An accepted job, committed; its rows are read again by whoever changes them."""
    with unit_of_work(sessions) as db:
        complaint = add_complaint(db, Grade.SERIOUS)
        hand = add_technician(db, 1)
        dispatch.actions.decide(db, complaint.id, actor=DESK, now=ACCEPTED)
    with unit_of_work(sessions) as db:
        offer_id = db.scalars(select(Offer.id)).one()
        assignment = dispatch.actions.accept(db, offer_id, actor=hand.actor, now=ACCEPTED)
    return Job(complaint, assignment, hand)


def told_at_once(sessions: Sessions, job: Job, command: AnyCommand, *, times: int = 3) -> list[Answer]:
    """The same command sent several times in parallel, each in a request of its own."""

    def once(_: int) -> Answer:
        with unit_of_work(sessions, job.actor.scope) as db:
            return commands.apply(db, command, actor=job.actor, now=AT + timedelta(hours=3))

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))


def stage_of(db: WriteSession, complaint_id: UUID) -> str:
    return db.scalars(select(Complaint.stage).where(Complaint.id == complaint_id)).one()


def count_of(sessions: Sessions, statement: Callable[[], object]) -> int:
    with unit_of_work(sessions) as db:
        return int(db.scalar(statement()) or 0)  # type: ignore[call-overload]


def violations(sessions: Sessions, now: datetime) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    with unit_of_work(sessions) as db:
        for name, query in (visits.invariants.INVARIANTS | feedback.invariants.INVARIANTS).items():
            rows: list[object] = list(
                db.execute(text(query), {k: now for k in ("now", "machine_now") if f":{k}" in query})
            )
            if rows:
                found[name] = rows
    return found


def sign_at_once(sessions: Sessions, job: Job, form: SignedForm, *, times: int = 3) -> list[UUID]:
    def once(_: int) -> UUID:
        with unit_of_work(sessions, job.actor.scope) as db:
            return actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT).id

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))


def test_a_case_goes_from_acceptance_to_closing_with_everything_sent_three_times(
    sessions: Sessions, job: Job, tmp_path: Path
) -> None:
    for kind, minutes, more in (("set_off", 5, {}), ("arrived", 40, {}), ("finished", 120, {"report": a_report()})):
        answers = told_at_once(sessions, job, job.says(kind, minutes=minutes, **more))
        assert {answer.outcome for answer in answers} == {"applied"}
        assert sorted(answer.replayed for answer in answers) == [False, True, True]
    with unit_of_work(sessions) as db:
        assert stage_of(db, job.complaint.id) == "repaired"
        form = signed_form(shown(db, db.get_one(Complaint, job.complaint.id)))
    assert len(set(sign_at_once(sessions, job, form))) == 1
    files, clock = FolderStore(tmp_path), HandClock(SIGNED_AT)
    event = FeedbackSigned(subject_id=job.complaint.id, feedback_id=form.id, satisfaction=6)
    for _ in range(3):
        feedback.jobs.render(JobContext(sessions, clock), event, files=files, house=HOUSE)
    assert feedback.jobs.sample(JobContext(sessions, clock), files=files) == 1
    with unit_of_work(sessions) as db:
        agent = add_user(db, Role.AGENT)
        calls.answer(db, job.complaint.id, solved=True, words=None, actor=agent, now=SIGNED_AT + timedelta(days=3))
    with unit_of_work(sessions) as db:
        assert stage_of(db, job.complaint.id) == "closed"
        steps = list(db.scalars(select(LedgerEntry.step).order_by(LedgerEntry.seq)))
        assert [step for step in steps if step.isupper()] == [
            "DISPATCH", "ACCEPT", "SET_OFF", "ARRIVE", "FINISH", "CONFIRM", "CLOSE",
        ]  # fmt: skip
        (document,) = queries.documents_of(db, job.complaint.id)
        assert files.read(document.sha256).startswith(b"%PDF")
    assert violations(sessions, SIGNED_AT + timedelta(days=4)) == {}


def test_two_technicians_answers_for_one_signature_leave_one_feedback(sessions: Sessions, job: Job) -> None:
    with unit_of_work(sessions) as db:
        again = Job(db.get_one(Complaint, job.complaint.id), db.get_one(Assignment, job.assignment.id), job.hand)
        again.repairs(db)
    with unit_of_work(sessions) as db:
        text_shown = shown(db, db.get_one(Complaint, job.complaint.id))
    forms = [signed_form(text_shown, form_id=new_id(), satisfaction=each) for each in (2, 7)]

    def once(form: SignedForm) -> str:
        try:
            with unit_of_work(sessions, job.actor.scope) as db:
                return str(actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT).id)
        except Exception as refused:  # noqa: BLE001 -- its kind is what is looked at
            return type(refused).__name__

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(once, forms))
    assert len(set(answers)) == 2
    assert count_of(sessions, lambda: select(func.count()).select_from(CustomerFeedback)) == 1
    assert count_of(sessions, lambda: select(func.count()).select_from(LateFeedback)) == 1


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("visits: a suspended complaint has its open suspension, and no other has",
         "UPDATE complaints SET stage = 'suspended'"),
        ("visits: a repaired, confirmed or closed complaint has a service report of its round",
         "UPDATE complaints SET stage = 'repaired', reopened_count = 5"),
        ("visits: the lead of a complaint on site has a visit with a graded arrival",
         "UPDATE visits SET arrived_at = NULL, arrival_grade = NULL"),
        ("visits: a job that ended more than two minutes ago has no open visit",
         "UPDATE assignments SET ended_at = accepted_at, ended_how = 'released'"),
        ("visits: a command's receipt says what the command's row says",
         "UPDATE phone_commands SET outcome = 'refused'"),
        ("feedback: a confirmed complaint has a signature or an answered refusal",
         "UPDATE complaints SET stage = 'confirmed'"),
        ("feedback: a confirmed complaint has its follow-up call open, and no other complaint has one",
         "UPDATE complaints SET stage = 'confirmed'"),
        ("feedback: a closed complaint has a report, a signature or an answered refusal, and a follow-up",
         "ALTER TABLE complaints DISABLE TRIGGER closed_needs_witnesses; UPDATE complaints SET stage = 'closed'"),
    ],
)  # fmt: skip
def test_a_planted_violation_is_found(sessions: Sessions, owner_url: str, job: Job, name: str, damage: str) -> None:
    with unit_of_work(sessions) as db:
        on_site = Job(db.get_one(Complaint, job.complaint.id), db.get_one(Assignment, job.assignment.id), job.hand)
        on_site.does(db, "arrived", minutes=40)
    assert violations(sessions, SIGNED_AT) == {}
    _damage(owner_url, damage)
    assert name in violations(sessions, SIGNED_AT)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("feedback: a record has the hash it was signed under",
         "ALTER TABLE feedbacks DISABLE TRIGGER feedbacks_stay; UPDATE feedbacks SET record = record || ' '"),
        ("feedback: poor and refused feedback is remembered on the complaint",
         "UPDATE complaints SET feedback_poor = true"),
        ("feedback: a stored document has the content of its hash", "UPDATE documents SET damaged_at = made_at"),
        ("feedback: a feedback older than five minutes has its document",
         "ALTER TABLE documents DISABLE TRIGGER documents_stay; DELETE FROM documents"),
    ],
)  # fmt: skip
def test_a_planted_violation_of_the_customers_word_is_found(
    *, sessions: Sessions, owner_url: str, job: Job, tmp_path: Path, name: str, damage: str
) -> None:
    with unit_of_work(sessions) as db:
        done = Job(db.get_one(Complaint, job.complaint.id), db.get_one(Assignment, job.assignment.id), job.hand)
        done.repairs(db)
        form = signed_form(shown(db, done.complaint))
        actions.sign(db, done.complaint.id, form, actor=job.actor, now=SIGNED_AT)
    event = FeedbackSigned(subject_id=job.complaint.id, feedback_id=form.id, satisfaction=6)
    feedback.jobs.render(JobContext(sessions, HandClock(SIGNED_AT)), event, files=FolderStore(tmp_path), house=HOUSE)
    later = SIGNED_AT + timedelta(minutes=10)
    assert violations(sessions, later) == {}
    _damage(owner_url, damage)
    assert name in violations(sessions, later)


def _damage(owner_url: str, statements: str) -> None:
    """What only somebody with the owner's password could do."""
    engine = engine_for(owner_url, pool_size=1)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT set_config('callout.regions', '*', true)"))
            for statement in statements.split(";"):
                connection.execute(text(statement))
    finally:
        engine.dispose()
