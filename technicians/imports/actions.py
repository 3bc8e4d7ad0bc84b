"""Previewing a file and importing it: small ones at once, large ones by a job that says how far it is."""

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
from foundation.ledger.announcing import announce
from foundation.problems import FieldWrong, NotFound
from intake.importing import ImportReport
from technicians.errors import ImportNotReady
from technicians.events import ImportWaits
from technicians.imports import reading, report
from technicians.models import Import
from technicians.words import ImportState, Register

#: Lines of a file that is checked and imported while somebody waits; a technician's line takes ten times as long.
AT_ONCE: Final = {Register.EQUIPMENT: 3000, Register.CUSTOMERS: 3000, Register.TECHNICIANS: 300}
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
        announce(db, ImportWaits(subject_id=made.id), now=now)
    else:
        settle(made, run(db, register, lines, trial=True, actor=actor, now=now), files=files, now=now)
    return made


def carry_out(
    db: WriteSession, files: FileStore, import_id: UUID, *, sha256: str, actor: Actor, now: datetime
) -> Import:
    """Import the file that was previewed: `sha256` is that of the content somebody looked at.

    Raises NotFound, ImportNotReady, FieldWrong when another file is meant.
    """
    found = for_change(db, import_id)
    if found.state != ImportState.CHECKED:
        raise ImportNotReady(state=found.state)
    if found.file_sha256 != sha256:
        raise FieldWrong(field="sha256", reason="hash-differs")
    found.state, found.lines_done, found.asked_by = ImportState.IMPORTING, 0, actor.id if actor.role else None
    register = Register(found.register)
    if found.lines > AT_ONCE[register]:
        announce(db, ImportWaits(subject_id=found.id), now=now)
    else:
        lines = reading.lines(files.read(sha256), register)
        settle(found, run(db, register, lines, trial=False, actor=actor, now=now), files=files, now=now)
    return found


def run(
    place: intake.importing.Place, register: Register, lines: Sequence[str], *, trial: bool, actor: Actor,
    now: datetime, progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:  # fmt: skip
    """Let the register's own importer read the lines, in a transaction that is open or in its own."""
    match register:
        case Register.EQUIPMENT:
            return intake.importing.import_equipment(place, lines, actor=actor, now=now, trial=trial, progress=progress)
        case Register.CUSTOMERS:
            return intake.importing.import_customers(place, lines, actor=actor, now=now, trial=trial, progress=progress)
        case Register.TECHNICIANS:
            with intake.importing.within(place) as db:
                return technicians.importing.import_technicians(
                    db, lines, actor=actor, now=now, trial=trial, progress=progress
                )


def settle(found: Import, told: ImportReport, *, files: FileStore, now: datetime) -> None:
    """Keep what became of the lines, or would."""
    found.lines_done = found.lines
    found.shown, found.report_sha256 = report.shown(told), files.put(report.as_csv(told.faults)).sha256
    if found.state == ImportState.CHECKING:
        found.state, found.told = ImportState.CHECKED, report.counts(told)
    else:
        found.state, found.done, found.ended_at = ImportState.IMPORTED, report.counts(told), now


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
