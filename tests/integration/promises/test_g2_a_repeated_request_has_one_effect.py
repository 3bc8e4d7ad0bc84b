"""G2: a repeated request, also at the same moment, has one effect and the same answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from foundation.database.identity import new_id
from tests.integration.promises.examples import EXAMPLES, Asking, Example
from tests.integration.promises.failing_commits import FullDisk
from tests.integration.promises.fingerprints import counts, grown
from tests.town import Town

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
