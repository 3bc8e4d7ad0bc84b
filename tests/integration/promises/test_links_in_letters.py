"""A link in a letter opens one case, once, for one person; whatever can't be undone asks for the password."""

import logging
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from foundation.accounts import entering
from foundation.database.session import unit_of_work
from foundation.notifications.channels import Fate, Outcome
from tests.integration.promises.asking import a_case
from tests.integration.promises.permitted import PERMITTED
from tests.integration.promises.twins import PAGES
from tests.town import NOBODY_HURT, Town
from tests.town_works import KeptChannel
from tests.townspeople import PASSWORD

#: Routes open to whoever came by a link, about the one case of the letter; and to sign out from anywhere.
OPEN = {
    "GET /escalations/{case_id}",
    "POST /escalations/{case_id}/acknowledgement",
    "POST /escalations/{case_id}/take-over",
}


class Phone:
    """A browser that came by the link in the newest letter to somebody."""

    def __init__(self, town: Town, secret: str) -> None:
        self.town, self.path, self.cookie = town, f"/e/{secret}", ""

    def ask(self, method: str, path: str, **fields: str) -> httpx.Response:
        headers = {"Accept": "text/html", **({"Cookie": self.cookie} if self.cookie else {})}
        data = fields if method == "POST" else None
        self.town.client.cookies.clear()
        return self.town.client.request(method, path, data=data, headers=headers, follow_redirects=False)

    def open(self) -> httpx.Response:
        answer = self.ask("POST", self.path)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", path).text)
        assert found
        return found[1]


def letters_to(town: Town, address: str) -> list[str]:
    """The secrets in the letters that left the house for this address, in order."""
    assert isinstance(town.works.mail, KeptChannel)
    bodies = [letter.body for letter in town.works.mail.letters if letter.address == address]
    return [str(re.findall(r"/e/([A-Za-z0-9_-]+)", body)[0]) for body in bodies]


def letter_to(town: Town, address: str) -> str:
    """The secret in the newest letter that left the house for this address."""
    return letters_to(town, address)[-1]


def busy(town: Town, fate: Fate) -> KeptChannel:
    """A mail server that lets every letter meet this fate, until a test says otherwise."""
    assert isinstance(town.works.mail, KeptChannel)
    town.works.mail.outcome = Outcome(fate, "451 later")
    town.works.is_strict = False
    return town.works.mail


@pytest.fixture
def case_id(town: Town) -> str:
    """A case before the manager, who was written to."""
    found = a_case(town, facts=NOBODY_HURT)
    town.push(minutes=11)  # In the app first, then by letter.
    return found


@pytest.fixture
def phone(town: Town, case_id: str) -> Phone:
    assert case_id
    return Phone(town, letter_to(town, "manager@example.test"))


def kinds(town: Town) -> list[tuple[str, str | None]]:
    rows = town.rows("SELECT kind, facts ->> 'why' AS why FROM security_events WHERE kind LIKE 'link.%' ORDER BY id")
    return [(row.kind, row.why) for row in rows]


def test_from_the_letter_to_i_take_it_without_a_password(town: Town, phone: Phone, case_id: str) -> None:
    assert phone.open().headers["location"] == f"/escalations/{case_id}"
    token = phone.csrf(f"/escalations/{case_id}")
    answer = phone.ask("POST", f"/escalations/{case_id}/acknowledgement", csrf=token)
    assert answer.status_code == httpx.codes.SEE_OTHER
    row = town.rows("SELECT acknowledged_by FROM rungs WHERE case_id = :id", id=case_id)[0]
    assert row.acknowledged_by == town.person("manager").id
    assert kinds(town) == [("link.opened", None)]


def test_a_mail_scanner_that_looks_at_the_link_uses_nothing_up(phone: Phone, case_id: str) -> None:
    for method in ("GET", "GET", "HEAD"):
        assert "set-cookie" not in phone.ask(method, phone.path).headers
    assert phone.open().headers["location"] == f"/escalations/{case_id}"


def test_what_the_links_page_asks_for_tells_the_link_to_no_log(phone: Phone) -> None:
    assert phone.ask("GET", phone.path).headers["referrer-policy"] == "strict-origin"


def test_the_second_use_leads_to_the_sign_in_page_and_on_to_the_case(town: Town, phone: Phone, case_id: str) -> None:
    phone.open()
    phone.cookie = ""
    answer = phone.open()
    assert phone.cookie == ""
    place = urlsplit(answer.headers["location"])
    assert place.path == "/sign-in"
    assert parse_qs(place.query) == {"back": [f"/escalations/{case_id}"], "link": ["over"]}
    assert kinds(town) == [("link.opened", None), ("link.refused", "used")]


def test_a_link_is_over_after_a_day_and_with_its_case(town: Town, phone: Phone, case_id: str) -> None:
    town.post("manager", f"/escalations/{case_id}/outcome", {"outcome": "remedied", "text": "New rope."})
    assert urlsplit(phone.open().headers["location"]).path == "/sign-in"
    with unit_of_work(town.works.system.sessions) as db:
        manager = town.person("manager").id
        assert manager is not None
        path = f"/escalations/{case_id}"
        late = entering.issue(db, manager, about_id=manager, path=path, now=town.now - entering.LIFE)
    assert urlsplit(Phone(town, late).open().headers["location"]).path == "/sign-in"
    assert kinds(town) == [("link.refused", "over"), ("link.refused", "over")]


def test_a_letter_that_is_tried_again_has_one_link_and_the_one_that_arrives_opens_the_case(town: Town) -> None:
    mail = busy(town, Fate.NOT_NOW)
    case_id = a_case(town, facts=NOBODY_HURT)
    town.push(minutes=12)
    mail.outcome = Outcome(Fate.SENT)
    town.push(minutes=1)
    *lost, arrived = letters_to(town, "manager@example.test")
    assert len(lost) >= 2
    assert len(town.rows("SELECT 1 FROM entry_links l JOIN deliveries d ON d.id = l.id")) == 1
    assert len(town.rows("SELECT 1 FROM entry_links")) == 1
    for secret in lost:
        assert urlsplit(Phone(town, secret).open().headers["location"]).path == "/sign-in"
    assert Phone(town, arrived).open().headers["location"] == f"/escalations/{case_id}"


def test_a_letter_that_may_have_arrived_keeps_its_link_whatever_is_said_after_it(town: Town) -> None:
    mail = busy(town, Fate.UNKNOWN)
    case_id = a_case(town, facts=NOBODY_HURT)
    town.push(minutes=11)
    mail.outcome = Outcome(Fate.SENT)
    town.push(minutes=34)
    opened = [Phone(town, secret).open().headers["location"] for secret in letters_to(town, "manager@example.test")]
    assert opened[0] == f"/escalations/{case_id}"
    assert "/sign-in" not in {urlsplit(place).path for place in opened}


def test_an_invented_link_opens_nothing_and_links_are_counted_per_address(town: Town) -> None:
    guess = Phone(town, "A" * 43)
    heard = [guess.open().status_code for _ in range(40)]
    assert heard[0] == httpx.codes.SEE_OTHER
    assert heard[-1] == httpx.codes.TOO_MANY_REQUESTS
    assert set(kinds(town)) == {("link.refused", "unknown")}


def test_the_session_of_a_link_ends_with_the_case_and_after_a_day(town: Town, phone: Phone, case_id: str) -> None:
    phone.open()
    row = town.rows("SELECT expires_at, about_id FROM sessions WHERE about_id IS NOT NULL")[0]
    assert (str(row.about_id), row.expires_at <= town.now + timedelta(hours=24)) == (case_id, True)
    assert phone.ask("GET", f"/escalations/{case_id}").status_code == httpx.codes.OK
    town.post("manager", f"/escalations/{case_id}/outcome", {"outcome": "remedied", "text": "New rope."})
    assert phone.ask("GET", f"/escalations/{case_id}").headers["location"].startswith("/sign-in")


def test_everything_else_asks_for_the_password(town: Town, phone: Phone, case_id: str) -> None:
    other = a_case(town, facts=NOBODY_HURT)
    phone.open()
    number = town.rows("SELECT number FROM complaints ORDER BY id LIMIT 1")[0].number
    fill = {"case_id": case_id, "number": number}
    for route, (roles, _) in PAGES.items():
        if "manager" not in roles.split() or route in OPEN or route == "POST /sign-out":
            continue
        method, _, template = route.partition(" ")
        path = re.sub(r"\{(\w+)\}", lambda found: fill.get(found[1], other), template)
        answer = phone.ask(method, path)
        assert answer.headers.get("location", "").startswith("/sign-in"), (route, answer.status_code)
    for about in (f"/escalations/{other}", "/escalations", "/"):
        assert phone.ask("GET", about).headers["location"].startswith("/sign-in"), about


def test_the_api_refuses_the_same(town: Town, phone: Phone, case_id: str) -> None:
    phone.open()
    csrf = phone.csrf(f"/escalations/{case_id}")
    headers = {"Cookie": phone.cookie, "X-CSRF-Token": csrf}
    for route, (roles, _) in PERMITTED.items():
        if "manager" not in roles.split() or route in OPEN or route == "GET /live":
            continue
        method, _, template = route.partition(" ")
        path = re.sub(r"\{(\w+)\}", lambda found: case_id if found[1] == "case_id" else "2026-000001", template)
        answer = town.client.request(method, f"/api/v1{path}", headers=headers)
        refused = {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND} if "{" in template else {httpx.codes.FORBIDDEN}
        assert answer.status_code in refused, (route, answer.status_code)
    taken = town.client.post(f"/api/v1/escalations/{case_id}/acknowledgement", headers=headers, json={})
    assert taken.status_code == httpx.codes.OK


def test_the_password_opens_the_rest_and_ends_the_links_session(town: Town, phone: Phone, case_id: str) -> None:
    phone.open()
    page = phone.ask("GET", f"/sign-in?back=/escalations/{case_id}")
    assert 'value="manager"' in page.text
    token, limited = phone.csrf("/sign-in"), phone.cookie
    wrong = phone.ask("POST", "/sign-in", csrf=token, login="manager", password="no", back="/")
    assert wrong.status_code == httpx.codes.UNAUTHORIZED
    answer = phone.ask(
        "POST", "/sign-in", csrf=token, login="manager", password=PASSWORD, back=f"/escalations/{case_id}"
    )
    assert answer.headers["location"] == f"/escalations/{case_id}"
    phone.cookie = answer.headers["set-cookie"].partition(";")[0]
    assert phone.ask("GET", "/escalations").status_code == httpx.codes.OK
    phone.cookie = limited
    assert phone.ask("GET", f"/escalations/{case_id}").headers["location"].startswith("/sign-in")


def test_whoever_is_signed_in_goes_on_at_once_and_the_link_stays(town: Town, phone: Phone, case_id: str) -> None:
    headers = {**town.headers("manager"), "Accept": "text/html"}
    answer = town.client.get(phone.path, headers=headers, follow_redirects=False)
    assert answer.headers["location"] == f"/escalations/{case_id}"
    assert town.rows("SELECT 1 FROM entry_links WHERE used_at IS NOT NULL") == []


def test_a_secret_is_kept_nowhere_and_stands_in_no_security_event(
    town: Town, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    secret = phone.path.removeprefix("/e/")
    assert len(secret) >= 43, "256 bits"
    caplog.set_level(logging.DEBUG)
    phone.open()
    phone.open()
    for query in ("SELECT facts::text AS said FROM security_events", "SELECT facts::text AS said FROM messages",
                  "SELECT encode(token_hash, 'base64') || path AS said FROM entry_links"):  # fmt: skip
        assert not [row for row in town.rows(query) if secret in row.said]
    # What the test's own browser says of its requests is no log of ours.
    said = [
        record.getMessage() for record in caplog.records if record.name.partition(".")[0] not in {"httpx", "httpcore"}
    ]
    assert not [line for line in said if secret in line]


def test_a_link_of_somebody_who_left_opens_nothing(town: Town, phone: Phone) -> None:
    town.execute("UPDATE users SET active = false WHERE login = 'manager'")
    assert urlsplit(phone.open().headers["location"]).path == "/sign-in"
    assert phone.cookie == ""


def test_another_password_ends_the_links_in_old_letters(town: Town, phone: Phone) -> None:
    town.ask("admin", "PUT", f"/users/{town.person('manager').id}/password", {"password": "another pass phrase 27"})
    assert urlsplit(phone.open().headers["location"]).path == "/sign-in"


def test_the_persons_own_list_of_sessions_says_which_came_by_a_link(town: Town, phone: Phone) -> None:
    phone.open()
    found = town.ask("manager", "GET", "/sessions").json()
    assert [each["by_link"] for each in found].count(True) == 1
    page = town.client.get("/me", headers={**town.headers("manager"), "Accept": "text/html"})
    assert "one case only" in page.text or "仅限一个案件" in page.text
