"""Sign-in, sign-out and forged requests, as a browser meets them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from foundation.accounts import actions
from foundation.accounts.roles import Role, system
from foundation.clock import HandClock
from foundation.database.server import Server
from foundation.database.session import unit_of_work
from foundation.language import Language
from tests.serving import Served, hash_of, serving, system_for
from web import guards
from web.pages.admin import CORNERS

pytestmark = pytest.mark.committed

PASSWORD = "a long enough password"


@pytest.fixture
def served(database: Server, tmp_path: Path, hand_clock: HandClock) -> Iterator[Served]:
    parts = system_for(database.app_url, tmp_path, clock=hand_clock)
    with unit_of_work(parts.sessions) as db:
        now = hand_clock.now()
        actions.add_region(
            db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=system("t"), now=now
        )
        for role in (Role.ADMIN, Role.TECHNICIAN):
            actions.add_user(
                db,
                role,
                name="金岚",
                role=role,
                regions=["HD"],
                password_hash=hash_of(PASSWORD),
                actor=system("t"),
                now=now,
            )
        actions.add_user(
            db,
            "agent.hd",
            name="林晓",
            role=Role.AGENT,
            regions=["HD"],
            password_hash=hash_of(PASSWORD),
            language=Language.ENGLISH,
            actor=system("t"),
            now=now,
        )
    with serving(parts) as found:
        yield found


@pytest.fixture
def browser(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, headers={"Accept": "text/html", "Accept-Language": "en"}) as client:
        yield client


def signed_in(client: httpx.Client, login: str = "agent.hd", *, lands: str = "/") -> httpx.Client:
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD, "back": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, lands)
    return client


def csrf(client: httpx.Client) -> str:
    return str(client.get("/api/v1/session").json()["csrf"])


def test_a_page_sends_a_visitor_to_sign_in_and_back(browser: httpx.Client) -> None:
    answer = browser.get("/complaints/2026-000001")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?back=%2Fcomplaints%2F2026-000001"


def test_whoever_signed_in_sees_the_board(browser: httpx.Client) -> None:
    page = signed_in(browser).get("/")
    assert page.status_code == 200
    assert "Open complaints by next deadline" in page.text


@pytest.mark.parametrize(("language", "says"), [("en", "Shifts and coverage"), ("zh-CN", "排班与覆盖")])
def test_an_administrator_begins_on_a_page_that_says_what_there_is_to_do(
    browser: httpx.Client, language: str, says: str
) -> None:
    signed_in(browser, "admin", lands="/admin").cookies.set("language", language, domain="127.0.0.1")
    page = browser.get("/admin")
    assert page.status_code == 200
    assert says in page.text
    assert 'href="/"' not in page.text, "nothing on it leads to the board, which an administrator may not open"
    assert browser.get("/sign-in").headers["location"] == "/admin"


def test_every_corner_an_administrator_is_shown_opens(browser: httpx.Client) -> None:
    overview = signed_in(browser, "admin", lands="/admin").get("/admin").text
    shown = [corner for corner in CORNERS if Role.ADMIN in corner.permission.roles]
    assert len(shown) > 5
    for corner in shown:
        assert f'href="{corner.path}"' in overview
        assert browser.get(corner.path).status_code == 200, corner.path


def test_a_technician_begins_with_their_own_work_and_the_board_stays_the_desks(browser: httpx.Client) -> None:
    page = signed_in(browser, "technician", lands="/t").get("/t")
    assert (page.status_code, "尚未关联技师" in page.text, "/admin" in page.text) == (200, True, False)
    for path in ("/", "/board/rows", "/api/v1/board"):
        assert browser.get(path).status_code == 403, path


def test_the_board_speaks_the_language_chosen_on_it(browser: httpx.Client) -> None:
    signed_in(browser).post("/language", data={"language": "zh-CN", "csrf": csrf(browser)})
    assert 'lang="zh-CN"' in browser.get("/").text


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(browser: httpx.Client) -> None:
    wrong = browser.post("/sign-in", data={"login": "agent.hd", "password": "wrong password here"})
    unknown = browser.post("/sign-in", data={"login": "nobody", "password": "wrong password here"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text.replace("agent.hd", "") == unknown.text.replace("nobody", "")


def test_signing_out_ends_the_session_for_good(browser: httpx.Client) -> None:
    signed_in(browser)
    cookie = browser.cookies["session"]
    assert browser.post("/sign-out", data={"csrf": csrf(browser)}).status_code == 303
    browser.cookies.set("session", cookie, domain="127.0.0.1")
    assert browser.get("/api/v1/session").status_code == 401


def test_a_planted_session_is_never_adopted(browser: httpx.Client) -> None:
    browser.cookies.set("session", "planted-by-somebody-else", domain="127.0.0.1")
    signed_in(browser)
    assert "planted-by-somebody-else" not in dict(browser.cookies.items()).values() or csrf(browser)


def test_another_site_can_not_act_in_a_session(browser: httpx.Client) -> None:
    token = csrf(signed_in(browser))
    foreign = browser.post("/sign-out", data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})
    origin = browser.post("/sign-out", data={"csrf": token}, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, origin.status_code) == (403, 403)
    assert browser.get("/api/v1/session").status_code == 200


def test_an_unsafe_request_without_the_sessions_token_is_refused(browser: httpx.Client) -> None:
    signed_in(browser)
    assert browser.post("/sign-out", data={"csrf": "guess"}).status_code == 403
    assert browser.delete("/api/v1/session").status_code == 403


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_away_from_this_site(browser: httpx.Client, back: str) -> None:
    answer = browser.post("/sign-in", data={"login": "agent.hd", "password": PASSWORD, "back": back})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/static/app.css", "/problems/not-found", "/nowhere", "/api/v1/nowhere"])
def test_every_answer_carries_the_security_headers(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_a_fault_is_told_as_a_page_to_people_and_as_json_to_programs(browser: httpx.Client) -> None:
    page = signed_in(browser).get("/complaints/2026-999999")
    program = browser.get("/api/v1/complaints/2026-999999", headers={"Accept": "application/json"})
    assert (page.status_code, program.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["type"] == "/problems/not-found"


def test_a_stranger_who_asks_too_often_is_told_when_to_come_back(browser: httpx.Client) -> None:
    answers = [
        browser.post("/api/v1/customer/case", json={"token": "x" * 43}) for _ in range(guards.STRANGERS_BURST + 1)
    ]
    refused = answers[-1]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
