"""`python -m tests.chaos.mutated MUTANT web`: a part of the system with one promise's mechanism taken out.

A harness that stays green over these proves nothing. Each must turn the campaign red.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

import foundation.database.session
import intake.logging
import web.repeating
from app.__main__ import main
from foundation.database.scope import Scope
from foundation.database.session import WriteSession
from foundation.ledger.models import Announcement
from intake.calls import Logged
from intake.logging import Prepared

#: Seconds by which a mutant widens the gap that its mechanism closes, so that blows fall into it.
GAP_S: Final = 0.5

_ANNOUNCE: Final = text(
    """
    INSERT INTO announcements SELECT r.*
    FROM jsonb_populate_recordset(NULL::announcements, CAST(:rows AS jsonb)) r
    """
)


def no_key() -> None:
    """G2: a repeated request is a new one."""
    web.repeating.prepare = lambda *_, **__: None
    web.repeating.keep = lambda *_, **__: None


def announce_late() -> None:
    """G3: jobs are announced after the commit, in a transaction of their own: calls and whatever is announced singly."""
    commit, store = Session.commit, intake.logging.store

    def withheld(db: WriteSession, call: Prepared) -> Logged:
        document = json.loads(call.document)
        db.info["late"] = document.pop("announced")
        return store(db, replace(call, document=json.dumps({**document, "announced": []})))

    def late(session: WriteSession) -> None:
        waiting = [one for one in session.new if isinstance(one, Announcement)]
        for one in waiting:
            session.expunge(one)
        rows = session.info.pop("late", [])
        commit(session)
        if waiting or rows:
            time.sleep(GAP_S)
            session.info.pop("first", None)  # What a request asks first was asked in the transaction that is over.
            session.add_all(waiting)
            session.execute(_ANNOUNCE, {"rows": json.dumps(rows)})
            commit(session)

    intake.logging.store = withheld
    WriteSession.commit = late  # type: ignore[method-assign,assignment]


def asynchronous_commit() -> None:
    """G1: an acknowledgement doesn't wait for the disk."""
    beginning = foundation.database.session._beginning  # The first command of every transaction.

    def unhurried(scope: Scope, *, is_reader: bool) -> bytes:
        return beginning(scope, is_reader=is_reader) + b"; SET LOCAL synchronous_commit = off"

    foundation.database.session._beginning = unhurried  # type: ignore[assignment]


MUTANTS: Final[dict[str, Callable[[], None]]] = {
    "no-key": no_key,
    "announce-late": announce_late,
    "asynchronous-commit": asynchronous_commit,
}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
