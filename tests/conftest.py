"""What all tests may ask for: a database, sessions, a clock moved by hand.

`db` is a session whose work is rolled back after the test. A test that needs real commits is marked `committed`, gets a
database of its own and asks for `sessions`, as the system itself does.
"""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import datetime
from typing import Final

import pytest
from hypothesis import settings
from sqlalchemy import Engine
from xdist.workermanage import WorkerController

from foundation.clock import HandClock
from foundation.database.server import RunningServer, Server
from foundation.database.session import EVERYTHING, Sessions, WriteSession, engine_for
from tests import engines, postgres
from tests.postgres import Ground

RUNNING: Final = pytest.StashKey[RunningServer]()
GROUND: Final = pytest.StashKey[Ground]()

# How long an example takes says something about the machine, not about the promise; the example to repeat is printed.
settings.register_profile("callout", deadline=None, print_blob=True)
settings.load_profile("callout")


def pytest_configure(config: pytest.Config) -> None:
    """With several test processes, the one that starts them owns the server; it outlives them all."""
    many = not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", None))
    if many and not all("unit" in argument for argument in config.args):
        _start(config)


def pytest_configure_node(node: WorkerController) -> None:
    """Tell each test process where the server is."""
    if (found := node.config.stash.get(GROUND, None)) is not None:
        node.workerinput["ground"] = [*astuple(found.server), found.template]


def pytest_unconfigure(config: pytest.Config) -> None:
    if (running := config.stash.get(RUNNING, None)) is not None:
        running.stop()


def _start(config: pytest.Config) -> Ground:
    config.stash[RUNNING] = running = postgres.start()
    config.stash[GROUND] = found = postgres.ground(running.server)
    return found


@pytest.fixture(scope="session")
def ground(pytestconfig: pytest.Config) -> Ground:
    """The test server and its migrated template, started at the first test that asks."""
    given: list[str] | None = getattr(pytestconfig, "workerinput", {}).get("ground")
    if given is not None:
        *addresses, template = given
        return Ground(server=Server(*addresses), template=template)
    return pytestconfig.stash.get(GROUND, None) or _start(pytestconfig)


@pytest.fixture(scope="session")
def shared_database(ground: Ground, worker_id: str) -> Iterator[Server]:
    """The test process's own clone, in which nothing is ever committed."""
    with ground.clone(f"test_{worker_id}") as server:
        yield server


@pytest.fixture(scope="session")
def shared_engine(shared_database: Server) -> Iterator[Engine]:
    engine = engine_for(shared_database.app_url, pool_size=4, application="tests")
    yield engine
    engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Addresses of this test's database: the shared clone, or its own when marked `committed`."""
    if request.node.get_closest_marker("committed") is None:
        yield request.getfixturevalue("shared_database")
        return
    ground: Ground = request.getfixturevalue("ground")
    with ground.clone(f"test_own_{request.getfixturevalue('worker_id')}") as server:
        yield server


@pytest.fixture
def database_url(database: Server) -> str:
    """The application's address of this test's database."""
    return database.app_url


@pytest.fixture
def owner_url(database: Server) -> str:
    """The owner's address of this test's database."""
    return database.owner_url


@pytest.fixture
def sessions(request: pytest.FixtureRequest) -> Iterator[Sessions]:
    """What `unit_of_work` and `reading` ask for; its work is committed, so the test must be marked `committed`."""
    if request.node.get_closest_marker("committed") is None:
        pytest.fail("sessions commit: mark the test `committed`, or ask for `db`, which is rolled back")
    engine = engines.lend(request.getfixturevalue("database_url"), application="tests")
    yield Sessions(engine=engine)
    engines.give_back(engine)


@pytest.fixture
def db(request: pytest.FixtureRequest) -> Iterator[WriteSession]:
    """A session that sees everything, inside a transaction that is rolled back; its own commits are savepoints."""
    if request.node.get_closest_marker("committed") is not None:
        pytest.fail("a `committed` test asks for `sessions` and opens units of work, as the system does")
    engine: Engine = request.getfixturevalue("shared_engine")
    with engine.connect() as connection:
        outer = connection.begin()
        with WriteSession(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={"scope": EVERYTHING},
        ) as session:
            yield session
        outer.rollback()


@pytest.fixture
def hand_clock() -> HandClock:
    """A clock that stands at 2026-11-24 00:00 UTC until it is pushed."""
    return HandClock()


@pytest.fixture
def now(hand_clock: HandClock) -> datetime:
    """Where the hand of the clock stands."""
    return hand_clock.now()
