"""What every program of the system does alike: read the settings, log, end by signal, refuse in a sentence."""

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from app.settings import Settings, SettingsWrong, from_environment
from foundation.database.cluster import DatabaseRefused


def run(part: Callable[[Settings], None]) -> None:
    """Run a part by the settings of the environment; a refusal is one readable sentence, never a traceback."""
    try:
        part(from_environment())
    except SettingsWrong as wrong:
        sys.exit(refused(f"These settings can't be used:\n{wrong}"))
    except DatabaseRefused as sentence:
        sys.exit(refused(str(sentence)))
    except KeyboardInterrupt:
        sys.exit(130)


def refused(sentence: str) -> int:
    """Tell why nothing runs; the exit code that goes with it."""
    print(sentence, file=sys.stderr, flush=True)
    return 2


def say(sentence: str) -> None:
    """One line for the operator, at once even into a pipe."""
    with suppress(BrokenPipeError):
        print(sentence, flush=True)


def log_to_output() -> None:
    """One line per event, its level as a word, so that the supervisor repeats what a person must see."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    for noisy in ("dramatiq", "httpx", "uvicorn.error", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Says in ten lines for each connection that fails what dramatiq and the loops say in one.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


#: Seconds for which a thread may keep the interpreter while others want it. A thread that comes back from the database
#: twenty times in one job would wait this long each time that another one computes.
SWITCH_S: Final = 0.0005


def switch_often() -> None:
    """Let threads that come back from the database go on soon, instead of after the usual 5 ms."""
    sys.setswitchinterval(SWITCH_S)


def keep_what_is_loaded() -> None:
    """Code and tables stay for the life of the process: the garbage collector needn't walk through them each time."""
    gc.collect()
    gc.freeze()


def until_told_to_stop() -> None:
    """Wait for SIGTERM or Ctrl-C. The wait is cut up so that the signal is seen at once."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    while not ending.wait(0.5):
        pass
