"""dramatiq-postgres with fewer round trips: messages are put in, taken and ticked off many at a time.

The library writes each of these in a transaction of its own, and a notification that nobody hears with every message
that is done. The tables and what stands in them are the library's; tests compare the rows.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

import dramatiq
import psycopg
from dramatiq.broker import MessageProxy
from dramatiq_postgres import PostgresBroker
from dramatiq_postgres.broker import CLAIM_BATCH_MAX, PostgresConsumer
from dramatiq_postgres.utils import getconn, raise_connection_error
from psycopg.types.json import Jsonb

from foundation.jobs.rings import taken_back

#: What the library writes for one message, for many.
_ENQUEUE_ALL: Final = """
    WITH enqueued AS (
        INSERT INTO dramatiq.queue (queue_name, message_id, state, message, available_at)
        SELECT given.message ->> 'queue_name', (given.message ->> 'message_id')::uuid, 'queued', given.message, now()
        FROM jsonb_array_elements(%(messages)s) WITH ORDINALITY AS given (message, position)
        ORDER BY given.position RETURNING queue_name
    )
    SELECT pg_notify('dramatiq.' || queue_name || '.enqueue', '') FROM (SELECT DISTINCT queue_name FROM enqueued) queues
"""
#: Forgets what is done and takes what is next. What somebody had taken and not come to an end with was put back later
#: than it came in.
_TAKE: Final = """
    WITH done AS (
        DELETE FROM dramatiq.queue WHERE message_id = ANY (%(done)s::uuid[]) AND state = 'consumed'
    ), next AS (
        SELECT message_id, mtime > available_at AS again FROM dramatiq.queue
        WHERE queue_name = %(queue)s AND state = 'queued' AND available_at <= now()
        ORDER BY available_at, position LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE dramatiq.queue q SET state = 'consumed', worker_id = %(worker)s, consumed_at = now(), mtime = now()
    FROM next WHERE q.message_id = next.message_id
    RETURNING q.message::text AS message, next.again
"""


class DatabaseQueue(PostgresBroker):  # type: ignore[misc]  # the library types it not
    """dramatiq-postgres on a pool of our own, whose connections commit by themselves; it closes the pool."""

    def __init__(self, *, urgent: str, **options: object) -> None:
        """Nothing is connected yet; `urgent` is the queue that a thread is kept free for, the options are the library's."""
        super().__init__(**options)
        self.urgent = urgent
        #: Ids of messages by queue that are done and not yet ticked off. They outlive a consumer that lost the database.
        self.done: defaultdict[str, deque[str]] = defaultdict(deque)

    def close(self) -> None:
        """Stop listening and give the connections back."""
        super().close()
        self.pool.close()

    def enqueue_all(self, messages: Sequence[dramatiq.Message[object]]) -> None:
        """One statement and one notification for all: what the library's `enqueue` does for each of them."""
        documents = [message.asdict() for message in messages]
        connection = getconn(self.pool)
        try:
            connection.execute(_ENQUEUE_ALL, {"messages": Jsonb(documents)})
        finally:
            self.pool.putconn(connection)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> PostgresConsumer:
        """A consumer that takes and ticks off in one statement.

        A worker asks for two messages a thread. What isn't urgent gets one less than there are threads, so that letters
        to a mail server that doesn't answer never hold all of them.
        """
        held = prefetch if queue_name == self.urgent else max(1, prefetch // 2 - 1)
        return _Consumer(broker=self, queue_name=queue_name, prefetch=held, timeout=timeout)


class _Consumer(PostgresConsumer):  # type: ignore[misc]  # the library types it not
    """Takes what is urgent as soon as half of what it may hold is free, so that under load one statement serves several
    messages; the rest as soon as anything is free, so that a long job leaves no thread idle.

    A message that is ticked off too late, because the process died, comes back and finds its errand done.
    """

    def __next__(self) -> MessageProxy | None:
        """The next message, or None after a while without one."""
        connection = self.get_consume_conn()
        self.broker.maybe_heartbeat(connection)
        self.broker.maybe_maintenance(connection)
        if not self.buffer:
            self.wakeup.clear()  # Before the look, so that who knocks behind it is heard.
            free = self.prefetch - len(self.in_processing)
            if free and (self.queue_name != self.broker.urgent or 2 * free >= self.prefetch):
                self.claim(min(free, CLAIM_BATCH_MAX))
        if self.buffer:
            message = self.buffer.pop(0)
            self.in_processing.add(message.message_id)
            return MessageProxy(message)
        self.wakeup.wait(min(self.timeout_s, self.broker.poll_interval))
        return None

    @raise_connection_error  # type: ignore[untyped-decorator]  # as above
    def claim(self, limit: int) -> None:
        """Tick off what is done and take up to `limit` messages; one that a dead worker had says so to its errand."""
        for payload, again in self._look(self.get_consume_conn(), limit):
            message = dramatiq.Message.decode(payload.encode())
            self.buffer.append(message.copy(args=taken_back(*message.args)) if again else message)

    def _look(self, connection: psycopg.Connection, limit: int) -> list[tuple[str, bool]]:
        waiting = self.broker.done[self.queue_name]
        done = [waiting.popleft() for _ in range(len(waiting))]
        given = {"done": done, "queue": self.queue_name, "limit": limit, "worker": self.broker.worker_id}
        try:
            return cast("list[tuple[str, bool]]", connection.execute(_TAKE, given).fetchall())
        except BaseException:
            waiting.extend(done)
            raise

    def ack(self, message: MessageProxy) -> None:
        """Done; said with the next look, which this wakes. Called by the threads that run jobs."""
        self.broker.done[self.queue_name].append(message.message_id)
        self.in_processing.discard(message.message_id)
        self.wakeup.set()

    def close(self) -> None:
        """Tick off what is left and give the connection back."""
        if self._consume_conn is not None:
            with suppress(psycopg.Error):
                self._look(self._consume_conn, 0)
        super().close()
