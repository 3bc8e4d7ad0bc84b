"""`callout demo --live`: bots play callers, technicians, desk and customers on the demo that runs, over HTTP."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
from rich.console import Console
from rich.live import Live
from sqlalchemy import Row, text

from app.assembly import System
from app.demo import callers
from app.demo.people import PASSWORD
from app.replay import ground
from app.replay.bots import Act, Town, picture
from app.replay.client import TIMEOUT_S, Api
from app.replay.ground import People, Worker
from app.replay.playing import CALLS, Day, Progress
from app.replay.scenario import Unit
from app.replay.wording import CHINESE
from foundation.accounts.roles import Role
from foundation.database.session import ReadSession, reading

#: Seconds between two lines where there is no terminal to draw on.
LINE_EACH_S: Final = 10.0
#: Seconds an idle connection is used again: less than the web process keeps it, so that none ends under a request.
KEEP_S: Final = 2.0
#: Minutes between two looks at who comes and goes.
ROSTER_EACH_MIN: Final = 15

_USERS: Final = text(
    """
    SELECT u.id, u.login, u.role, r.region_code FROM users u LEFT JOIN user_regions r ON r.user_id = u.id
    WHERE u.active AND u.role <> 'technician' ORDER BY u.login
    """
)
_WORKERS: Final = text(
    """
    SELECT t.id, t.user_id, u.login, t.region_code, COALESCE(t.home_latitude, o.latitude) AS latitude,
           COALESCE(t.home_longitude, o.longitude) AS longitude
    FROM technicians t JOIN users u ON u.id = t.user_id JOIN outlets o ON o.id = t.outlet_id
    WHERE t.active ORDER BY t.code
    """
)
_ROSTERED: Final = text(
    """
    SELECT s.technician_id FROM shifts s WHERE s.kind = 'duty' AND s.during @> CAST(:now AS timestamptz)
    """
)
_ON_DUTY: Final = text("SELECT technician_id FROM duty WHERE state = 'on'")


class NoDemo(Exception):
    """There is no running demo to play on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How fast people act, minutes of theirs between two calls, how many calls (None: endless), seed of the dice."""

    speed: float = 20.0
    every_min: float = 8.0
    calls: int | None = None
    seed: int = 1


@dataclass(slots=True)
class LiveTown(Town):
    """The demo company's people: who comes and goes follows the roster."""

    def unhurried(self, look: ReadSession) -> Iterator[Act]:
        """What people get round to, and shifts that begin and end."""
        yield from Town.unhurried(self, look)
        now = self.clock.now()
        slot = int(now.timestamp()) // (60 * ROSTER_EACH_MIN)
        rostered = _wanted(look, now=now)
        on_duty = set(look.scalars(_ON_DUTY))
        for worker in self.people.workers.values():
            if worker.technician_id in rostered - on_duty:
                yield Act(f"on/{worker.login}/{slot}", now, lambda worker=worker: self.sign_on(worker))  # type: ignore[misc]
            if worker.technician_id in on_duty - rostered:
                yield Act(f"off/{worker.login}/{slot}", now, lambda worker=worker: self.sign_off(worker))  # type: ignore[misc]


def live(system: System, wish: Wish, *, console: Console) -> None:
    """Play until interrupted, or until `wish.calls` are done. Raises NoDemo."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with reading(system.sessions) as look:
        people = _people(look)
        units = [Unit(*row) for row in look.execute(ground.UNITS)]
    if not people.workers or not units:
        raise NoDemo("This database has no demo company. Run `callout demo` first, on a database of its own.")
    try:
        asyncio.run(_play(system, wish, people, units, console=console))
    except KeyboardInterrupt:
        console.print("Stopped. What is under way stays as it is; you may go on by hand, or start it again.")


async def _play(system: System, wish: Wish, people: People, units: Sequence[Unit], *, console: Console) -> None:
    url = system.settings.public_url
    limits = httpx.Limits(keepalive_expiry=KEEP_S)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits) as http:
        api = Api(http, password=PASSWORD, token="")
        if not await api.is_up():
            raise NoDemo(f"Nothing answers at {url}. Start `callout up` in another terminal first.")
        town = LiveTown(api, people, system.clock, wish.seed, photo=picture(), wording=CHINESE)
        with _told(console, town, wish) as tell:
            day = Day(town, system.sessions, system.clock, tell=tell, tend=lambda: None, hurry=wish.speed)
            await day.go_on(_calls(town, units, wish))


def _calls(town: Town, units: Sequence[Unit], wish: Wish) -> Iterator[Act]:
    """Each call some minutes after the one before; the first at once."""
    for call in callers.calls(units, seed=wish.seed, count=wish.calls):
        due_at = town.clock.now() + timedelta(minutes=wish.every_min if call.number else 0)
        yield Act(f"{CALLS}{call.number}", due_at, lambda call=call: town.call(call))  # type: ignore[misc]  # bound now


def _wanted(look: ReadSession, *, now: datetime) -> set[UUID]:
    """Who is rostered now."""
    return set(look.scalars(_ROSTERED, {"now": now}))


def _people(look: ReadSession) -> People:
    """The demo's people by what they do. Those who answer for a region are asked in the order of their logins."""
    by_role: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    logins: dict[UUID, str] = {}
    for row in look.execute(_USERS):
        logins[row.id] = row.login
        if row.region_code is not None:
            by_role[row.role][row.region_code].append(row.login)
    workers = [_worker(row) for row in look.execute(_WORKERS)]
    logins |= {worker.user_id: worker.login for worker in workers}
    return People(
        agents=by_role[Role.AGENT],
        dispatchers=_first(by_role[Role.DISPATCHER]),
        managers=_first(by_role[Role.MANAGER]),
        logins=logins,
        workers={worker.technician_id: worker for worker in workers},
        token="",
    )


def _first(found: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {region: logins[0] for region, logins in found.items()}


def _worker(row: Row[tuple[object, ...]]) -> Worker:
    """Somebody of the field; when they come and go is read from the roster."""
    always = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    return Worker(row.id, row.user_id, row.login, row.region_code, (row.latitude, row.longitude), always, always)


@contextmanager
def _told(console: Console, town: Town, wish: Wish) -> Iterator[Callable[[Progress], None]]:
    """Where progress is told: drawn on a terminal, else a line now and then."""
    console.print(f"People act {wish.speed:g} times as fast as in life. Ctrl-C ends it.")
    if not console.is_terminal:
        spoken_at = [float("-inf")]

        def speak(progress: Progress) -> None:
            if progress.real_s - spoken_at[0] >= LINE_EACH_S:
                spoken_at[0] = progress.real_s
                console.print(_line(town, progress), soft_wrap=True)

        yield speak
        return
    with Live(console=console, refresh_per_second=2, transient=True) as drawn:
        yield lambda progress: drawn.update(_line(town, progress))


def _line(town: Town, progress: Progress) -> str:
    standing, tally = progress.standing, town.api.tally
    trouble = "".join(f"; {count} × {what}" for what, count in tally.errors.most_common(3))
    return (
        f"{progress.real_s:.0f} s: {len(town.numbers)} calls taken; {standing.left + standing.owned} open "
        f"({standing.stages}), {standing.final} final; {sum(tally.statuses.values())} requests, "
        f"{sum(tally.errors.values())} errors{trouble}"
    )
