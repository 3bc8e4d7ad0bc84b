"""What escalation hears and what it sweeps. Every job reads anew and judges anew; a second run finds nothing to do."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import intake.queries
from dispatch.events import ForecastBreach, NobodyLeft
from escalation import actions, giving_back, handing_over, holding, policies, queries, raising, sweeping, triggers
from escalation.ladder import Reason
from feedback.events import FeedbackLate, FeedbackPoor, FeedbackRefused, FollowUpAnswered
from foundation.accounts.roles import system
from foundation.database.session import WriteSession, unit_of_work
from foundation.jobs.job import Job, JobContext, Recurring
from foundation.jobs.setbacks import Setbacks, Turns, take_turns
from foundation.ledger.chain import Facts
from intake.clocks import How
from intake.events import ComplaintHandedOver, ComplaintLogged, ComplaintRegraded, DeadlineFired
from intake.grades import Grade
from intake.lifecycle import FINAL, Stage
from intake.models import Complaint, Deadline
from visits.events import HandedBack, KeptAfterAll
from visits.phone import HandBackReason

#: Seconds between looks for silence.
EVERY_S: Final = 2.0
#: Rungs answered in one transaction; their cases are locked until it commits.
AT_ONCE: Final = 20
#: Stages in which somebody must still be found to go.
_SEEKING: Final = frozenset({Stage.GRADED, Stage.DISPATCHING, Stage.REOPENED})


def deadline_missed(db: WriteSession, event: DeadlineFired, now: datetime) -> None:
    """A promise was not kept, unless the phone's corrected time has shown since that it was."""
    reason = triggers.MISSED.get(event.deadline_kind)
    found = db.get(Deadline, event.deadline_id)
    if reason is None or found is None or found.closed_how == How.KEPT:
        return
    facts = {"deadline": event.deadline_kind, "deadline_id": str(event.deadline_id), "due_at": event.due_at}
    raising.open_case(db, event.subject_id, reason, facts=facts, now=now)


def nobody_left(db: WriteSession, event: NobodyLeft, now: datetime) -> None:
    """Nobody is left to offer to, and still nobody goes."""
    complaint = db.get_one(Complaint, event.subject_id)
    if complaint.stage in FINAL or (event.crew_role == "lead" and complaint.stage not in _SEEKING):
        return
    at_risk = queries.departure_missed(db, complaint.id, now=now)
    facts = {"why": event.why, "crew_role": event.crew_role, "round_id": str(event.round_id)}
    raising.open_case(db, complaint.id, triggers.of_nobody_left(promise_at_risk=at_risk), facts=facts, now=now)


def promise_at_risk(db: WriteSession, event: ForecastBreach, now: datetime) -> None:
    """The expected arrival passes the promise, and nobody has arrived."""
    complaint = db.get_one(Complaint, event.subject_id)
    if complaint.stage in FINAL or complaint.first_arrived_at is not None:
        return
    forecast = event.forecast_at.isoformat() if event.forecast_at else None
    facts = {"due_at": event.due_at.isoformat(), "forecast_at": forecast}
    raising.open_case(db, complaint.id, Reason.PROMISE_AT_RISK, facts=facts, now=now)


def handed_back(db: WriteSession, event: HandedBack, now: datetime) -> None:
    """A technician says that it can't be solved on site."""
    if event.reason == HandBackReason.NOT_SOLVABLE:
        facts = {"assignment_id": str(event.assignment_id), "technician_id": str(event.technician_id)}
        raising.open_case(db, event.subject_id, Reason.HANDED_BACK, facts=facts, now=now)


def feedback_poor(db: WriteSession, event: FeedbackPoor, now: datetime) -> None:
    """The customer signed and is not satisfied."""
    facts = {"feedback_id": str(event.feedback_id), "satisfaction": event.satisfaction, "poor": list(event.poor)}
    raising.open_case(db, event.subject_id, Reason.FEEDBACK_POOR, facts=facts, now=now)


def feedback_late(db: WriteSession, event: FeedbackLate, now: datetime) -> None:
    """What the customer said came too late for the case, not for the manager: poor or refused, it is brought before them."""
    if event.poor:
        facts = {
            "feedback_id": str(event.feedback_id), "satisfaction": event.satisfaction, "poor": list(event.poor),
            "late": event.why,
        }  # fmt: skip
        raising.open_case(db, event.subject_id, Reason.FEEDBACK_POOR, facts=facts, now=now)


def feedback_refused(db: WriteSession, event: FeedbackRefused, now: datetime) -> None:
    """The customer refused to sign."""
    facts = {"feedback_id": str(event.feedback_id), "why": event.reason}
    raising.open_case(db, event.subject_id, Reason.FEEDBACK_REFUSED, facts=facts, now=now)


def not_solved(db: WriteSession, event: FollowUpAnswered, now: datetime) -> None:
    """Asked afterwards, the customer says that it isn't solved."""
    if event.outcome == "not_solved":
        facts = {"follow_up_id": str(event.follow_up_id)}
        raising.open_case(db, event.subject_id, Reason.NOT_SOLVED, facts=facts, now=now)


def call_taken(db: WriteSession, event: ComplaintLogged, now: datetime) -> None:
    """Every major complaint, one complaint too many on a unit, the same fault on too many units of a model."""
    complaint = db.get_one(Complaint, event.subject_id)
    ladder = policies.in_force(db, now=now)
    past = queries.past_of(db, complaint, ladder)
    for found in [*_of_grade(complaint), *triggers.of_past(ladder, past)]:
        raising.open_case(db, complaint.id, found.reason, facts=found.facts, now=now)


def regraded(db: WriteSession, event: ComplaintRegraded, now: datetime) -> None:
    """A complaint that became major is in front of the manager like one that was major from the call.

    What its owners hold is let go when it turns out that people are in danger.
    """
    holding.let_go(db, event.subject_id, now=now)
    complaint = db.get_one(Complaint, event.subject_id)
    if event.was != Grade.MAJOR and complaint.stage not in FINAL:
        for found in _of_grade(complaint):
            raising.open_case(db, complaint.id, found.reason, facts=found.facts, now=now)


def handed_over(db: WriteSession, event: ComplaintHandedOver, now: datetime) -> None:
    """Another region's people answer for the complaint now."""
    handing_over.to_region(db, event.subject_id, was=event.was, now=now)


def kept_after_all(db: WriteSession, event: KeptAfterAll, now: datetime) -> None:
    """The phone's corrected time shows that a deadline was met: the case that its miss opened is annulled.

    A case that it only took over goes back to what had opened it before, if that still stands.
    """
    intake.queries.for_change(db, event.subject_id)  # Nothing takes the case over between the question and the answer.
    case_id = queries.case_of_deadline(db, event.subject_id, event.deadline_id)
    if case_id is None:
        return
    note, actor = f"{event.deadline_kind}: done {event.done_at}, due {event.due_at}", system("visits")
    if not giving_back.to_earlier(db, case_id, note=note, actor=actor, now=now):
        actions.annul(db, case_id, note=note, actor=actor, now=now)


def answer_silence(context: JobContext, *, setbacks: Setbacks) -> int:
    """Repeat, hand to the deputy or raise what nobody has acknowledged in time.

    What fails stays due, so that the invariants see it, and is tried again after the others and after a while. Raises
    SweepIncomplete while something does.
    """
    everybody, one = partial(_answer_all, context), partial(_answer_one, context)
    return take_turns(setbacks, everybody=everybody, one=one, now=context.clock.machine_now())


def _answer_all(context: JobContext, passing_over: frozenset[UUID]) -> Turns:
    """A few at a time: jobs that wait for a case must not wait for a whole night's worth of silence."""
    moved, claimed, failed = 0, AT_ONCE, dict[UUID, Exception]()
    while claimed == AT_ONCE:
        with unit_of_work(context.sessions) as db:
            left = passing_over | failed.keys()
            swept = sweeping.answer_silence(db, now=context.now(), limit=AT_ONCE, passing_over=left)
        moved, claimed = moved + swept.moved, swept.claimed
        failed |= swept.failed
    return Turns(moved, failed)


def _answer_one(context: JobContext, rung_id: UUID) -> Turns:
    with unit_of_work(context.sessions) as db:
        swept = sweeping.answer_silence(db, now=context.now(), limit=1, only=rung_id)
    return Turns(swept.moved, swept.failed)


def _of_grade(complaint: Complaint) -> Sequence[triggers.Found]:
    answers: Facts = complaint.grade_facts
    return triggers.of_grade(
        Grade(complaint.grade),
        rules=tuple(complaint.grade_rules),
        structure_failed=answers.get("structure_or_load") is True,
    )


JOBS: Final = [
    Job("escalation.deadline_missed", DeadlineFired, deadline_missed, urgent=True),
    Job("escalation.nobody_left", NobodyLeft, nobody_left, urgent=True),
    Job("escalation.promise_at_risk", ForecastBreach, promise_at_risk, urgent=True),
    Job("escalation.handed_back", HandedBack, handed_back, urgent=True),
    Job("escalation.feedback_poor", FeedbackPoor, feedback_poor, urgent=True),
    Job("escalation.feedback_late", FeedbackLate, feedback_late, urgent=True),
    Job("escalation.feedback_refused", FeedbackRefused, feedback_refused, urgent=True),
    Job("escalation.not_solved", FollowUpAnswered, not_solved, urgent=True),
    Job("escalation.call_taken", ComplaintLogged, call_taken, urgent=True),
    Job("escalation.regraded", ComplaintRegraded, regraded, urgent=True),
    Job("escalation.handed_over", ComplaintHandedOver, handed_over, urgent=True),
    Job("escalation.kept_after_all", KeptAfterAll, kept_after_all, urgent=True),
]


def recurring() -> list[Recurring]:
    """The sweep over silence, which remembers what it failed at."""
    name = "escalation.silence"
    return [Recurring(name, EVERY_S, partial(answer_silence, setbacks=Setbacks(name)))]
