"""The `callout` command: one line of help per command, progress for everything that takes time."""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final, NoReturn
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app import children, chores, settings
from app.demo import living
from app.replay.command import ReplayFailed
from app.settings import Settings, SettingsWrong
from foundation.accounts.roles import Role
from foundation.database.cluster import DatabaseRefused
from foundation.problems import Problem

console = Console(highlight=False)
#: For refusals, so that they never stand where a program expects a command's answer.
complaints = Console(highlight=False, stderr=True)
cli = typer.Typer(
    help="Callout: 24-hour dispatch and escalation of equipment complaints.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
imports = typer.Typer(help="Import registers from CSV (also .csv.gz); bad lines are reported, good ones never lost.")
verifying = typer.Typer(help="Prove that history was not altered.")
users = typer.Typer(help="People who sign in.")
tokens = typer.Typer(help="Other systems that log complaints.")
cli.add_typer(imports, name="import")
cli.add_typer(verifying, name="verify")
cli.add_typer(users, name="user")
cli.add_typer(tokens, name="token")

FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
#: Exit code when a check found something.
FOUND_SOMETHING: Final = 1
#: Exit code when what was asked for can't be done, as for a wrong option.
REFUSED: Final = 2


def _settings() -> Settings:
    try:
        return settings.from_environment()
    except SettingsWrong as wrong:
        _tell(f"These settings can't be used:\n{wrong}")
        raise typer.Exit(REFUSED) from None


@cli.command()
def up() -> None:
    """Run the whole system: database, migrations, demo data, web, worker, clockwork. Ctrl-C stops it."""
    children.become("up")


@cli.command()
def web() -> None:
    """Run only the pages and the API (DATABASE_URL or a running `callout up`)."""
    children.become("web")


@cli.command()
def worker() -> None:
    """Run only the jobs."""
    children.become("worker")


@cli.command()
def clockwork() -> None:
    """Run only relay, sweeps and watchdog."""
    children.become("clockwork")


@cli.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    chores.migrate(_settings(), say=_say)
    _say("The database has the newest shape.")


@cli.command()
def demo(
    *,
    live: Annotated[bool, typer.Option("--live", help="let bots play on the running demo until Ctrl-C")] = False,
    speed: Annotated[float, typer.Option(min=1, max=200, help="how many times faster people act than in life")] = 20.0,
    every: Annotated[float, typer.Option(min=0.5, help="minutes of theirs between two calls")] = 8.0,
    calls: Annotated[int | None, typer.Option(min=1, help="end after so many calls; endless without")] = None,
    seed: int = 1,
) -> None:
    """Make the demo company: regions, people, units and some complaints. Does nothing when there is data."""
    if live:
        wish = living.Wish(speed=speed, every_min=every, calls=calls, seed=seed)
        chores.demo_live(_settings(), wish, console=console)
        return
    chores.demo(_settings(), say=_say)


@cli.command(name="settings")
def settings_in_force() -> None:
    """Show every setting in force and where it came from."""
    _settings()
    table = Table("setting", "value", "from")
    for row in settings.in_force():
        table.add_row(row.name, escape(row.value), row.source)
    console.print(table)


@cli.command()
def invariants(
    *,
    everything: Annotated[bool, typer.Option("--all", help="look at all history, not only at recent changes")] = False,
) -> None:
    """Ask every invariant; prints what violates one and exits 1 if anything does."""
    violations = chores.invariants(_settings(), everything=everything, say=_say)
    for name, rows in violations.items():
        console.print(f"[red]{name}[/red]: {len(rows)}")
        for row in rows[:10]:
            console.print(f"    {row}", markup=False)
    if violations:
        raise typer.Exit(FOUND_SOMETHING)
    _say("All invariants hold.")


@cli.command()
def errands(
    announcement: Annotated[UUID | None, typer.Argument(metavar="ID", help="as the table shows it")] = None,
    job: Annotated[str | None, typer.Argument(metavar="JOB")] = None,
    *,
    seen: Annotated[bool, typer.Option("--seen", help="somebody looked into it and leaves it alone")] = False,
    again: Annotated[bool, typer.Option("--again", help="let it be tried again from the first attempt")] = False,
) -> None:
    """Show the jobs that failed for the last time, or say of one that it was seen or is to be tried again."""
    if not seen and not again and announcement is None:
        _show_errands()
        return
    if seen == again or announcement is None or job is None:
        raise typer.BadParameter("give --seen or --again with the ID and the JOB of one errand")
    change = chores.see_errand if seen else chores.revive_errand
    if not change(_settings(), announcement, job, say=_say):
        _say(f"No parked errand {job} for {announcement}.")
        raise typer.Exit(FOUND_SOMETHING)
    _say(f"{job} for {announcement} counts as seen." if seen else f"{job} for {announcement} is tried again.")


def _show_errands() -> None:
    found = chores.dead_letters(_settings(), say=_say)
    if not found:
        _say("No errand is parked.")
        return
    table = Table(Column("id", no_wrap=True), Column("job", no_wrap=True), "about", "attempts", "seen", "trouble")
    for each in found:
        about = f"{each.kind} {each.subject_id}"
        table.add_row(
            str(each.announcement_id), each.job, about, str(each.attempts), "yes" if each.is_seen else "no",
            escape(each.trouble or ""),
        )  # fmt: skip
    console.print(table)


@verifying.command()
def ledger() -> None:
    """Recompute every chain and compare it with the signed checkpoints under var/."""
    findings = chores.verify_ledger(_settings(), say=_say)
    for finding in findings:
        console.print(f"[red]{finding}[/red]")
    if findings:
        raise typer.Exit(FOUND_SOMETHING)
    _say("The ledger is whole.")


@imports.command(name="equipment")
def import_equipment(file: FileArgument, report: Annotated[Path | None, typer.Option()] = None) -> None:
    """Units with serial number, model, family, site and position."""
    chores.import_register(_settings(), "equipment", file, report=report, say=_say, console=console)


@imports.command(name="technicians")
def import_technicians(file: FileArgument, report: Annotated[Path | None, typer.Option()] = None) -> None:
    """Technicians with outlet, skills and certificates."""
    chores.import_register(_settings(), "technicians", file, report=report, say=_say, console=console)


@imports.command(name="customers")
def import_customers(file: FileArgument, report: Annotated[Path | None, typer.Option()] = None) -> None:
    """Customers with names and phones."""
    chores.import_register(_settings(), "customers", file, report=report, say=_say, console=console)


@users.command(name="add")
def user_add(  # noqa: PLR0917 -- Typer makes options of the ones with a default
    login: str,
    role: Role,
    name: Annotated[str, typer.Option(help="the person's name")],
    region: Annotated[list[str] | None, typer.Option(help="may be given several times")] = None,
    email: Annotated[str | None, typer.Option()] = None,
    phone: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Add a person. The password is asked for, or read from standard input when that is no terminal."""
    password = typer.prompt("Password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    chores.add_user(
        _settings(),
        login=login,
        role=role,
        name=name,
        regions=region or [],
        email=email,
        phone=phone,
        password=password,
        say=_say,
    )
    _say(f"{login} may sign in.")


@tokens.command(name="add")
def token_add(
    name: str,
    power: Annotated[list[str], typer.Option(help="a permission such as complaint.log; may be given several times")],
    region: Annotated[list[str] | None, typer.Option(help="all regions if none is given")] = None,
) -> None:
    """Make an API token. It is printed once and never again."""
    secret = chores.add_token(_settings(), name=name, powers=power, regions=region, say=_say)
    typer.echo(secret)


@cli.command()
def replay(  # noqa: PLR0917 -- Typer makes options of the ones with a default
    file: FileArgument,
    complaints: Annotated[int, typer.Option(min=1)] = 1000,
    speed: Annotated[float, typer.Option(min=1)] = 50.0,
    technicians: Annotated[int, typer.Option(min=1)] = 200,
    seed: int = 1,
    out: Annotated[Path | None, typer.Option(help="write the figures as JSON")] = None,
) -> None:
    """Log complaints from a register on a system of its own and show what becomes of them, until all are settled."""
    figures = chores.replay(
        _settings(),
        file,
        complaints=complaints,
        speed=speed,
        technicians_count=technicians,
        seed=seed,
        console=console,
    )
    if out is not None:
        out.write_text(json.dumps(figures, ensure_ascii=False, indent=2), encoding="utf-8")


def _say(sentence: str) -> None:
    """One line for the operator, at once even into a pipe."""
    with suppress(BrokenPipeError):
        print(sentence, flush=True)


def _tell(sentence: str) -> None:
    """A refusal, as it was said: brackets in it are no marks for colours."""
    complaints.print(sentence, style="red", markup=False, soft_wrap=True)


def _refuse(sentence: str) -> NoReturn:
    _tell(sentence)
    sys.exit(REFUSED)


def main() -> None:
    """Run the command; a refusal is one readable sentence, never a traceback."""
    try:
        cli(standalone_mode=True)
    except (DatabaseRefused, chores.CommandRefused, living.NoDemo, ReplayFailed) as refused:
        _refuse(str(refused))
    except Problem as problem:
        _refuse(chores.sentence(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
