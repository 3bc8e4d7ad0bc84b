"""Who listens to whom: every job that an announcement asks for, and every sweep, in one screenful.

What a job hears is written beside the job (`hears`); here stands which packages take part.
"""

from collections.abc import Sequence
from functools import partial
from typing import cast

import dispatch.jobs
import escalation.jobs
import escalation.notices
import feedback.jobs
import feedback.telling
import foundation.accounts.jobs
import foundation.jobs.sweeps
import foundation.notifications.jobs
import intake.jobs
import technicians.imports.jobs
import technicians.jobs
import visits.jobs
from app import invariants, watchdog
from app.assembly import System
from app.settings import Settings
from feedback.paper import House
from foundation.jobs.job import Listener, Recurring
from foundation.jobs.subscribing import Jobs, by_name
from foundation.notifications.enclosing import Enclosures


def jobs(system: System) -> Jobs:
    """All jobs by name, with what they need from outside bound to them."""
    return by_name(
        [
            *intake.jobs.jobs(geocoder=system.settings.geocoder, geocoder_key=system.settings.geocoder_key),
            *technicians.imports.jobs.jobs(files=system.files),
            *dispatch.jobs.JOBS,
            *visits.jobs.JOBS,
            *feedback.jobs.jobs(files=system.files, house=_house(system)),
            *cast("Sequence[Listener]", escalation.jobs.JOBS),
            *foundation.notifications.jobs.jobs(
                smtp_url=system.settings.smtp_url, sender=system.settings.mail_from, enclosures=enclosures(system)
            ),
        ]
    )


def enclosures(system: System) -> Enclosures:
    """What letters carry that isn't kept with their messages."""
    public_url = system.settings.public_url
    return {
        **feedback.telling.enclosures(files=system.files, public_url=public_url),
        **escalation.notices.whole_links(public_url=public_url),
    }


def recurring(system: System) -> Sequence[Recurring]:
    """All sweeps of the packages and of the root."""
    return [
        *intake.jobs.RECURRING,
        *technicians.jobs.RECURRING,
        *dispatch.jobs.recurring(),
        *visits.jobs.RECURRING,
        *feedback.jobs.recurring(files=system.files),
        *escalation.jobs.recurring(),
        *foundation.accounts.jobs.RECURRING,
        *foundation.jobs.sweeps.recurring(
            keys=system.settings.var / "keys", folder=system.settings.var / "checkpoints"
        ),
        *foundation.notifications.jobs.RECURRING,
        Recurring(name="invariants", every_s=60, tick=invariants.tick, first_after_s=60),
        Recurring(name="outside-ping", every_s=30, tick=partial(watchdog.tick, url=system.settings.watchdog_url)),
    ]


def _house(system: System) -> House:
    """The letterhead of the papers."""
    settings = system.settings
    return House(settings.company_zh, settings.company_en, settings.hotline, settings.public_url)


def house(settings: Settings) -> House:
    """The letterhead of this installation."""
    return House(
        name_zh=settings.company_zh, name_en=settings.company_en, hotline=settings.hotline,
        public_url=settings.public_url,
    )  # fmt: skip
