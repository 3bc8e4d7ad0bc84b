"""The processes of a whole system, as the supervisor starts them: what each is called, its command, its environment."""

import os
import runpy
import sys
from collections.abc import Mapping
from typing import Final

from app.settings import Settings
from app.supervisor import ChildSpec
from foundation.clock import ShiftedClock, clock_from
from foundation.database.server import Server

#: Parts that make a whole system, in the order in which they start.
PARTS: Final = ("web", "worker", "clockwork")


def children(settings: Settings, server: Server) -> list[ChildSpec]:
    """The processes of the system; all share one clock, also one that runs faster."""
    environment = environment_for(settings, server)
    return [
        ChildSpec(name=part, command=(sys.executable, "-m", "app", part), environment=environment) for part in PARTS
    ]


def environment_for(settings: Settings, server: Server) -> Mapping[str, str]:
    """The environment of a child: where the database is, and the clock with its anchor."""
    environment = {
        **os.environ,
        "DATABASE_URL": server.app_url,
        "CALLOUT_VAR": str(settings.var),
        "CALLOUT_DEMO": "yes" if settings.demo else "no",
    }
    environment.pop("DATABASE_OWNER_URL", None)
    clock = clock_from(settings.clock)
    if isinstance(clock, ShiftedClock):
        environment["CALLOUT_CLOCK"] = clock.spec()
    return environment


def become(part: str) -> None:
    """Run `app/parts/<part>.py` as this process's program, so that only what that part needs is loaded."""
    runpy.run_module(f"app.parts.{part}", run_name="__main__")
