"""The inbox and the customer's page do what their API routes do, for the same people, and tell nobody a secret."""

import re
from datetime import datetime

import httpx
import pytest

from tests.integration.promises.asking import a_case, a_link, fresh
from tests.integration.promises.permitted import PERMITTED
from tests.town import MAJOR, Town

PEOPLE = ("agent", "dispatcher", "manager", "appraiser", "head", "admin", "lu")
ROLE = {"lu": "technician"}
ACTS = (
    "acknowledgement", "hold", "owner", "take-over", "assignment", "progress", "appraisal", "return", "raising", "outcome",
    "annulment",
)  # fmt: skip
#: Where a page says until when the next word of a case is due, to whoever reads it by machine.
NEXT_WORD = re.compile(r'next word <time datetime="([^"]+)" data-left="left" data-late="late">')


def visit(town: Town, who: str | None, path: str) -> httpx.Response:
    return town.client.get(path, headers={**town.headers(who), "Accept": "text/html"}, follow_redirects=False)


def send(town: Town, who: str | None, path: str, **fields: str) -> httpx.Response:
    """A form as a browser sends it."""
    headers = town.headers(who)
    token = headers.pop("X-CSRF-Token", "")
    return town.client.post(
        path, data={"csrf": token, **fields}, headers={**headers, "Accept": "text/html"}, follow_redirects=False
    )


def test_a_page_does_nothing_that_the_api_refuses(town: Town) -> None:
    case_id = a_case(town)
    for act in ACTS:
        allowed = PERMITTED[f"POST /escalations/{{case_id}}/{act}"][0].split()
        for who in PEOPLE:
            answer = send(town, who, f"/escalations/{case_id}/{act}")
            is_refused = answer.status_code == httpx.codes.FORBIDDEN
            assert is_refused == (ROLE.get(who, who) not in allowed), (act, who, answer.status_code)
    reading = PERMITTED["GET /escalations"][0].split()
    for who in PEOPLE:
        for path in ("/escalations", "/escalations/rows"):
            assert (visit(town, who, path).status_code == httpx.codes.OK) == (ROLE.get(who, who) in reading), who


def test_another_regions_case_is_not_found_on_the_page_either(town: Town) -> None:
    case_id = a_case(town)
    assert visit(town, "west manager", f"/escalations/{case_id}").status_code == httpx.codes.NOT_FOUND
    assert (
        send(town, "west manager", f"/escalations/{case_id}/raising", reason="x").status_code == httpx.codes.FORBIDDEN
    )


def test_a_form_without_the_sessions_token_changes_nothing(town: Town) -> None:
    case_id = a_case(town)
    headers = {**town.headers("manager"), "Accept": "text/html"}
    headers.pop("X-CSRF-Token")
    answer = town.client.post(f"/escalations/{case_id}/acknowledgement", data={"csrf": "x"}, headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert town.rows("SELECT 1 FROM rungs WHERE acknowledged_at IS NOT NULL") == []


def test_a_refusal_has_the_same_status_as_the_apis_and_is_said_on_the_page(town: Town) -> None:
    case_id = a_case(town)
    town.post("manager", f"/escalations/{case_id}/outcome", {"outcome": "remedied", "text": "New rope."})
    by_api = town.ask("manager", "POST", f"/escalations/{case_id}/raising", {"reason": "Above my limit."})
    by_page = send(town, "manager", f"/escalations/{case_id}/raising", reason="Above my limit.")
    assert by_page.status_code == by_api.status_code == httpx.codes.CONFLICT
    assert 'role="alert"' in by_page.text


def next_words(town: Town, path: str) -> list[datetime]:
    """Until when the page counts down."""
    page = town.client.get(path, headers={**town.headers("manager"), "Accept": "text/html", "Accept-Language": "en"})
    return [datetime.fromisoformat(at) for at in NEXT_WORD.findall(page.text)]


def test_who_says_on_the_page_how_it_stands_keeps_the_case_and_who_says_nothing_loses_it(town: Town) -> None:
    spoken, silent = (fresh(town, facts=MAJOR) for _ in range(2))
    ids = {number: town.cases(number)["major"].id for number in (spoken, silent)}
    for case_id in ids.values():
        assert send(town, "manager", f"/escalations/{case_id}/acknowledgement").status_code == httpx.codes.SEE_OTHER
    town.push(minutes=20)
    said = send(town, "manager", f"/escalations/{ids[spoken]}/progress", text="The crane is on its way; up at six.")
    assert said.headers["location"] == f"/escalations/{ids[spoken]}?said=progress"
    due = {row.case_id: row.act_due_at for row in town.rows("SELECT case_id, act_due_at FROM rungs WHERE level = 2")}
    assert next_words(town, f"/escalations/{ids[spoken]}") == [due[ids[spoken]]]
    assert {due[ids[spoken]], due[ids[silent]]} <= set(next_words(town, "/escalations"))
    assert "called, if no word comes" in visit(town, "manager", f"/escalations/{ids[spoken]}").text
    town.push(minutes=15)
    assert (town.cases(spoken)["major"].level, town.cases(silent)["major"].level) == (2, 4)
    assert "escalation.progress" in town.history(spoken)


def test_a_case_opened_on_wrong_facts_is_annulled_with_a_note_by_those_above_the_desk(town: Town) -> None:
    number = fresh(town, facts=MAJOR)
    case_id = town.cases(number)["major"].id
    assert f'action="/escalations/{case_id}/annulment"' in visit(town, "manager", f"/escalations/{case_id}").text
    empty = send(town, "manager", f"/escalations/{case_id}/annulment", note="")
    assert empty.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    answer = send(town, "manager", f"/escalations/{case_id}/annulment", note="The phone's clock was a day ahead.")
    assert answer.headers["location"] == f"/escalations/{case_id}?said=annulment"
    (row,) = town.rows("SELECT outcome, outcome_text FROM cases WHERE id = :id", id=case_id)
    assert (row.outcome, row.outcome_text) == ("annulled", "The phone's clock was a day ahead.")


def test_a_manager_who_is_away_is_followed_by_the_deputy_they_named(town: Town) -> None:
    deputy = town.person("second manager").id
    past = {"until": "2026-01-01T08:00", "deputy_id": str(deputy)}
    assert send(town, "manager", "/escalations/absence", **past).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    said = {"until": "2027-01-01T08:00", "deputy_id": str(deputy)}
    assert send(town, "manager", "/escalations/absence", **said).status_code == httpx.codes.SEE_OTHER
    number = fresh(town, facts=MAJOR)
    assert town.cases(number)["major"].owner == "second manager"
    assert send(town, "manager", "/escalations/presence").status_code == httpx.codes.SEE_OTHER
    assert town.cases(fresh(town, facts=MAJOR))["major"].owner == "manager"
    stranger = {"until": "2027-01-01T08:00", "deputy_id": str(town.person("agent").id)}
    assert send(town, "manager", "/escalations/absence", **stranger).status_code == httpx.codes.UNPROCESSABLE_ENTITY


def test_a_customers_secret_stands_in_no_security_event_and_no_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    number = fresh(town)
    secret = a_link(town, number, purpose="follow")
    page = visit(town, None, f"/c/{secret}")
    assert page.status_code == httpx.codes.OK
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert send(town, None, f"/c/{secret}/contest", contest="want_manager").status_code == httpx.codes.SEE_OTHER
    assert send(town, None, f"/c/{secret}/contest", contest="nonsense").status_code == httpx.codes.UNPROCESSABLE_ENTITY
    forged = town.client.post(f"/c/{secret}/contest", data={"csrf": "x"}, headers=_signed_in(town))
    assert forged.status_code == httpx.codes.FORBIDDEN
    events = town.rows("SELECT facts::text AS facts FROM security_events")
    assert events
    assert not [row for row in events if secret in row.facts]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert not [line for line in ours if secret in line], "what the client of the tests says is not ours"


def test_old_browsers_that_send_no_origin_from_a_discreet_page_can_contest_all_the_same(town: Town) -> None:
    secret = a_link(town, fresh(town), purpose="follow")
    answer = town.client.post(
        f"/c/{secret}/contest", data={"contest": "want_manager"}, headers={"Origin": "null"}, follow_redirects=False
    )
    assert answer.status_code == httpx.codes.SEE_OTHER


def test_a_link_for_following_can_not_sign(town: Town) -> None:
    secret = a_link(town, fresh(town), purpose="follow")
    assert send(town, None, f"/c/{secret}/feedback").status_code == httpx.codes.NOT_FOUND
    assert send(town, None, f"/c/{secret}/refusal", reason="No.", witness="王").status_code == httpx.codes.NOT_FOUND


def _signed_in(town: Town) -> dict[str, str]:
    headers = town.headers("manager")
    headers.pop("X-CSRF-Token")
    return headers
