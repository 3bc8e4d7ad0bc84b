"""Where the database is: named by DATABASE_URL, already running under `callout up`, or started for one command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from app.settings import Settings
from app.supervisor import assert_fit
from foundation.database import server
from foundation.database.server import Server

#: Folder of the embedded server under `var/`.
DATABASE_FOLDER: Final = "database"


def outside(settings: Settings) -> Server | None:
    """The database that somebody else runs, when DATABASE_URL names one; without an owner's URL the app's role owns it."""
    if settings.database_url is None:
        return None
    owner = settings.database_owner_url or settings.database_url
    return Server(owner_url=owner, app_url=settings.database_url, superuser_url=owner)


@contextmanager
def found(settings: Settings, *, say: Callable[[str], None]) -> Iterator[Server]:
    """The database for one command or part; an embedded server that nobody runs is started and stopped again.

    Raises DatabaseRefused for somebody else's database that would lose acknowledged work or doesn't bind us to our scope.
    """
    data = settings.var / DATABASE_FOLDER
    given = outside(settings)
    if given is not None:
        assert_fit(given)
    already = given or server.running(data)
    if already is not None:
        yield already
        return
    with server.start(data, say=say) as ours:
        yield ours.server
