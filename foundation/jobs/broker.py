"""The broker that jobs travel by, chosen by its URL; one actor for what is urgent and one for the rest.

A message carries a job's name, an announcement's id and, when it is rung for again, how many attempts were counted
until then; over the database's own queue and RabbitMQ also that it had been taken by a worker that died. It is a
doorbell: it may ring twice or not at all, because the errand's row decides. So nothing of dramatiq's own memory is
relied on: no retries, no results, no delayed messages, and no Prometheus endpoint open to the network.
"""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

import dramatiq
from dramatiq.broker import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, TimeLimit
from psycopg_pool import ConnectionPool

from foundation.jobs.database_queue import DatabaseQueue
from foundation.jobs.doorbell import plain_url
from foundation.jobs.rabbit_queue import RabbitQueue
from foundation.jobs.subscribing import Jobs
from foundation.ledger.relay import Errand, Ring

#: Two queues with an actor each. What is urgent has one of its own, so that a thousand papers and letters keep nobody
#: waiting who is being sought; threads take from it first, and one is kept free for it, except over Redis or Valkey.
QUEUE: Final = "errands"
ACTOR: Final = "errand"
URGENT: Final = "urgent"
#: dramatiq's threads take the lower number first.
PRIORITIES: Final = {URGENT: 0, ACTOR: 10}
#: A job that was given no limit of its own, in milliseconds.
TIME_LIMIT_MS: Final = 60_000

#: Seconds: a worker that died is noticed after `TTL` and its messages come back within a maintenance round, 7 to 10 s
#: in all instead of the stock 65.
HEARTBEAT_S: Final = 2.0
TTL_S: Final = 8.0
MAINTENANCE_S: Final = 3.0
#: Rejected messages may go after a week: the stock fear is for dead letters, but those are rows in `errands`, kept for
#: ever; a message that dramatiq rejects has told nothing that isn't there.
PURGE_AGE: Final = "7 days"
#: Connections of the queue in a worker: four consumers, the notifier, acknowledgements of several threads.
QUEUE_CONNECTIONS: Final = 8


class BrokerUnknown(Exception):
    """The URL names no broker that we speak to."""


def broker_for(broker_url: str | None, *, database_url: str) -> Broker:
    """The broker by its URL; without one the database's own queue. Connects at first use. Raises BrokerUnknown."""
    middleware: list[Middleware] = [TimeLimit(time_limit=TIME_LIMIT_MS, interval=500)]
    scheme = (broker_url or "").partition("://")[0]
    match scheme:
        case "" | "postgresql" | "postgres":
            return _postgres(broker_url or database_url, middleware)
        case "amqp" | "amqps":
            return RabbitQueue(broker_url or "", urgent=URGENT, middleware=middleware)
        case "redis" | "rediss" | "valkey" | "unix":
            url = (broker_url or "").replace("valkey://", "redis://", 1)
            return RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq types it not
                url=url, middleware=middleware, heartbeat_timeout=int(TTL_S * 1000), maintenance_chance=100_000
            )
    raise BrokerUnknown(scheme)


def _postgres(url: str, middleware: list[Middleware]) -> Broker:
    """dramatiq-postgres on connections of its own, which alone commit without waiting for the disk.

    A crash of the server may forget a ring or bring one back; the sweeper and the errand's row absorb both. The library
    looks at a connection's socket before it uses it; its own pool would also ask the server each time.
    """
    pool = ConnectionPool(
        plain_url(url), min_size=0, max_size=QUEUE_CONNECTIONS, open=True,
        kwargs={
            "options": "-c synchronous_commit=off", "application_name": "dramatiq-postgres", "autocommit": True,
        },
    )  # fmt: skip
    return DatabaseQueue(
        urgent=URGENT,
        pool=pool,
        results=False,
        schema="dramatiq",
        heartbeat_interval=HEARTBEAT_S,
        heartbeat_ttl=TTL_S,
        maintenance_interval=MAINTENANCE_S,
        purge_maxage=PURGE_AGE,
        middleware=middleware,
    )


class Run(Protocol):
    """Runs what was rung for: `running.run_errand` with everything else bound to it."""

    def __call__(self, name: str, announcement_id: UUID, after: int | None, *, is_back: bool) -> object:
        """Run it once if it still waits and the ring is good for an attempt."""
        ...


def declare(broker: Broker, run: Run) -> None:
    """Put the two actors on the broker."""

    def errand(job: str, announcement_id: str, after: int | None = None, *is_back: bool) -> None:
        if after is True:  # Rung for again by the version before this one, which said no more.
            run(job, UUID(announcement_id), None, is_back=True)
        else:
            run(job, UUID(announcement_id), after, is_back=any(is_back))

    for name, queue in ((URGENT, URGENT), (ACTOR, QUEUE)):
        dramatiq.actor(actor_name=name, queue_name=queue, broker=broker, priority=PRIORITIES[name])(errand)


def ring_on(broker: Broker, jobs: Jobs) -> Ring:
    """Rings by sending messages. Only for the relay and the sweeper; never from an event loop.

    Given no errands it looks whether the broker is there. Whatever the broker raises when it is away goes through.
    """

    def message(errand: Errand) -> dramatiq.Message[object]:
        known = jobs.get(errand.job)
        options = {"time_limit": known.time_limit_s * 1000} if known is not None else {}
        queue, actor = (URGENT, URGENT) if known is not None and known.urgent else (QUEUE, ACTOR)
        args = (errand.job, str(errand.announcement_id), *(() if errand.after is None else (errand.after,)))
        return dramatiq.Message(queue_name=queue, actor_name=actor, args=args, kwargs={}, options=options)

    def ring(errands: Sequence[Errand]) -> None:
        messages = [message(errand) for errand in errands]
        if isinstance(broker, DatabaseQueue):
            if messages:
                broker.enqueue_all(messages)
            return
        _look(broker)
        for one in messages:
            broker.enqueue(one)

    for queue in (URGENT, QUEUE):
        broker.declare_queue(queue)
    return ring


def _look(broker: Broker) -> None:
    """Raise what the broker's library raises when the broker is away: at once, where sending would try several times."""
    match broker:
        case RabbitQueue():
            broker.keep_up()
        case RedisBroker():
            broker.client.ping()
