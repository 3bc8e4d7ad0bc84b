"""Nothing here runs by itself: grading happens in the call, a rule book comes into force by its date."""

from typing import Final

from foundation.jobs.job import Effect, Job, Recurring
from foundation.ledger.announcing import Event

JOBS: Final[list[Job[Event] | Effect[Event]]] = []
RECURRING: Final[list[Recurring]] = []
