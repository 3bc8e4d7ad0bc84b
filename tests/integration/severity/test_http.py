"""Routes of grades and rule books, asked as the people who use them."""

from typing import cast

import msgspec
import pytest

from severity.policy import TABLE_1, TABLE_2, GradingPolicy
from tests.town import GENERAL, SERIOUS, Refused, Town, settled, town

__all__ = ["settled", "town"]
pytestmark = pytest.mark.committed


def refused(town: Town, who: str, method: str, path: str, body: object = None) -> tuple[int, str]:
    problem = Refused(town.ask(who, method, path, body))
    return problem.status, problem.code


def test_answers_are_tried_out_without_a_call(town: Town) -> None:
    found = town.post("agent", "/grading/preview", {"facts": SERIOUS, "same_fault_recently": True})
    assert (found["grade"], found["rules"], found["asked_again"]) == ("major", ["S1", "S4"], [])
    nothing_known = town.post("agent", "/grading/preview", {})
    assert (nothing_known["grade"], nothing_known["rules"]) == ("major", ["M1", "M2", "M3"])
    assert nothing_known["asked_again"] == ["injury", "people_in_danger", "structure_or_load"]


def test_a_case_is_raised_by_the_agent_and_lowered_by_the_dispatcher(town: Town) -> None:
    number = town.report(facts=SERIOUS)
    path = f"/complaints/{number}/regrading"
    assert town.post("agent", path, {"facts": {"injury": "yes"}})["grade"] == "major"
    down = {"facts": {"injury": "none", "machine_state": "working"}, "reason": "nobody is hurt, it runs"}
    assert refused(town, "agent", "POST", path, down) == (403, "lowering-not-allowed")
    assert refused(town, "dispatcher", "POST", path, {**down, "reason": ""})[0] == 422
    assert town.post("dispatcher", path, down)["grade"] == "general"
    assert refused(town, "west dispatcher", "POST", path, down) == (403, "not-allowed")


def test_every_deadline_says_why(town: Town) -> None:
    number = town.report(facts=GENERAL)
    rows = town.ask("agent", "GET", f"/complaints/{number}/deadlines").json()
    promise = next(row for row in rows if row["kind"] == "on_site_promise")
    assert [step["step"] for step in promise["why"]] == ["starts", "adds", "due"]
    assert promise["why"][1]["minutes"] == 1440
    assert promise["why"][-1]["at"] == promise["due_at"]
    assert refused(town, "west agent", "GET", f"/complaints/{number}/deadlines") == (404, "not-found")


def test_the_rule_book_is_read_saved_and_counts_for_later_calls_only(town: Town) -> None:
    before = town.report(facts=SERIOUS)
    book = town.get("manager", "/policies")
    assert book["version"] == 1
    assert msgspec.convert(book["grading"], GradingPolicy) == TABLE_1
    levels = msgspec.to_builtins(TABLE_2)
    levels["serious"]["accept"] = 45
    new = {"based_on": 1, "valid_from": town.now.isoformat(), "service_levels": levels}
    assert refused(town, "manager", "POST", "/policies", new) == (403, "not-allowed")
    assert town.post("head", "/policies", new)["version"] == 2
    assert refused(town, "head", "POST", "/policies", new) == (409, "policy-changed")
    after = town.take_call(serial="SC200-7", facts=SERIOUS)
    minutes = {row["kind"]: row["minutes"] for row in cast("list[dict[str, object]]", after["commitments"])}
    assert minutes["accept"] == 45
    assert (
        town.post("agent", f"/complaints/{before}/regrading", {"facts": {"work_halted": True}})["policy_version"] == 1
    )
    assert town.get("manager", "/policies/versions/1")["version"] == 1
    listed = town.ask("manager", "GET", "/policies/versions").json()
    assert [row["version"] for row in listed] == [2, 1]


def test_an_unfit_rule_book_is_refused_with_its_faults(town: Town) -> None:
    rules = msgspec.to_builtins(TABLE_1)
    rules["rules"] = [rule for rule in rules["rules"] if rule["code"] != "M1"]
    body = {"based_on": 1, "valid_from": town.now.isoformat(), "grading": rules}
    response = town.ask("head", "POST", "/policies", body)
    assert response.status_code == 422
    assert response.json()["faults"] == [{"field": "rules", "reason": "safety-injury"}]


@pytest.mark.parametrize("version", ["0", "99", "-1", "99999999999999999999"])
def test_an_unknown_version_is_no_fault_of_ours(town: Town, version: str) -> None:
    assert town.ask("head", "GET", f"/policies/versions/{version}").status_code in {404, 422}
