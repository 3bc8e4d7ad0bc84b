"""The doorbell between processes: a NOTIFY after the commit wakes whoever relays and whoever shows live pages.

Never inside the transaction of the change: NOTIFY takes one lock for the whole database through the commit. A missed
ring costs one sweep's interval, nothing else.
"""

import logging
import threading
import time
from typing import Final

import psycopg

log = logging.getLogger(__name__)

CHANNEL: Final = "announcements"
#: Rings closer together than this become one. The first goes out at once.
GAP_S: Final = 0.02
#: Pause before connecting again.
RECONNECT_S: Final = 1.0
#: How long a listener waits before it looks whether it should stop.
LISTEN_S: Final = 0.5


class Doorbell:
    """Rings from any thread without waiting: a thread of its own sends the NOTIFY on a connection of its own."""

    def __init__(self, database_url: str) -> None:
        """Nothing is connected before the first ring."""
        self._url = plain_url(database_url)
        self._asked = threading.Event()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Wake the listeners soon; returns at once and never fails."""
        self._asked.set()
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Stop the thread; later rings are left to the sweep."""
        self._stopped.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        connection: psycopg.Connection | None = None
        while not self._stopped.is_set():
            self._asked.wait()
            self._asked.clear()
            if self._stopped.is_set():
                break
            connection = self._send(connection)
            time.sleep(GAP_S if connection is not None else RECONNECT_S)
        if connection is not None:
            connection.close()

    def _send(self, connection: psycopg.Connection | None) -> psycopg.Connection | None:
        """Send one NOTIFY, once more on a fresh connection; None when the database is away."""
        for candidate in (connection, None):
            if candidate is None and connection is not None:
                connection.close()
            try:
                wire = candidate or psycopg.connect(
                    self._url, autocommit=True, connect_timeout=5, application_name="callout-doorbell"
                )
                wire.execute(f"NOTIFY {CHANNEL}")
            except psycopg.Error as error:
                log.debug("the doorbell lost the database: %s", error)
                continue
            return wire
        return None


def listen(database_url: str, heard: threading.Event, stopped: threading.Event) -> None:
    """Set `heard` at every ring until `stopped`; connects again when the database was away, and rings then, too."""
    url = plain_url(database_url)
    while not stopped.is_set():
        try:
            with psycopg.connect(
                url, autocommit=True, connect_timeout=5, application_name="callout-listen"
            ) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                heard.set()
                while not stopped.is_set():
                    for _ in connection.notifies(timeout=LISTEN_S, stop_after=1):
                        heard.set()
        except psycopg.Error as error:
            log.warning("listening lost the database, connecting again: %s", type(error).__name__)
            stopped.wait(RECONNECT_S)


def plain_url(url: str) -> str:
    """The address without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
