"""Whom the form names: the lead of this round's work, with the times of that work."""

from datetime import datetime, timedelta

import pytest

import dispatch.actions
import intake.progress
from feedback import queries
from foundation.database.session import WriteSession
from intake.grades import Grade
from intake.lifecycle import Step
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, add_technician
from tests.integration.feedback.forms import SIGNED_AT, repaired
from tests.integration.visits.site import a_job, a_report
from visits import desk


def named(db: WriteSession, complaint: Complaint) -> tuple[str | None, datetime | None, datetime | None]:
    """Who stands on the form, when they accepted and when they arrived."""
    db.flush()
    sheet = queries.sheet(db, complaint)
    code = sheet.technician.code if sheet.technician else None
    return code, sheet.accepted_at, sheet.visit.arrived_at if sheet.visit else None


def advised(db: WriteSession, complaint: Complaint, *, at: datetime) -> None:
    """Advice by telephone makes the machine work again."""
    desk.guide(db, complaint.id, agreed_by="Wang", actor=DESK, now=at)
    desk.finish_remotely(db, complaint.id, a_report(), actor=DESK, now=at + timedelta(minutes=10))


def test_the_form_names_the_lead_who_finished_and_their_times(db: WriteSession) -> None:
    job = repaired(db)
    assert named(db, job.complaint) == ("T001", AT + timedelta(minutes=1), AT + timedelta(minutes=40))


def test_whoever_gave_the_job_back_does_not_stand_on_the_form_when_advice_was_enough(db: WriteSession) -> None:
    job = a_job(db, grade=Grade.GENERAL)
    job.does(db, "set_off", minutes=5)
    job.does(db, "arrived", minutes=40)
    job.does(db, "handed_back", minutes=50)
    assert named(db, job.complaint) == (None, None, None)
    advised(db, job.complaint, at=AT + timedelta(minutes=60))
    assert named(db, job.complaint) == (None, None, None)


def test_nobody_of_the_round_before_stands_on_the_form_of_a_reopened_case(db: WriteSession) -> None:
    job = repaired(db)
    intake.progress.advance(db, job.complaint, Step.REOPEN, actor=DESK, now=SIGNED_AT, facts={"reason": "It stopped."})
    assert named(db, job.complaint) == (None, None, None)
    hand, later = add_technician(db, 2), SIGNED_AT + timedelta(minutes=5)
    dispatch.actions.override(db, job.complaint.id, technician_id=hand.id, reason="test", actor=DESK, now=later)
    assert named(db, job.complaint) == ("T002", later, None)


@pytest.mark.parametrize("how", ["released", "case_ended"])
def test_whose_work_was_taken_away_does_not_stand_on_the_form(db: WriteSession, how: str) -> None:
    job = a_job(db)
    dispatch.actions.end_assignment(db, job.complaint.id, how=how, now=AT + timedelta(minutes=5))
    assert named(db, job.complaint) == (None, None, None)
