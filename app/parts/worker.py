"""Runs jobs until told to stop."""

from app import program, subscriptions
from app.assembly import assemble
from app.place import found
from app.settings import Settings
from app.worker import working
from foundation.jobs import broker as queue


def worker(settings: Settings) -> None:
    """Run only the jobs."""
    program.log_to_output()
    with found(settings, say=program.say) as server:
        system = assemble(settings, server.app_url, part="worker", pool_size=settings.worker_threads + 1)
        doors = queue.broker_for(settings.broker_url, database_url=server.app_url)
        program.keep_what_is_loaded()
        program.switch_often()
        with working(system.context, jobs=subscriptions.jobs(system), broker=doors, threads=settings.worker_threads):
            program.until_told_to_stop()


if __name__ == "__main__":
    program.run(worker)
