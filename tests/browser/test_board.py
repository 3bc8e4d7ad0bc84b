"""People at the board: signing in, seeing a new call arrive by itself, opening the case, in both languages."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.serving import Served

pytestmark = pytest.mark.committed


def sign_in(page: Page, login: str = "agent.hd") -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Open complaints by next deadline")).to_be_visible()


def call(served: Served, sentence: str) -> str:
    """Log a call over the API, as another agent would; the number of the complaint."""
    with httpx.Client(base_url=served.url) as client:
        session = client.post("/api/v1/session", json={"login": "agent.hd", "password": PASSWORD}).json()
        answer = client.post(
            "/api/v1/complaints",
            json={"caller_phone": "13800000000", "sentence": sentence},
            headers={"X-CSRF-Token": session["csrf"], "Idempotency-Key": "browser-test-1"},
        )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def test_an_empty_board_says_what_will_happen(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_text("New calls appear here by themselves.")).to_be_visible()


def test_a_new_call_appears_on_an_open_board_by_itself(page: Page, served: Served) -> None:
    sign_in(page)
    with page.expect_response(lambda answer: answer.url.endswith("/live")):
        page.reload()
    number = call(served, "起升无动作，吊钩悬停 32 m")
    expect(page.locator(f"#c-{number}")).to_be_visible(timeout=5_000)


def test_a_case_shows_its_promises_and_its_timeline(page: Page, served: Served) -> None:
    number = call(served, "The hoist stopped with a load at 32 m")
    sign_in(page)
    page.locator("#shown-title").get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", name="Promises")).to_be_visible()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(page.locator(".timeline li").first).to_be_visible()


def test_one_press_changes_the_language_of_a_page(page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("button", name="English")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1024, 1440])
def test_no_page_scrolls_sideways(page: Page, served: Served, width: int) -> None:
    number = call(served, "超长描述" * 40)
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page)
    for path in ("/", f"/complaints/{number}", "/problems/not-found"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
