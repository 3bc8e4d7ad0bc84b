"""`python -m tests.chaos.mutated MUTANT web`: a part of the system with one promise's mechanism taken out.

A harness that stays green over these proves nothing. Each must turn the campaign red.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

import foundation.database.session
import web.repeating
from app.__main__ import main
from foundation.database.session import WriteSession
from foundation.ledger.models import Announcement

#: Seconds by which a mutant widens the gap that its mechanism closes, so that blows fall into it.
GAP_S: Final = 0.2


def no_key() -> None:
    """G2: a repeated request is a new one."""
    web.repeating.prepare = lambda *_, **__: None
    web.repeating.keep = lambda *_, **__: None


def announce_late() -> None:
    """G3: jobs are announced after the commit, in a transaction of their own."""
    commit = Session.commit

    def late(session: WriteSession) -> None:
        waiting = [one for one in session.new if isinstance(one, Announcement)]
        for one in waiting:
            session.expunge(one)
        commit(session)
        if waiting:
            time.sleep(GAP_S)
            session.add_all(waiting)
            commit(session)

    WriteSession.commit = late  # type: ignore[method-assign,assignment]


def asynchronous_commit() -> None:
    """G1: an acknowledgement doesn't wait for the disk."""
    enter = foundation.database.session._ENTER  # The first statement of every transaction.
    foundation.database.session._ENTER = type(enter)(
        enter.text.replace("SELECT ", "SELECT set_config('synchronous_commit', 'off', true), ", 1)
    )


MUTANTS: Final[dict[str, Callable[[], None]]] = {
    "no-key": no_key,
    "announce-late": announce_late,
    "asynchronous-commit": asynchronous_commit,
}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
