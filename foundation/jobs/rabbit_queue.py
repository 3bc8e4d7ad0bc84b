"""dramatiq's RabbitMQ broker with what this system wants of a doorbell: patience with bounds, and a thread for the urgent.

Nothing here is relied on for memory: what RabbitMQ loses is rung again by the sweeper, what it brings twice finds its
errand done.
"""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.middleware import Middleware

from foundation.jobs.rings import taken_back

#: Seconds, in the words of pika's URL; whoever names one in theirs knows better. A far side that fell silent without a
#: word is noticed after two heartbeats; a broker that takes no messages for want of memory or disk, which otherwise
#: holds a relay for ever, is given up after the second, tried six times by dramatiq: sooner than a loop counts as silent;
#: one that doesn't answer a connection attempt after the others.
PATIENCE: Final = {"heartbeat": "15", "blocked_connection_timeout": "4", "socket_timeout": "5", "stack_timeout": "8"}


def patient(url: str) -> str:
    """The address, or several joined by `;`, with bounds for every wait."""
    return ";".join(_bounded(one) for one in url.split(";"))


def _bounded(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(PATIENCE | dict(parse_qsl(parts.query)))))


class RabbitQueue(RabbitmqBroker):
    """Connects at first use, with a connection for each thread; one that is lost is made anew at the next use."""

    def __init__(self, url: str, *, urgent: str, middleware: list[Middleware]) -> None:
        """Nothing is connected yet; `urgent` is the queue that a thread is kept free for."""
        super().__init__(url=patient(url), confirm_delivery=True, middleware=middleware)
        self.urgent = urgent

    @property
    def consumer_class(self) -> type[Consumer]:
        """Consumers that say what comes for the second time."""
        return _Consumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer on a connection of its own, which holds fewer messages than there are threads unless urgent.

        A worker asks for two messages a thread, and RabbitMQ gives no more than that before one is done. So letters to
        a mail server that doesn't answer never hold all threads.
        """
        held = prefetch if queue_name == self.urgent else max(1, prefetch // 2 - 1)
        consumer = super().consume(queue_name, held, timeout)
        # What declared the queue is not used again, and nobody would answer the broker's heartbeats on it.
        del self.connection
        return consumer

    def keep_up(self) -> None:
        """Answer heartbeats on this thread's connection; connect if there is none or it was lost.

        Raises what pika raises when the broker can't be reached. Whoever sends only now and then calls it in between.
        """
        try:
            self.connection.process_data_events(time_limit=0)
        except Exception:  # noqa: BLE001 -- whatever it was, a new connection shows whether the broker is there
            del self.connection
        else:
            return
        self.connection.process_data_events(time_limit=0)


class _Consumer(_RabbitmqConsumer):
    """A message that was delivered before, to a worker that died or lost its connection, says so to its errand.

    Otherwise a job that kills its process would be brought back and begun anew, uncounted, for ever.
    """

    def __next__(self) -> MessageProxy | None:
        """The next message, or None after a while without one. Raises ConnectionClosed."""
        message: MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]  # dramatiq types it not
        if message is not None and getattr(message, "redelivered", False):
            inner = message._message  # noqa: SLF001 -- the tag by which it is acknowledged must stay
            message._message = inner.copy(args=taken_back(*inner.args))  # noqa: SLF001
        return message
