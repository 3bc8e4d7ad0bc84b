"""Engines that stay in a test process while databases come and go: lent without connections, with all they compiled.

A new engine compiles every statement anew, which takes longer than most tests.
"""

import sys
from typing import Final

from sqlalchemy import Engine

from foundation.database.session import POOL_SIZE, engine_for

#: Engines without a borrower, by address, size and name.
_IDLE: Final[dict[tuple[str, int, str], list[Engine]]] = {}
_KEYS: Final[dict[Engine, tuple[str, int, str]]] = {}


def lend(url: str, *, pool_size: int = POOL_SIZE, application: str = "callout") -> Engine:
    """An engine for the database that now has this address; what the process knew of the one before is forgotten."""
    _forget()
    key = (url, pool_size, application)
    idle = _IDLE.setdefault(key, [])
    engine = idle.pop() if idle else engine_for(url, pool_size=pool_size, application=application)
    _KEYS[engine] = key
    return engine


def give_back(engine: Engine) -> None:
    """Close the connections and keep the engine for the next borrower; one that wasn't borrowed is only closed."""
    engine.dispose()
    if (key := _KEYS.pop(engine, None)) is not None:
        _IDLE[key].append(engine)


def _forget() -> None:
    """Empty what is remembered by the database's address; not imported here, since most tests never load it."""
    if (loading := sys.modules.get("dispatch.loading")) is not None:
        loading._COUNTED.clear()
