"""Several at the same moment, with real commits: the database lets exactly one win."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select, text

from dispatch import actions, explaining, invariants, jobs, sweeping
from dispatch.errors import OfferGone, TechnicianBusy
from dispatch.models import Assignment, Decision, Offer, Round
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, engine_for, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.jobs.setbacks import Setbacks, SweepIncomplete
from foundation.ledger.models import Announcement, LedgerEntry
from foundation.problems import Problem
from intake.grades import Grade
from intake.lifecycle import Stage
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, Hand, add_complaint, add_technician

pytestmark = pytest.mark.committed


def at_once(works: Sequence[Callable[[], object]]) -> list[object]:
    """Run all at the same moment; a refusal is a result."""
    gate = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        gate.wait()
        try:
            return work()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def an_offer(db: WriteSession, complaint: Complaint, hand: Hand) -> UUID:
    """Ring somebody for a complaint, whatever else rings for them."""
    complaint.stage = Stage.DISPATCHING
    round_id = new_id()
    given = {"round": round_id, "complaint": complaint.id, "technician": hand.id, "offer": new_id(), "at": AT,
             "due": AT + timedelta(hours=24), "lapses": AT + timedelta(minutes=30)}  # fmt: skip
    db.flush()
    db.execute(
        text("INSERT INTO rounds (id, complaint_id, crew_role, policy_id, grade, due_at, opened_at, next_look_at) "
             "SELECT :round, :complaint, 'lead', id, 'general', :due, :at, :lapses FROM dispatch_policies"), given)  # fmt: skip
    db.execute(
        text("INSERT INTO offers (id, round_id, complaint_id, technician_id, crew_role, urgent, by_hand, state, "
             "offered_at, lapses_at, arrive_at, travel_min, distance_km, reasons) VALUES (:offer, :round, :complaint, "
             ":technician, 'lead', false, false, 'open', :at, :lapses, :at, 20, 10, '{}')"), given)  # fmt: skip
    return UUID(str(given["offer"]))


def accepting(sessions: Sessions, offer_id: UUID, hand: Hand) -> Callable[[], object]:
    def accept() -> object:
        with unit_of_work(sessions) as db:
            return actions.accept(db, offer_id, actor=hand.actor, now=AT).id

    return accept


def broken(sessions: Sessions) -> dict[str, int]:
    with reading(sessions) as look:
        found = {
            name: len(look.execute(text(sql), {"now": AT} if ":now" in sql else {}).all())
            for name, sql in invariants.INVARIANTS.items()
        }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def many(database_url: str) -> Sessions:
    """Connections for twenty at once."""
    return Sessions(engine=engine_for(database_url, pool_size=24, application="race"))


def test_of_twenty_jobs_one_technician_accepts_at_once_exactly_one_is_booked(many: Sessions, owner_url: str) -> None:
    owner = engine_for(owner_url)
    with owner.begin() as connection:  # Rule of one question at a time out of the way: the booking must hold alone.
        connection.execute(text("DROP INDEX uq_offers_one_at_a_time"))
    owner.dispose()
    with unit_of_work(many) as db:
        hand = add_technician(db, 1)
        offers = [an_offer(db, add_complaint(db), hand) for _ in range(20)]
    results = at_once([accepting(many, offer, hand) for offer in offers])
    assert sum(isinstance(each, UUID) for each in results) == 1
    assert sum(isinstance(each, TechnicianBusy) for each in results) == 19
    with reading(many) as look:
        assert len(look.scalars(select(Assignment)).all()) == 1
    assert not broken(many)
    many.engine.dispose()


def test_of_several_who_accept_one_major_offer_at_once_exactly_one_has_it(many: Sessions) -> None:
    with unit_of_work(many) as db:
        hands = {hand.id: hand for hand in (add_technician(db, n, km=n, senior=True) for n in range(1, 4))}
        major = add_complaint(db, Grade.MAJOR)
        actions.decide(db, major.id, actor=DESK, now=AT)
        offers = dict(db.execute(select(Offer.id, Offer.technician_id)).all())
    assert len(offers) == 3
    results = at_once([accepting(many, offer, hands[who]) for offer, who in offers.items() for _ in range(3)])
    winners = {each for each in results if isinstance(each, UUID)}
    assert len(winners) == 1
    assert all(isinstance(each, UUID | OfferGone) for each in results)
    assert not broken(many)
    many.engine.dispose()


def test_two_looks_at_once_never_ring_one_technician_twice(many: Sessions) -> None:
    with unit_of_work(many) as db:
        for number in range(1, 4):
            add_technician(db, number, km=number)
        complaints = [add_complaint(db).id for _ in range(8)]

    def deciding(complaint_id: UUID) -> Callable[[], object]:
        def decide() -> object:
            with unit_of_work(many) as db:
                return actions.decide(db, complaint_id, actor=DESK, now=AT)

        return decide

    at_once([deciding(complaint_id) for complaint_id in complaints])
    with reading(many) as look:
        rung = look.scalars(select(Offer.technician_id).where(Offer.state == "open")).all()
    assert len(rung) == len(set(rung)) == 3
    assert not broken(many)
    many.engine.dispose()


def test_whoever_is_overtaken_writes_down_only_the_offers_that_were_made(many: Sessions) -> None:
    with unit_of_work(many) as db:
        for number in range(1, 6):
            add_technician(db, number, km=number, senior=True)
        complaints = [add_complaint(db, Grade.MAJOR).id for _ in range(6)]

    def deciding(complaint_id: UUID) -> Callable[[], object]:
        def decide() -> object:
            with unit_of_work(many) as db:
                return actions.decide(db, complaint_id, actor=DESK, now=AT)

        return decide

    at_once([deciding(complaint_id) for complaint_id in complaints])
    with reading(many) as look:
        made = {str(row.id) for row in look.execute(select(Offer.id))}
        entries = look.scalars(select(LedgerEntry).where(LedgerEntry.step.in_(("DISPATCH", "offer.made")))).all()
        told = look.scalars(select(Announcement.payload).where(Announcement.kind == "offer.made")).all()
        decisions = look.scalars(select(Decision)).all()
    said = [
        offer["offer_id"] for entry in entries for offer in cast("list[dict[str, str]]", entry.facts.get("offers", []))
    ]
    assert sorted(said) == sorted(made) == sorted(str(each["offer_id"]) for each in told)
    assert len(made) == 5
    assert {entry.subject_id for entry in entries} == set(complaints)
    assert len(decisions) == 6
    assert all(explaining.replay(each).identical for each in decisions)
    assert not broken(many)
    many.engine.dispose()


def test_accepting_and_lapsing_at_once_never_both_happen(many: Sessions) -> None:
    with unit_of_work(many) as db:
        hands = [add_technician(db, number) for number in range(1, 9)]
        offers = [an_offer(db, add_complaint(db), hand) for hand in hands]
    late = AT + timedelta(minutes=30)

    def lapse() -> object:
        with unit_of_work(many) as db:
            return actions.lapse_due(db, now=late)

    results = at_once([*(accepting(many, offer, hand) for offer, hand in zip(offers, hands, strict=True)), lapse])
    accepted = sum(isinstance(each, UUID) for each in results)
    with reading(many) as look:
        states = look.scalars(select(Offer.state)).all()
    assert states.count("accepted") == accepted
    assert states.count("lapsed") + accepted + states.count("open") == 8
    assert not broken(many).keys() - {"dispatch.offer_never_lapsed"}
    many.engine.dispose()


def test_the_sweep_serves_the_most_urgent_first(many: Sessions) -> None:
    with unit_of_work(many) as db:
        general = add_complaint(db)
        major = add_complaint(db, Grade.MAJOR)
        for each in (general, major):
            actions.decide(db, each.id, actor=DESK, now=AT)
        hand = add_technician(db, 1, senior=True)
    soon = AT + timedelta(minutes=1)
    assert sweeping.look_again(many, now=soon).moved == 2
    with reading(many) as look:
        rung = look.execute(select(Offer.complaint_id, Offer.technician_id)).all()
    assert [tuple(each) for each in rung] == [(major.id, hand.id)]
    many.engine.dispose()


def test_one_complaint_that_fails_does_not_keep_the_others_waiting(many: Sessions) -> None:
    with unit_of_work(many) as db:
        broken_one, fine = add_complaint(db, Grade.MAJOR), add_complaint(db)
        for each in (broken_one, fine):
            actions.decide(db, each.id, actor=DESK, now=AT)
        broken_one.commitments = {}
        add_technician(db, 1)
    assert set(sweeping.look_again(many, now=AT + timedelta(minutes=2)).failed) == {broken_one.id}
    with reading(many) as look:
        assert look.scalars(select(Offer.complaint_id)).all() == [fine.id]
    many.engine.dispose()


def test_complaints_that_fail_give_their_turn_to_those_behind_them(many: Sessions) -> None:
    with unit_of_work(many) as db:
        broken_ones, fine = [add_complaint(db, Grade.MAJOR) for _ in range(5)], add_complaint(db)
        for each in (*broken_ones, fine):
            actions.decide(db, each.id, actor=DESK, now=AT)
        for each in broken_ones:
            each.commitments = {}
        add_technician(db, 1)
    failed = sweeping.look_again(many, now=AT + timedelta(minutes=2), limit=2).failed
    assert set(failed) == {each.id for each in broken_ones}
    with reading(many) as look:
        assert look.scalars(select(Offer.complaint_id)).all() == [fine.id]
    many.engine.dispose()


def test_a_complaint_that_fails_is_tried_again_later_each_time_and_seen_after_a_minute(
    many: Sessions, hand_clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    hand_clock.at = AT
    with unit_of_work(many) as db:
        broken_one = add_complaint(db, Grade.MAJOR)
        actions.decide(db, broken_one.id, actor=DESK, now=AT)
        whole, broken_one.commitments = broken_one.commitments, {}
        db.execute(text("UPDATE ledger_heads SET changed_at = :at"), {"at": AT})
        add_technician(db, 1)
    context, setbacks = JobContext(sessions=many, clock=hand_clock), Setbacks("again")
    hand_clock.push(minutes=2)
    with reading(many) as look:
        since = look.scalars(select(Round.next_look_at)).one()
    for _ in range(120):
        with pytest.raises(SweepIncomplete, match=str(broken_one.id)):
            jobs.look_again(context, setbacks=setbacks)
        hand_clock.push(seconds=1)
    assert 7 <= caplog.text.count("ALARM again failed for") <= 9
    with reading(many) as look:
        assert look.scalars(select(Round.next_look_at)).one() == since
        assert look.execute(text(invariants.INVARIANTS["dispatch.forgotten"]), {"now": hand_clock.now()}).all()
    with unit_of_work(many) as db:
        db.get_one(Complaint, broken_one.id).commitments = whole
    hand_clock.push(minutes=1)
    assert jobs.look_again(context, setbacks=setbacks) == 1
    many.engine.dispose()
