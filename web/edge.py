"""The edge of a request: one actor, one instant, one unit of work committed before the answer starts.

The handler's answer is rendered first (a broken one rolls back), kept under the Idempotency-Key in the same
transaction, then committed in a worker thread; only after that the first byte leaves. A failed commit is never
answered with success.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import datetime
from typing import TypeVar, cast

import anyio
import anyio.to_thread
from litestar.datastructures import State
from sqlalchemy import QueuePool

from foundation.accounts.roles import Actor, ActorKind
from foundation.clock import Clock
from foundation.database.session import (
    EVERYTHING,
    POOL_SIZE,
    ReadSession,
    Scope,
    Sessions,
    WriteSession,
    reading,
    unit_of_work,
)
from web import errors, repeating
from web.reader import PageRequest, keep_look

S = TypeVar("S", bound=ReadSession)


def provide_actor(request: PageRequest) -> Actor:
    """Whoever asks. Raises SignInNeeded where a route needs somebody."""
    actor = request.scope.get("user")
    if not isinstance(actor, Actor):
        raise errors.SignInNeeded
    return actor


def provide_now(state: State) -> datetime:
    """The instant of this request, read once."""
    return cast("Clock", state.clock).now()


async def provide_db(request: PageRequest, state: State, now: datetime) -> AsyncGenerator[WriteSession, None]:
    """A session for an unsafe route; it is committed in a thread, before the answer starts."""
    async with _in_room(request, state, _writing(request, state, now)) as db:
        yield db


async def provide_look(request: PageRequest, state: State) -> AsyncGenerator[ReadSession, None]:
    """A read-only session for a safe route."""
    async with _in_room(request, state, reading(cast("Sessions", state.sessions), scope_of(request))) as look:
        yield look


@contextmanager
def _writing(request: PageRequest, state: State, now: datetime) -> Generator[WriteSession, None, None]:
    with unit_of_work(cast("Sessions", state.sessions), scope_of(request)) as db:
        repeating.prepare(request, db)
        yield db
        repeating.keep(request, db, now=now)


def room_for(sessions: Sessions) -> anyio.Semaphore:
    """How many requests may have a session at once: fewer than there are connections.

    Threads that wait for a connection while those who hold one wait for a thread would wait for each other; waiting
    here takes neither. Two connections are left for finding out who asks.
    """
    pool = sessions.engine.pool
    return anyio.Semaphore(max(1, pool.size() - 2) if isinstance(pool, QueuePool) else POOL_SIZE)


@asynccontextmanager
async def _in_room(request: PageRequest, state: State, work: AbstractContextManager[S]) -> AsyncGenerator[S, None]:
    """Enter and leave `work`, one of a bounded number at once; what waits for the database does so in a thread.

    Entering doesn't: the connection is taken by the first statement, which the handler's thread makes.
    """
    async with cast("anyio.Semaphore", state.room):
        session = work.__enter__()
        keep_look(request, session)
        try:
            yield session
        except BaseException as error:
            keep_look(request, None)
            if not await anyio.to_thread.run_sync(work.__exit__, type(error), error, error.__traceback__):
                raise
        else:
            keep_look(request, None)
            await anyio.to_thread.run_sync(work.__exit__, None, None, None)


def scope_of(request: PageRequest) -> Scope:
    """The rows this request may see; a customer's link and public routes name their case in every query instead.

    What holds a key of its own (`secret_path`, `key_is_enough`) opens the same to people who are signed in.
    """
    actor = request.scope.get("user")
    if not isinstance(actor, Actor) or actor.kind is ActorKind.CUSTOMER:
        return EVERYTHING
    if {"secret_path", "key_is_enough"} & request.route_handler.opt.keys():
        return EVERYTHING
    return actor.scope
