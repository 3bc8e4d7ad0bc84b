from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from foundation.accounts.roles import Actor
from foundation.clock import HandClock
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.models import Announcement
from foundation.problems import FieldWrong, NotAllowed
from intake import actions, boards, customer_view, deadlines, links, queries
from intake.calls import Call
from intake.corrections import Correction, Place
from intake.errors import Changed, LinkDead, MergeRefused, StepNotAllowed
from intake.lifecycle import Stage
from tests.integration.intake.conftest import Build, add_region, add_unit, take


def test_a_correction_keeps_the_old_value_readable(
    db: WriteSession, a_complaint: Build, dispatcher: Actor, now: datetime
) -> None:
    complaint = a_complaint()
    correction = Correction(caller_phone="139 0000 0009", component="brake")
    actions.correct(db, complaint.id, correction=correction, reason="misheard", actor=dispatcher, now=now)
    assert (complaint.caller_phone, complaint.component) == ("+8613900000009", "brake")
    entry = queries.history(db, complaint.id)[-1]
    assert entry.step == "fact.corrected"
    assert entry.facts["old"] == {"component": None}
    assert (entry.private["old.caller_phone"], entry.private["new.caller_phone"]) == (
        "+8613800000001", "+8613900000009",
    )  # fmt: skip
    assert "0000" not in str(entry.facts["new"])
    db.flush()
    assert [line.number for line in boards.search(db, asked="0009", now=now)] == [complaint.number]


def test_naming_the_unit_brings_its_site_and_position(
    db: WriteSession, a_complaint: Build, dispatcher: Actor, now: datetime
) -> None:
    unit = add_unit(db, now=now)
    complaint = a_complaint()
    correction = Correction(serial_number="zj5510-50")
    actions.correct(db, complaint.id, correction=correction, reason="read from the plate", actor=dispatcher, now=now)
    assert (complaint.equipment_id, complaint.site_id, complaint.family) == (unit.id, unit.site_id, "tower crane")
    assert not complaint.to_be_identified
    assert not complaint.to_be_placed
    db.flush()
    kinds = list(db.scalars(select(Announcement.kind).where(Announcement.subject_id == complaint.id)))
    assert sorted(kinds) == ["complaint.noted", "complaint.placed"]


def test_a_person_places_a_case_on_the_map(db: WriteSession, a_complaint: Build, agent: Actor, now: datetime) -> None:
    complaint = a_complaint()
    place = Place(latitude=39.915, longitude=116.404, datum="bd09", radius_m=30)
    actions.correct(db, complaint.id, correction=Correction(position=place), reason="map", actor=agent, now=now)
    assert complaint.latitude == pytest.approx(39.90725, abs=1e-4)
    assert (complaint.given_latitude, complaint.to_be_placed) == (39.915, False)


@pytest.mark.parametrize(
    "correction",
    [
        Correction(),
        Correction(caller_phone="12"),
        Correction(position=Place(latitude=0, longitude=0)),
        Correction(position=Place(latitude=1, longitude=1, radius_m=0)),
        Correction(position=Place(latitude=1, longitude=1, datum="mars")),
    ],
)
def test_a_correction_that_corrects_nothing_or_is_wrong_is_refused(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime, correction: Correction
) -> None:
    complaint = a_complaint()
    with pytest.raises(FieldWrong):
        actions.correct(db, complaint.id, correction=correction, reason="x", actor=agent, now=now)


def test_a_correction_made_on_an_old_reading_is_refused(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    complaint = a_complaint()
    actions.add_note(db, complaint.id, note="gate 3, ask for Mr Li", actor=agent, now=now)
    with pytest.raises(Changed):
        actions.correct(
            db, complaint.id, correction=Correction(component="jib"), reason="x", version=1, actor=agent, now=now
        )
    assert queries.history(db, complaint.id)[-1].private == {"note": "gate 3, ask for Mr Li"}


def test_acknowledging_twice_is_acknowledging_once(
    db: WriteSession, a_complaint: Build, agent: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    for _ in range(2):
        actions.acknowledge(db, complaint.id, actor=agent, now=hand_clock.push(minutes=1))
    assert complaint.first_acknowledged_at == complaint.called_at + timedelta(minutes=1)
    assert [entry.step for entry in queries.history(db, complaint.id)] == ["ACKNOWLEDGE"]


def test_of_a_long_history_the_newest_is_read_and_the_customer_misses_no_step(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    complaint = a_complaint()
    for _ in range(500):
        recording.record(db, complaint.id, "note.added", actor=agent, facts={}, now=now)
    actions.acknowledge(db, complaint.id, actor=agent, now=now)
    assert [entry.step for entry in queries.latest(db, complaint.id, limit=2)] == ["note.added", "ACKNOWLEDGE"]
    token = links.issue(db, complaint.id, purpose="follow", now=now)
    db.flush()
    assert [step.step for step in customer_view.case(db, token, now=now).steps] == ["ACKNOWLEDGE"]


def test_a_withdrawn_or_rerouted_complaint_owes_nothing_more(
    db: WriteSession, a_complaint: Build, agent: Actor, now: datetime
) -> None:
    withdrawn, rerouted = a_complaint(), a_complaint()
    actions.withdraw(db, withdrawn.id, reason="it runs again", actor=agent, now=now)
    actions.reroute(db, rerouted.id, reason="asks for a price", to="sales", actor=agent, now=now)
    for complaint in (withdrawn, rerouted):
        assert deadlines.live(db, complaint.id) == {}
        assert (complaint.next_due_at, complaint.closed_how) == (None, complaint.stage)
        with pytest.raises(StepNotAllowed):
            actions.withdraw(db, complaint.id, reason="again", actor=agent, now=now)


def test_merging_ends_one_and_tells_the_other(
    db: WriteSession, a_complaint: Build, dispatcher: Actor, agent: Actor, now: datetime
) -> None:
    first, second = a_complaint(), a_complaint()
    with pytest.raises(NotAllowed):
        actions.merge(db, second.id, into_number=first.number, reason="same", actor=agent, now=now)
    actions.merge(db, second.id, into_number=first.number, reason="same fault", actor=dispatcher, now=now)
    assert (second.stage, second.merged_into_id, first.stage) == (Stage.MERGED, first.id, Stage.GRADED)
    assert queries.history(db, first.id)[-1].facts["number"] == second.number
    for complaint, into in ((first, first), (first, second)):
        with pytest.raises(MergeRefused):
            actions.merge(db, complaint.id, into_number=into.number, reason="x", actor=dispatcher, now=now)


def test_a_link_opens_one_case_for_its_purpose_until_it_ends(
    db: WriteSession, a_complaint: Build, agent: Actor, hand_clock: HandClock
) -> None:
    complaint = a_complaint()
    token = links.issue(db, complaint.id, purpose="follow", now=hand_clock.now())
    db.flush()
    actions.acknowledge(db, complaint.id, actor=agent, now=hand_clock.now())
    shown = customer_view.case(db, token, now=hand_clock.now())
    assert (shown.number, shown.stage, [step.step for step in shown.steps]) == (
        complaint.number, "graded", ["ACKNOWLEDGE"],
    )  # fmt: skip
    assert {promise.kind for promise in shown.promises} == {"on_site_promise", "resolve"}
    with pytest.raises(LinkDead):
        links.opened(db, token, purposes=frozenset({"feedback"}), now=hand_clock.now())
    with pytest.raises(LinkDead):
        links.opened(db, token + "x", purposes=frozenset({"follow"}), now=hand_clock.now())
    with pytest.raises(LinkDead):
        customer_view.case(db, token, now=hand_clock.now() + timedelta(days=90))
    links.revoke(db, complaint.id, now=hand_clock.now())
    with pytest.raises(LinkDead):
        customer_view.case(db, token, now=hand_clock.now())


def test_a_corrected_address_moves_only_a_position_that_an_address_gave(
    db: WriteSession, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    add_region(db)
    call = Call(caller_phone="13800000001", sentence="停了", address="南京市鼓楼区")
    complaint = queries.by_number(db, take(db, call, actor=agent, now=now).number)
    before = complaint.latitude, complaint.longitude
    correction = Correction(address="长沙市岳麓区枫林三路")
    actions.correct(db, complaint.id, correction=correction, reason="misheard", actor=dispatcher, now=now)
    assert complaint.latitude == pytest.approx(28.2, abs=0.3)
    assert (complaint.position_source, complaint.to_be_placed) == ("gazetteer", True)
    assert (complaint.latitude, complaint.longitude) != before
    db.flush()
    kinds = list(db.scalars(select(Announcement.kind).where(Announcement.subject_id == complaint.id)))
    assert {"complaint.placed", "complaint.address_corrected"} <= set(kinds)

    place = Correction(position=Place(latitude=28.19, longitude=112.89, radius_m=30))
    actions.correct(db, complaint.id, correction=place, reason="map", actor=dispatcher, now=now)
    there = Correction(address="南京市鼓楼区")
    actions.correct(db, complaint.id, correction=there, reason="the office", actor=dispatcher, now=now)
    assert (complaint.latitude, complaint.position_source, complaint.to_be_placed) == (28.19, "person", False)


def test_an_address_that_names_no_place_leaves_the_old_position_in_doubt(
    db: WriteSession, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    add_region(db)
    call = Call(caller_phone="13800000001", sentence="停了", address="南京市鼓楼区")
    complaint = queries.by_number(db, take(db, call, actor=agent, now=now).number)
    known = complaint.latitude
    correction = Correction(address="behind the mill")
    actions.correct(db, complaint.id, correction=correction, reason="misheard", actor=dispatcher, now=now)
    assert (complaint.latitude, complaint.to_be_placed) == (known, True)
    assert (complaint.position_radius_m or 0.0) >= 50_000.0
