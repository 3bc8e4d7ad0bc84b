"""What escalation hears: each fact opens its case, and only while it is still true."""

from datetime import timedelta

from sqlalchemy import text

from dispatch.events import ForecastBreach, NobodyLeft
from escalation import actions, jobs
from escalation.invariants import INVARIANTS
from escalation.outcomes import Outcome
from feedback.events import FeedbackPoor, FeedbackRefused, FollowUpAnswered
from foundation.accounts.roles import system
from foundation.database.identity import new_id
from intake.clocks import How
from intake.events import ComplaintLogged, ComplaintRegraded, DeadlineFired
from intake.models import Complaint, Deadline
from tests.integration.escalation.conftest import Town
from visits.events import HandedBack, KeptAfterAll

ABSENT = "escalation: a missed deadline is in front of somebody within a minute"


def violations(town: Town) -> set[str]:
    town.db.flush()
    found = {name: town.db.execute(text(query), {"now": town.now}).all() for name, query in INVARIANTS.items()}
    return {name for name, rows in found.items() if rows}


def missed(town: Town, complaint: Complaint, kind: str = "on_site_target", closed: How | None = None) -> DeadlineFired:
    deadline = Deadline(
        complaint_id=complaint.id,
        kind=kind,
        due_at=town.now,
        opened_at=town.now,
        fired_at=town.now,
        closed_at=town.now if closed else None,
        closed_how=closed,
        why={},
    )
    town.db.add(deadline)
    town.db.flush()
    return DeadlineFired(
        subject_id=complaint.id, deadline_kind=kind, deadline_id=deadline.id, due_at=town.now.isoformat()
    )


def reasons(town: Town, complaint: Complaint) -> list[str]:
    return sorted(case.reason for case in town.open_cases(complaint))


def test_a_missed_deadline_is_in_front_of_somebody(town: Town) -> None:
    complaint = town.complaint()
    event = missed(town, complaint)
    jobs.deadline_missed(town.db, event, town.now)
    jobs.deadline_missed(town.db, event, town.now)
    assert reasons(town, complaint) == ["target_missed"]
    assert town.open_cases(complaint)[0].facts["deadline_id"] == str(event.deadline_id)


def test_a_deadline_that_turns_out_kept_opens_nothing(town: Town) -> None:
    complaint = town.complaint()
    jobs.deadline_missed(town.db, missed(town, complaint, closed=How.KEPT), town.now)
    assert reasons(town, complaint) == []


def test_a_phone_that_proves_the_deadline_kept_annuls_the_case_with_a_note(town: Town) -> None:
    complaint = town.complaint()
    event = missed(town, complaint)
    jobs.deadline_missed(town.db, event, town.now)
    case = town.open_cases(complaint)[0]
    done = KeptAfterAll(
        subject_id=complaint.id,
        deadline_id=event.deadline_id,
        deadline_kind="on_site_target",
        due_at="12:00",
        done_at="11:58",
    )
    jobs.kept_after_all(town.db, done, town.push(hours=1))
    jobs.kept_after_all(town.db, done, town.now)
    assert (case.outcome, case.outcome_text) == ("annulled", "on_site_target: done 11:58, due 12:00")


def kept(town: Town, event: DeadlineFired) -> KeptAfterAll:
    """The phone shows that the deadline was kept after all."""
    deadline = town.db.get_one(Deadline, event.deadline_id)
    deadline.closed_at, deadline.closed_how = town.now, How.KEPT
    town.db.flush()
    return KeptAfterAll(
        subject_id=event.subject_id, deadline_id=event.deadline_id, deadline_kind=event.deadline_kind, due_at="12:00",
        done_at="11:58",
    )  # fmt: skip


def test_a_promise_kept_after_all_gives_the_case_back_to_the_target_that_was_missed(town: Town) -> None:
    complaint = town.complaint()
    target, promise = missed(town, complaint), missed(town, complaint, kind="on_site_promise")
    jobs.deadline_missed(town.db, target, town.now)
    jobs.deadline_missed(town.db, promise, town.push(hours=1))
    jobs.kept_after_all(town.db, kept(town, promise), town.push(hours=1))
    (case,) = town.open_cases(complaint)
    assert (case.reason, case.facts["deadline_id"]) == ("target_missed", str(target.deadline_id))
    assert town.rung(case).next_notice_at is not None
    assert town.ledger(complaint)[-1] == "escalation.given_back"
    assert ABSENT not in violations(town)


def test_a_case_whose_every_deadline_was_kept_after_all_is_annulled(town: Town) -> None:
    complaint = town.complaint()
    target, promise = missed(town, complaint), missed(town, complaint, kind="on_site_promise")
    jobs.deadline_missed(town.db, target, town.now)
    jobs.deadline_missed(town.db, promise, town.push(hours=1))
    for done in [kept(town, target), kept(town, promise)]:
        jobs.kept_after_all(town.db, done, town.push(hours=1))
    assert reasons(town, complaint) == []
    assert town.ledger(complaint)[-1] == "escalation.annulled"


def test_a_case_goes_back_past_what_was_kept_to_what_no_deadline_refutes(town: Town) -> None:
    complaint = town.complaint()
    jobs.nobody_left(town.db, NobodyLeft(subject_id=complaint.id, round_id=new_id(), why="none"), town.now)
    target, promise = missed(town, complaint), missed(town, complaint, kind="on_site_promise")
    jobs.deadline_missed(town.db, target, town.push(hours=1))
    jobs.deadline_missed(town.db, promise, town.push(hours=1))
    done = [kept(town, target), kept(town, promise)]
    for each in reversed(done):
        jobs.kept_after_all(town.db, each, town.push(hours=1))
    (case,) = town.open_cases(complaint)
    assert (case.reason, case.facts["why"], case.level) == ("nobody_left", "none", 2)


def test_a_missed_deadline_whose_case_only_the_system_annulled_is_in_front_of_nobody(town: Town) -> None:
    complaint = town.complaint()
    event = missed(town, complaint)
    jobs.deadline_missed(town.db, event, town.now)
    (case,) = town.open_cases(complaint)
    actions.annul(town.db, case.id, note="wrong", actor=system("visits"), now=town.push(minutes=5))
    assert ABSENT in violations(town)
    case.ended_by = town.people["manager"].id
    assert ABSENT not in violations(town), "a person has seen it"


def test_nobody_left_goes_to_the_dispatcher_and_to_the_manager_when_departure_is_overdue(town: Town) -> None:
    complaint = town.complaint()
    event = NobodyLeft(subject_id=complaint.id, round_id=new_id(), why="all declined")
    jobs.nobody_left(town.db, event, town.now)
    assert [town.owner(case) for case in town.open_cases(complaint)] == ["dispatcher"]
    late = town.complaint()
    missed(town, late, kind="latest_departure")
    jobs.nobody_left(town.db, NobodyLeft(subject_id=late.id, round_id=new_id(), why="none"), town.now)
    assert [town.owner(case) for case in town.open_cases(late)] == ["manager"]


def test_nobody_left_is_no_longer_true_once_somebody_has_accepted(town: Town) -> None:
    complaint = town.complaint(stage="assigned")
    jobs.nobody_left(town.db, NobodyLeft(subject_id=complaint.id, round_id=new_id(), why="none"), town.now)
    assert reasons(town, complaint) == []
    second = NobodyLeft(subject_id=complaint.id, round_id=new_id(), why="none", crew_role="second")
    jobs.nobody_left(town.db, second, town.now)
    assert reasons(town, complaint) == ["nobody_left"]


def test_a_forecast_past_the_promise_escalates_before_it_is_broken(town: Town) -> None:
    complaint = town.complaint()
    due = town.now + timedelta(hours=20)
    breach = ForecastBreach(subject_id=complaint.id, due_at=due, forecast_at=due + timedelta(hours=1))
    jobs.promise_at_risk(town.db, breach, town.now)
    case = town.open_cases(complaint)[0]
    assert (case.reason, town.owner(case)) == ("promise_at_risk", "manager")
    assert case.facts["forecast_at"] == (due + timedelta(hours=1)).isoformat()


def test_a_forecast_about_somebody_who_has_arrived_opens_nothing(town: Town) -> None:
    complaint = town.complaint(stage="on_site")
    complaint.first_arrived_at = town.now
    jobs.promise_at_risk(town.db, ForecastBreach(subject_id=complaint.id, due_at=town.now, forecast_at=None), town.now)
    assert reasons(town, complaint) == []


def test_only_a_job_that_cannot_be_solved_escalates_when_it_is_handed_back(town: Town) -> None:
    complaint = town.complaint()
    for reason in ("illness", "not-solvable"):
        event = HandedBack(
            subject_id=complaint.id, assignment_id=new_id(), technician_id=new_id(), crew_role="lead", reason=reason
        )
        jobs.handed_back(town.db, event, town.now)
    assert reasons(town, complaint) == ["handed_back"]


def test_poor_and_refused_feedback_and_not_solved_are_three_cases_of_the_manager(town: Town) -> None:
    complaint = town.complaint(stage="repaired")
    jobs.feedback_poor(
        town.db, FeedbackPoor(subject_id=complaint.id, feedback_id=new_id(), satisfaction=2, poor=("speed",)), town.now
    )
    jobs.feedback_refused(
        town.db, FeedbackRefused(subject_id=complaint.id, feedback_id=new_id(), reason="angry"), town.now
    )
    for outcome in ("solved", "unreached", "not_solved"):
        jobs.not_solved(
            town.db, FollowUpAnswered(subject_id=complaint.id, follow_up_id=new_id(), outcome=outcome), town.now
        )
    assert reasons(town, complaint) == ["feedback_poor", "feedback_refused", "not_solved"]
    assert {town.owner(case) for case in town.open_cases(complaint)} == {"manager"}


def test_a_refusal_case_may_end_after_the_customer_signed_after_all(town: Town) -> None:
    complaint = town.complaint(stage="confirmed")
    jobs.feedback_refused(
        town.db, FeedbackRefused(subject_id=complaint.id, feedback_id=new_id(), reason="angry"), town.now
    )
    case = town.open_cases(complaint)[0]
    actions.end(town.db, case.id, outcome=Outcome.REMEDIED, text="Signed.", actor=town.people["manager"], now=town.now)
    assert case.outcome == "remedied"


def test_a_major_complaint_is_at_the_manager_with_the_call(town: Town) -> None:
    complaint = town.complaint(grade="major", rules=("M3",), structure=True)
    jobs.call_taken(town.db, ComplaintLogged(subject_id=complaint.id, grade="major"), town.now)
    assert reasons(town, complaint) == ["major", "structural"]
    owners = {case.reason: (case.level, town.owner(case)) for case in town.open_cases(complaint)}
    assert owners == {"major": (2, "manager"), "structural": (3, "appraiser")}


def test_an_unknown_structure_calls_no_appraiser(town: Town) -> None:
    complaint = town.complaint(grade="major", rules=("M3",), structure=None)
    jobs.call_taken(town.db, ComplaintLogged(subject_id=complaint.id, grade="major"), town.now)
    assert reasons(town, complaint) == ["major"]


def test_a_raised_grade_brings_the_manager_like_a_major_call(town: Town) -> None:
    complaint = town.complaint(grade="major", rules=("M1",))
    event = ComplaintRegraded(subject_id=complaint.id, grade="major", was="serious")
    jobs.regraded(town.db, event, town.now)
    jobs.regraded(town.db, event, town.now)
    assert reasons(town, complaint) == ["major"]


def test_the_third_complaint_about_a_unit_in_thirty_days_opens_a_case(town: Town) -> None:
    unit = town.unit()
    start = town.now
    for days in (31, 20, 10):
        town.complaint(unit=unit, called_at=start - timedelta(days=days), stage="closed")
    second = town.complaint(unit=unit, called_at=start, stage="rerouted")
    jobs.call_taken(town.db, ComplaintLogged(subject_id=second.id, grade="serious"), town.now)
    assert reasons(town, second) == [], "what was no complaint or is too long ago doesn't count"
    third = town.complaint(unit=unit, called_at=start)
    jobs.call_taken(town.db, ComplaintLogged(subject_id=third.id, grade="serious"), town.now)
    assert reasons(town, third) == ["third_complaint"]
    assert town.open_cases(third)[0].facts == {"count": 3, "days": 30}


def test_the_same_fault_on_three_units_of_a_model_calls_an_appraiser_once(town: Town) -> None:
    last = []
    for number in range(4):
        last.append(town.complaint(unit=town.unit(), component="Hoist brake", symptom="slips", called_at=town.now))
        jobs.call_taken(town.db, ComplaintLogged(subject_id=last[-1].id, grade="serious"), town.push(days=number))
    assert [reasons(town, complaint) for complaint in last] == [[], [], ["same_fault"], []]
    other = town.complaint(unit=town.unit(model="SC200"), component="Hoist brake", symptom="slips")
    jobs.call_taken(town.db, ComplaintLogged(subject_id=other.id, grade="serious"), town.now)
    assert reasons(town, other) == []


def test_every_case_of_every_reason_has_an_owner_who_was_told(town: Town) -> None:
    complaint = town.complaint(grade="major", rules=("M1",))
    for kind in ("acknowledge", "accept", "on_site_promise", "resolve", "resume", "feedback", "follow_up"):
        jobs.deadline_missed(town.db, missed(town, complaint, kind=kind), town.now)
    assert len(town.open_cases(complaint)) == 7
    told = town.db.scalar(
        text(
            "SELECT count(*) FROM rungs r JOIN messages m ON m.id = r.message_id "
            "WHERE m.recipient_user_id = r.owner_user_id"
        )
    )
    assert told == 7
