"""One process's parts, put together from the settings: clock, sessions, doorbell, files."""

from dataclasses import dataclass

from app.settings import Settings
from foundation import wire
from foundation.clock import Clock, clock_from
from foundation.database.session import Sessions, engine_for
from foundation.documents.files import FileStore, FolderStore
from foundation.jobs.doorbell import Doorbell
from foundation.jobs.job import JobContext


@dataclass(frozen=True, slots=True)
class System:
    """What every process of the system holds."""

    settings: Settings
    database_url: str
    clock: Clock
    sessions: Sessions
    files: FileStore

    @property
    def context(self) -> JobContext:
        """What jobs and sweeps get."""
        return JobContext(sessions=self.sessions, clock=self.clock)


def assemble(settings: Settings, database_url: str, *, part: str, pool_size: int = 10) -> System:
    """Build the parts of one process, before it has threads; `part` names it to the database."""
    wire.know_all_shapes()
    engine = engine_for(database_url, pool_size=pool_size, application=f"callout-{part}")
    doorbell = Doorbell(database_url)
    return System(
        settings=settings,
        database_url=database_url,
        clock=clock_from(settings.clock),
        sessions=Sessions(engine=engine, poke=doorbell.ring),
        files=FolderStore(settings.var / "files"),
    )
