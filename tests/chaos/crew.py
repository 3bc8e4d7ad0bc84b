"""The processes under attack: webs, workers and clockworks as the system starts them, kept alive by its supervisor."""

import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from app import supervisor
from app.supervisor import Child, ChildSpec, _Keeper
from foundation.database.server import Server

#: Seconds a web may take to answer after its start on a busy machine.
START_S = 60.0


@dataclass(slots=True)
class Crew:
    """Processes with the addresses of the webs among them."""

    children: list[Child]
    ports: list[int]
    database: _Keeper
    stopped: threading.Event = field(default_factory=threading.Event)
    resting: threading.Event = field(default_factory=threading.Event)
    kills: Counter[str] = field(default_factory=Counter)
    #: Percent of the blows that fall on the database itself.
    database_share: int = 4

    def addresses(self) -> list[str]:
        """Where the webs answer."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def keep_alive(self) -> None:
        """What the supervisor does: start again what ended."""
        while not self.stopped.wait(0.1):
            for child in self.children:
                child.restarts = 0  # The pauses that grow with a short life would end the campaign, not prove it.
            now = time.monotonic()
            self.database.look(now=now)
            if not self.resting.is_set():
                supervisor.look_after(self.children, now=now, say=lambda _: None)

    def stand_down(self) -> None:
        """The processes end; the database stays. It dies with the thread that started it again, so that one stays, too."""
        self.resting.set()
        time.sleep(0.3)
        supervisor.stop(self.children)

    def strike(self, dice: random.Random) -> None:
        """One blow, chosen by the dice: kill -9 of a process or of the database, a freeze, every connection cut."""
        blow = dice.choices(["kill", "freeze", "cut", "database"], weights=[70, 18, 8, self.database_share])[0]
        child = dice.choice(self.children)
        pid = child.process.pid if child.process is not None else None
        if blow == "cut":
            self._cut()
            self.kills["cut connections"] += 1
        elif blow == "database":
            self._kill_database()
            self.kills["kill database"] += 1
        elif pid is not None and blow == "kill":
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.kills[f"kill {child.spec.name.rstrip('0123456789')}"] += 1
        elif pid is not None:
            self._freeze(pid, dice.uniform(0.5, 2.0))
            self.kills[f"freeze {child.spec.name.rstrip('0123456789')}"] += 1

    def _freeze(self, pid: int, seconds: float) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(seconds, self._thaw, args=[pid]).start()

    def _thaw(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def _kill_database(self) -> None:
        running = self.database.running
        if running is not None and running.process.poll() is None:
            os.kill(running.process.pid, signal.SIGKILL)

    def _cut(self) -> None:
        with suppress(psycopg.Error), psycopg.connect(self.database.server.superuser_url, autocommit=True) as wire:
            wire.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'callout%' "
                "AND datname = current_database() AND pid <> pg_backend_pid()"
            )


@contextmanager
def crew(
    database: _Keeper, *, var: Path, clock: str, each: int, database_share: int, mutant: str | None = None
) -> Iterator[Crew]:
    """`each` webs, workers and clockworks over the database, kept alive while the block runs."""
    (var / "log").mkdir(parents=True, exist_ok=True)
    ports = [_free_port() for _ in range(each)]
    children = [
        Child(spec, log=var / "log" / f"{spec.name}.log")
        for spec in _specs(database.server, var=var, clock=clock, ports=ports, mutant=mutant)
    ]
    made = Crew(children=children, ports=ports, database=database, database_share=database_share)
    for child in children:
        child.start()
    keeper = threading.Thread(target=made.keep_alive, daemon=True)
    keeper.start()
    try:
        await_answers(made)
        yield made
    finally:
        made.stopped.set()
        keeper.join()
        supervisor.stop(children)


def await_answers(made: Crew) -> None:
    """Wait until every web answers."""
    ends_at = time.monotonic() + START_S
    while not all(_answers(address) for address in made.addresses()):
        if time.monotonic() > ends_at:
            raise TimeoutError("a web never answered; see the logs")
        time.sleep(0.1)


def await_answer(made: Crew) -> None:
    """Wait until any web answers: blows on a system that lies still prove nothing."""
    ends_at = time.monotonic() + START_S
    while not any(_answers(address) for address in made.addresses()):
        if time.monotonic() > ends_at:
            raise TimeoutError("no web answers any more; see the logs")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{address}/health/live", timeout=2).is_success
    return False


def _specs(server: Server, *, var: Path, clock: str, ports: list[int], mutant: str | None) -> Iterator[ChildSpec]:
    common: Mapping[str, str] = {
        **os.environ,
        "DATABASE_URL": server.app_url,
        "CALLOUT_VAR": str(var),
        "CALLOUT_DEMO": "no",
        "CALLOUT_CLOCK": clock,
        "CALLOUT_WORKER_THREADS": "2",
    }
    program = ("-m", "app") if mutant is None else ("-m", "tests.chaos.mutated", mutant)
    for number, port in enumerate(ports):
        for part in ("web", "worker", "clockwork"):
            yield ChildSpec(
                name=f"{part}{number}",
                command=(sys.executable, *program, part),
                environment={**common, "CALLOUT_PORT": str(port)},
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
