"""A customer's link made on a page opens the case for its holder, is shown in one answer, and stands nowhere else."""

import html
import re

import httpx
import pytest

from tests.integration.promises.asking import at, fresh
from tests.town import Town

#: The link as the page shows it once.
SHOWN = re.compile(r'<code id="link">([^<]+)</code>')
#: Tables that the application reads, as text: what stands in none of them is not stored in clear.
TABLES = (
    "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'r' AND n.nspname = 'public' AND has_table_privilege(c.oid, 'SELECT')"
)


def visit(town: Town, who: str | None, path: str) -> httpx.Response:
    return town.client.get(path, headers={**town.headers(who), "Accept": "text/html"}, follow_redirects=False)


def send(town: Town, who: str, path: str, **fields: str) -> httpx.Response:
    """A form as a browser sends it."""
    headers = town.headers(who)
    return town.client.post(
        path, data={"csrf": headers.pop("X-CSRF-Token"), **fields}, headers={**headers, "Accept": "text/html"},
        follow_redirects=False,
    )  # fmt: skip


def given(town: Town, answer: httpx.Response) -> str:
    """The path of the link that the answer shows, at the address under which customers reach us."""
    assert answer.status_code == httpx.codes.OK, answer.text
    (link,) = SHOWN.findall(answer.text)
    public_url = town.works.system.settings.public_url
    assert link.startswith(f"{public_url}/c/")
    return html.unescape(link).removeprefix(public_url)


def stored_in(town: Town, secret: str) -> list[str]:
    """The tables in which the secret can be read."""
    names = [row.name for row in town.rows(TABLES)]
    assert {"customer_links", "ledger_entries", "security_events"} <= set(names)
    like = f"%{secret}%"
    return [
        name for name in names if town.rows(f'SELECT 1 FROM "{name}" t WHERE t::text LIKE :like LIMIT 1', like=like)
    ]


@pytest.mark.parametrize("back", ["/complaints/{number}", "/intake/logged/{number}"])
def test_a_link_made_by_the_desk_opens_the_case_for_whoever_holds_it(town: Town, back: str) -> None:
    number = fresh(town)
    where = back.format(number=number)
    assert f'action="/complaints/{number}/links"' in visit(town, "agent", where).text
    answer = send(town, "agent", f"/complaints/{number}/links", back=where)
    assert f'href="{where}"' in answer.text
    page = visit(town, None, given(town, answer))
    assert page.status_code == httpx.codes.OK
    assert number in page.text
    assert town.history(number)[-1] == "link.given"


def test_the_secret_is_in_one_answer_and_in_no_address_no_table_and_no_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    number, _ = at("repaired")(town)
    for act in ("links", "feedback-invitation"):
        answer = send(town, "agent", f"/complaints/{number}/{act}")
        secret = given(town, answer).removeprefix("/c/")
        assert "location" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(rf'(?:href|action|src)="[^"]*{secret}', answer.text), (
            "what is followed stands in a history"
        )
        for path in (f"/complaints/{number}", f"/intake/logged/{number}"):
            assert secret not in visit(town, "agent", path).text
        assert "complaints" in stored_in(town, number), "what is stored in clear is found"
        assert stored_in(town, secret) == []
        assert [line for line in caplog.messages if secret in line] == []


def test_only_the_latest_link_to_sign_signs_and_only_once_there_is_something_to_sign(town: Town) -> None:
    early = fresh(town)
    assert "/feedback-invitation" not in visit(town, "agent", f"/complaints/{early}").text
    by_page = send(town, "agent", f"/complaints/{early}/feedback-invitation")
    by_api = town.ask("agent", "POST", f"/complaints/{early}/feedback-invitation")
    assert by_page.status_code == by_api.status_code == httpx.codes.CONFLICT
    number, who = at("repaired")(town)
    first = given(town, send(town, who, f"/complaints/{number}/feedback-invitation"))
    second = given(town, send(town, "agent", f"/complaints/{number}/feedback-invitation"))
    assert visit(town, None, first).status_code == httpx.codes.NOT_FOUND
    page = visit(town, None, second)
    assert f'action="{second}/feedback"' in page.text


def test_a_link_to_follow_signs_nothing_and_leaves_earlier_ones_good(town: Town) -> None:
    number, _ = at("repaired")(town)
    links = [given(town, send(town, "dispatcher", f"/complaints/{number}/links")) for _ in range(2)]
    for link in links:
        page = visit(town, None, link)
        assert page.status_code == httpx.codes.OK
        assert f'action="{link}/feedback"' not in page.text


def test_whoever_only_reads_the_page_after_a_call_is_offered_no_link(town: Town) -> None:
    number, who = at("assigned")(town)
    page = visit(town, who, f"/intake/logged/{number}")
    assert page.status_code == httpx.codes.OK
    assert "/links" not in page.text
    assert send(town, who, f"/complaints/{number}/links").status_code == httpx.codes.FORBIDDEN
