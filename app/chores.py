"""What the commands do besides running: migrations, imports, checks, people, tokens, replay."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

import foundation.accounts.actions
import foundation.ledger.verifying
import intake.importing
import technicians.importing
from app import invariants as laws
from app import routes
from app.assembly import System, assemble
from app.demo import living, seeding
from app.place import found
from app.replay import command
from app.settings import Settings
from foundation.accounts.roles import Role
from foundation.accounts.roles import system as system_actor
from foundation.database import migrating
from foundation.database.session import reading, unit_of_work
from foundation.jobs import parked
from foundation.language import Language, translate
from foundation.ledger import keys
from foundation.problems import Problem

Say = Callable[[str], None]
#: The author of what an operator does on the command line.
OPERATOR: Final = system_actor("command-line")
#: Faults shown on the terminal; the report has them all.
SHOWN_FAULTS: Final = 10
_PATIENTLY: Final = text("SET LOCAL statement_timeout = 0")


class CommandRefused(Exception):
    """What an operator named can't be used; the message is a sentence for them."""


@contextmanager
def _system(settings: Settings, *, say: Say) -> Iterator[System]:
    """The parts of a command, over a database that has the newest shape."""
    with found(settings, say=say) as server:
        migrating.upgrade(server.owner_url)
        system = assemble(settings, server.app_url, part="command", pool_size=2)
        try:
            yield system
        finally:
            system.sessions.engine.dispose()


def sentence(problem: Problem) -> str:
    """A refusal as one sentence for the operator."""
    return translate(Language.ENGLISH, f"problem.{problem.code}.detail", **problem.facts)


def migrate(settings: Settings, *, say: Say) -> None:
    """Bring the database to the newest shape."""
    with found(settings, say=say) as server:
        migrating.upgrade(server.owner_url)


def demo(settings: Settings, *, say: Say) -> None:
    """Make the demo company unless there is data."""
    with _system(settings, say=say) as system:
        seeding.seed(system, say=say)


def demo_live(settings: Settings, wish: living.Wish, *, console: Console) -> None:
    """Let bots play on the demo that runs, until Ctrl-C. Raises NoDemo."""
    if not settings.demo:
        raise living.NoDemo("This is no demo: bots sign in with a published password. See CALLOUT_DEMO.")
    with _system(settings, say=console.print) as system:
        living.live(system, wish, console=console)


def invariants(settings: Settings, *, everything: bool, say: Say) -> dict[str, list[str]]:
    """Ask every invariant; what violates one, by its sentence. `everything` looks at all history and takes its time."""
    with _system(settings, say=say) as system, reading(system.sessions) as look:
        if everything:
            look.execute(_PATIENTLY)
        return laws.by_clock(look, system.clock, only_recent=not everything)


def dead_letters(settings: Settings, *, say: Say) -> list[parked.Parked]:
    """The errands that failed for the last time, oldest first."""
    with _system(settings, say=say) as system, reading(system.sessions) as look:
        return parked.all_parked(look)


def see_errand(settings: Settings, announcement_id: UUID, job: str, *, say: Say) -> bool:
    """Somebody has looked into a dead letter and leaves it alone; False if there is none such."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        return parked.see(db, announcement_id, job, now=system.clock.machine_now())


def revive_errand(settings: Settings, announcement_id: UUID, job: str, *, say: Say) -> bool:
    """Let a dead letter be tried again; False if there is none such."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        return parked.revive(db, announcement_id, job, now=system.clock.machine_now())


def verify_ledger(settings: Settings, *, say: Say) -> list[str]:
    """Recompute every chain and compare it with the exported checkpoints; one sentence per finding.

    Raises CommandRefused without the key that checks them.
    """
    public_key = _public_key(settings.var / "keys" / keys.PUBLIC_NAME)
    with _system(settings, say=say) as system, reading(system.sessions) as look:
        findings = foundation.ledger.verifying.verify(look, folder=settings.var / "checkpoints", public_key=public_key)
    return [str(finding) for finding in findings]


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        return keys.public_key(path)
    except (OSError, ValueError, keys.KeyUnusable) as fault:
        raise CommandRefused(
            f"The key that checks checkpoints can't be read from {path}. The clockwork makes it with the first checkpoint; "
            "after a restore it comes from the backup of var/keys."
        ) from fault


def add_user(
    settings: Settings,
    *,
    login: str,
    role: Role,
    name: str,
    regions: Sequence[str],
    email: str | None,
    phone: str | None,
    password: str,
    say: Say,
) -> None:
    """Add a person. Raises the Problems of `accounts.actions.add_user`."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        foundation.accounts.actions.add_user(
            db, login, name=name, role=role, regions=regions, password=password, email=email, phone=phone,
            actor=OPERATOR, now=system.clock.now(),
        )  # fmt: skip


def add_token(settings: Settings, *, name: str, powers: Sequence[str], regions: Sequence[str] | None, say: Say) -> str:
    """Make an API token; its secret, which is stored nowhere."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        made = foundation.accounts.actions.add_token(
            db,
            name,
            powers=powers,
            regions=regions,
            expires_at=None,
            known_powers=frozenset(routes.powers()),
            actor=OPERATOR,
            now=system.clock.now(),
        )
    return made.secret


def import_register(
    settings: Settings, register: str, file: Path, *, report: Path | None, say: Say, console: Console
) -> None:
    """Import a file with a progress bar, print what became of its lines, and write every fault to `report`.

    Raises CommandRefused before anything is imported: for a broken archive, for a report that can't be written.
    """
    if report is not None:
        _assert_writable(report)
    try:
        with _system(settings, say=say) as system, intake.importing.opened(file) as lines, _bar(console, file) as bar:
            found = _imported(system, register, bar(lines))
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise CommandRefused(f"{file} is a broken archive; nothing was imported. ({broken})") from broken
    faults = [(fault.line, fault.field, fault.reason) for fault in found.faults]
    say(
        f"{found.lines} lines: {found.added} added, {found.changed} changed, {found.unchanged} unchanged, {len(faults)} noted"
    )
    for line, name, reason in faults[:SHOWN_FAULTS]:
        say(f"  line {line}: {name}: {reason}")
    if report is not None or len(faults) > SHOWN_FAULTS:
        _write_report(report or settings.var / "reports" / f"{register}.csv", faults, say=say)


def _assert_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as fault:
        raise CommandRefused(
            f"The report can't be written to {path}: {fault.strerror}. Nothing was imported."
        ) from fault


def _imported(
    system: System, register: str, lines: Iterator[str]
) -> intake.importing.ImportReport | technicians.importing.ImportReport:
    now = system.clock.now()
    match register:
        case "equipment":
            return intake.importing.import_equipment(system.sessions, lines, actor=OPERATOR, now=now)
        case "customers":
            return intake.importing.import_customers(system.sessions, lines, actor=OPERATOR, now=now)
        case _:
            return technicians.importing.import_technicians(system.sessions, lines, actor=OPERATOR, now=now)


@contextmanager
def _bar(console: Console, file: Path) -> Iterator[Callable[[IO[str]], Iterator[str]]]:
    """Count lines on a bar; their number is only known at the end, so the bar counts up."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} lines"), TimeElapsedColumn(),
        console=console,
    ) as progress:  # fmt: skip
        task = progress.add_task(f"Importing {file.name}", total=None)

        def counted(lines: IO[str]) -> Iterator[str]:
            for line in lines:
                progress.advance(task)
                yield line

        yield counted


def _write_report(path: Path, faults: Sequence[tuple[int, str, str]], *, say: Say) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "field", "reason"))
        writer.writerows(faults)
    say(f"Every noted line is in {path}")


def replay(
    settings: Settings,
    file: Path,
    *,
    complaints: int,
    speed: float,
    technicians_count: int,
    seed: int,
    console: Console,
) -> dict[str, object]:
    """Play a register's complaints on a system of its own; the figures of what became of them."""
    return command.replay(
        settings, file, complaints=complaints, speed=speed, technicians=technicians_count, seed=seed, console=console
    )
