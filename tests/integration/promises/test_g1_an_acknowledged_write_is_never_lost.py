"""G1: whatever was acknowledged is in the database; what could not be committed is never acknowledged."""

from dataclasses import dataclass

import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import event

from app.asgi import create_app
from foundation.database.identity import new_id
from tests.integration.promises.examples import EXAMPLES, Example
from tests.integration.promises.failing_commits import FullDisk
from tests.integration.promises.fingerprints import fingerprint
from tests.town import MAJOR, Town

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def write_routes(town: Town) -> set[str]:
    """Every unsafe route of the API, as the application has them."""
    app = create_app(town.works.system)
    return {
        f"{method} {route.path_format.removeprefix('/api/v1')}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/api/v1/")
        for method in route.methods & UNSAFE
    }


def test_every_write_route_has_its_example(town: Town) -> None:
    assert write_routes(town) == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
def test_a_commit_that_fails_is_never_acknowledged_and_leaves_nothing(
    busy_town: tuple[Town, FullDisk], example: Example
) -> None:
    town, disk = busy_town
    asking = example.make(town)
    key = str(new_id())
    town.headers(asking.who or example.who)
    before = fingerprint(town)
    with disk.full():
        refused = example.send(town, asking, key=key)
    assert refused.status_code in ({503} if example.writes else {200}), refused.text
    if refused.status_code != 200:
        assert refused.headers["Retry-After"]
        assert fingerprint(town) == before

    done = example.send(town, asking, key=key)
    assert done.is_success, done.text
    assert "Idempotent-Replayed" not in done.headers


@dataclass
class Scissors:
    """Cut the wire to the database before the n-th statement from now; 0 is never."""

    before: int = 0

    def __call__(self, *_: object) -> None:
        """What the engine tells before each statement."""
        self.before -= 1
        if self.before == 0:
            raise ConnectionResetError("the wire was cut")


def test_a_call_whose_nth_statement_fails_leaves_nothing(busy_town: tuple[Town, FullDisk]) -> None:
    town, _ = busy_town
    engine, scissors = town.works.system.sessions.engine, Scissors()
    call = {
        "caller_phone": "13800138000",
        "sentence": "The rope is torn.",
        "facts": dict(MAJOR),
        "serial_number": "ZJ5510-51",
    }
    town.headers("agent")
    event.listen(engine, "before_cursor_execute", scissors)
    statuses: list[int] = []
    while not statuses or statuses[-1] >= 500:
        before, scissors.before = fingerprint(town), len(statuses) + 1
        headers = {"Idempotency-Key": str(new_id())}
        answer = town.ask("agent", "POST", "/complaints", call, headers=headers)
        scissors.before = 0
        statuses.append(answer.status_code)
        assert answer.is_success or fingerprint(town) == before
    event.remove(engine, "before_cursor_execute", scissors)
    assert statuses[-1] == 201
    assert len(statuses) > 4, "who asks, the key, the context, the call and the answer are statements of their own"
