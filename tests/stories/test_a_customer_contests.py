"""What a customer contests is before the manager, whatever those say whom it is about."""

import pytest

from tests.integration.promises.asking import a_link
from tests.town import Refused, Town, each

REASONS = {
    "nobody_arrived": "nobody_arrived",
    "grade_wrong": "grade_contested",
    "not_solved": "not_solved",
    "want_manager": "manager_wanted",
}


def contest(town: Town, number: str, what: str, **more: object) -> dict[str, object]:
    token = a_link(town, number, purpose="follow")
    return town.post(None, "/customer/contest", {"token": token, "contest": what, **more})


@pytest.mark.parametrize("what", REASONS)
def test_each_kind_is_written_down_and_before_the_manager(town: Town, what: str) -> None:
    number = town.report()
    town.bring(number, "on_site")
    said = contest(town, number, what, words="门口没有人。")
    case = town.cases(number)[REASONS[what]]
    assert (said["level"], case.owner) == (2, "manager")
    assert "customer.contested" in town.history(number)
    (entry,) = town.rows("SELECT facts, actor_kind FROM ledger_entries WHERE step = 'customer.contested'")
    assert (entry.facts["contest"], entry.actor_kind) == (what, "customer")
    assert "门口" not in str(entry.facts), "words are personal: the chain has their digest"
    assert any(number in subject for subject in town.told("manager"))


def test_the_desk_whose_work_is_contested_can_neither_take_it_nor_end_it(town: Town) -> None:
    number = town.report()
    contest(town, number, "want_manager")
    case_id = town.cases(number)["manager_wanted"].id
    with pytest.raises(Refused, match="escalation-stands-above"):
        town.post("dispatcher", f"/escalations/{case_id}/outcome", {"outcome": "not_upheld", "text": "No."})
    with pytest.raises(Refused, match="escalation-nowhere-back"):
        town.post("manager", f"/escalations/{case_id}/return", {"reason": "Yours."})
    assert town.ask("dispatcher", "POST", f"/escalations/{case_id}/take-over", {"reason": "Mine."}).status_code == 403
    assert town.ask("agent", "POST", f"/escalations/{case_id}/annulment", {"note": "No."}).status_code == 403


def test_said_again_after_the_acknowledgement_it_has_to_be_acknowledged_anew(town: Town) -> None:
    number = town.report()
    contest(town, number, "nobody_arrived")
    case_id = town.cases(number)["nobody_arrived"].id
    contest(town, number, "nobody_arrived")
    assert len(town.told("manager")) == 1, "the ladder rings already"
    town.post("manager", f"/escalations/{case_id}/acknowledgement", {})
    contest(town, number, "nobody_arrived")
    assert town.cases(number)["nobody_arrived"].acknowledged_at is None
    assert town.told("manager")[-1].startswith("The customer says it again")
    assert town.history(number).count("customer.contested") == 3


def test_what_is_not_solved_is_reopened_where_that_is_still_possible(town: Town) -> None:
    number = town.report()
    town.bring(number, "closed")
    contest(town, number, "not_solved", words="It slips again.")
    assert town.complaint(number).reopened_count == 1
    assert "not_solved" in town.cases(number)


def test_after_thirty_days_the_manager_alone_decides(town: Town) -> None:
    number = town.report()
    town.bring(number, "closed")
    town.jump(days=31)
    contest(town, number, "not_solved")
    assert town.stage(number) == "closed"
    assert town.cases(number)["not_solved"].owner == "manager"


def test_the_customer_reads_what_became_of_it(town: Town) -> None:
    number = town.report()
    contest(town, number, "want_manager")
    token = a_link(town, number, purpose="follow")
    (case,) = town.ask(None, "POST", "/customer/contests", {"token": token}).json()
    assert (case["reason"], case["acknowledged_at"], case["ended_at"]) == ("manager_wanted", None, None)
    town.post("manager", f"/escalations/{town.cases(number)['manager_wanted'].id}/outcome", {
        "outcome": "agreed", "text": "Called the customer.",
    })  # fmt: skip
    (case,) = town.ask(None, "POST", "/customer/contests", {"token": token}).json()
    assert case["outcome"] == "agreed"
    assert "Called" not in str(case), "what is said inside stays inside"


def test_a_position_places_a_case_that_was_guessed_at_and_never_a_known_site(town: Town) -> None:
    known = town.report()
    guessed = town.report(serial=None, address="上海市浦东新区", region_code="east")
    for number in (known, guessed):
        place = {"latitude": 31.2001, "longitude": 121.6002, "accuracy_m": 15}
        town.post(None, "/customer/position", {"token": a_link(town, number, purpose="follow"), **place})
    assert town.complaint(guessed).latitude == pytest.approx(31.2001)
    assert "fact.corrected" in town.history(guessed)
    assert town.complaint(known).latitude != pytest.approx(31.2001)
    assert "customer.position" in town.history(known)


def test_a_customer_who_would_rather_not_sign_is_before_the_manager(town: Town) -> None:
    number = town.report()
    town.bring(number, "repaired")
    form = {"id": "0198f0a0-0000-7000-8000-000000000001", "reason": "It still rattles.", "witness": "王大海",
            "refused_at": town.now.isoformat()}  # fmt: skip
    link = a_link(town, number, purpose="feedback")
    answer = town.post(None, "/customer/feedback-refusal", {"token": link, "form": form})
    assert (answer["state"], answer["via"]) == ("refused", "link")
    assert "feedback_refused" in town.cases(number)
    again = {**form, "id": "0198f0a0-0000-7000-8000-000000000002"}
    twice = town.ask(None, "POST", "/customer/feedback-refusal", {"token": link, "form": again})
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-refused")
    following = a_link(town, number, purpose="follow")
    assert town.ask(None, "POST", "/customer/feedback-refusal", {"token": following, "form": form}).status_code == 404


def test_who_comes_is_known_by_name_and_time_and_never_by_number(town: Town) -> None:
    number = town.report()
    token = a_link(town, number, purpose="follow")
    assert town.ask(None, "POST", "/customer/arrival", {"token": token}).json()["technician"] is None
    who = town.accept(number)
    said = town.ask(None, "POST", "/customer/arrival", {"token": token}).json()
    assert said["technician"].lower() == who
    assert set(said) == {"technician", "code", "expected_at", "arrived_at"}
    assert each({"x": [said]}, "x")[0]["expected_at"] is not None
