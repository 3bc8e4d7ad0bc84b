"""Making the demo data: once, into an empty database, in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import exists, select

from app.assembly import System
from app.demo import company, people, register
from app.demo.acting import Cast, call_in
from app.demo.calls import TALES, Tale
from app.demo.playing import Act, Play, played
from foundation.accounts import actions
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor, ActorKind, system
from foundation.database.session import reading, unit_of_work

#: Makes the company; everything else is done by the people it has.
ACTOR: Final = system("demo")
#: The same invented world each time.
SEED: Final = 2026
#: How long before the oldest call the company was set up.
BEFORE: Final = timedelta(hours=12)


def seed(system: System, *, say: Callable[[str], None]) -> bool:
    """Make the demo data, unless the database has regions already. Returns whether it did.

    All or nothing: interrupted, it leaves an empty database. Raises SeedFailed when a job or sweep fails.
    """
    with reading(system.sessions) as look:
        if look.scalar(select(exists(select(Region.code)))):
            return False
    say("Making demo data: an invented company with people, cranes and some complaints …")
    now = system.clock.now()
    begins_at = now - timedelta(minutes=TALES[0].called_ago_min) - BEFORE
    with played(system, begins_at=begins_at) as play:
        cast = _set_up(play, now=now)
        for tale in TALES:
            play.at(now - timedelta(minutes=tale.called_ago_min), _calling(cast, tale))
        play.until(now)
    say(f"Made {len(people.HANDS)} technicians, {register.UNITS} units and {len(TALES)} complaints.")
    return True


def _set_up(play: Play, *, now: datetime) -> Cast:
    with unit_of_work(play.system.sessions) as db:
        made = company.found(db, actor=ACTOR, since=play.now, now=now)
        units = register.enter(db, dice=Random(SEED), actor=ACTOR, now=play.now)  # noqa: S311 -- seeded on purpose
        token = actions.add_token(db, "电话系统 PBX", powers=["complaint.log"], regions=None, actor=ACTOR, now=play.now)
    play.forget()  # nobody waits yet for somebody new
    machine = Actor(
        kind=ActorKind.TOKEN, id=token.id, label="电话系统 PBX", regions=None, powers=frozenset({"complaint.log"})
    )
    cast = Cast(company=made, units=units, machine=machine)
    play.watchers.append(cast.watch)
    company.sign_on(play, made, now=now)
    return cast


def _calling(cast: Cast, tale: Tale) -> Act:
    return lambda play: call_in(play, cast, tale)
