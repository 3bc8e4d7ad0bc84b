"""The day as it goes: acts at their times, until everything is settled or the day is over."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

from app.replay import looking
from app.replay.bots import FIRST_CALL_MIN, Act, NotYet, Town
from app.replay.client import Failed, Refused
from app.replay.ground import DAY_BEGINS
from app.replay.looking import Standing
from app.replay.scenario import PlannedCall
from foundation.clock import Clock, stopwatch
from foundation.database.session import Sessions, reading

log = logging.getLogger(__name__)

#: Seconds between looks at what can't wait, and looks at the rest per such look.
LOOK_S: Final = 0.3
UNHURRIED_EACH: Final = 4
#: Seconds for which a finished act isn't begun again: the look that still shows it may be older.
JUST_DONE_S: Final = 2.0
#: How often an act is tried that keeps being refused.
TRIES: Final = 5
#: What keys of calls begin with.
CALLS: Final = "call/"
#: Minutes of the day without any complaint settled after which nothing more is expected.
STILL_MIN: Final = 120.0


@dataclass(slots=True)
class Progress:
    """What is told while the day goes on."""

    at: datetime
    standing: Standing
    acts: int
    waiting: int
    real_s: float


@dataclass(slots=True)
class Day:
    """One day of one town."""

    town: Town
    sessions: Sessions
    clock: Clock
    #: Hears of progress with every look.
    tell: Callable[[Progress], None]
    #: Keeps the processes running.
    tend: Callable[[], None]
    #: How many times faster people act than they say; the clock is not touched.
    hurry: float = 1.0
    _waiting: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _done_at: dict[str, float] = field(default_factory=dict)
    _tries: Counter[str] = field(default_factory=Counter)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)
    _acts: int = 0
    _began: float = field(default_factory=stopwatch)

    async def play(self, calls: list[PlannedCall], *, ends_at: datetime) -> Standing:
        """Play until all calls were taken and every complaint is final, nothing moves any more, or `ends_at`."""
        self._take(self.town.plans(calls))
        last_call_at = DAY_BEGINS + timedelta(minutes=FIRST_CALL_MIN + max(call.at_min for call in calls))
        settled, settled_at = -1, DAY_BEGINS
        for turn in count():
            self.tend()
            standing = await self._look(unhurried=turn % UNHURRIED_EACH == 0)
            self._begin_due()
            now = self.clock.now()
            self.tell(Progress(now, standing, self._acts, len(self._waiting), stopwatch() - self._began))
            if standing.final != settled:
                settled, settled_at = standing.final, now
            all_taken = now > last_call_at and standing.logged >= len(self.town.numbers) >= len(calls)
            is_still = standing.left == 0 and now - max(settled_at, last_call_at) > timedelta(minutes=STILL_MIN)
            if now >= ends_at or (all_taken and (standing.final == standing.logged or is_still)):
                break
            await asyncio.sleep(LOOK_S)
        await asyncio.gather(*self._running, return_exceptions=True)
        return await asyncio.to_thread(self._standing)

    async def go_on(self, come: Iterator[Act]) -> None:
        """Play until cancelled or until nobody comes any more and nothing is under way; `come` is what happens anew,
        one after the other: the next is taken when the one before is due.
        """
        coming = next(come, None)
        for turn in count():
            self.tend()
            if coming is not None and coming.key not in self._taken and not self._is_waiting(CALLS):
                self._put(coming)
                coming = next(come, None)
            standing = await self._look(unhurried=turn % UNHURRIED_EACH == 0)
            self._begin_due()
            self.tell(Progress(self.clock.now(), standing, self._acts, len(self._waiting), stopwatch() - self._began))
            if coming is None and not self._waiting and not self._running:
                return
            await asyncio.sleep(LOOK_S)

    def _is_waiting(self, prefix: str) -> bool:
        return any(act.key.startswith(prefix) for _, _, act in self._waiting)

    async def _look(self, *, unhurried: bool) -> Standing:
        acts, standing = await asyncio.to_thread(self._see, unhurried=unhurried)
        self._take(acts)
        return standing

    def _see(self, *, unhurried: bool) -> tuple[list[Act], Standing]:
        with reading(self.sessions) as look:
            acts = list(self.town.hurried(look))
            if unhurried:
                acts += self.town.unhurried(look)
            return acts, looking.standing(look)

    def _standing(self) -> Standing:
        with reading(self.sessions) as look:
            return looking.standing(look)

    def _take(self, acts: Iterable[Act]) -> None:
        now_s = stopwatch()
        for act in acts:
            just_done = now_s - self._done_at.get(act.key, float("-inf")) < JUST_DONE_S
            if act.key not in self._taken and not just_done and self._tries[act.key] < TRIES:
                self._put(act)

    def _put(self, act: Act) -> None:
        self._taken.add(act.key)
        now = self.clock.now()
        due_at = act.due_at if self.hurry == 1 else now + max(act.due_at - now, timedelta(0)) / self.hurry
        heappush(self._waiting, (due_at, next(self._numbers), act))

    def _begin_due(self) -> None:
        now = self.clock.now()
        while self._waiting and self._waiting[0][0] <= now:
            act = heappop(self._waiting)[2]
            task = asyncio.create_task(self._do(act))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _do(self, act: Act) -> None:
        """One act. Refused, it is tried again only if the next look still shows it."""
        self._acts += 1
        try:
            await act.do()
        except NotYet as later:
            self._put(Act(act.key, self.clock.now() + timedelta(minutes=later.minutes), act.do))
            return
        except (Refused, Failed) as trouble:
            self._tries[act.key] += 1
            log.info("%s: %s", act.key, trouble)
            if act.key.startswith(("call/", "on/")) and self._tries[act.key] < TRIES:
                self._put(Act(act.key, self.clock.now() + timedelta(minutes=2), act.do))
                return
        except Exception:
            self._tries[act.key] += 1
            self.town.api.tally.errors[f"bot {act.key.partition('/')[0]}"] += 1
            log.exception("a bot failed at %s", act.key)
        self._done_at[act.key] = stopwatch()
        self._taken.discard(act.key)
