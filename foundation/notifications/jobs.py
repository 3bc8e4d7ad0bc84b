"""What the worker and the clockwork do for messages."""

from functools import partial
from typing import Final

from foundation.jobs.job import Effect, Listener, Recurring
from foundation.notifications import delivering
from foundation.notifications.channels import Channels, smtp_from
from foundation.notifications.enclosing import NO_ENCLOSURES, Enclosures
from foundation.notifications.events import DeliveryQueued
from foundation.notifications.models import ChannelName

#: Seconds of machine time between two looks for deliveries nobody came back from.
SWEEP_EVERY_S: Final = 5.0
#: Attempts of the errand beyond those that the channel refuses: its process may die, the database may be away.
SPARE_ATTEMPTS: Final = 3


def jobs(*, smtp_url: str | None, sender: str, enclosures: Enclosures = NO_ENCLOSURES) -> list[Listener]:
    """The jobs with the channels that the settings name. ValueError for an unusable URL."""
    channels: Channels = {} if smtp_url is None else {ChannelName.EMAIL: smtp_from(smtp_url, sender=sender)}
    return jobs_over(channels, enclosures=enclosures)


def jobs_over(channels: Channels, *, enclosures: Enclosures = NO_ENCLOSURES) -> list[Listener]:
    """The jobs over these channels."""
    run = partial(delivering.deliver, channels=channels, enclosures=enclosures)
    return [
        Effect(
            name=delivering.JOB, hears=DeliveryQueued, run=run, time_limit_s=60,
            max_attempts=delivering.MOST_ATTEMPTS + SPARE_ATTEMPTS, back_off_s=delivering.BACK_OFF_S,
        )
    ]  # fmt: skip


RECURRING: Final[list[Recurring]] = [
    Recurring(name="notifications.unknown", every_s=SWEEP_EVERY_S, tick=delivering.sweep)
]
