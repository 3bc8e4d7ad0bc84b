"""Heavy parts, and technicians whom a customer doesn't want to see."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from dispatch import actions, explaining, queries
from dispatch.candidates import Why
from dispatch.models import Decision, Offer, Round
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger.models import LedgerEntry
from foundation.problems import FieldWrong, NotAllowed
from intake.grades import Grade
from intake.models import Complaint
from tests.integration.dispatch.field import AT, DESK, Hand, add_complaint, add_technician

LATER = AT + timedelta(days=90)


def drives_heavy(db: WriteSession, hand: Hand) -> None:
    given = {"id": new_id(), "plate": f"沪{hand.code}", "who": hand.id}
    db.execute(
        text("INSERT INTO vehicles (id, outlet_id, plate, carries_heavy) "
             "SELECT :id, outlet_id, :plate, true FROM technicians WHERE id = :who"), given)  # fmt: skip
    db.execute(text("UPDATE technicians SET vehicle_id = :id WHERE id = :who"), given)


def of_a_customer(db: WriteSession, grade: Grade = Grade.GENERAL) -> tuple[Complaint, UUID]:
    customer_id = new_id()
    db.execute(
        text("INSERT INTO customers (id, name, name_pinyin, name_initials, kind, language, search, created_at) "
             "VALUES (:id, '上海建工', 'x', 'x', 'company', 'zh-CN', '', :now)"), {"id": customer_id, "now": AT})  # fmt: skip
    complaint = add_complaint(db, grade)
    complaint.customer_id = customer_id
    db.flush()
    return complaint, customer_id


def decide(db: WriteSession, complaint: Complaint, *, minutes: float = 0) -> dict[UUID, Why]:
    found = actions.decide(db, complaint.id, actor=DESK, now=AT + timedelta(minutes=minutes))
    db.flush()
    return {each.technician_id: each.why for each in found.ranking.excluded} if found else {}


def rung(db: WriteSession, complaint: Complaint) -> list[UUID]:
    query = select(Offer.technician_id).where(Offer.complaint_id == complaint.id, Offer.state == "open")
    return list(db.scalars(query))


def exclude(db: WriteSession, customer_id: UUID, hand: Hand, *, minutes: float = 0) -> None:
    now = AT + timedelta(minutes=minutes)
    actions.exclude(
        db, customer_id, technician_id=hand.id, until=LATER, reason="left the gate open", actor=DESK, now=now
    )
    db.flush()


def steps(db: WriteSession, subject_id: UUID) -> list[str]:
    return list(
        db.scalars(select(LedgerEntry.step).where(LedgerEntry.subject_id == subject_id).order_by(LedgerEntry.seq))
    )


def test_heavy_parts_are_brought_by_whoever_has_the_vehicle(db: WriteSession) -> None:
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    drives_heavy(db, far)
    complaint = add_complaint(db)
    actions.say_heavy_parts(db, complaint.id, needed=True, actor=DESK, now=AT)
    excluded = decide(db, complaint)
    assert rung(db, complaint) == [far.id]
    assert excluded[near.id] is Why.VEHICLE
    stored = db.scalars(select(Decision)).one()
    assert explaining.replay(stored).identical


def test_saying_it_again_changes_nothing_and_taking_it_back_is_witnessed(db: WriteSession) -> None:
    complaint = add_complaint(db)
    for needed in (True, True, False):
        actions.say_heavy_parts(db, complaint.id, needed=needed, actor=DESK, now=AT)
    assert steps(db, complaint.id).count("parts.heavy") == 2
    assert not queries.needs_heavy_parts(db, complaint.id)


def test_an_offer_to_somebody_without_the_vehicle_is_withdrawn_and_goes_on(db: WriteSession) -> None:
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    drives_heavy(db, far)
    complaint = add_complaint(db)
    decide(db, complaint)
    assert rung(db, complaint) == [near.id]
    actions.say_heavy_parts(db, complaint.id, needed=True, actor=DESK, now=AT + timedelta(minutes=1))
    assert queries.due_complaints(db, now=AT + timedelta(minutes=1), limit=9) == [complaint.id]
    decide(db, complaint, minutes=1)
    assert rung(db, complaint) == [far.id]


def test_a_vehicle_beyond_the_nearest_is_found(db: WriteSession) -> None:
    for number in range(1, 30):
        add_technician(db, number, km=number / 10)
    far = add_technician(db, 99, km=60)
    drives_heavy(db, far)
    complaint = add_complaint(db)
    actions.say_heavy_parts(db, complaint.id, needed=True, actor=DESK, now=AT)
    decide(db, complaint)
    assert rung(db, complaint) == [far.id]


def test_a_second_brings_the_vehicle_only_if_the_lead_has_none(db: WriteSession) -> None:
    lead, other = add_technician(db, 1, km=5, senior=True), add_technician(db, 2, km=50)
    drives_heavy(db, lead)
    major = add_complaint(db, Grade.MAJOR)
    actions.say_heavy_parts(db, major.id, needed=True, actor=DESK, now=AT)
    decide(db, major)
    (offer,) = db.scalars(select(Offer))
    actions.accept(db, offer.id, actor=lead.actor, now=AT)
    decide(db, major, minutes=1)
    assert rung(db, major) == [other.id]


def test_a_refused_technician_isnt_asked_before_the_time_and_is_asked_after_it(db: WriteSession) -> None:
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    complaint, customer_id = of_a_customer(db)
    exclude(db, customer_id, near)
    excluded = decide(db, complaint)
    assert rung(db, complaint) == [far.id]
    assert excluded[near.id] is Why.EXCLUDED
    elsewhere = add_complaint(db)
    decide(db, elsewhere)
    assert rung(db, elsewhere) == [near.id]
    assert steps(db, customer_id) == ["technician.excluded"]


def test_refusing_somebody_whose_phone_rings_takes_the_offer_back(db: WriteSession) -> None:
    near, far = add_technician(db, 1, km=5), add_technician(db, 2, km=50)
    complaint, customer_id = of_a_customer(db)
    decide(db, complaint)
    exclude(db, customer_id, near, minutes=1)
    assert queries.due_complaints(db, now=AT + timedelta(minutes=1), limit=9) == [complaint.id]
    decide(db, complaint, minutes=1)
    assert rung(db, complaint) == [far.id]


def test_whoever_is_allowed_again_is_looked_at_again_at_once(db: WriteSession) -> None:
    only = add_technician(db, 1, km=5)
    complaint, customer_id = of_a_customer(db)
    exclude(db, customer_id, only)
    decide(db, complaint)
    assert db.scalars(select(Round.waiting_why)).one() == "excluded"
    actions.allow_again(db, customer_id, technician_id=only.id, actor=DESK, now=AT + timedelta(seconds=5))
    actions.allow_again(db, customer_id, technician_id=only.id, actor=DESK, now=AT + timedelta(seconds=5))
    assert queries.due_complaints(db, now=AT + timedelta(seconds=5), limit=9) == [complaint.id]
    decide(db, complaint, minutes=0.1)
    assert rung(db, complaint) == [only.id]
    assert steps(db, customer_id) == ["technician.excluded", "technician.allowed_again"]


def test_what_was_said_last_about_somebody_counts(db: WriteSession) -> None:
    near = add_technician(db, 1)
    _, customer_id = of_a_customer(db)
    exclude(db, customer_id, near)
    sooner = AT + timedelta(days=1)
    actions.exclude(db, customer_id, technician_id=near.id, until=sooner, reason="calmed down", actor=DESK, now=AT)
    db.flush()
    ((found, code),) = queries.exclusions(db, customer_id, now=AT)
    assert (found.until, code) == (sooner, near.code)
    assert queries.exclusions(db, customer_id, now=sooner) == []


def test_nobody_is_refused_for_the_past_or_by_a_customer_who_isnt_there(db: WriteSession) -> None:
    near = add_technician(db, 1)
    _, customer_id = of_a_customer(db)
    with pytest.raises(FieldWrong):
        actions.exclude(db, customer_id, technician_id=near.id, until=AT, reason="x", actor=DESK, now=AT)
    with pytest.raises(NotAllowed):
        exclude(db, new_id(), near)
