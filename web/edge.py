"""The edge of a request: one actor, one instant, one unit of work committed before the answer starts.

The handler's answer is rendered first (a broken one rolls back), kept under the Idempotency-Key in the same
transaction, then committed in a worker thread; only after that the first byte leaves. A failed commit is never
answered with success.
"""

from collections.abc import Generator
from datetime import datetime
from typing import cast

from litestar.datastructures import State

from foundation.accounts.roles import Actor, ActorKind
from foundation.clock import Clock
from foundation.database.session import EVERYTHING, ReadSession, Scope, Sessions, WriteSession, reading, unit_of_work
from web import errors, repeating
from web.reader import PageRequest


def provide_actor(request: PageRequest) -> Actor:
    """Whoever asks. Raises SignInNeeded where a route needs somebody."""
    actor = request.scope.get("user")
    if not isinstance(actor, Actor):
        raise errors.SignInNeeded
    return actor


def provide_now(state: State) -> datetime:
    """The instant of this request, read once."""
    return cast("Clock", state.clock).now()


def provide_db(request: PageRequest, state: State, now: datetime) -> Generator[WriteSession, None, None]:
    """A session for an unsafe route; the code after the handler runs in a thread, before the answer starts."""
    with unit_of_work(cast("Sessions", state.sessions), scope_of(request)) as db:
        repeating.prepare(request, db)
        yield db
        repeating.keep(request, db, now=now)


def provide_look(request: PageRequest, state: State) -> Generator[ReadSession, None, None]:
    """A read-only session for a safe route."""
    with reading(cast("Sessions", state.sessions), scope_of(request)) as look:
        yield look


def scope_of(request: PageRequest) -> Scope:
    """The rows this request may see; a customer's link and public routes name their case in every query instead."""
    actor = request.scope.get("user")
    if not isinstance(actor, Actor) or actor.kind is ActorKind.CUSTOMER:
        return EVERYTHING
    return actor.scope
