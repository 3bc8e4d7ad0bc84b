"""Sessions and the one unit of work: the only place that commits for requests and jobs.

A request or job gets one session, one transaction, one commit at the edge before anybody hears of success.
Returning commits, raising rolls back: refuse by raising.
"""

import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import cast

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    PoolProxiedConnection,
    Row,
    TextClause,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from foundation.database.scope import EVERYTHING as EVERYTHING  # noqa: PLC0414 (given on: who opens sessions names scopes)
from foundation.database.scope import Scope as Scope  # noqa: PLC0414 (as above)

#: Milliseconds; see reliability notes in docs/operations.md. A statement, a wait for a lock, an idle transaction.
STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 3_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
#: Connections per process; measured as the knee of the curve on two cores.
POOL_SIZE = 10

_DIALECT = psycopg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy types it not
_ENTER = text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)")


class ScopedConnection(psycopg.Connection[tuple[object, ...]]):
    """A connection whose next transaction can begin with its scope: one round trip instead of three.

    Asked for once and forgotten: a transaction that nobody gave a scope sees nothing. Were the driver to change the
    method it overrides, no scope would be set at all, which every test would notice.
    """

    beginning: bytes | None = None

    def _start_query(self) -> PQGen[None]:
        """Begin the transaction, unless one runs."""
        if self.beginning is None or self.pgconn.transaction_status != TransactionStatus.IDLE:
            yield from super()._start_query()
            return
        self.pgconn.send_query(self.beginning)
        self.beginning = None
        for result in (yield from generators.execute(self.pgconn)):
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)


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
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # an error's words go to logs, which keep no phone numbers, names or secrets
        pool_use_lifo=True,  # few warm connections serve better than all in turn
        connect_args={"options": options, "application_name": application, "connect_timeout": 10},
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _assert_alive)
    return engine


def _connect(dialect: object, record: object, arguments: object, options: dict[str, object]) -> ScopedConnection:
    """Connect with our own class, with whatever SQLAlchemy would have given to the driver."""
    del dialect, record, arguments
    return ScopedConnection.connect(**options)  # type: ignore[arg-type]  # libpq's keywords, as SQLAlchemy gives them


def _assert_alive(wire: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """A connection whose server has ended is exchanged for a new one. It has something to read, an idle one hasn't:
    asking the socket costs a thousandth of asking the server.
    """
    del record, proxy
    scoped = cast("ScopedConnection", wire)
    scoped.beginning = None  # Asked for by somebody who then had no statement.
    readable = select.poll()
    readable.register(scoped.pgconn.socket, select.POLLIN)
    if readable.poll(0):
        raise DisconnectionError


@event.listens_for(ReadSession, "after_begin", propagate=True)
def _enter_scope(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Set the scope as the transaction begins, in the thread that first uses it; without one nothing is visible."""
    scope = session.info.get("scope")
    if transaction.nested or not isinstance(scope, Scope):
        return
    wire = connection.connection.driver_connection
    if isinstance(wire, ScopedConnection) and wire.pgconn.transaction_status == TransactionStatus.IDLE:
        wire.beginning = _beginning(scope, is_reader=not isinstance(session, WriteSession))
    else:
        _enter_running(connection, scope, is_reader=not isinstance(session, WriteSession))
    for prepare in session.info.get("first", ()):
        prepare(connection)


def _enter_running(connection: Connection, scope: Scope, *, is_reader: bool) -> None:
    """Set the scope in a transaction that others began, as tests do."""
    if is_reader:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute(_ENTER, scope.settings())


@lru_cache(maxsize=1024)
def _beginning(scope: Scope, *, is_reader: bool) -> bytes:
    """The command that begins a transaction of this scope."""
    how = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if is_reader else "BEGIN"
    given = scope.settings()
    return (
        psycopg.sql.SQL('{}; SET LOCAL callout.regions = {}; SET LOCAL callout."user" = {}')
        .format(psycopg.sql.SQL(how), given["regions"], given["user"])
        .as_bytes()
    )


def swiftly(look: ReadSession, statement: TextClause, values: Mapping[str, object]) -> CursorResult[tuple[object, ...]]:
    """Run a statement of a hot path on the driver, past SQLAlchemy's compiling: half the time of `look.execute`.

    Values are bound by the driver as they are. What the session still holds is written before, as ever.
    """
    look.flush()
    return look.connection().exec_driver_sql(_driven(statement), values)


@cache
def _driven(statement: TextClause) -> str:
    return str(statement.compile(dialect=_DIALECT))


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
def glancing(sessions: Sessions) -> Iterator[ReadSession]:
    """For single statements outside any transaction and scope: who asks is found before there is a scope."""
    engine = sessions.engine.execution_options(isolation_level="AUTOCOMMIT")
    with ReadSession(engine, expire_on_commit=False, autoflush=False) as look:
        yield look


def singly(
    sessions: Sessions, statement: TextClause, values: Mapping[str, object]
) -> Sequence[Row[tuple[object, ...]]]:
    """Run one statement as a transaction of its own, in one round trip; returns its rows.

    No session and no scope: only for tables without row-level security. What the statement does is committed when it
    returns; where sessions stand on one open connection, it becomes part of that one's transaction.
    """
    stands_on = cast("Engine | Connection", sessions.engine)
    if isinstance(stands_on, Connection):
        return stands_on.exec_driver_sql(_driven(statement), values).all()
    with sessions.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return connection.exec_driver_sql(_driven(statement), values).all()


@contextmanager
def reading(sessions: Sessions, scope: Scope = EVERYTHING) -> Iterator[ReadSession]:
    """A read-only look at one snapshot of the database; writes are refused by PostgreSQL."""
    with ReadSession(sessions.engine, expire_on_commit=False, autoflush=False, info={"scope": scope}) as db:
        yield db
        db.expunge_all()  # What was read stays readable: a rollback would empty it.
        db.rollback()
