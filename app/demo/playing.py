"""The past, played: one transaction in which the clock is moved by hand and sweeps and jobs run to rest.

Sessions of the seed are savepoints of one transaction, so that an interrupted first start leaves nothing behind. Jobs
and sweeps are the real ones; effects (e-mail, papers) are left waiting for the worker.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from app import subscriptions
from app.assembly import System
from foundation.accounts.roles import Actor
from foundation.clock import Clock
from foundation.database.session import Sessions, WriteSession, unit_of_work
from foundation.jobs.job import Job, Recurring
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import Jobs
from foundation.jobs.subscribing import subscriptions as who_hears
from foundation.ledger.relay import Errand, Subscriptions, relay_once

#: Sweeps that move complaints; the others look after machinery that doesn't run yet.
MOVING: Final = ("intake.", "dispatch.", "escalation.")
#: The clock never jumps further than this while somebody waits for a technician; else to what is due next.
LONGEST_WAIT: Final = timedelta(minutes=30)

#: The next instant at which a sweep has something to do.
_NEXT_DUE: Final = text(
    """
    SELECT least(
        (SELECT :now + CAST(:wait AS interval) FROM rounds WHERE closed_at IS NULL LIMIT 1),
        (SELECT min(due_at) FROM deadlines WHERE closed_at IS NULL AND fired_at IS NULL),
        (SELECT min(lapses_at) FROM offers WHERE state = 'open'),
        (SELECT min(leave_by_at) FROM rounds WHERE closed_at IS NULL AND breach_at IS NULL AND leave_by_at > :now),
        (SELECT min(next_notice_at) FROM rungs)
    )
    """
)
#: What a job left undone, for the message of the failure.
_TROUBLE: Final = text("SELECT job, trouble FROM errands WHERE announcement_id = :id AND job = :job")


class SeedFailed(Exception):
    """The demo data could not be made: a job or sweep refused. Nothing was kept."""


Act = Callable[["Play"], None]


@dataclass(slots=True)
class PlayedClock:
    """Domain time as it is played; machine time is the machine's."""

    at: datetime
    machine: Clock

    def now(self) -> datetime:
        """Where the play stands."""
        return self.at

    def machine_now(self) -> datetime:
        """The machine's instant."""
        return self.machine.machine_now()


@dataclass(slots=True)
class Play:
    """One playing of the past: acts at their times, and after each everything that follows from it."""

    system: System
    clock: PlayedClock
    jobs: Jobs
    heard: Subscriptions
    sweeps: tuple[Recurring, ...]
    _acts: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    #: Called whenever everything rests, for example to answer new offers.
    watchers: list[Act] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """Where the play stands."""
        return self.clock.now()

    def at(self, when: datetime, act: Act) -> None:
        """Put an act on the list; one in the past of the play happens at once."""
        heappush(self._acts, (max(when, self.now), next(self._numbers), act))

    @contextmanager
    def as_actor(self, actor: Actor) -> Iterator[WriteSession]:
        """One unit of work that sees what the actor sees, as a request does."""
        with unit_of_work(self.system.sessions, actor.scope) as db:
            yield db

    def until(self, end: datetime) -> None:
        """Play everything that happens until `end`, in the order of time."""
        while True:
            next_at = self._acts[0][0] if self._acts else end
            if next_at <= self.now:
                _, _, act = heappop(self._acts)
                act(self)
                self._rest()
            elif self.now < end:
                self._jump(min(next_at, end))
            else:
                return

    def _jump(self, at_most: datetime) -> None:
        """Move the clock to the next instant at which something is due, and sweep."""
        with unit_of_work(self.system.sessions) as db:
            due = db.scalar(_NEXT_DUE, {"now": self.now, "wait": LONGEST_WAIT})
        # What is overdue and stays so must not stop the clock.
        self.clock.at = at_most if due is None else min(at_most, max(due, self.now + timedelta(seconds=1)))
        self._sweep()
        self._rest()

    def forget(self) -> None:
        """Nobody has to hear what was announced so far: nobody was waiting for it."""
        while relay_once(self.system.sessions, subscriptions={}, now=self.clock.machine_now(), ring=lambda *_: None):
            pass

    def _sweep(self) -> None:
        for sweep in self.sweeps:
            sweep.tick(self.system.context)

    def _rest(self) -> None:
        """Run jobs until nothing is announced any more, then let the watchers look."""
        self._run_jobs()
        for watcher in self.watchers:
            watcher(self)

    def _run_jobs(self) -> None:
        rung: list[Errand] = []
        while relay_once(
            self.system.sessions, subscriptions=self.heard, now=self.clock.machine_now(),
            ring=rung.extend,
        ):  # fmt: skip
            for name, announcement_id, _ in rung:
                if isinstance(self.jobs[name], Job) and not run_errand(
                    self.system.context, self.jobs, name, announcement_id
                ):
                    self._fail(name, announcement_id)
            rung.clear()

    def _fail(self, name: str, announcement_id: UUID) -> None:
        with unit_of_work(self.system.sessions) as db:
            row = db.execute(_TROUBLE, {"id": announcement_id, "job": name}).one_or_none()
        raise SeedFailed(f"{name}: {row.trouble if row else 'no such errand'}")


@contextmanager
def played(system: System, *, begins_at: datetime) -> Iterator[Play]:
    """A play over one transaction, which is committed when the block returns and leaves nothing when it raises."""
    engine = system.sessions.engine
    # Readers ask for this level; inside a running transaction they may only ask for what it already has.
    serial = engine.execution_options(isolation_level="REPEATABLE READ")
    with serial.connect() as connection, connection.begin(), connection.begin_nested():
        clock = PlayedClock(begins_at, system.clock)
        yield _play(replace(system, clock=clock, sessions=_over(connection)), clock)


def _over(connection: Connection) -> Sessions:
    """Sessions whose units of work are savepoints: SQLAlchemy makes them so on a connection within a savepoint."""
    return Sessions(engine=cast("Engine", connection))


def _play(system: System, clock: PlayedClock) -> Play:
    sweeps = tuple(sweep for sweep in subscriptions.recurring(system) if sweep.name.startswith(MOVING))
    jobs = subscriptions.jobs(system)
    return Play(system=system, clock=clock, jobs=jobs, heard=who_hears(jobs), sweeps=sweeps)
