"""What turns the town: the real relay, errands and sweeps of the system, driven by a clock that is moved by hand.

Nothing of the scheduler is imitated: the loops are those of the clockwork, the errands are run as the worker runs them,
only that a queue in memory stands where the broker is and that time passes when a test says so.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from app import clockwork, invariants, subscriptions
from app.assembly import System
from app.settings import from_environment
from foundation.clock import HandClock
from foundation.database.session import EVERYTHING, Sessions, reading
from foundation.documents.files import FolderStore
from foundation.jobs.job import JobContext, Recurring
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import Jobs
from foundation.jobs.subscribing import subscriptions as who_hears
from foundation.ledger.relay import Errand, Ring
from foundation.notifications.channels import Channel, Channels, Fate, Letter, Outcome
from foundation.notifications.jobs import jobs_over
from foundation.notifications.models import ChannelName
from tests import engines

#: Errands after which a town that doesn't come to rest is called restless: jobs that announce each other in a circle.
RESTLESS: Final = 5_000
#: Looks per push: time passes minute by minute, longer pushes in longer strides.
STRIDES: Final = 30
#: A tick that moved this much left something for the next one, a second later; time stands still here, so it follows at
#: once, so many times at most.
FULL: Final = 50
TICKS: Final = 20
#: Loops that judge the machine the town runs on, whose clock is not the town's.
_NOT_HERE: Final = frozenset({"watchdog", "outside-ping", "invariants"})

_TROUBLE: Final = text(
    "SELECT e.job, e.state, e.trouble FROM errands e WHERE e.trouble IS NOT NULL AND e.state <> 'done' ORDER BY e.job"
)


class JobFailed(Exception):
    """An errand of the town failed; the message carries what it said."""


@dataclass(slots=True)
class KeptChannel:
    """A channel that keeps every letter instead of handing it to anybody."""

    letters: list[Letter] = field(default_factory=list)
    outcome: Outcome = field(default_factory=lambda: Outcome(Fate.SENT))

    def send(self, letter: Letter) -> Outcome:
        """Keep the letter and say what became of it."""
        self.letters.append(letter)
        return self.outcome


@dataclass(slots=True)
class Works:
    """The turning parts of one town over one database."""

    system: System
    clock: HandClock
    mail: Channel
    jobs: Jobs
    loops: Sequence[Recurring]
    #: Errands that were rung for and not yet run.
    rung: deque[Errand] = field(default_factory=deque)
    ticked: dict[str, datetime] = field(default_factory=dict)
    bell: Ring = field(init=False)
    #: A failed errand fails the test, unless the test is about failing.
    is_strict: bool = True

    def __post_init__(self) -> None:
        """Until a test says otherwise no ring is lost."""
        self.bell = self.ring

    @property
    def context(self) -> JobContext:
        """What jobs and sweeps get."""
        return self.system.context

    @property
    def now(self) -> datetime:
        """Where the hand of the clock stands."""
        return self.clock.now()

    def ring(self, errands: Sequence[Errand]) -> None:
        """The broker of the town: remembers who is to be rung."""
        self.rung.extend(errands)

    def heard(self, errands: Sequence[Errand]) -> None:
        """What relay and sweeps ring; a test may put a broker that loses rings in its place."""
        self.bell(errands)

    def lose_rings(self, bell: Ring) -> None:
        """From now on this broker decides what reaches the workers."""
        self.bell = bell

    def use_mail(self, mail: Channel) -> None:
        """From now on letters go this way."""
        self.use_channels({ChannelName.EMAIL: mail})

    def use_channels(self, channels: Channels) -> None:
        """From now on messages leave by these channels and no others."""
        made = jobs_over(channels, enclosures=subscriptions.enclosures(self.system))
        self.jobs = {**self.jobs, **{job.name: job for job in made}}

    def rest(self) -> None:
        """Relay what was announced and run what was asked for, until nothing is left. Raises JobFailed."""
        for _ in range(RESTLESS):
            if not self.rung and not self.relay():
                break
            while self.rung:
                run_errand(self.context, self.jobs, *self.rung.popleft())
        else:
            raise JobFailed("the town doesn't come to rest")
        if self.is_strict and (troubles := self.troubles()):
            raise JobFailed("\n".join(troubles))

    def relay(self) -> int:
        """Relay once, everything that waits."""
        return clockwork.relay_all(self.context, subscriptions=who_hears(self.jobs), ring=self.heard)

    def push(self, **by: float) -> None:
        """Let time pass, minute by minute: every loop ticks when it is due, and all jobs come to rest in between."""
        span = timedelta(**by)
        stride = max(timedelta(minutes=1), span / STRIDES)
        ends_at = self.now + span
        while self.now < ends_at:
            self.clock.at = min(self.now + stride, ends_at)
            self.sweep()

    def jump(self, **by: float) -> None:
        """Let time pass at once, as after a pause of the whole system; then everything turns again."""
        self.clock.push(**by)
        self.sweep()

    def sweep(self) -> None:
        """Tick every loop that is due, then rest; again while the sweeps find something."""
        for loop in self.loops:
            last = self.ticked.get(loop.name)
            if last is None or self.now - last >= timedelta(seconds=loop.every_s):
                self.ticked[loop.name] = self.now
                for _ in range(TICKS):
                    if loop.tick(self.context) < FULL:
                        break
        self.rest()

    def troubles(self) -> list[str]:
        """What errands say that didn't come to their end."""
        with reading(self.system.sessions) as look:
            return [f"{row.job} ({row.state}): {row.trouble}" for row in look.execute(_TROUBLE)]

    def violations(self) -> dict[str, list[str]]:
        """Every invariant that doesn't hold, with its rows."""
        with reading(self.system.sessions, EVERYTHING) as look:
            return invariants.violations(look, now=self.now)


def works_over(database_url: str, *, var: Path, clock: HandClock, mail: Channel | None = None) -> Works:
    """The system as `app` assembles it, with its e-mail kept and its clock moved by hand."""
    settings = from_environment(
        {"CALLOUT_VAR": str(var), "CALLOUT_DEMO": "no", "CALLOUT_PUBLIC_URL": "https://callout.test"}
    )
    sessions = Sessions(engine=engines.lend(database_url, pool_size=8, application="town"))
    system = System(
        settings=settings, database_url=database_url, clock=clock, sessions=sessions, files=FolderStore(var / "files")
    )
    kept = mail or KeptChannel()
    jobs = _jobs(system, {ChannelName.EMAIL: kept})
    works = Works(system=system, clock=clock, mail=kept, jobs=jobs, loops=())
    turning = clockwork.loops(
        subscriptions=who_hears(jobs), ring=works.heard, recurring=subscriptions.recurring(system)
    )
    works.loops = [loop for loop in turning if loop.name not in _NOT_HERE | {"relay"}]
    return works


def _jobs(system: System, channels: Channels) -> Jobs:
    """All jobs; those that deliver do so over the kept channels."""
    delivering = jobs_over(channels, enclosures=subscriptions.enclosures(system))
    return {**subscriptions.jobs(system), **{job.name: job for job in delivering}}
