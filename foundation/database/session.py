"""Sessions and the one unit of work: the only place that commits for requests and jobs.

A request or job gets one session, one transaction, one commit at the edge before anybody hears of success.
Returning commits, raising rolls back: refuse by raising.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, SessionTransaction

from foundation.database.scope import EVERYTHING as EVERYTHING  # noqa: PLC0414 (given on: who opens sessions names scopes)
from foundation.database.scope import Scope as Scope  # noqa: PLC0414 (as above)

#: Milliseconds; see reliability notes in docs/operations.md. A statement, a wait for a lock, an idle transaction.
STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 3_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
#: Connections per process; measured as the knee of the curve on two cores.
POOL_SIZE = 10

_ENTER = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")


class ReadSession(Session):
    """A session that only reads; `queries.py` asks for this."""


class WriteSession(ReadSession):
    """A session whose unit of work will be committed at the edge; `actions.py` asks for this."""


def _silent() -> None:
    """Nobody to wake: the sweep will find the rows."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes sessions over one engine; `poke` wakes the relay after a commit that announced something."""

    engine: Engine
    poke: Callable[[], None] = field(default=_silent)


def engine_for(url: str, *, pool_size: int = POOL_SIZE, application: str = "callout") -> Engine:
    """An engine on psycopg 3 with the time-outs of this system; `url` is postgresql://user:password@host:port/name."""
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} -c timezone=UTC -c jit=off"
    )
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"options": options, "application_name": application, "connect_timeout": 10},
    )


@event.listens_for(ReadSession, "after_begin", propagate=True)
def _enter_scope(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Set the scope as the transaction begins, in the thread that first uses it; without one nothing is visible."""
    scope = session.info.get("scope")
    if transaction.nested or not isinstance(scope, Scope):
        return
    if not isinstance(session, WriteSession):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute(_ENTER, scope.settings())
    for prepare in session.info.get("first", ()):
        prepare(connection)


@contextmanager
def unit_of_work(sessions: Sessions, scope: Scope = EVERYTHING) -> Iterator[WriteSession]:
    """One transaction: commits when the block returns, rolls back when it raises, then pokes the relay.

    The transaction begins with the first statement. Callables in `db.info["first"]` then run on its connection
    before anything else.
    """
    with WriteSession(sessions.engine, expire_on_commit=False, autoflush=True, info={"scope": scope}) as db:
        try:
            yield db
        except BaseException:
            db.rollback()
            raise
        else:
            db.commit()
    if db.info.get("announced"):
        sessions.poke()


@contextmanager
def reading(sessions: Sessions, scope: Scope = EVERYTHING) -> Iterator[ReadSession]:
    """A read-only look at one snapshot of the database; writes are refused by PostgreSQL."""
    with ReadSession(sessions.engine, expire_on_commit=False, autoflush=False, info={"scope": scope}) as db:
        yield db
        db.expunge_all()  # What was read stays readable: a rollback would empty it.
        db.rollback()
