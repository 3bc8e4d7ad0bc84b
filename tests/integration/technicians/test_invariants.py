"""Each invariant finds the violation planted for it, and nothing in a sound register."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from foundation.database.session import WriteSession
from technicians import actions, people, positions
from technicians.invariants import INVARIANTS
from tests.integration.technicians.conftest import DESK, add_technician

PLANTED = {
    "technician-out-of-reach": "DELETE FROM technician_reach",
    "position-off-duty": "UPDATE duty SET state = 'off', since = since - interval '1 hour'",
    "position-kept-too-long": "UPDATE positions SET at = at - interval '31 days'",
    "duty-of-somebody-who-left": "UPDATE technicians SET active = false",
    "duty-from-the-future": "UPDATE duty SET since = since + interval '1 day'",
}


def broken(db: WriteSession, now: datetime) -> set[str]:
    return {name for name, query in INVARIANTS.items() if db.execute(text(query), {"now": now}).first() is not None}


def a_sound_register(db: WriteSession, now: datetime) -> None:
    working, gone = add_technician(db, now=now), add_technician(db, now=now)
    for technician in (working, gone):
        actions.duty_on(db, technician.id, actor=DESK, now=now)
        positions.report(db, technician.id, latitude=31.3, longitude=121.5, accuracy_m=9, at=now, now=now)
    people.set_active(db, gone.id, active=False, actor=DESK, now=now + timedelta(seconds=1))
    db.flush()


def test_a_sound_register_breaks_nothing(db: WriteSession, now: datetime) -> None:
    a_sound_register(db, now)
    assert broken(db, now) == set()


@pytest.mark.parametrize("name", INVARIANTS)
def test_each_invariant_finds_what_it_is_for(db: WriteSession, now: datetime, name: str) -> None:
    a_sound_register(db, now)
    db.execute(text(PLANTED[name]))
    assert name in broken(db, now)
