"""Large files: checked and imported by the worker, which says how far it is."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from foundation.database.session import WriteSession, unit_of_work
from foundation.documents.files import FileStore
from foundation.jobs.job import Effect, Job, JobContext, Listener
from technicians.events import ImportGoesOn, ImportWaits
from technicians.imports import actions, reading
from technicians.words import ImportState, Register

#: Seconds that checking the largest file may take.
LONGEST_S: Final = 1800
#: Seconds that importing one part may take.
PART_LIMIT_S: Final = 60


def check(context: JobContext, event: ImportWaits, *, files: FileStore) -> None:
    """Check the file. Nothing is written into a register, so two at once tell the same; the first one's word is kept."""
    now = context.now()
    with unit_of_work(context.sessions) as db:
        found = actions.for_change(db, event.subject_id)
        state, register, asker = found.state, Register(found.register), actions.asker(db, found)
    if state != ImportState.CHECKING:
        return
    lines = reading.lines(files.read(found.file_sha256), register)
    told = actions.run(
        context.sessions, register, lines, trial=True, actor=asker, now=now,
        progress=partial(_progress, context, event.subject_id),
    )  # fmt: skip
    with unit_of_work(context.sessions) as db:
        found = actions.for_change(db, event.subject_id)
        if found.state == ImportState.CHECKING:
            actions.settle(found, told, files=files, now=now)


def _progress(context: JobContext, import_id: UUID, done: int) -> None:
    """Say how far the check is, unless another one has come to its end: then the lines done are those imported."""
    with unit_of_work(context.sessions) as db:
        found = actions.for_change(db, import_id)
        if found.state == ImportState.CHECKING:
            found.lines_done = max(found.lines_done, done)


def import_part(db: WriteSession, event: ImportGoesOn, now: datetime, *, files: FileStore) -> None:
    """Import the part that begins where the event says. If that was done already, by whoever else, there is nothing to do."""
    found = actions.for_change(db, event.subject_id)
    if found.state == ImportState.IMPORTING and found.lines_done == event.lines_done:
        actions.import_part(db, files, found, now=now)


def jobs(*, files: FileStore) -> list[Listener]:
    """The jobs, with the store that keeps the files."""
    return [
        Effect(
            name="technicians.import", hears=ImportWaits, run=partial(check, files=files), time_limit_s=LONGEST_S,
        ),
        Job(
            name="technicians.import_part", hears=ImportGoesOn, run=partial(import_part, files=files),
            time_limit_s=PART_LIMIT_S,
        ),
    ]  # fmt: skip
