"""The replay from begin to end: ground, processes, the day, checks, figures."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import psutil
from rich.console import Console
from rich.live import Live
from sqlalchemy import text

from app import invariants
from app.replay import figures, ground, scenario
from app.replay.bots import Town
from app.replay.client import TIMEOUT_S, Api, Tally
from app.replay.figures import Outcome
from app.replay.ground import DAY_BEGINS, FOLDER, Populated
from app.replay.looking import Standing
from app.replay.playing import Day, Progress
from app.settings import Settings
from app.supervisor import Child, look_after, stop
from foundation.clock import Clock, MachineClock, ShiftedClock, stopwatch
from foundation.database.server import Server
from foundation.database.session import Sessions, engine_for, reading
from foundation.ledger import keys, verifying

#: Hours of the day in which people call, and after which the day is over whatever is left.
CALLING_H: Final = 12.0
DAY_H: Final = 30.0
#: Seconds from the processes' start to the begin of the day.
LEAD_S: Final = 6.0
#: Seconds that the web process has to answer, and jobs have to come to rest when the day is over.
UP_WITHIN_S: Final = 40.0
REST_WITHIN_S: Final = 60.0
#: Seconds between two lines where there is no terminal to draw on.
LINE_EACH_S: Final = 30.0

_UNREST: Final = text(
    """
    SELECT (SELECT count(*) FROM announcements WHERE relayed_at IS NULL)
         + (SELECT count(*) FROM errands WHERE state = 'waiting')
    """
)


class ReplayFailed(Exception):
    """The system could not be started for the replay; the message says which log to read."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played. The day is `day_h` long, calls come in its first `calling_h` hours."""

    complaints: int = 1000
    speed: float = 50.0
    technicians: int = 200
    seed: int = 1
    calling_h: float = CALLING_H
    day_h: float = DAY_H


def replay(
    settings: Settings, file: Path, *, complaints: int, speed: float, technicians: int, seed: int, console: Console
) -> dict[str, object]:
    """Play the complaints of a register on a system of its own, show progress and figures; the figures as data.

    Raises DatabaseRefused, ReplayFailed, FieldWrong for an unfit file.
    """
    wish = Wish(complaints=complaints, speed=speed, technicians=technicians, seed=seed)
    return play(settings, file, wish, console=console)


def play(settings: Settings, file: Path, wish: Wish, *, console: Console) -> dict[str, object]:
    """The same with every choice."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    machine = MachineClock()
    with ground.database(settings, say=console.print) as found, _sessions(found) as sessions:
        made = _populated(sessions, file, wish, console=console)
        day = ground.clock(machine, speed=wish.speed, lead_s=LEAD_S)
        port = ground.free_port()
        began = stopwatch()
        with _running(settings, found, day, port=port, say=console.print) as crew:
            standing, tally = asyncio.run(
                _day(made, wish, sessions=sessions, day=day, port=port, tend=crew.tend, console=console)
            )
            _come_to_rest(sessions, crew.tend)
            machine_told = {
                "real_s": round(stopwatch() - began, 1), "cores": os.cpu_count(), "cpu_s": crew.cpu_s(),
                "load_average": [round(load, 1) for load in os.getloadavg()],
            }  # fmt: skip
            outcome = _outcome(settings, sessions, made, wish, day, standing=standing, tally=tally, told=machine_told)
        with reading(sessions) as look:
            told = figures.gathered(look, outcome)
    figures.show(console, told)
    return told


@contextmanager
def _sessions(found: Server) -> Iterator[Sessions]:
    engine = engine_for(found.app_url, pool_size=4, application="callout-replay")
    yield Sessions(engine)
    engine.dispose()


def _populated(sessions: Sessions, file: Path, wish: Wish, *, console: Console) -> Populated:
    with console.status("Importing the register …") as status:
        made = ground.populate(
            sessions, file, technicians_count=wish.technicians, seed=wish.seed, stopwatch=stopwatch,
            progress=lambda lines: status.update(f"Importing the register: {lines} lines"),
        )  # fmt: skip
    report = made.report
    console.print(
        f"{report.lines} lines in {made.import_s:.1f} s: {report.added} units, {len(report.faults)} remarks, "
        f"{report.refused} refused; {len(made.people.workers)} technicians in {len(made.people.agents)} regions."
    )
    return made


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes of the replay."""

    children: Sequence[Child]
    say: Callable[[str], None]

    def tend(self) -> None:
        """Start again what ended, repeat what a person must see."""
        look_after(self.children, now=time.monotonic(), say=self.say)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time that each has used so far, the bots included."""
        pids = {child.spec.name: child.process.pid for child in self.children if child.process is not None}
        return {name: _cpu_s(psutil.Process(pid)) for name, pid in pids.items()} | {"bots": _cpu_s(psutil.Process())}


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return round(float(used.user + used.system), 1)


@contextmanager
def _running(
    settings: Settings, found: Server, day: ShiftedClock, *, port: int, say: Callable[[str], None]
) -> Iterator[Crew]:
    """The processes, started; whoever gets them has to tend them."""
    logs = settings.var / FOLDER / "log"
    logs.mkdir(parents=True, exist_ok=True)
    children = [Child(spec, log=logs / f"{spec.name}.log") for spec in ground.children(settings, found, day, port=port)]
    try:
        for child in children:
            child.start()
        yield Crew(children, say)
    finally:
        stop(children)


async def _day(
    made: Populated,
    wish: Wish,
    *,
    sessions: Sessions,
    day: ShiftedClock,
    port: int,
    tend: Callable[[], None],
    console: Console,
) -> tuple[Standing, Tally]:
    calls = scenario.plan(made.units, calls=wish.complaints, span_min=60 * wish.calling_h, seed=wish.seed)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S) as http:
        api = Api(http, password=ground.PASSWORD, token=made.people.token)
        await _up(api, tend)
        town = Town(api, made.people, day, wish.seed)
        with _told(console, complaints=wish.complaints, tally=api.tally) as tell:
            played = Day(town, sessions, day, tell=tell, tend=tend)
            standing = await played.play(calls, ends_at=DAY_BEGINS + timedelta(hours=wish.day_h))
        return standing, api.tally


async def _up(api: Api, tend: Callable[[], None]) -> None:
    """Wait until the web process answers. Raises ReplayFailed."""
    gives_up = stopwatch() + UP_WITHIN_S
    while not await api.is_up():
        if stopwatch() > gives_up:
            raise ReplayFailed("The web process does not answer; read its log under var/replay/log.")
        tend()
        await asyncio.sleep(0.2)


@contextmanager
def _told(console: Console, *, complaints: int, tally: Tally) -> Iterator[Callable[[Progress], None]]:
    """Where progress is told: drawn on a terminal, else a line now and then."""
    if not console.is_terminal:
        spoken_at = [float("-inf")]

        def speak(progress: Progress) -> None:
            if progress.real_s - spoken_at[0] >= LINE_EACH_S:
                spoken_at[0] = progress.real_s
                console.print(_line(progress, complaints=complaints, tally=tally), soft_wrap=True)

        yield speak
        return
    with Live(console=console, refresh_per_second=2) as live:
        yield lambda progress: live.update(_line(progress, complaints=complaints, tally=tally))


def _line(progress: Progress, *, complaints: int, tally: Tally) -> str:
    standing = progress.standing
    return (
        f"{progress.at.astimezone(DAY_BEGINS.tzinfo):%H:%M} of the day, {progress.real_s:.0f} s: "
        f"{standing.logged}/{complaints} logged, {standing.final} final, {standing.owned} escalated, "
        f"{standing.left} under way ({standing.stages}); {sum(tally.statuses.values())} requests, "
        f"{sum(tally.errors.values())} errors"
    )


def _come_to_rest(sessions: Sessions, tend: Callable[[], None]) -> None:
    """Wait until every announcement was heard and every errand is done, so that nothing is checked half-way."""
    gives_up = stopwatch() + REST_WITHIN_S
    while stopwatch() < gives_up:
        tend()
        with reading(sessions) as look:
            if look.scalar(_UNREST) == 0:
                return
        time.sleep(0.5)


def _outcome(
    settings: Settings,
    sessions: Sessions,
    made: Populated,
    wish: Wish,
    day: Clock,
    *,
    standing: Standing,
    tally: Tally,
    told: Mapping[str, object],
) -> Outcome:
    """Everything checked while the system still runs: silent loops would be a finding."""
    with reading(sessions) as look:
        violated = invariants.by_clock(look, day)
    return Outcome(
        standing=standing, tally=tally, invariants=violated, ledger=_ledger_findings(settings, sessions),
        setting={
            "complaints": wish.complaints, "speed": wish.speed, "technicians": wish.technicians, "seed": wish.seed,
            "units": made.report.added, "import_s": round(made.import_s, 1),
            "day_ended_at": f"{day.now().astimezone(DAY_BEGINS.tzinfo):%Y-%m-%d %H:%M}", **told,
        },
    )  # fmt: skip


def _ledger_findings(settings: Settings, sessions: Sessions) -> Sequence[str]:
    var = settings.var / FOLDER
    public_key = keys.public_key(var / "keys" / keys.PUBLIC_NAME)
    with reading(sessions) as look:
        return [str(finding) for finding in verifying.verify(look, folder=var / "checkpoints", public_key=public_key)]
