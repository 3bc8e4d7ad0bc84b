"""G2: a repeated request, also at the same moment, has one effect and the same answer."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import msgspec
import pytest

from foundation.database.identity import new_id
from tests.integration.promises.asking import a_link
from tests.integration.promises.examples import EXAMPLES, Asking, Example, at
from tests.integration.promises.failing_commits import FullDisk
from tests.integration.promises.fingerprints import counts, grown
from tests.town import Town
from tests.townspeople import EAST, PASSWORD

REPEATABLE = {name: each for name, each in EXAMPLES.items() if each.each_counts is None}


def at_once(town: Town, example: Example, asking: Asking, *, key: str, times: int = 3) -> list[httpx.Response]:
    """The same request several times at the same moment."""
    gate = Barrier(times)

    def send(_: int) -> httpx.Response:
        gate.wait()
        return example.send(town, asking, key=key)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


@pytest.mark.parametrize("example", REPEATABLE.values(), ids=list(REPEATABLE))
def test_three_times_at_once_is_once(busy_town: tuple[Town, FullDisk], example: Example) -> None:
    town, _ = busy_town
    first = example.make(town)
    town.headers(first.who or example.who)
    before = counts(town)
    assert example.send(town, first, key=str(new_id())).is_success
    once = grown(before, counts(town))
    town.works.rest()

    asking = example.make(town)
    town.headers(asking.who or example.who)
    key, before = str(new_id()), counts(town)
    answers = at_once(town, example, asking, key=key)
    thrice = grown(before, counts(town))
    done = [answer for answer in answers if answer.is_success]
    assert done, [answer.text for answer in answers]
    assert {answer.status_code for answer in answers} <= {done[0].status_code, example.later}, [a.text for a in answers]
    assert thrice == once

    if example.is_kept:
        again = example.send(town, asking, key=key)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status_code, again.content) == (done[0].status_code, done[0].content)
        assert grown(before, counts(town)) == once
    town.works.rest()


def test_the_same_key_with_another_body_is_refused(town: Town) -> None:
    call = {"caller_phone": "13800138000", "sentence": "It stopped."}
    headers = {"Idempotency-Key": "one-key-0001"}
    assert town.ask("agent", "POST", "/complaints", call, headers=headers).status_code == 201
    other = town.ask("agent", "POST", "/complaints", {**call, "sentence": "It fell."}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_customer_who_sends_another_word_under_the_same_key_is_refused(town: Town) -> None:
    number, _ = at("confirmed")(town)
    wish = {"token": a_link(town, number, purpose="follow"), "reason": "It slips again."}
    headers = {"Idempotency-Key": "one-key-0001"}
    assert town.ask(None, "POST", "/customer/reopening", wish, headers=headers).status_code == 200
    other = town.ask(None, "POST", "/customer/reopening", {**wish, "reason": "It fell."}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_two_customers_may_use_the_same_key(town: Town) -> None:
    headers = {"Idempotency-Key": "one-key-0001"}
    for _ in range(2):
        number, _ = at("confirmed")(town)
        wish = {"token": a_link(town, number, purpose="follow"), "reason": "It slips again."}
        assert town.ask(None, "POST", "/customer/reopening", wish, headers=headers).status_code == 200
        assert town.complaint(number).stage != "confirmed"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"token": 7}', b'{"token": "\xff"}', b"[" * 5000], ids=repr)
def test_a_key_beside_a_body_without_a_link_is_refused_as_it_is_without_a_key(town: Town, body: bytes) -> None:
    headers = {"Idempotency-Key": "one-key-0001", "Content-Type": "application/json"}
    answer = town.client.post("/api/v1/customer/reopening", content=body, headers=headers)
    assert answer.status_code == 422, answer.text


def test_signing_in_keeps_no_answer_because_it_holds_a_secret(town: Town) -> None:
    body, headers = {"login": "agent", "password": PASSWORD}, {"Idempotency-Key": "one-key-0001"}
    answers = []
    for _ in range(2):
        answers.append(town.ask(None, "POST", "/session", body, headers=headers))
        town.client.cookies.clear()
    first, second = answers
    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in second.headers
    assert first.json()["csrf"] != second.json()["csrf"]
    assert town.rows("SELECT 1 FROM idempotency") == []


def test_no_stored_answer_tells_a_secret_or_lets_one_guess_a_password(town: Town) -> None:
    headers = {"Idempotency-Key": "one-key-0001"}
    person = {
        "login": "new.one",
        "name": "New",
        "role": "agent",
        "regions": [EAST],
        "password": "a long pass phrase 26",
    }
    asked = {
        "/tokens": {"name": "gateway", "powers": ["complaint.log"], "regions": [EAST]},
        "/complaints": {"caller_phone": "13800138000", "sentence": "It stopped."},
        "/users": person,
    }
    secrets = ["one-key-0001", "13800138000", "one-key"]
    for number, (path, body) in enumerate(asked.items()):
        who = "agent" if path == "/complaints" else "admin"
        answer = town.ask(
            who, "POST", path, body, headers={"Idempotency-Key": f"{headers['Idempotency-Key']}-{number}"}
        )
        assert answer.status_code == 201, answer.text
        secrets += [
            str(answer.json().get("secret") or ""),
            str(answer.json().get("customer_link") or "").removeprefix("/c/"),
        ]
    kept = town.rows("SELECT i::text AS whole, body_mark, response FROM idempotency i")
    assert len(kept) == len(asked)
    for row in kept:
        shown = row.whole.encode() + bytes(row.response)
        assert not [secret for secret in secrets if secret and secret.encode() in shown]
    guess = hashlib.sha256(msgspec.json.encode(person)).digest()
    assert guess not in {bytes(row.body_mark) for row in kept}


def test_two_people_may_use_the_same_key(town: Town) -> None:
    call = {"caller_phone": "13800138000", "sentence": "It stopped."}
    headers = {"Idempotency-Key": "one-key-0001"}
    numbers = {
        town.ask(who, "POST", "/complaints", call, headers=headers).json()["number"] for who in ("agent", "night agent")
    }
    assert len(numbers) == 2


def test_an_answer_is_given_again_for_thirty_days(town: Town) -> None:
    call = {"caller_phone": "13800138000", "sentence": "It stopped."}
    headers = {"Idempotency-Key": "one-key-0001"}
    first = town.ask("agent", "POST", "/complaints", call, headers=headers)
    town.works.rest()
    town.jump(days=29, hours=23)
    again = town.ask("agent", "POST", "/complaints", call, headers=headers)
    assert again.content == first.content
