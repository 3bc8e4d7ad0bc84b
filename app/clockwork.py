"""The clockwork: relay, sweeps and watchdog, each in a thread of its own, so that a slow one delays no other.

Any number of clockworks may run: the relay and the sweeps skip what another one holds. A loop that fails says so in
its row in `loops` and goes on; a loop that stops is noticed by the watchdog and by the health page.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from foundation.clock import stopwatch
from foundation.database.session import unit_of_work
from foundation.jobs import watching
from foundation.jobs.doorbell import listen
from foundation.jobs.job import JobContext, Recurring
from foundation.jobs.running import trouble_of
from foundation.ledger import relay
from foundation.ledger.relay import Ring, Subscriptions

log = logging.getLogger(__name__)

#: The relay looks at least this often, rung or not; seconds of machine time.
RELAY_EVERY_S: Final = 1.0
RING_AGAIN_EVERY_S: Final = 1.0
WATCH_EVERY_S: Final = 10.0
#: A loop that is well writes its row at most this often; a change of its trouble is written at once.
NOTE_EVERY_S: Final = 5.0
#: Announcements relayed in one transaction.
BATCH: Final = 200
#: Seconds the threads have to come to an end.
STOP_S: Final = 2.0


@dataclass(slots=True)
class Pulse:
    """What a loop has to tell, and when it told it last."""

    moved: int = 0
    trouble: str | None = None
    noted_at: float = field(default=float("-inf"))
    noted_trouble: str | None = None


def loops(*, subscriptions: Subscriptions, ring: Ring, recurring: Sequence[Recurring]) -> list[Recurring]:
    """Everything the clockwork turns: the relay, the second ring, the watchdog and the packages' own sweeps."""
    return [
        Recurring(name="relay", every_s=RELAY_EVERY_S, tick=partial(relay_all, subscriptions=subscriptions, ring=ring)),
        Recurring(name="ring-again", every_s=RING_AGAIN_EVERY_S, tick=partial(ring_again, ring=ring)),
        Recurring(name="watchdog", every_s=WATCH_EVERY_S, tick=watching.watch, first_after_s=WATCH_EVERY_S),
        *recurring,
    ]


def relay_all(context: JobContext, *, subscriptions: Subscriptions, ring: Ring) -> int:
    """Relay until nothing is left; while the queue is away (QueueAway), a batch per tick."""
    total = 0
    while True:
        moved = relay.relay_once(
            context.sessions, subscriptions=subscriptions, ring=ring, now=context.clock.machine_now(), limit=BATCH
        )
        total += moved
        if moved < BATCH:
            return total


def ring_again(context: JobContext, *, ring: Ring) -> int:
    """Ring once more for what waits. Raises QueueAway."""
    return relay.ring_again(context.sessions, ring=ring, now=context.clock.machine_now())


@contextmanager
def turning(
    context: JobContext,
    *,
    subscriptions: Subscriptions,
    ring: Ring,
    recurring: Sequence[Recurring],
    database_url: str | None,
) -> Iterator[None]:
    """Run all loops while the block runs; without `database_url` no doorbell is heard and the relay only sweeps."""
    turned = loops(subscriptions=subscriptions, ring=ring, recurring=recurring)
    forget_retired(context, known=[loop.name for loop in turned])
    stopped, heard = threading.Event(), threading.Event()
    threads = [
        threading.Thread(
            target=run_loop, name=loop.name, daemon=True, args=(context, loop),
            kwargs={"stopped": stopped, "heard": heard if loop.name == "relay" else threading.Event()},
        )
        for loop in turned
    ]  # fmt: skip
    if database_url is not None:
        threads.append(threading.Thread(target=listen, name="listen", daemon=True, args=(database_url, heard, stopped)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        heard.set()
        ends_at = stopwatch() + STOP_S
        for thread in threads:
            thread.join(timeout=max(0.0, ends_at - stopwatch()))


def forget_retired(context: JobContext, *, known: Collection[str]) -> None:
    """Forget the rows of loops that an earlier version turned: they would be called silent for ever."""
    try:
        with unit_of_work(context.sessions) as db:
            gone = watching.forget_retired(db, known=known)
    except SQLAlchemyError as error:
        log.warning("retired loops could not be forgotten: %s", type(error).__name__)
        return
    if gone:
        log.info("forgot %d loops that this version doesn't have", gone)


def run_loop(context: JobContext, loop: Recurring, *, stopped: threading.Event, heard: threading.Event) -> None:
    """Tick after `first_after_s`, then every `every_s` or when `heard` is set, until `stopped`."""
    pulse = Pulse()
    stopped.wait(loop.first_after_s)
    while not stopped.is_set():
        started = stopwatch()
        heard.clear()
        tick(context, loop, pulse)
        remaining = loop.every_s - (stopwatch() - started)
        while remaining > 0 and not stopped.is_set() and not heard.wait(min(remaining, 0.5)):
            remaining = loop.every_s - (stopwatch() - started)


def tick(context: JobContext, loop: Recurring, pulse: Pulse) -> None:
    """One tick; whatever goes wrong is logged when it begins, noted, and tried again at the next one."""
    try:
        pulse.moved += loop.tick(context)
        if pulse.trouble is not None:
            log.warning("loop %s is well again", loop.name)
        pulse.trouble = None
    except Exception as error:
        if pulse.trouble is None:
            log.exception("loop %s is in trouble", loop.name)
        pulse.trouble = trouble_of(error)
    note(context, loop, pulse)


def note(context: JobContext, loop: Recurring, pulse: Pulse) -> None:
    """Write the loop's row when it is due or its trouble changed; a database that is away is no trouble of its own."""
    changed = (pulse.trouble is None) != (pulse.noted_trouble is None)
    if not changed and stopwatch() - pulse.noted_at < NOTE_EVERY_S:
        return
    try:
        with unit_of_work(context.sessions) as db:
            watching.ticked(
                db, loop.name, every_s=loop.every_s, moved=pulse.moved, trouble=pulse.trouble,
                now=context.clock.machine_now(),
            )  # fmt: skip
    except Exception as error:  # noqa: BLE001 -- the loop goes on; its silence in `loops` is what tells
        log.warning("loop %s could not say that it ticked: %s", loop.name, error)
        return
    pulse.moved, pulse.noted_at, pulse.noted_trouble = 0, stopwatch(), pulse.trouble
