"""A case that waits for its unit is identified when the unit comes into the register, as an agent would do it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, text

from foundation.accounts.roles import Actor, system
from foundation.clock import HandClock
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.ledger.models import Announcement
from foundation.notifications.models import Message
from intake import actions, identifying, importing, jobs, namesakes, queries, registering, tasks
from intake.calls import Call
from intake.corrections import Correction
from intake.events import ComplaintLogged
from intake.models import Complaint, Customer, Equipment, HandOver, Site
from intake.registering import NewCustomer, NewSite, NewUnit
from tests.integration.intake.conftest import Build, add_complaint, add_region, add_unit, take

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEADER = "serial_number,family,region\n"


def waiting(db: WriteSession, build: Build, serial_number: str = "ZJ5510-50", *, region: str = "north") -> Complaint:
    """A case that named this serial number before the register knew it."""
    complaint = build(region=region)
    complaint.serial_number_given = serial_number
    db.flush()
    return complaint


def announced(db: WriteSession, kind: str) -> list[object]:
    db.flush()
    return list(db.scalars(select(Announcement.subject_id).where(Announcement.kind == kind).order_by(Announcement.id)))


def asked(db: WriteSession, complaint: Complaint) -> list[tuple[str, str, str]]:
    """What the dispatcher is still asked about the case: template, serial number, why."""
    db.flush()
    wanted = select(Message).where(Message.case_id == complaint.id, Message.acknowledged_at.is_(None))
    return [
        (message.template, str(message.facts["serial_number"]), str(message.facts.get("why")))
        for message in db.scalars(wanted.order_by(Message.id))
    ]


@pytest.fixture
def desk(db: WriteSession, dispatcher: Actor) -> Actor:
    """The dispatcher who answers for the north."""
    add_region(db)
    db.execute(text("INSERT INTO user_regions (user_id, region_code) VALUES (:id, 'north')"), {"id": dispatcher.id})
    return dispatcher


def another_customer(db: WriteSession, now: datetime) -> Customer:
    return registering.add_customer(db, NewCustomer(name="中兴建设"), actor=system("test"), now=now)


def test_the_system_makes_the_change_that_an_agent_makes(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    by_hand, by_itself = waiting(db, a_complaint), waiting(db, a_complaint)
    unit = add_unit(db, now=now)
    read = Correction(serial_number="zj5510-50")
    actions.correct(db, by_hand.id, correction=read, reason="read from the plate", actor=agent, now=now)
    identifying.identify(db, by_itself.id, now=now)

    theirs, ours = (queries.history(db, each.id)[-1] for each in (by_hand, by_itself))
    assert (ours.actor_kind, ours.actor_label, ours.facts["reason"]) == ("system", "intake.identify", "unit_registered")
    assert (ours.step, set(ours.facts), ours.private) == (theirs.step, set(theirs.facts), theirs.private)
    assert [ours.facts[name] for name in ("fields", "old", "new")] == [
        theirs.facts[name] for name in ("fields", "old", "new")
    ]
    assert (by_itself.equipment_id, by_itself.site_id, by_itself.customer_id) == (
        unit.id, unit.site_id, unit.customer_id,
    )  # fmt: skip
    assert (by_itself.to_be_identified, by_itself.to_be_placed) == (False, False)
    assert set(announced(db, "complaint.placed")) == {by_hand.id, by_itself.id}


def test_a_second_run_changes_nothing(db: WriteSession, a_complaint: Build, now: datetime) -> None:
    complaint = waiting(db, a_complaint)
    add_unit(db, now=now)
    for _ in range(3):
        identifying.identify(db, complaint.id, now=now)
    assert [entry.step for entry in queries.history(db, complaint.id)] == ["fact.corrected"]
    assert complaint.version == 2


def test_a_case_that_a_person_identified_or_that_has_ended_is_left_alone(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    by_hand, ended = waiting(db, a_complaint), waiting(db, a_complaint)
    add_unit(db, now=now)
    other = add_unit(db, "QTZ125-9", now=now)
    found = namesakes.waiting(db)
    assert set(found) == {by_hand.id, ended.id}
    read = Correction(serial_number="QTZ125-9")
    actions.correct(db, by_hand.id, correction=read, reason="it was the other crane", actor=agent, now=now)
    actions.withdraw(db, ended.id, reason="it runs again", actor=agent, now=now)
    for complaint_id in found:
        identifying.identify(db, complaint_id, now=now)
    assert by_hand.equipment_id == other.id
    assert (ended.equipment_id, ended.to_be_identified) == (None, True)
    assert identifying.look_for_waiting(db, now=now) == 0


def test_only_cases_of_exactly_this_serial_number_are_found_whatever_the_region(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    add_region(db)
    here = a_complaint()
    said = Call(caller_phone="13800000001", sentence="停了", serial_number=" ｚｊ5510－50 ")
    there = take(db, said, actor=agent, now=now).id
    waiting(db, a_complaint, "ZJ5510-500", region="south")
    waiting(db, a_complaint, "ZJ5510", region="south")
    registering.add_unit(db, NewUnit(serial_number="zj5510-50", family="hoist"), actor=agent, now=now)
    assert len(announced(db, "equipment.registered")) == 1
    assert identifying.look_for_waiting(db, now=now) == 1
    assert announced(db, "complaint.unit_found") == [there]
    assert here.to_be_identified


def test_one_statement_finds_all_cases_that_wait(db: WriteSession, a_complaint: Build, now: datetime) -> None:
    for number in range(5):
        waiting(db, a_complaint, f"S-{number}")
        db.add(Equipment(serial_number=f"S-{number}", family="hoist", search="", created_at=now))
    db.flush()
    said: list[str] = []
    engine = db.connection().engine

    def hear(*heard: object) -> None:
        said.append(str(heard[2]))

    event.listen(engine, "before_cursor_execute", hear)
    assert identifying.look_for_waiting(db, now=now) == 5
    event.remove(engine, "before_cursor_execute", hear)
    assert len(said) == 1


def test_a_case_of_another_region_is_handed_over_to_the_units(
    db: WriteSession, a_complaint: Build, now: datetime
) -> None:
    complaint = waiting(db, a_complaint)
    add_unit(db, now=now, region="south")
    identifying.identify(db, complaint.id, now=now)
    (going,) = db.scalars(select(HandOver).where(HandOver.complaint_id == complaint.id))
    assert (going.was, going.region_code, going.why) == ("north", "south", "unit_identified")
    assert [entry.step for entry in queries.history(db, complaint.id)] == ["fact.corrected", "region.handing_over"]


def test_a_unit_of_another_customer_is_left_to_a_person_who_is_asked_once(
    db: WriteSession, a_complaint: Build, desk: Actor, hand_clock: HandClock
) -> None:
    now = hand_clock.now()
    complaint = waiting(db, a_complaint)
    complaint.customer_id = another_customer(db, now).id
    db.flush()
    tasks.give(db, complaint, now=now)
    assert [template for template, *_ in asked(db, complaint)] == ["task-identify", "task-place"]
    unit = add_unit(db, now=now)
    for _ in range(3):
        identifying.identify(db, complaint.id, now=hand_clock.push(minutes=1))
    assert (complaint.to_be_identified, complaint.version, queries.history(db, complaint.id)) == (True, 1, [])
    tasks.give(db, complaint, now=now)
    question = ("task-confirm-unit", "ZJ5510-50", "customer")
    assert [one for one in asked(db, complaint) if one[0] != "task-place"] == [question]
    namesake = namesakes.of(db, [complaint.id])[complaint.id]
    assert (namesake.serial_number, namesake.customer_name, namesake.contradicts) == (
        "ZJ5510-50", "华跃建筑", "customer",
    )  # fmt: skip

    said = Correction(serial_number="ZJ5510-50")
    actions.correct(db, complaint.id, correction=said, reason="hired from them", actor=desk, now=hand_clock.now())
    assert (complaint.equipment_id, complaint.customer_id) == (unit.id, unit.customer_id)
    assert asked(db, complaint) == []


def test_a_unit_on_another_site_is_identified_when_the_register_is_put_right(
    db: WriteSession, a_complaint: Build, desk: Actor, now: datetime
) -> None:
    complaint, unit = waiting(db, a_complaint), add_unit(db, now=now)
    new = NewSite(name="二号工地", customer_id=unit.customer_id, region_code="north")
    site = registering.add_site(db, new, actor=desk, now=now)
    complaint.site_id = site.id
    db.flush()
    identifying.identify(db, complaint.id, now=now)
    assert asked(db, complaint) == [("task-confirm-unit", "ZJ5510-50", "site")]

    registering.relocate(db, "ZJ5510-50", to_site_id=site.id, moved_on=now.date(), actor=desk, now=now)
    assert announced(db, "equipment.registered") == [unit.id]
    identifying.look_for_waiting(db, now=now)
    assert announced(db, "complaint.unit_found") == [complaint.id]
    identifying.identify(db, complaint.id, now=now)
    assert (complaint.equipment_id, complaint.site_id) == (unit.id, site.id)
    assert asked(db, complaint) == []


def test_a_case_that_gets_another_unknown_number_is_no_longer_asked_about_the_first_unit(
    db: WriteSession, a_complaint: Build, desk: Actor, now: datetime
) -> None:
    complaint = waiting(db, a_complaint)
    complaint.customer_id = another_customer(db, now).id
    add_unit(db, now=now)
    db.flush()
    identifying.identify(db, complaint.id, now=now)
    assert asked(db, complaint) == [("task-confirm-unit", "ZJ5510-50", "customer")]
    for number in ("NOBODY-7", "NOBODY-8"):
        said = Correction(serial_number=number)
        actions.correct(db, complaint.id, correction=said, reason="read again", actor=desk, now=now)
        assert asked(db, complaint) == [("task-identify", number, "None")]


def test_the_owner_of_the_callers_site_counts_as_the_caller(
    db: WriteSession, a_complaint: Build, desk: Actor, now: datetime
) -> None:
    complaint, unit = waiting(db, a_complaint), add_unit(db, now=now)
    site = db.get_one(Site, unit.site_id)
    site.customer_id, complaint.site_id = another_customer(db, now).id, site.id
    db.flush()
    identifying.identify(db, complaint.id, now=now)
    assert asked(db, complaint) == [("task-confirm-unit", "ZJ5510-50", "customer")]


@pytest.mark.committed
def test_an_import_announces_each_lot_once_and_what_it_only_tried_never(sessions: Sessions) -> None:
    lines = [HEADER, *(f"S-{number},hoist,north\n" for number in range(2 * importing.LOT + 1))]
    with unit_of_work(sessions) as db:
        complaint = add_complaint(db, now=NOW)
        complaint.serial_number_given = "S-1500"

    def lots() -> int:
        with unit_of_work(sessions) as db:
            return len(announced(db, "equipment.registered"))

    importing.import_equipment(sessions, lines, actor=system("operator"), now=NOW, trial=True)
    assert lots() == 0
    importing.import_equipment(sessions, lines, actor=system("operator"), now=NOW)
    assert lots() == 3
    importing.import_equipment(sessions, lines, actor=system("operator"), now=NOW)
    assert lots() == 3, "a file that changes nothing concerns nobody"
    with unit_of_work(sessions) as db:
        assert list(namesakes.waiting(db)) == [complaint.id]


@pytest.mark.committed
def test_a_unit_that_was_registered_while_the_call_was_written_is_found_with_the_call(
    sessions: Sessions, hand_clock: HandClock
) -> None:
    now = hand_clock.now()
    with unit_of_work(sessions) as db:
        complaint = add_complaint(db, now=now)
        complaint.serial_number_given = "ZJ5510-50"
        unit_id = add_unit(db, now=now).id
    context = JobContext(sessions=sessions, clock=hand_clock)
    jobs.placing(lambda _: None)(context, ComplaintLogged(subject_id=complaint.id, grade="serious"))
    with reading(sessions) as look:
        assert look.get_one(Complaint, complaint.id).equipment_id == unit_id
