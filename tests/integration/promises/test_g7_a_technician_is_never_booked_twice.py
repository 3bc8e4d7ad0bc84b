"""G7: twenty at a time for one technician, two thousand times: one is booked, nineteen hear who was faster."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from dispatch import actions
from dispatch.errors import TechnicianBusy
from foundation.database.session import Sessions, engine_for, reading, unit_of_work
from tests.integration.dispatch.field import AT, Hand, add_complaint, add_technician
from tests.integration.dispatch.test_races import an_offer, broken

pytestmark = pytest.mark.committed

AT_ONCE, ROUNDS = 20, 100


@pytest.fixture
def crowd(database_url: str, owner_url: str) -> Iterator[Sessions]:
    """Connections for twenty at once; the rule of one question at a time is out of the way: booking must hold alone."""
    with psycopg.connect(owner_url) as owner:
        owner.execute("DROP INDEX uq_offers_one_at_a_time")
    engine = engine_for(database_url, pool_size=AT_ONCE + 4, application="stampede")
    yield Sessions(engine=engine)
    engine.dispose()


def test_two_thousand_attempts_twenty_at_a_time_never_book_twice(crowd: Sessions) -> None:
    with unit_of_work(crowd) as db:
        hand = add_technician(db, 1)
        waiting = [an_offer(db, add_complaint(db), hand) for _ in range(AT_ONCE)]
    heard: Counter[str] = Counter()
    gate = Barrier(AT_ONCE)

    def attempt(offer_id: UUID) -> UUID | None:
        gate.wait()
        try:
            with unit_of_work(crowd) as db:
                actions.accept(db, offer_id, actor=hand.actor, now=AT)
        except TechnicianBusy:
            heard["busy"] += 1
            return None
        heard["booked"] += 1
        return offer_id

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(ROUNDS):
            booked = [offer_id for offer_id in pool.map(attempt, waiting) if offer_id is not None]
            assert len(booked) == 1
            assert _live(crowd) == 1
            waiting.remove(booked[0])
            waiting.append(_next(crowd, booked[0], hand))
    assert heard == {"booked": ROUNDS, "busy": ROUNDS * (AT_ONCE - 1)}
    assert heard.total() >= 2_000
    assert not broken(crowd).keys() - {"dispatch.offer_never_lapsed"}


def _live(crowd: Sessions) -> int:
    with reading(crowd) as look:
        return int(look.execute(text("SELECT count(*) FROM assignments WHERE ended_at IS NULL")).scalar_one())


def _next(crowd: Sessions, booked: UUID, hand: Hand) -> UUID:
    """The booked work is over; another complaint rings in its place."""
    with unit_of_work(crowd) as db:
        (complaint_id,) = db.execute(text("SELECT complaint_id FROM offers WHERE id = :id"), {"id": booked}).one()
        actions.end_assignment(db, complaint_id, how="handed_back", now=AT)
        db.execute(text("UPDATE complaints SET stage = 'withdrawn' WHERE id = :id"), {"id": complaint_id})
        db.execute(
            text("UPDATE deadlines SET closed_at = :now, closed_how = 'void' WHERE complaint_id = :id"),
            {"id": complaint_id, "now": AT},
        )
        return an_offer(db, add_complaint(db), hand)


_BOOK = """
INSERT INTO assignments (id, complaint_id, technician_id, crew_role, offer_id, during, accepted_at, arrive_at, travel_min,
    due_at, leave_by_at)
SELECT gen_random_uuid(), o.complaint_id, o.technician_id, 'lead', o.id, {during}, now(), now(), 10, now(), now()
FROM offers o WHERE o.id = %(offer)s
"""


@pytest.mark.parametrize(
    ("during", "state"),
    [
        ("tstzrange('2026-11-24T03:00Z', '2026-11-24T05:00Z')", "23P01"),
        ("tstzrange('2026-11-24T02:00Z', '2026-11-24T02:00Z')", "23514"),
    ],
    ids=["overlapping", "empty, which would overlap nothing"],
)
def test_the_database_refuses_a_second_booking_that_took_no_lock(
    crowd: Sessions, owner_url: str, during: str, state: str
) -> None:
    with unit_of_work(crowd) as db:
        hand = add_technician(db, 1)
        first, second = (an_offer(db, add_complaint(db), hand) for _ in range(2))
    with unit_of_work(crowd) as db:
        actions.accept(db, first, actor=hand.actor, now=AT)
    url = crowd.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as wire:
        wire.execute("SELECT set_config('callout.regions', '*', true)")
        booking = _BOOK.format(during=during)
        with pytest.raises(psycopg.IntegrityError) as refused:
            wire.execute(booking, {"offer": second})
    assert refused.value.sqlstate == state
