"""A policy's page shows what a draft would mean before it counts."""

import re
from html import unescape
from typing import Final

import httpx

from foundation.database.session import EVERYTHING, reading
from severity import trying
from tests.integration.promises.test_pages_of_cases import send, visit
from tests.town import Town
from web.pages import policy_forms
from web.pages.policy_forms import PREFIX
from web.pages.policy_kinds import KINDS

STOPPED: Final = "Does the machine still work? stopped"
AGAIN: Final = f"{STOPPED} Did this unit have the same fault within 30 days? yes"


def untouched(town: Town) -> dict[str, str]:
    """The form of the grading rules as a browser sends it back."""
    with reading(town.works.system.sessions, EVERYTHING) as look:
        document = KINDS["grading"].in_force(look, town.now)[1]
    grids, single = policy_forms.layout(document)
    cells = [*single, *(cell for grid in grids for row in grid.cells for cell in row)]
    return {"based_on": "1", "do": "check", **{PREFIX + cell.path: cell.value for cell in cells}}


def field_of(form: dict[str, str], code: str, field: str) -> str:
    (name,) = (name for name, value in form.items() if name.endswith(".code") and value == code)
    return name.replace(".code", f".{field}")


def trial(town: Town, form: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What the page says of each call: under the version in force, and under the draft."""
    answer = send(town, "admin", "/admin/policies/grading", **form)
    assert answer.status_code == httpx.codes.OK
    (table,) = re.findall(r'<table class="trial">(.*?)</table>', answer.text, re.DOTALL)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>", table, re.DOTALL)
    return {words(call): (words(before), words(after)) for call, before, after in rows}


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_changed_grading_rules_are_tried_on_calls_before_they_count(town: Town) -> None:
    form = untouched(town)
    shown = trial(town, {**form, field_of(form, "S1", "at_least"): "major"})
    assert len(shown) == len(trying.SAMPLES)
    assert shown[STOPPED] == ("serious S1 the machine has stopped", "major S1 the machine has stopped otherwise")
    assert {call for call, (_, after) in shown.items() if after.endswith("otherwise")} == {STOPPED}
    before, after = shown["Is somebody hurt? yes"]
    assert before == after == "major M1 somebody is hurt, or may be"


def test_another_rule_for_the_same_grade_is_a_difference_too(town: Town) -> None:
    form = untouched(town)
    code = field_of(form, "S1", "code")
    shown = trial(town, {**form, code: "S9"})
    assert shown[STOPPED] == ("serious S1 the machine has stopped", "serious S9 otherwise")
    assert shown[AGAIN][1].endswith("otherwise")


def test_grading_rules_that_nobody_changed_grade_every_call_alike(town: Town) -> None:
    assert all(before == after for before, after in trial(town, untouched(town)).values())


def test_the_dry_run_of_grading_rules_rehearses_nothing_that_they_dont_change(town: Town) -> None:
    answer = send(town, "admin", "/admin/policies/grading", **untouched(town))
    assert 'id="rehearsal"' not in answer.text
    assert 'name="region_code"' not in visit(town, "admin", "/admin/policies/grading").text
    assert 'name="region_code"' in visit(town, "admin", "/admin/policies/ladder").text


def test_rules_that_may_not_be_saved_are_named_and_not_tried(town: Town) -> None:
    form = untouched(town)
    answer = send(town, "admin", "/admin/policies/grading", **{**form, field_of(form, "M1", "at_least"): "general"})
    assert "An injury must grade major" in answer.text
    assert 'class="trial"' not in answer.text
