"""The intake page knows and does what the API does, for the same people, and stores nothing before the call is logged."""

import httpx

from tests.integration.promises.permitted import PERMITTED
from tests.town import Town

PEOPLE = ("agent", "dispatcher", "manager", "appraiser", "head", "admin", "lu")
ROLE = {"lu": "technician"}
CALL = {"caller_phone": "13800138000", "sentence": "塔吊停了，吊钩放不下来。"}
#: Every page with the route of the API whose data or effect it has.
READS = {
    "/intake": "POST /complaints",
    "/intake/callers?q=138": "GET /customers",
    "/intake/to-complete": "GET /board",
}


def visit(town: Town, who: str | None, path: str) -> httpx.Response:
    return town.client.get(path, headers={**town.headers(who), "Accept": "text/html"}, follow_redirects=False)


def send(town: Town, who: str | None, path: str, **fields: str) -> httpx.Response:
    """A form as a browser sends it."""
    headers = town.headers(who)
    token = headers.pop("X-CSRF-Token", "")
    return town.client.post(
        path, data={"csrf": token, **fields}, headers={**headers, "Accept": "text/html"}, follow_redirects=False
    )


def logged(answer: httpx.Response) -> str:
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    return answer.headers["location"].rpartition("/")[2]


def is_allowed(who: str, route: str) -> bool:
    return ROLE.get(who, who) in PERMITTED[route][0].split()


def test_pages_open_for_those_whom_the_api_answers_and_for_nobody_else(town: Town) -> None:
    for path, route in READS.items():
        assert visit(town, None, path).headers["location"].startswith("/sign-in?back=%2Fintake")
        for who in PEOPLE:
            expected = httpx.codes.OK if is_allowed(who, route) else httpx.codes.FORBIDDEN
            assert visit(town, who, path).status_code == expected, (path, who)
    for who in PEOPLE:
        expected = httpx.codes.OK if is_allowed(who, "POST /complaints") else httpx.codes.FORBIDDEN
        assert send(town, who, "/intake/aside", sentence="x").status_code == expected, who


def test_a_caller_from_the_exchange_is_still_there_after_signing_in(town: Town) -> None:
    away = visit(town, None, "/intake?caller=13800138000")
    assert away.headers["location"] == "/sign-in?back=%2Fintake%3Fcaller%3D13800138000"


def test_those_who_may_not_log_a_call_log_none_by_the_form(town: Town) -> None:
    for who in PEOPLE:
        answer = send(town, who, "/intake", **CALL, apart="1")
        expected = httpx.codes.SEE_OTHER if is_allowed(who, "POST /complaints") else httpx.codes.FORBIDDEN
        assert answer.status_code == expected, who


def test_a_form_is_logged_like_the_apis_call(town: Town) -> None:
    number = logged(send(town, "agent", "/intake", **CALL, **{"facts.injury": "none"}))
    by_form = town.get("agent", f"/complaints/{number}")
    by_api = town.get("agent", f"/complaints/{town.report(serial=None, facts={'injury': 'none'})}")
    for name in ("grade", "grade_rules", "grade_facts", "caller_phone", "sentence", "region_code", "to_be_identified"):
        assert by_form[name] == by_api[name], name


def test_what_is_shown_while_the_caller_speaks_stores_nothing(town: Town) -> None:
    answer = send(town, "agent", "/intake/aside", **CALL, **{"facts.injury": "yes"})
    assert "120" in answer.text
    assert town.rows("SELECT 1 FROM complaints") == []
    assert town.rows("SELECT 1 FROM ledger_entries WHERE subject_kind = 'complaint'") == []


def test_a_refusal_has_the_apis_status_and_keeps_what_was_entered(town: Town) -> None:
    answer = send(town, "agent", "/intake", caller_phone="12", sentence="It stands still.")
    by_api = town.ask("agent", "POST", "/complaints", {"caller_phone": "12", "sentence": "It stands still."})
    assert by_api.status_code in {httpx.codes.BAD_REQUEST, answer.status_code}
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'role="alert"' in answer.text
    assert "nothing is lost" in answer.text
    assert "Caller&#39;s phone: can&#39;t be read. Nothing was changed" in answer.text
    assert "It stands still." in answer.text
    assert town.rows("SELECT 1 FROM complaints") == []


def test_a_possible_duplicate_is_shown_before_anything_is_saved(town: Town) -> None:
    first = logged(send(town, "agent", "/intake", **CALL))
    again = send(town, "agent", "/intake", **CALL)
    assert again.status_code == httpx.codes.OK
    assert first in again.text
    assert len(town.rows("SELECT 1 FROM complaints")) == 1
    assert logged(send(town, "agent", "/intake", **CALL, apart="1")) != first


def test_a_duplicate_becomes_a_note_of_the_open_case(town: Town) -> None:
    first = logged(send(town, "agent", "/intake", **CALL))
    answer = send(town, "agent", "/intake/notes", **CALL, to=first)
    assert answer.headers["location"] == f"/complaints/{first}"
    assert len(town.rows("SELECT 1 FROM ledger_entries WHERE step = 'note.added'")) == 1
    assert len(town.rows("SELECT 1 FROM complaints")) == 1


def test_another_regions_complaint_is_neither_warned_of_nor_noted_nor_listed(town: Town) -> None:
    first = logged(send(town, "agent", "/intake", **CALL))
    assert first not in send(town, "west agent", "/intake/aside", **CALL).text
    assert send(town, "west agent", "/intake/notes", **CALL, to=first).status_code == httpx.codes.FORBIDDEN
    assert visit(town, "west agent", f"/intake/logged/{first}").status_code == httpx.codes.NOT_FOUND
    assert first not in visit(town, "west agent", "/intake/to-complete").text
    assert first in visit(town, "agent", "/intake/to-complete").text


def test_a_form_without_the_sessions_token_logs_nothing(town: Town) -> None:
    headers = {**town.headers("agent"), "Accept": "text/html"}
    headers.pop("X-CSRF-Token")
    for path in ("/intake", "/intake/aside", "/intake/notes"):
        answer = town.client.post(path, data={"csrf": "x", **CALL}, headers=headers)
        assert answer.status_code == httpx.codes.FORBIDDEN, path
    assert town.rows("SELECT 1 FROM complaints") == []


def test_a_token_of_one_region_learns_nothing_personal_from_the_page(town: Town) -> None:
    logged(send(town, "agent", "/intake", **CALL, caller_name="王工"))
    headers = town.token("register.read", regions=["east"])
    answer = town.client.get("/intake/callers?q=8000", headers={**headers, "Accept": "text/html"})
    assert answer.status_code == httpx.codes.OK
    assert "138001" not in answer.text
    assert "王工" not in answer.text
