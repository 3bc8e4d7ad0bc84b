"""What the commands do besides running: migrations, imports, checks, people, tokens, replay."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

import app.invariants
import foundation.accounts.actions
import foundation.ledger.verifying
from app.assembly import System, assemble
from app.demo import seeding
from app.place import found
from app.replay import command
from app.settings import Settings
from foundation.accounts.roles import Role
from foundation.accounts.roles import system as system_actor
from foundation.database import migrating
from foundation.database.session import reading, unit_of_work
from foundation.language import Language, translate
from foundation.ledger import keys
from foundation.problems import Problem

Say = Callable[[str], None]
#: The author of what an operator does on the command line.
OPERATOR: Final = system_actor("command-line")
#: Faults shown on the terminal; the report has them all.
SHOWN_FAULTS: Final = 10


@contextmanager
def _system(settings: Settings, *, say: Say) -> Iterator[System]:
    """The parts of a command, over a database that has the newest shape."""
    with found(settings, say=say) as server:
        migrating.upgrade(server.owner_url)
        system = assemble(settings, server.app_url, part="command", pool_size=2)
        yield system
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


def invariants(settings: Settings, *, say: Say) -> dict[str, list[str]]:
    """Ask every invariant; what violates one, by its sentence."""
    with _system(settings, say=say) as system, reading(system.sessions) as look:
        return app.invariants.violations(
            look, now=app.invariants.patient_now(system.clock), machine_now=system.clock.machine_now()
        )


def verify_ledger(settings: Settings, *, say: Say) -> list[str]:
    """Recompute every chain and compare it with the exported checkpoints; one sentence per finding."""
    public_key = keys.public_key(settings.var / "keys")
    with _system(settings, say=say) as system, reading(system.sessions) as look:
        findings = foundation.ledger.verifying.verify(
            look, folder=settings.var / "checkpoints", public_key=public_key
        )
    return [str(finding) for finding in findings]


def add_user(
    settings: Settings,
    *,
    login: str,
    role: str,
    name: str,
    regions: Sequence[str],
    email: str | None,
    phone: str | None,
    password: str,
    say: Say,
) -> None:
    """Add a person. Raises the Problems of `accounts.actions.add_user`; ValueError for an unknown role."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        foundation.accounts.actions.add_user(
            db, login, name=name, role=Role(role), regions=regions, password=password, email=email, phone=phone,
            actor=OPERATOR, now=system.clock.now(),
        )  # fmt: skip


def add_token(settings: Settings, *, name: str, powers: Sequence[str], regions: Sequence[str] | None, say: Say) -> str:
    """Make an API token; its secret, which is stored nowhere."""
    with _system(settings, say=say) as system, unit_of_work(system.sessions) as db:
        made = foundation.accounts.actions.add_token(
            db, name, powers=powers, regions=regions, expires_at=None, actor=OPERATOR, now=system.clock.now()
        )
    return made.secret


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
