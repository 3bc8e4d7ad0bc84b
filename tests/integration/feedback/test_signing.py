"""The customer's word: kept as entered, bound to what was shown, once."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from feedback import actions, queries, record
from feedback.errors import FeedbackReused, NoRefusal, RecordChanged, SignatureEmpty, WitnessNeeded
from feedback.models import CustomerFeedback, FollowUp, LateFeedback
from foundation.accounts.roles import Role
from foundation.database.session import WriteSession
from intake.errors import StepNotAllowed
from intake.models import Deadline
from tests.integration.dispatch.field import AT, add_user
from tests.integration.feedback.forms import (
    SIGNED_AT,
    a_signature,
    refused_form,
    repaired,
    shown,
    signed_form,
    signs,
)
from tests.integration.visits.site import Job, a_job, a_report, steps, told


@pytest.fixture
def job(db: WriteSession) -> Job:
    return repaired(db)


def test_a_signature_confirms_the_case_and_makes_the_follow_up_call_due(db: WriteSession, job: Job) -> None:
    row = signs(db, job)
    assert job.complaint.stage == "confirmed"
    assert job.complaint.confirmed_at == SIGNED_AT
    call = db.scalars(select(FollowUp)).one()
    due_at = db.scalars(select(Deadline.due_at).where(Deadline.kind == "follow_up", Deadline.closed_at.is_(None))).one()
    assert call.due_at == due_at == SIGNED_AT + timedelta(minutes=4320)
    assert [event["feedback_id"] for event in told(db, "feedback.signed")] == [str(row.id)]
    assert told(db, "feedback.poor") == []


def test_the_record_holds_what_was_shown_what_was_answered_and_the_strokes(db: WriteSession, job: Job) -> None:
    seen = shown(db, job.complaint)
    row = signs(db, job)
    content = json.loads(row.record)
    assert record.digest(row.record) == row.record_sha256
    assert content["shown"] == json.loads(seen)
    assert content["shown"]["report"]["work_done"] == "Contactor KM1 exchanged."
    assert content["answers"]["satisfaction"] == 6
    assert len(content["signature"]["strokes"][0]) == len(a_signature().strokes[0])
    assert content["signer"] == {"name": "赵龑", "role": "机管员"}


def test_a_dot_is_no_signature_and_nothing_happens(db: WriteSession, job: Job) -> None:
    dot = signed_form(shown(db, job.complaint), signature=a_signature().__class__(width=400, height=150, strokes=[]))
    with pytest.raises(SignatureEmpty):
        actions.sign(db, job.complaint.id, dot, actor=job.actor, now=SIGNED_AT)
    assert job.complaint.stage == "repaired"


def test_the_same_form_again_is_the_same_feedback_and_another_content_is_refused(db: WriteSession, job: Job) -> None:
    form = signed_form(shown(db, job.complaint))
    first = actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT)
    again = actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT + timedelta(hours=1))
    assert again is first
    better = signed_form(shown(db, job.complaint), satisfaction=7, form_id=form.id)
    with pytest.raises(FeedbackReused):
        actions.sign(db, job.complaint.id, better, actor=job.actor, now=SIGNED_AT)


def test_the_technician_cannot_put_a_better_answer_in_place_of_the_customers(db: WriteSession, job: Job) -> None:
    first = signs(db, job, satisfaction=2)
    form = signed_form(shown(db, job.complaint), satisfaction=7)
    second = actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT)
    assert isinstance(second, LateFeedback)
    assert second.why == "already_signed"
    assert queries.feedbacks_of(db, job.complaint.id) == [first]
    assert job.complaint.feedback_poor


@pytest.mark.parametrize(
    "statement",
    [update(CustomerFeedback).values(satisfaction=7), delete(CustomerFeedback), text("TRUNCATE feedbacks CASCADE")],
    ids=["update", "delete", "truncate"],
)
def test_the_database_itself_refuses_to_alter_what_the_customer_entered(
    db: WriteSession, job: Job, statement: object
) -> None:
    signs(db, job, satisfaction=2)
    with pytest.raises(Exception, match=r"can not be changed or removed|permission denied"), db.begin_nested():
        db.execute(statement)  # type: ignore[call-overload]


def test_a_report_amended_after_the_form_was_shown_asks_for_showing_it_again(db: WriteSession, job: Job) -> None:
    before = shown(db, job.complaint)
    job.does(db, "reported", minutes=125, report=a_report(work_done="Something else."))
    with pytest.raises(RecordChanged):
        actions.sign(db, job.complaint.id, signed_form(before), actor=job.actor, now=SIGNED_AT)


def test_what_was_signed_without_signal_is_kept_as_shown_and_the_difference_is_named(
    db: WriteSession, job: Job
) -> None:
    before = shown(db, job.complaint)
    job.does(db, "reported", minutes=125, report=a_report(work_done="Something else."))
    row = actions.sign(db, job.complaint.id, signed_form(before, offline=True), actor=job.actor, now=SIGNED_AT)
    assert json.loads(row.record)["differs"] == ["report"]
    assert json.loads(row.record)["shown"] == json.loads(before)


def test_signing_in_time_without_signal_keeps_the_commitment(db: WriteSession, job: Job) -> None:
    form = signed_form(shown(db, job.complaint), at=SIGNED_AT)
    actions.sign(db, job.complaint.id, form, actor=job.actor, now=SIGNED_AT + timedelta(hours=8))
    db.flush()
    kept = db.scalars(select(Deadline.closed_how).where(Deadline.kind == "feedback")).one()
    assert kept == "kept"
    assert job.complaint.confirmed_at == SIGNED_AT


@pytest.mark.parametrize(
    ("wanted", "poor"),
    [({"satisfaction": 4}, ["satisfaction"]), ({"satisfaction": 7, "safety": 1}, ["safety"])],
    ids=["not fairly satisfied", "one perception at its lowest"],
)
def test_poor_feedback_is_announced_and_remembered(
    db: WriteSession, job: Job, wanted: dict[str, int], poor: list[str]
) -> None:
    signs(db, job, **wanted)  # type: ignore[arg-type]
    assert [event["poor"] for event in told(db, "feedback.poor")] == [poor]
    assert job.complaint.feedback_poor is True


def test_nothing_is_signed_before_the_work_is_finished(db: WriteSession) -> None:
    job = a_job(db)
    with pytest.raises(StepNotAllowed):
        signs(db, job)


def test_a_refusal_is_kept_with_reason_and_witness_and_the_case_waits_for_an_answer(db: WriteSession, job: Job) -> None:
    row = actions.refuse(db, job.complaint.id, refused_form(), actor=job.actor, now=SIGNED_AT)
    assert isinstance(row, CustomerFeedback)
    assert (row.state, row.refusal_reason, row.witness) == ("refused", "Disagrees with the costs.", "Foreman Wang")
    assert job.complaint.stage == "repaired"
    assert job.complaint.feedback_poor is True
    assert [event["reason"] for event in told(db, "feedback.refused")] == ["Disagrees with the costs."]
    assert steps(db, job.complaint.id)[-1] == "feedback.refused"


def test_a_refusal_without_a_reason_is_asked_for_one(db: WriteSession, job: Job) -> None:
    with pytest.raises(WitnessNeeded):
        actions.refuse(db, job.complaint.id, refused_form(reason=""), actor=job.actor, now=SIGNED_AT)


def test_an_answered_refusal_confirms_the_case_once(db: WriteSession, job: Job) -> None:
    manager = add_user(db, Role.MANAGER)
    with pytest.raises(NoRefusal):
        actions.confirm_refusal(db, job.complaint.id, outcome="agreed", actor=manager, now=SIGNED_AT)
    actions.refuse(db, job.complaint.id, refused_form(), actor=job.actor, now=SIGNED_AT)
    later = SIGNED_AT + timedelta(hours=2)
    actions.confirm_refusal(db, job.complaint.id, outcome="agreed", actor=manager, now=later)
    assert (job.complaint.stage, job.complaint.confirmed_at) == ("confirmed", later)
    with pytest.raises(NoRefusal):
        actions.confirm_refusal(db, job.complaint.id, outcome="again", actor=manager, now=later)


def test_who_refused_may_sign_after_all(db: WriteSession, job: Job) -> None:
    actions.refuse(db, job.complaint.id, refused_form(), actor=job.actor, now=SIGNED_AT)
    signs(db, job)
    assert [row.state for row in queries.feedbacks_of(db, job.complaint.id)] == ["refused", "signed"]
    assert job.complaint.stage == "confirmed"


def test_the_name_of_the_signer_enters_the_chain_as_a_digest(db: WriteSession, job: Job) -> None:
    signs(db, job)
    facts = db.execute(
        text("SELECT facts::text FROM ledger_entries WHERE step = 'CONFIRM' AND subject_id = :id"),
        {"id": job.complaint.id},
    ).scalar_one()
    assert "赵龑" not in facts
    assert "digest" in facts
    assert AT < SIGNED_AT
