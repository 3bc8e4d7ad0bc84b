"""What the worker and the clockwork do for feedback."""

from datetime import timedelta
from functools import partial
from typing import Final

from feedback import documents, telling
from feedback.events import DocumentMade, FeedbackRefused, FeedbackSigned
from feedback.paper import House
from foundation.accounts.roles import system
from foundation.database.session import reading, unit_of_work
from foundation.documents.files import FileStore
from foundation.jobs.job import Effect, Job, JobContext, Listener, Recurring
from intake.events import ComplaintLogged, ComplaintMoved

#: Files read again per minute.
SAMPLE: Final = 20
#: Seconds a paper may take; fonts are unpacked by the first one of a process.
RENDER_LIMIT_S: Final = 60
#: Nobody writes one file for so long; machine time, as the file system's.
LEFT_FOR: Final = timedelta(days=1)


def jobs(*, files: FileStore, house: House) -> list[Listener]:
    """The jobs that make papers, over the store and under the letterhead of this installation, and tell the customer."""
    making = partial(render, files=files, house=house)
    return [
        Effect(name="feedback.render", hears=FeedbackSigned, run=making, time_limit_s=RENDER_LIMIT_S),
        Effect(name="feedback.render_refusal", hears=FeedbackRefused, run=making, time_limit_s=RENDER_LIMIT_S),
        Job(name="feedback.tell_logged", hears=ComplaintLogged, run=telling.logged),
        Job(name="feedback.tell_moved", hears=ComplaintMoved, run=telling.moved, only={"step": list(telling.TOLD_OF)}),
        Job(name="feedback.tell_signed", hears=DocumentMade, run=telling.signed),
    ]


def recurring(*, files: FileStore) -> tuple[Recurring, ...]:
    """The sweeps over the stored files: read papers again and compare their hashes, remove what was never finished."""
    return (
        Recurring(name="feedback.sample_files", every_s=60, tick=partial(sample, files=files)),
        Recurring(name="feedback.remove_leftovers", every_s=3600, tick=partial(remove_leftovers, files=files)),
    )


def render(context: JobContext, event: FeedbackSigned | FeedbackRefused, *, files: FileStore, house: House) -> None:
    """Render and store the paper once. Safe to repeat: does nothing if the feedback already has its document."""
    with reading(context.sessions) as look:
        row, is_made = documents.draft(look, event.feedback_id)
    if is_made:
        return
    made = documents.rendered(row, files=files, house=house)
    with unit_of_work(context.sessions) as db:
        documents.write_down(db, made, actor=system("feedback.render"), now=context.now())


def remove_leftovers(context: JobContext, *, files: FileStore) -> int:
    """Remove files that somebody began to write a day ago and never finished; how many."""
    return files.remove_leftovers(before=context.clock.machine_now() - LEFT_FOR)


def sample(context: JobContext, *, files: FileStore) -> int:
    """Read some stored papers again; how many were read. A damaged one shows in the invariants."""
    with reading(context.sessions) as look:
        chosen = documents.to_sample(look, limit=SAMPLE)
    found = {document_id: files.verify(sha256) for document_id, sha256 in chosen}
    if found:
        with unit_of_work(context.sessions) as db:
            documents.note_sample(db, found, now=context.now())
    return len(found)
