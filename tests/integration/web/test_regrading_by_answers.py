"""What is learned after the call changes answers, rules and grade from the case page, each with its reason."""

import re

import httpx

from tests.integration.promises.asking import fresh
from tests.integration.promises.test_pages_of_cases import send, visit
from tests.town import GENERAL, MAJOR, SERIOUS, Town

HOLD = {"reason": "The crew is at the gate."}


def fields(town: Town, number: str, who: str = "dispatcher") -> dict[str, str]:
    """The fields of the regrading form as they stand when it is opened."""
    page = visit(town, who, f"/complaints/{number}").text
    form = page[page.index('id="act-regrading"') :]
    form = form[: form.index("</form>")]
    hidden = re.findall(r'<input type="hidden" name="(shown\.\w+)" value="(\w+)"', form)
    chosen = re.findall(r'<input type="radio" name="([\w.]+)" value="(\w*)" checked', form)
    return dict([*hidden, *chosen])


def regrade(town: Town, number: str, form: dict[str, str], *, who: str = "dispatcher", **said: str) -> httpx.Response:
    answer = send(town, who, f"/complaints/{number}/regrading", **{**form, **said})
    town.works.rest()
    return answer


def test_the_form_shows_the_present_answers_and_the_grade_by_them(town: Town) -> None:
    number = fresh(town, facts=SERIOUS)
    form = fields(town, number)
    assert form["wanted"] == ""
    assert {name.removeprefix("facts."): said for name, said in form.items() if name.startswith("facts.")} == {
        "injury": "none", "people_in_danger": "false", "structure_or_load": "false", "safety_device_out": "unknown",
        "machine_state": "stopped", "work_halted": "unknown", "property_loss": "unknown",
        "public_attention": "unknown",
    }  # fmt: skip
    assert 'id="act-regrading"' in visit(town, "dispatcher", f"/?c={number}").text


def test_somebody_is_hurt_after_all_and_rules_and_grade_follow_with_the_reason(town: Town) -> None:
    number = fresh(town, facts=GENERAL)
    said = {"facts.injury": "yes", "reason": "The foreman rang: a worker broke his arm."}
    assert regrade(town, number, fields(town, number), who="agent", **said).status_code == httpx.codes.SEE_OTHER
    case = town.complaint(number)
    assert (case.grade, case.injury_or_danger) == ("major", True)
    assert case.grade_rules == ["M1"]
    entry = town.rows(
        "SELECT e.facts FROM ledger_entries e JOIN complaints c ON c.id = e.subject_id WHERE c.number = :number "
        "AND e.step = 'GRADE' ORDER BY e.seq",
        number=number,
    )[-1]
    assert (entry.facts["was"], entry.facts["reason"]) == ("general", said["reason"])


def test_only_who_may_lower_lowers_by_answers_and_only_with_a_reason(town: Town) -> None:
    number = fresh(town, facts=SERIOUS)
    better = {**GENERAL, "machine_state": "degraded"}
    said = {f"facts.{name}": str(value).lower() for name, value in better.items()}
    form = fields(town, number)
    assert regrade(town, number, form, who="agent", **said, reason="It runs.").status_code == httpx.codes.FORBIDDEN
    assert regrade(town, number, form, **said, reason="").status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert town.complaint(number).grade == "serious"
    assert regrade(town, number, form, **said, reason="It runs again.").status_code == httpx.codes.SEE_OTHER
    assert town.complaint(number).grade == "general"


def test_a_refused_form_keeps_the_answer_that_was_changed(town: Town) -> None:
    number = fresh(town, facts=SERIOUS)
    answer = regrade(town, number, fields(town, number), **{"facts.machine_state": "degraded", "reason": ""})
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'name="facts.machine_state" value="degraded" checked' in answer.text
    assert 'name="shown.machine_state" value="stopped"' in answer.text
    assert 'name="facts.injury" value="none" checked' in answer.text


def test_a_form_that_was_opened_before_undoes_nothing_of_what_others_learned(town: Town) -> None:
    number = fresh(town, facts=GENERAL)
    old = fields(town, number)
    regrade(town, number, fields(town, number), **{"facts.people_in_danger": "true", "reason": "One is trapped."})
    regrade(town, number, old, **{"facts.machine_state": "stopped", "reason": "It stands now."})
    case = town.complaint(number)
    assert (case.grade, case.grade_facts["people_in_danger"], case.grade_facts["machine_state"]) == (
        "major", True, "stopped",
    )  # fmt: skip


def test_once_nobody_is_in_danger_any_more_the_owner_may_hold_the_ladder(town: Town) -> None:
    number = fresh(town, facts=MAJOR)
    case_id = town.cases(number)["major"].id
    refused = town.ask("manager", "POST", f"/escalations/{case_id}/hold", HOLD)
    assert refused.json()["type"] == "/problems/escalation-people-in-danger"
    hold = f'action="/escalations/{case_id}/hold"'
    assert hold not in visit(town, "manager", f"/escalations/{case_id}").text
    said = {"facts.people_in_danger": "false", "reason": "The driver has climbed down."}
    assert regrade(town, number, fields(town, number), **said).status_code == httpx.codes.SEE_OTHER
    case = town.complaint(number)
    assert (case.grade, case.injury_or_danger) == ("major", False), "its structure has still failed"
    assert hold in visit(town, "manager", f"/escalations/{case_id}").text
    assert town.ask("manager", "POST", f"/escalations/{case_id}/hold", HOLD).status_code == httpx.codes.OK
