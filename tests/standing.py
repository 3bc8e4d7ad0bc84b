"""Applications that stay in a test process while databases come and go.

To build one takes a third of a second, which is more than most tests do. It remembers nothing of a database: what it
needs is opened when it is started, and clock, files and bell are those of the system that borrows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from litestar import Litestar

from app.asgi import create_app
from app.assembly import System
from app.settings import Settings
from foundation.database.session import Sessions
from foundation.documents.files import StoredFile


@dataclass(slots=True)
class LentClock:
    """The clock of whoever borrowed the application."""

    of: Callable[[], System]

    def now(self) -> datetime:
        """See Clock."""
        return self.of().clock.now()

    def machine_now(self) -> datetime:
        """See Clock."""
        return self.of().clock.machine_now()


@dataclass(slots=True)
class LentFiles:
    """The files of whoever borrowed the application."""

    of: Callable[[], System]

    def put(self, content: bytes | BinaryIO) -> StoredFile:
        """See FileStore."""
        return self.of().files.put(content)

    def open(self, sha256: str) -> BinaryIO:
        """See FileStore."""
        return self.of().files.open(sha256)

    def read(self, sha256: str) -> bytes:
        """See FileStore."""
        return self.of().files.read(sha256)

    def exists(self, sha256: str) -> bool:
        """See FileStore."""
        return self.of().files.exists(sha256)

    def verify(self, sha256: str) -> bool:
        """See FileStore."""
        return self.of().files.verify(sha256)

    def remove_leftovers(self, *, before: datetime) -> int:
        """See FileStore."""
        return self.of().files.remove_leftovers(before=before)


class Stand:
    """An application built once, and the system that borrows it."""

    def __init__(self, system: System) -> None:
        """Build the application over the borrower's engine and over whatever else a borrower brings."""
        self.borrower: System | None = system
        self.engine = system.sessions.engine
        self.settings = _settings(system)
        parts = replace(
            system,
            settings=self.settings,
            clock=LentClock(self.lent),
            files=LentFiles(self.lent),
            sessions=Sessions(engine=self.engine, poke=self._poke),
        )
        self.app = create_app(parts)

    def lent(self) -> System:
        """The borrower; nobody may ask while there is none."""
        assert self.borrower is not None, "an application that nobody borrowed was asked"
        return self.borrower

    def _poke(self) -> None:
        self.lent().sessions.poke()

    def fits(self, system: System) -> bool:
        """Whether it is free and differs in nothing that it was built with."""
        return self.borrower is None and self.engine is system.sessions.engine and self.settings == _settings(system)


_STANDS: Final[list[Stand]] = []


def lend(system: System) -> Litestar:
    """The application over this system, built unless one stands on the system's engine."""
    stand = next((stand for stand in _STANDS if stand.fits(system)), None)
    if stand is None:
        stand = Stand(system)
        _STANDS.append(stand)
    stand.borrower = system
    return stand.app


def give_back(app: Litestar) -> None:
    """Keep the application, which was stopped, for the next borrower."""
    for stand in _STANDS:
        if stand.app is app:
            stand.borrower = None


def _settings(system: System) -> Settings:
    """All but the folder, which no route knows."""
    return replace(system.settings, var=Path())
