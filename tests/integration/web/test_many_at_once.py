"""Many requests at once: more than there are connections and threads, and every one is answered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from foundation.accounts import actions
from foundation.accounts.roles import Role, system
from foundation.clock import HandClock
from foundation.database.server import Server
from foundation.database.session import unit_of_work
from tests.serving import Served, hash_of, serving, system_for

pytestmark = pytest.mark.committed

PASSWORD = "a long enough password"
AT_ONCE = 60


@pytest.fixture
def served(database: Server, tmp_path: Path, hand_clock: HandClock) -> Iterator[Served]:
    parts = system_for(database.app_url, tmp_path, clock=hand_clock)
    with unit_of_work(parts.sessions) as db:
        actor, now = system("t"), datetime(2026, 11, 24, tzinfo=UTC)
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=actor, now=now)
        actions.add_user(
            db,
            "agent.hd",
            name="林晓",
            role=Role.AGENT,
            regions=["HD"],
            password_hash=hash_of(PASSWORD),
            actor=actor,
            now=now,
        )
    with serving(parts) as found:
        yield found


def test_more_requests_than_connections_wait_for_their_turn_and_are_all_answered(served: Served) -> None:
    # Transactions that hold a connection need a thread to be committed; requests that wait must not take the last one.
    with httpx.Client(base_url=served.url, timeout=30) as client:
        csrf = client.post("/api/v1/session", json={"login": "agent.hd", "password": PASSWORD}).json()["csrf"]

        def add(number: int) -> int:
            body = {"name": f"Builder {number}", "region_code": "HD"}
            headers = {"x-csrf-token": csrf, "idempotency-key": f"builder-{number:04d}"}
            return client.post("/api/v1/customers", json=body, headers=headers).status_code

        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = list(pool.map(add, range(AT_ONCE)))
    assert statuses == [201] * AT_ONCE
