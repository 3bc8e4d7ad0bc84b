"""The worker: dramatiq's threads in this process, running errands.

Not dramatiq's own command: that forks children which survive a killed master. One process, some threads; more workers
are more processes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from dramatiq import Worker
from dramatiq.broker import Broker

from foundation.jobs import broker as queue
from foundation.jobs.job import JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import Jobs

#: Milliseconds after which an idle thread looks whether it should stop.
LOOK_MS: Final = 500
#: Milliseconds that running jobs have when the worker is asked to stop. What isn't done by then is rolled back when
#: the process ends, and rung again.
STOP_MS: Final = 2_500


@contextmanager
def working(context: JobContext, *, jobs: Jobs, broker: Broker, threads: int) -> Iterator[None]:
    """Run errands while the block runs."""
    queue.declare(broker, partial(run_errand, context, jobs))
    # dramatiq's command would say this; the time limits' thread starts on it.
    broker.emit_after("process_boot")
    worker = Worker(broker, worker_timeout=LOOK_MS, worker_threads=threads)
    worker.start()
    try:
        yield
    finally:
        stopping = threading.Thread(target=worker.stop, kwargs={"timeout": STOP_MS}, daemon=True)
        stopping.start()
        stopping.join(timeout=STOP_MS / 1000)
        broker.close()
