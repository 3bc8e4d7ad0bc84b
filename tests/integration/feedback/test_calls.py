"""Is it really solved: follow-up calls, closing, reopening."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import dispatch.actions
from feedback import actions, calls, queries
from feedback.errors import NoFollowUp, NotClosable, NotIndependent
from foundation.accounts.roles import Actor, Role
from foundation.database.session import WriteSession
from intake.errors import ReopenTooLate
from tests.integration.dispatch.field import DESK, add_user
from tests.integration.feedback.forms import SIGNED_AT, refused_form, repaired, signs
from tests.integration.visits.site import Job, steps, told

NEXT_DAY = SIGNED_AT + timedelta(days=1)


@pytest.fixture
def agent(db: WriteSession) -> Actor:
    return add_user(db, Role.AGENT)


@pytest.fixture
def confirmed(db: WriteSession) -> Job:
    job = repaired(db)
    signs(db, job)
    return job


def judge_at_commit(db: WriteSession) -> None:
    """Let the deferred triggers judge now, as the commit would."""
    db.flush()
    db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def test_a_customer_who_says_it_is_solved_closes_the_case(db: WriteSession, confirmed: Job, agent: Actor) -> None:
    call = calls.answer(db, confirmed.complaint.id, solved=True, words="Runs well.", actor=agent, now=NEXT_DAY)
    judge_at_commit(db)
    assert (confirmed.complaint.stage, confirmed.complaint.closed_how) == ("closed", "solved")
    assert (call.state, call.solved, call.made_by) == ("answered", True, agent.id)
    assert steps(db, confirmed.complaint.id)[-2:] == ["follow_up.answered", "CLOSE"]
    assert confirmed.complaint.next_due_at is None


def test_a_customer_who_says_it_is_not_solved_opens_the_case_again(
    db: WriteSession, confirmed: Job, agent: Actor
) -> None:
    calls.answer(db, confirmed.complaint.id, solved=False, words="Stopped again.", actor=agent, now=NEXT_DAY)
    judge_at_commit(db)
    assert (confirmed.complaint.stage, confirmed.complaint.reopened_count) == ("reopened", 1)
    assert [event["outcome"] for event in told(db, "feedback.follow_up")] == ["not_solved"]
    assert [event["why"] for event in told(db, "complaint.reopened")] == ["follow_up"]


def test_a_reopened_case_needs_a_new_report_signature_and_call_to_close(
    db: WriteSession, confirmed: Job, agent: Actor
) -> None:
    calls.answer(db, confirmed.complaint.id, solved=False, words=None, actor=agent, now=NEXT_DAY)
    standing = queries.standing(db, confirmed.complaint)
    assert (standing.report, standing.signed, standing.follow_up) == (False, False, None)
    by_hand = dispatch.actions.override(
        db, confirmed.complaint.id, technician_id=confirmed.hand.id, reason="knows it", actor=DESK, now=NEXT_DAY
    )
    again = Job(confirmed.complaint, by_hand, confirmed.hand)
    for kind, minutes in (("arrived", 1700), ("reported", 1710), ("finished", 1720)):
        assert again.does(db, kind, minutes=minutes).outcome == "applied"
    signs_later = SIGNED_AT + timedelta(days=2)
    signs(db, again, at=signs_later)
    calls.answer(db, again.complaint.id, solved=True, words=None, actor=agent, now=signs_later + timedelta(days=1))
    judge_at_commit(db)
    assert again.complaint.stage == "closed"
    assert [row.version for row in queries.feedbacks_of(db, again.complaint.id)] == [1, 2]


def test_three_attempts_give_the_call_up_and_close_the_case(db: WriteSession, confirmed: Job, agent: Actor) -> None:
    for hours in (0, 2):
        calls.record_attempt(
            db, confirmed.complaint.id, reached="no_answer", actor=agent, now=NEXT_DAY + timedelta(hours=hours)
        )
        assert confirmed.complaint.stage == "confirmed"
    calls.record_attempt(db, confirmed.complaint.id, reached="busy", actor=agent, now=NEXT_DAY + timedelta(hours=4))
    judge_at_commit(db)
    assert (confirmed.complaint.stage, confirmed.complaint.closed_how) == ("closed", "unreached")


def test_three_rings_in_a_row_do_not_give_the_call_up(db: WriteSession, confirmed: Job, agent: Actor) -> None:
    for seconds in (0, 30, 60, 90):
        now = NEXT_DAY + timedelta(seconds=seconds)
        calls.record_attempt(db, confirmed.complaint.id, reached="no_answer", actor=agent, now=now)
    assert confirmed.complaint.stage == "confirmed"


def test_a_technician_does_not_ask_whether_their_own_trade_did_well(db: WriteSession, confirmed: Job) -> None:
    with pytest.raises(NotIndependent):
        calls.answer(db, confirmed.complaint.id, solved=True, words=None, actor=confirmed.actor, now=NEXT_DAY)


def test_there_is_no_call_before_the_customer_has_spoken(db: WriteSession, agent: Actor) -> None:
    job = repaired(db)
    with pytest.raises(NoFollowUp):
        calls.answer(db, job.complaint.id, solved=True, words=None, actor=agent, now=NEXT_DAY)


def test_an_answered_refusal_and_a_call_close_the_case_too(db: WriteSession, agent: Actor) -> None:
    job = repaired(db)
    actions.refuse(db, job.complaint.id, refused_form(), actor=job.actor, now=SIGNED_AT)
    manager = add_user(db, Role.MANAGER)
    actions.confirm_refusal(db, job.complaint.id, outcome="agreed", actor=manager, now=SIGNED_AT + timedelta(hours=1))
    calls.answer(db, job.complaint.id, solved=True, words=None, actor=agent, now=NEXT_DAY)
    judge_at_commit(db)
    assert job.complaint.stage == "closed"


def test_the_desk_cannot_close_what_still_needs_its_call(db: WriteSession, confirmed: Job) -> None:
    with pytest.raises(NotClosable) as refused:
        calls.close_by_desk(db, confirmed.complaint.id, actor=add_user(db, Role.DISPATCHER), now=NEXT_DAY)
    assert refused.value.facts["missing"] == ["follow-up"]


@pytest.mark.parametrize("stage", ["graded", "confirmed"])
def test_the_database_refuses_to_close_a_case_without_witnesses_by_any_way(db: WriteSession, stage: str) -> None:
    job = repaired(db)
    if stage == "confirmed":
        signs(db, job)
    db.execute(text("UPDATE complaints SET stage = 'closed' WHERE id = :id"), {"id": job.complaint.id})
    with pytest.raises(IntegrityError, match="can not be closed without"):
        judge_at_commit(db)


def test_a_closed_case_is_opened_again_within_thirty_days_and_not_later(
    db: WriteSession, confirmed: Job, agent: Actor
) -> None:
    calls.answer(db, confirmed.complaint.id, solved=True, words=None, actor=agent, now=NEXT_DAY)
    with pytest.raises(ReopenTooLate):
        calls.reopen(db, confirmed.complaint.id, reason="Again.", actor=agent, now=NEXT_DAY + timedelta(days=31))
    calls.reopen(db, confirmed.complaint.id, reason="Again.", actor=agent, now=NEXT_DAY + timedelta(days=29))
    assert confirmed.complaint.stage == "reopened"
    assert [event["why"] for event in told(db, "complaint.reopened")] == ["desk"]


def test_reopening_before_the_call_answers_the_call(db: WriteSession, confirmed: Job, agent: Actor) -> None:
    calls.reopen(db, confirmed.complaint.id, reason="Stopped again.", actor=agent, now=NEXT_DAY)
    call = queries.follow_ups_of(db, confirmed.complaint.id)[0]
    assert (call.state, call.solved) == ("answered", False)
