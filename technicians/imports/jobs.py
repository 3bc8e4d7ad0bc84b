"""Large files: checked and imported by the worker, which says how far it is."""

from functools import partial
from typing import Final
from uuid import UUID

from foundation.database.session import unit_of_work
from foundation.documents.files import FileStore
from foundation.jobs.job import Effect, JobContext, Listener
from technicians.events import ImportWaits
from technicians.imports import actions, reading
from technicians.words import ImportState, Register

#: Seconds that reading the largest file may take.
LONGEST_S: Final = 1800
#: States in which there is something to do.
WAITING: Final = frozenset({ImportState.CHECKING, ImportState.IMPORTING})


def carry_on(context: JobContext, event: ImportWaits, *, files: FileStore) -> None:
    """Check or import the file. Begun again after a crash it reads all lines again: those that are there change nothing."""
    now = context.now()
    with unit_of_work(context.sessions) as db:
        found = actions.for_change(db, event.subject_id)
        state, register, asker = found.state, Register(found.register), actions.asker(db, found)
    if state not in WAITING:
        return
    lines = reading.lines(files.read(found.file_sha256), register)
    told = actions.run(
        context.sessions, register, lines, trial=state == ImportState.CHECKING, actor=asker, now=now,
        progress=partial(_progress, context, event.subject_id),
    )  # fmt: skip
    with unit_of_work(context.sessions) as db:
        found = actions.for_change(db, event.subject_id)
        if found.state == state:
            actions.settle(found, told, files=files, now=now)


def _progress(context: JobContext, import_id: UUID, done: int) -> None:
    with unit_of_work(context.sessions) as db:
        actions.for_change(db, import_id).lines_done = done


def jobs(*, files: FileStore) -> list[Listener]:
    """The jobs, with the store that keeps the files."""
    return [
        Effect(
            name="technicians.import", hears=ImportWaits, run=partial(carry_on, files=files), time_limit_s=LONGEST_S,
            max_attempts=3,
        )
    ]  # fmt: skip
