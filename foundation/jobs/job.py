"""What a job is: a plain function that an announcement asks for, described apart from any broker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from foundation.clock import Clock
from foundation.database.session import Sessions, WriteSession
from foundation.ledger.announcing import Event
from foundation.ledger.relay import Only

E = TypeVar("E", bound=Event)

#: Seconds until a failed errand is rung again, by attempts so far; the last one holds for all later.
BACK_OFF_S: Final = (1, 5, 15, 60)


@dataclass(frozen=True, slots=True)
class JobContext:
    """What every job and recurring tick may use."""

    sessions: Sessions
    clock: Clock

    def now(self) -> datetime:
        """Domain time, read once by the job's wrapper and by effects between their transactions."""
        return self.clock.now()


class Listener(Protocol):
    """A Job or an Effect of whatever event: what a package's `JOBS: list[Listener]` holds."""

    @property
    def name(self) -> str:
        """Unique in the system, `<package>.<verb>`; it stands in errand rows, so it is not renamed lightly."""
        ...

    @property
    def kind(self) -> str:
        """The kind of event it runs for."""
        ...

    @property
    def time_limit_s(self) -> int:
        """Seconds after which an attempt is interrupted."""
        ...

    @property
    def max_attempts(self) -> int:
        """Attempts after which it becomes a dead letter."""
        ...

    @property
    def back_off_s(self) -> Sequence[int]:
        """Seconds until it is rung again, by attempts so far; the last one holds for all later."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether it goes before everything that isn't: somebody is being sought, or must be told of a danger."""
        ...

    @property
    def only(self) -> Only:
        """What the event must say, field → one of these; from any other no errand is made.

        For what the content alone decides, for ever: a job with nothing to do costs as much as one with little.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job(Generic[E]):
    """A transactional job: runs in one unit of work together with the note that it was done.

    `run(db, event, now)` re-reads and re-judges; a second run must find nothing left to do.
    """

    name: str
    hears: type[E]
    run: Callable[[WriteSession, E, datetime], None]
    time_limit_s: int = 30
    max_attempts: int = 5
    back_off_s: Sequence[int] = BACK_OFF_S
    urgent: bool = False
    only: Only = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of event it runs for."""
        return self.hears.kind


@dataclass(frozen=True, slots=True)
class Effect(Generic[E]):
    """A job that touches the world outside: opens its own short transactions, never holds one while it calls out.

    It must commit what it is about to do before it does it, so that a second run knows. Where the far side may be away
    for hours, give it a back-off of its own.
    """

    name: str
    hears: type[E]
    run: Callable[[JobContext, E], None]
    time_limit_s: int = 60
    max_attempts: int = 5
    back_off_s: Sequence[int] = BACK_OFF_S
    urgent: bool = False
    only: Only = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of event it runs for."""
        return self.hears.kind


@dataclass(frozen=True, slots=True)
class Recurring:
    """A sweep: `tick(context)` every `every_s` seconds of machine time in any number of clockworks.

    `tick` returns how many rows it moved; two at once must not hurt each other (SKIP LOCKED, advisory lock).
    """

    name: str
    every_s: float
    tick: Callable[[JobContext], int]
    #: Seconds before the first tick. A checker lets the sweeps catch up with what a pause left over before it judges.
    first_after_s: float = 0.0
