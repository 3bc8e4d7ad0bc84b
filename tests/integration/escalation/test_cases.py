"""Cases: opened on the right level, answered by people, raised by silence, ended only with an outcome."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from escalation import actions, errors, policies, raising, sweeping
from escalation.errors import NotYours
from escalation.ladder import SHIPPED, Level, Reason
from escalation.outcomes import Outcome
from foundation.accounts.models import CaseAccess
from foundation.accounts.roles import Role
from foundation.notifications.models import Delivery, Message
from foundation.problems import NotAllowed
from intake.models import Complaint
from tests.integration.escalation.conftest import Town


def test_a_case_opens_with_its_owner_told_and_a_witness_in_the_ledger(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.ACCEPT_MISSED, facts={"due": 1}, now=town.now)
    assert (case.level, case.opened_level, town.owner(case)) == (1, 1, "dispatcher")
    assert town.told("dispatcher") == ["escalation-opened"]
    assert town.ledger(complaint) == ["LOG", "escalation.opened"]
    assert case.policy["version"] == case.policy_version == 1


def test_the_same_reason_twice_is_one_case(town: Town) -> None:
    complaint = town.complaint()
    first = raising.open_case(town.db, complaint.id, Reason.ACCEPT_MISSED, facts={}, now=town.now)
    second = raising.open_case(town.db, complaint.id, Reason.ACCEPT_MISSED, facts={}, now=town.push(minutes=1))
    assert first.id == second.id
    assert town.told("dispatcher") == ["escalation-opened"]


def test_the_database_refuses_a_second_open_case_for_a_reason(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.MAJOR, facts={}, now=town.now)
    town.db.flush()
    with pytest.raises(IntegrityError, match="uq_cases_one_open"), town.db.begin_nested():
        town.db.execute(
            text(
                "INSERT INTO cases (id, complaint_id, reason, facts, grade, level, opened_level, opened_at, "
                "policy_version, policy) SELECT gen_random_uuid(), complaint_id, reason, facts, grade, level, "
                "opened_level, opened_at, policy_version, policy FROM cases WHERE id = :id"
            ),
            {"id": case.id},
        )


def test_a_graver_reason_takes_the_case_over_and_lifts_it(town: Town) -> None:
    complaint = town.complaint()
    raising.open_case(town.db, complaint.id, Reason.NOBODY_LEFT, facts={"why": "none"}, now=town.now)
    case = raising.open_case(
        town.db, complaint.id, Reason.PROMISE_AT_RISK, facts={"due_at": "x"}, now=town.push(minutes=2)
    )
    assert [found.id for found in town.open_cases(complaint)] == [case.id]
    assert (case.reason, case.level, town.owner(case)) == ("promise_at_risk", 2, "manager")
    assert case.facts == {"due_at": "x", "earlier": {"reason": "nobody_left", "facts": {"why": "none"}}}
    assert town.told("manager") == ["escalation-raised"]


def test_a_broken_promise_asks_the_manager_anew_and_tells_the_head(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.PROMISE_AT_RISK, facts={}, now=town.now)
    actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.push(minutes=1))
    raising.open_case(town.db, complaint.id, Reason.PROMISE_BROKEN, facts={}, now=town.push(hours=2))
    assert town.rung(case).acknowledged_at is None
    assert town.told("manager") == ["escalation-opened", "escalation-graver"]
    assert town.told("head") == ["escalation-copy"]


def test_silence_repeats_on_the_next_channel_then_the_deputy_then_one_level_up(town: Town) -> None:
    complaint = town.complaint(grade="major", rules=("M1",))
    case = raising.open_case(town.db, complaint.id, Reason.MAJOR, facts={}, now=town.now)
    assert sweeping.answer_silence(town.db, now=town.push(minutes=9)).moved == 0
    assert sweeping.answer_silence(town.db, now=town.push(minutes=1)).moved == 1
    channels = town.db.scalars(
        select(Delivery.channel)
        .join(Message, Message.id == Delivery.message_id)
        .where(Message.recipient_user_id == town.people["manager"].id)
        .order_by(Delivery.id)
    )
    assert list(channels) == ["in_app", "email"]
    assert sweeping.answer_silence(town.db, now=town.push(minutes=10)).moved == 1
    assert (town.owner(case), case.level) == ("second manager", 2)
    assert town.rung(case).deputy_of_id == town.people["manager"].id
    assert sweeping.answer_silence(town.db, now=town.push(minutes=10)).moved == 1
    assert (town.owner(case), case.level) == ("head", 4)
    assert town.ledger(complaint) == [
        "LOG",
        "escalation.opened",
        "escalation.repeated",
        "escalation.to_deputy",
        "escalation.raised",
    ]


def test_an_acknowledged_case_is_quiet_until_its_answer_is_due_then_reminded_then_raised(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.push(minutes=5))
    assert town.rung(case).act_due_at == town.now + timedelta(hours=4)
    assert sweeping.answer_silence(town.db, now=town.push(hours=2, minutes=39)).moved == 0

    assert sweeping.answer_silence(town.db, now=town.push(minutes=1)).moved == 1
    assert town.told("manager") == ["escalation-opened", "escalation-unfinished"]
    assert sweeping.answer_silence(town.db, now=town.push(hours=1, minutes=19)).moved == 0
    assert sweeping.answer_silence(town.db, now=town.push(minutes=1)).moved == 1
    assert (case.level, town.owner(case)) == (4, "head")
    assert town.told("head") == ["escalation-raised"]
    assert town.ledger(complaint)[-2:] == ["escalation.reminded", "escalation.raised"]


def test_who_says_what_is_done_keeps_the_case_until_the_next_word_is_due(town: Town) -> None:
    case = raising.open_case(town.db, town.complaint(grade="major").id, Reason.MAJOR, facts={}, now=town.now)
    manager = town.people["manager"]
    for _ in range(3):
        actions.report_progress(
            town.db, case.id, text="Rang the site; the crew is on its way.", actor=manager, now=town.now
        )
        assert town.rung(case).act_due_at == town.now + timedelta(hours=8)
        sweeping.answer_silence(town.db, now=town.push(hours=6))
        assert case.level == 2
    sweeping.answer_silence(town.db, now=town.push(hours=2))
    assert case.level == 4
    with pytest.raises(NotYours):
        actions.report_progress(town.db, case.id, text="Still on it.", actor=manager, now=town.now)


def test_the_dispatchers_acknowledgement_alone_is_no_answer(town: Town) -> None:
    case = raising.open_case(town.db, town.complaint().id, Reason.ACCEPT_MISSED, facts={}, now=town.now)
    actions.acknowledge(town.db, case.id, actor=town.people["dispatcher"], on_behalf=False, now=town.now)
    assert town.rung(case).act_due_at == town.now + timedelta(minutes=15)
    sweeping.answer_silence(town.db, now=town.push(minutes=15))
    sweeping.answer_silence(town.db, now=town.now)
    assert case.level == 2


def test_the_head_who_acknowledged_is_reminded_for_ever(town: Town) -> None:
    case = raising.open_case(town.db, town.complaint().id, Reason.SAME_FAULT, facts={}, now=town.now)
    raising.raise_one(town.db, town.db.get_one(Complaint, case.complaint_id), case, now=town.now)
    actions.acknowledge(town.db, case.id, actor=town.people["head"], on_behalf=False, now=town.now)
    reminded = [sweeping.answer_silence(town.db, now=town.push(hours=8)).moved for _ in range(5)]
    assert reminded == [1] * 5
    assert (case.level, town.rung(case).notices) == (4, 6)


def test_the_shipped_ladder_is_version_one_of_the_database_and_nobody_changes_it(town: Town) -> None:
    assert policies.in_force(town.db, now=town.now) == SHIPPED
    with pytest.raises(DBAPIError, match="never changed"), town.db.begin_nested():
        town.db.execute(text("UPDATE ladders SET document = '{}'"))


def test_a_pause_of_six_hours_is_caught_up_in_order_and_level_by_level(town: Town) -> None:
    """Twenty cases, opened in a known order; each sweep raises each by one level, the longest due first."""
    complaints = []
    for _ in range(20):
        complaint = town.complaint()
        raising.open_case(town.db, complaint.id, Reason.ACCEPT_MISSED, facts={}, now=town.push(minutes=1))
        complaints.append(complaint)
    town.push(hours=6)
    cases = [town.open_cases(complaint)[0] for complaint in complaints]
    moved = sweeping.answer_silence(town.db, now=town.now, limit=7).moved
    assert moved == 7
    assert [case.level for case in cases] == [2] * 7 + [1] * 13
    sweeping.answer_silence(town.db, now=town.now)
    assert [case.level for case in cases] == [2] * 20
    assert sweeping.answer_silence(town.db, now=town.now).moved == 0, "a level gets its full time before the next one"
    town.push(hours=6)
    sweeping.answer_silence(town.db, now=town.now)
    assert [case.level for case in cases] == [4] * 20


def test_nobody_acknowledges_for_another_without_saying_so(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    with pytest.raises(errors.NotYours):
        actions.acknowledge(town.db, case.id, actor=town.people["head"], on_behalf=False, now=town.now)
    actions.acknowledge(town.db, case.id, actor=town.people["head"], on_behalf=True, now=town.now)
    rung = town.rung(case)
    assert (rung.acknowledged_by, rung.on_behalf_of) == (town.people["head"].id, town.people["manager"].id)
    with pytest.raises(errors.AlreadyAcknowledged):
        actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.now)


def test_acknowledging_twice_is_acknowledging_once(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    for _ in range(2):
        actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.push(minutes=1))
    assert town.ledger(complaint).count("escalation.acknowledged") == 1


def test_a_manager_takes_over_and_owns_it(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.NOBODY_LEFT, facts={}, now=town.now)
    actions.take_over(town.db, case.id, actor=town.people["manager"], reason="I know the site.", now=town.now)
    assert (town.owner(case), case.level) == ("manager", 1)
    assert town.rung(case).acknowledged_by == town.people["manager"].id


def test_an_appraisal_opens_the_complaint_to_the_appraiser_and_comes_back(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.HANDED_BACK, facts={}, now=town.now)
    actions.ask_for_appraisal(
        town.db, case.id, appraiser_id=None, question="Why did it break?", actor=town.people["manager"], now=town.now
    )
    assert (case.level, town.owner(case)) == (3, "appraiser")
    assert town.told("appraiser") == ["escalation-appraisal"]
    shared = town.db.scalars(select(CaseAccess.user_id).where(CaseAccess.case_id == complaint.id))
    assert town.people["appraiser"].id in set(shared)
    actions.acknowledge(town.db, case.id, actor=town.people["appraiser"], on_behalf=False, now=town.push(hours=1))
    actions.return_case(
        town.db, case.id, reason="A weld failed.", actor=town.people["appraiser"], now=town.push(hours=1)
    )
    assert (case.level, town.owner(case)) == (2, "manager")
    assert town.rung(case).acknowledged_at is None, "the manager must see the verdict"


def test_only_an_appraiser_is_asked_for_an_appraisal(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.HANDED_BACK, facts={}, now=town.now)
    with pytest.raises(errors.NoAppraiser):
        actions.ask_for_appraisal(
            town.db,
            case.id,
            appraiser_id=town.people["agent"].id,
            question="Why?",
            actor=town.people["manager"],
            now=town.now,
        )


def test_a_case_cannot_be_returned_below_the_level_that_opened_it(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    with pytest.raises(errors.NowhereBack):
        actions.return_case(town.db, case.id, reason="No.", actor=town.people["manager"], now=town.now)


def test_the_head_may_send_a_case_to_negotiation_and_no_further(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    actions.raise_by_hand(town.db, case.id, reason="Above my limit.", actor=town.people["manager"], now=town.now)
    assert (case.level, town.owner(case)) == (4, "head")
    actions.raise_by_hand(town.db, case.id, reason="Remedy rejected.", actor=town.people["head"], now=town.now)
    assert case.level == Level.NEGOTIATION
    with pytest.raises(errors.NowhereUp):
        actions.raise_by_hand(town.db, case.id, reason="More.", actor=town.people["head"], now=town.now)


def test_nobody_ends_what_was_brought_before_somebody_above_them(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    with pytest.raises(errors.StandsAbove):
        actions.end(
            town.db, case.id, outcome=Outcome.REMEDIED, text="Nothing.", actor=town.people["dispatcher"], now=town.now
        )
    raising.raise_one(town.db, complaint, case, now=town.now)
    with pytest.raises(errors.StandsAbove):
        actions.annul(town.db, case.id, note="A mistake.", actor=town.people["manager"], now=town.now)
    ended = actions.end(
        town.db, case.id, outcome=Outcome.REMEDIED, text="Visited.", actor=town.people["head"], now=town.now
    )
    assert ended.ended_at is not None


def test_ending_needs_an_outcome_and_leaves_the_complaint_open(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    actions.end(
        town.db,
        case.id,
        outcome=Outcome.AGREED,
        text="A second visit on Monday.",
        actor=town.people["manager"],
        now=town.push(hours=1),
    )
    assert (case.outcome, case.outcome_text, case.ended_at) == ("agreed", "A second visit on Monday.", town.now)
    assert complaint.stage == "dispatching"
    assert sweeping.answer_silence(town.db, now=town.push(days=9)).moved == 0
    with pytest.raises(errors.CaseEnded):
        actions.acknowledge(town.db, case.id, actor=town.people["manager"], on_behalf=False, now=town.now)


def test_the_database_refuses_an_end_without_an_outcome(town: Town) -> None:
    complaint = town.complaint()
    raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    town.db.flush()
    with pytest.raises(IntegrityError, match="ends_with_an_outcome"), town.db.begin_nested():
        town.db.execute(text("UPDATE cases SET ended_at = :now"), {"now": town.now})


def test_after_its_end_the_same_reason_opens_a_new_case(town: Town) -> None:
    complaint = town.complaint()
    first = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    actions.end(town.db, first.id, outcome=Outcome.REMEDIED, text="Done.", actor=town.people["manager"], now=town.now)
    second = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.push(days=1))
    assert first.id != second.id


def test_an_annulled_case_keeps_its_note(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.TARGET_MISSED, facts={}, now=town.now)
    actions.annul(town.db, case.id, note="The phone's clock was slow.", actor=town.people["manager"], now=town.now)
    assert (case.outcome, case.outcome_text) == ("annulled", "The phone's clock was slow.")
    assert town.ledger(complaint)[-1] == "escalation.annulled"


def test_a_region_without_a_manager_goes_to_the_region_above_then_to_the_head(town: Town) -> None:
    town.region("NYC")
    lonely = raising.open_case(
        town.db, town.complaint(region="NYC-SI").id, Reason.FEEDBACK_POOR, facts={}, now=town.now
    )
    assert town.owner(lonely) == "head"
    town.person("city manager", Role.MANAGER, region="NYC")
    guided = raising.open_case(
        town.db, town.complaint(region="NYC-SI").id, Reason.FEEDBACK_POOR, facts={}, now=town.now
    )
    assert town.owner(guided) == "city manager"
    assert town.rung(guided).appointed_as == "region_above"


def test_a_deputy_answers_while_the_manager_is_away(town: Town) -> None:
    town.db.execute(
        text("UPDATE users SET away_until = :until WHERE login = 'manager'"), {"until": town.now + timedelta(days=2)}
    )
    case = raising.open_case(town.db, town.complaint().id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    assert town.owner(case) == "second manager"
    assert town.rung(case).deputy_of_id == town.people["manager"].id


def test_without_anybody_the_case_is_open_all_the_same_and_finds_its_owner_later(town: Town) -> None:
    town.person("admin", Role.ADMIN)
    town.db.execute(text("UPDATE users SET active = false WHERE role IN ('manager', 'head')"))
    case = raising.open_case(town.db, town.complaint().id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    assert town.owner(case) is None
    assert town.told("admin") == ["escalation-without-owner"]
    town.db.execute(text("UPDATE users SET active = true WHERE login = 'manager'"))
    sweeping.answer_silence(town.db, now=town.push(hours=2))
    assert town.owner(case) == "manager"
    assert town.told("manager") == ["escalation-opened"]


def test_a_person_of_another_region_cannot_touch_the_case(town: Town) -> None:
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    town.db.flush()
    case_id, stranger = case.id, town.person("stranger", Role.MANAGER, region="LON")
    settings = stranger.scope.settings()
    enter = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")
    town.db.execute(enter, settings)
    town.db.expire_all()
    with pytest.raises(NotAllowed):
        actions.acknowledge(town.db, case_id, actor=stranger, on_behalf=True, now=town.now)


@pytest.mark.parametrize("name", ["manager", "second manager"])
def test_an_owner_acts_under_their_own_scope_also_from_another_region(town: Town, name: str) -> None:
    if name == "second manager":
        town.db.execute(text("UPDATE users SET active = false WHERE login = 'manager'"))
        town.db.execute(
            text("UPDATE user_regions SET region_code = 'NYC-BX' WHERE user_id = :id"), {"id": town.people[name].id}
        )
    complaint = town.complaint()
    case = raising.open_case(town.db, complaint.id, Reason.FEEDBACK_POOR, facts={}, now=town.now)
    town.db.flush()
    actor, case_id = town.people[name], case.id
    enter = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")
    town.db.execute(enter, actor.scope.settings())
    town.db.expire_all()
    ended = actions.end(town.db, case_id, outcome=Outcome.REMEDIED, text="Done.", actor=actor, now=town.now)
    town.db.flush()
    assert (ended.outcome, ended.ended_by) == ("remedied", actor.id)
