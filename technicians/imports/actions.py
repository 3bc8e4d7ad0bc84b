"""Previewing a file and importing it: small ones at once, large ones part by part, by jobs that say how far they are."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

import intake.importing
import technicians.importing
from foundation.accounts import queries as accounts
from foundation.accounts.roles import Actor, ActorKind, Role, system
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.jobs import asked
from foundation.ledger.announcing import announce
from foundation.problems import FieldWrong, NotFound
from intake.csv_lines import WHOLE, Part
from intake.importing import ImportReport
from technicians.errors import ImportNotReady
from technicians.events import ImportGoesOn, ImportWaits
from technicians.imports import reading, report
from technicians.models import Import
from technicians.words import ImportState, Register

#: Lines of a file that is checked and imported while somebody waits; a technician's line takes ten times as long.
AT_ONCE: Final = {Register.EQUIPMENT: 3000, Register.CUSTOMERS: 3000, Register.TECHNICIANS: 300}
#: Lines that the worker imports in one transaction, so that nothing stays locked for longer than a second or so.
PART: Final = {Register.EQUIPMENT: 3000, Register.CUSTOMERS: 3000, Register.TECHNICIANS: technicians.importing.LOT}
NAME_LENGTH: Final = 120
#: Imports of the list.
LISTED: Final = 50


def preview(
    db: WriteSession, files: FileStore, *, register: Register, content: bytes, name: str, actor: Actor, now: datetime
) -> Import:
    """Keep the file and tell what would become of its lines; many lines are looked at by a job.

    Raises ImportUnreadable.
    """
    lines = reading.lines(content, register)
    stored = files.put(content)
    made = Import(
        id=new_id(), register=register, state=ImportState.CHECKING, file_sha256=stored.sha256, size=stored.size,
        file_name=_name(name), lines=len(lines) - 1, lines_done=0, asked_by=actor.id if actor.role else None,
        previewed_at=now,
    )  # fmt: skip
    db.add(made)
    db.flush()
    if made.lines > AT_ONCE[register]:
        _ask(db, made, now=now)
    else:
        settle(made, run(db, register, lines, trial=True, actor=actor, now=now), files=files, now=now)
    return made


def carry_out(
    db: WriteSession, files: FileStore, import_id: UUID, *, sha256: str, actor: Actor, now: datetime
) -> Import:
    """Import the file that was previewed: `sha256` is that of the content somebody looked at.

    One that stopped goes on where it stopped. Raises NotFound, ImportNotReady, FieldWrong when another file is meant.
    """
    found = for_change(db, import_id)
    if found.state != ImportState.CHECKED and not stopped(db, [found]):
        raise ImportNotReady(state=found.state)
    if found.file_sha256 != sha256:
        raise FieldWrong(field="sha256", reason="hash-differs")
    found.asked_by = actor.id if actor.role else None
    register = Register(found.register)
    if found.lines > AT_ONCE[register]:
        _ask(db, found, now=now)
    else:
        found.state = ImportState.IMPORTING
        lines = reading.lines(files.read(sha256), register)
        settle(found, run(db, register, lines, trial=False, actor=actor, now=now), files=files, now=now)
    return found


def _ask(db: WriteSession, found: Import, *, now: datetime) -> None:
    """Have the worker check the file, or import what isn't imported yet.

    Always a new announcement: an errand that was given up stays an alarm until an operator has seen why, and should it
    be tried again after all, it finds its lines done.
    """
    if found.state == ImportState.CHECKING:
        announce(db, ImportWaits(subject_id=found.id), now=now)
        return
    if found.state == ImportState.CHECKED or found.done is None:
        nothing = ImportReport()
        found.state, found.lines_done = ImportState.IMPORTING, 0
        found.done, found.shown = report.counts(nothing), report.stored(report.shown(nothing))
    announce(db, ImportGoesOn(subject_id=found.id, lines_done=found.lines_done), now=now)


def import_part(db: WriteSession, files: FileStore, found: Import, *, now: datetime) -> None:
    """Import the next lines, keep what became of them and announce the ones behind them, all in this transaction.

    So no line is imported twice or counted twice, whenever a process dies. `found` is locked.
    """
    register, actor = Register(found.register), asker(db, found)
    part = Part(after=found.lines_done, most=PART[register])
    lines = reading.lines(files.read(found.file_sha256), register)
    told = run(db, register, lines, trial=False, actor=actor, now=now, part=part)
    found.done = report.counts_of_both(found.done or report.counts(ImportReport()), report.counts(told))
    piece = files.put(report.rows(told.faults)).sha256 if told.faults else None
    shown = report.shown_of_both(report.kept(found.shown), report.shown(told), of_report=piece)
    if told.is_ended:
        _end(found, shown, files=files, now=now)
        if register != Register.TECHNICIANS:  # of whom the ledger keeps each for itself
            intake.importing.record(db, register, found.done, actor=actor, now=now)
    else:
        found.lines_done, found.shown = told.reached, report.stored(shown)
        announce(db, ImportGoesOn(subject_id=found.id, lines_done=found.lines_done), now=now)


def _end(found: Import, shown: report.Shown, *, files: FileStore, now: datetime) -> None:
    """The last part was imported: one report of the whole file."""
    found.state, found.lines_done, found.ended_at = ImportState.IMPORTED, found.lines, now
    found.report_sha256 = files.put(report.bound(files.read(part) for part in shown.parts)).sha256
    found.shown = report.for_readers(report.stored(shown))


def run(
    place: intake.importing.Place, register: Register, lines: Sequence[str], *, trial: bool, actor: Actor,
    now: datetime, progress: Callable[[int], None] = lambda _: None, part: Part = WHOLE,
) -> ImportReport:  # fmt: skip
    """Let the register's own importer read the lines, in a transaction that is open or in its own."""
    match register:
        case Register.EQUIPMENT:
            return intake.importing.import_equipment(
                place, lines, actor=actor, now=now, trial=trial, progress=progress, part=part
            )
        case Register.CUSTOMERS:
            return intake.importing.import_customers(
                place, lines, actor=actor, now=now, trial=trial, progress=progress, part=part
            )
        case Register.TECHNICIANS:
            return technicians.importing.import_technicians(
                place, lines, actor=actor, now=now, trial=trial, progress=progress, part=part
            )


def settle(found: Import, told: ImportReport, *, files: FileStore, now: datetime) -> None:
    """Keep what became of the lines, or would, of a file that was read at once."""
    found.lines_done = found.lines
    found.shown = report.stored(report.shown(told))
    found.report_sha256 = files.put(report.as_csv(told.faults)).sha256
    if found.state == ImportState.CHECKING:
        found.state, found.told = ImportState.CHECKED, report.counts(told)
    else:
        found.state, found.done, found.ended_at = ImportState.IMPORTED, report.counts(told), now


def stopped(look: ReadSession, found: Sequence[Import]) -> set[UUID]:
    """Those on which nobody is at work any more though they aren't at their end: the errand was given up."""
    working = {each.id for each in found if each.state in {ImportState.CHECKING, ImportState.IMPORTING}}
    return working - asked.still_asked(look, working, {ImportWaits.kind, ImportGoesOn.kind})


def for_change(db: WriteSession, import_id: UUID) -> Import:
    """The import, locked. Raises NotFound."""
    found = db.get(Import, import_id, with_for_update=True)
    if found is None:
        raise NotFound(import_id=import_id)
    return found


def one(look: ReadSession, import_id: UUID) -> Import:
    """One import. Raises NotFound."""
    found = look.get(Import, import_id)
    if found is None:
        raise NotFound(import_id=import_id)
    return found


def latest(look: ReadSession) -> Sequence[Import]:
    """The newest imports first."""
    return look.scalars(select(Import).order_by(Import.id.desc()).limit(LISTED)).all()


def asker(look: ReadSession, found: Import) -> Actor:
    """Whoever asked for the import, as the ledger names them."""
    person = accounts.user(look, found.asked_by) if found.asked_by else None
    if person is None:
        return system("technicians.import")
    return Actor(kind=ActorKind.USER, id=person.id, label=person.login, role=Role(person.role), regions=None)


def _name(given: str) -> str:
    """The file's own name as it may be shown."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:NAME_LENGTH] or "file.csv"
