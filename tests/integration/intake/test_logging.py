from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, text

from foundation.accounts.roles import Actor, ActorKind
from foundation.clock import HandClock
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.ledger import chain, recording
from foundation.ledger.models import Announcement, LedgerEntry, LedgerHead
from foundation.problems import FieldWrong
from intake import queries
from intake.calls import Call
from intake.clocks import Kind
from intake.grades import GradeFacts, Injury
from intake.models import Complaint, CustomerLink, Deadline
from tests.integration.intake.conftest import GRADED, add_region, add_unit, take

LEAST = Call(caller_phone="138 0000 0001", sentence="吊车停了")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def token_of(*regions: str) -> Actor:
    return Actor(kind=ActorKind.TOKEN, id=None, label="pbx", regions=frozenset(regions))


def test_a_phone_number_and_one_sentence_make_a_complaint(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    logged = take(db, LEAST, actor=agent, now=now)
    complaint = queries.by_number(db, logged.number)
    assert complaint.number == "2026-000001"
    assert (complaint.to_be_identified, complaint.to_be_placed, complaint.region_code) == (True, True, "north")
    assert (complaint.caller_phone, complaint.owner_id) == ("+8613800000001", agent.id)
    assert {"equipment", "position", "signer"} <= set(logged.to_complete)
    assert len(logged.commitments) == 5


def test_what_was_logged_is_whole_entries_chain_deadlines_announcement_and_link(
    db: WriteSession, now: datetime
) -> None:
    unit = add_unit(db, now=now)
    logged = take(
        db,
        Call(caller_phone="13800000001", sentence="起升机构异响", serial_number="zj5510-50", caller_name="李工"),
        actor=token_of("north"),
        now=now,
    )
    complaint = queries.by_number(db, logged.number)
    assert (complaint.equipment_id, complaint.family, complaint.latitude) == (unit.id, "tower crane", 28.19)
    assert not complaint.to_be_placed
    entries = list(db.scalars(select(LedgerEntry).where(LedgerEntry.subject_id == logged.id).order_by("seq")))
    assert [entry.step for entry in entries] == ["LOG", "GRADE"]
    previous = chain.GENESIS
    for entry in entries:
        assert entry.hash == chain.entry_hash(previous, recording.entry_content(entry))
        previous = entry.hash
    assert db.get_one(LedgerHead, logged.id).hash == previous
    assert "李工" not in str([entry.facts for entry in entries])
    assert queries.history(db, logged.id)[0].private["caller_name"] == "李工"
    live = db.scalars(select(Deadline.kind).where(Deadline.complaint_id == logged.id, Deadline.closed_at.is_(None)))
    assert set(live) == {Kind.ACKNOWLEDGE, Kind.ACCEPT, Kind.ON_SITE_TARGET, Kind.ON_SITE_PROMISE, Kind.RESOLVE}
    heard = db.scalars(select(Announcement).where(Announcement.subject_id == logged.id)).one()
    assert heard.payload == {"subject_id": str(logged.id), "grade": "serious", "is_complete": True}
    link = db.scalars(select(CustomerLink).where(CustomerLink.complaint_id == logged.id)).one()
    assert logged.link_token.encode() not in link.token_hash


def test_a_call_answered_by_a_person_is_acknowledged_by_that(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    logged = take(db, LEAST, actor=agent, now=now)
    acknowledged = db.scalars(
        select(Deadline).where(Deadline.complaint_id == logged.id, Deadline.kind == Kind.ACKNOWLEDGE)
    ).one()
    assert acknowledged.closed_how == "kept"
    assert queries.by_number(db, logged.number).next_due_kind == Kind.ACCEPT


def test_an_unknown_serial_number_never_refuses_a_call(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    logged = take(
        db, Call(caller_phone="13800000001", sentence="停了", serial_number=" ｚｊ－99 "), actor=agent, now=now
    )
    complaint = queries.by_number(db, logged.number)
    assert (complaint.to_be_identified, complaint.serial_number_given) == (True, "ZJ-99")
    assert "equipment" in logged.to_complete


def test_an_address_without_coordinates_is_dispatched_by_district_and_asked_to_be_placed(
    db: WriteSession, agent: Actor, now: datetime
) -> None:
    add_region(db)
    call = Call(caller_phone="13800000001", sentence="停了", address="南京市鼓楼区中山北路1号")
    complaint = queries.by_number(db, take(db, call, actor=agent, now=now).number)
    assert complaint.position_source == "gazetteer"
    assert complaint.position_radius_m is not None
    assert complaint.position_radius_m > 5000
    assert complaint.to_be_placed
    lost = Call(caller_phone="13800000001", sentence="停了", address="somewhere")
    assert queries.by_number(db, take(db, lost, actor=agent, now=now).number).latitude is None


def test_declared_datums_are_converted_and_both_positions_kept(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    call = Call(
        caller_phone="13800000001",
        sentence="停了",
        latitude=39.915,
        longitude=116.404,
        datum="bd09",
        position_radius_m=20.0,
    )
    complaint = queries.by_number(db, take(db, call, actor=agent, now=now).number)
    assert complaint.latitude == pytest.approx(39.90725, abs=1e-4)
    assert (complaint.given_latitude, complaint.given_longitude, complaint.datum) == (39.915, 116.404, "bd09")
    assert not complaint.to_be_placed


def test_zero_zero_is_not_a_place(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    call = Call(caller_phone="13800000001", sentence="停了", latitude=0.0, longitude=0.0)
    complaint = queries.by_number(db, take(db, call, actor=agent, now=now).number)
    assert (complaint.latitude, complaint.to_be_placed) == (None, True)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"called_at": NOW + timedelta(minutes=2)}, "called_at", "in-the-future"),
        ({"called_at": NOW - timedelta(days=31)}, "called_at", "too-old"),
        ({"latitude": 28.0}, "longitude", "missing"),
        ({"caller_phone": "12"}, "caller_phone", "not-a-phone"),
        ({"call_back_phone": "x"}, "call_back_phone", "not-a-phone"),
        ({"sentence": "  "}, "sentence", "blank"),
        ({"region_code": "atlantis"}, "region_code", "unknown"),
    ],
)
def test_what_is_wrong_in_itself_is_refused_by_field(
    db: WriteSession, agent: Actor, changes: dict[str, object], field: str, reason: str
) -> None:
    add_region(db)
    given: dict[str, object] = {"caller_phone": "13800000001", "sentence": "停了"}
    with pytest.raises(FieldWrong) as refused:
        take(db, Call(**(given | changes)), actor=agent, now=NOW)  # type: ignore[arg-type]
    assert (refused.value.facts["field"], refused.value.facts["reason"]) == (field, reason)


def test_a_switchboard_whose_clock_is_a_minute_ahead_is_believed(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    call = Call(caller_phone="13800000001", sentence="停了", called_at=now + timedelta(seconds=59))
    assert queries.by_number(db, take(db, call, actor=agent, now=now).number).called_at == now


def test_the_same_unit_or_caller_with_an_open_case_is_a_warning(
    db: WriteSession, agent: Actor, hand_clock: HandClock
) -> None:
    add_unit(db, now=hand_clock.now())
    call = Call(
        caller_phone="13800000001", sentence="异响", serial_number="ZJ5510-50", component="Brake ", symptom="slips"
    )
    first = take(db, call, actor=agent, now=hand_clock.now())
    context = queries.call_context(
        db, serial_number="ZJ5510-50", customer_id=None, caller_phone="1391", site_id=None, now=hand_clock.push(days=3)
    )
    assert [one.number for one in context.duplicates] == [first.number]
    assert context.has_same_fault(component="brake", symptom=None)
    assert not context.has_same_fault(component="jib", symptom="slips")
    by_caller = queries.call_context(
        db, serial_number=None, customer_id=None, caller_phone="138-0000-0001", site_id=None, now=hand_clock.now()
    )
    assert [one.same_unit for one in by_caller.duplicates] == [False]
    later = queries.call_context(
        db, serial_number="ZJ5510-50", customer_id=None, caller_phone=None, site_id=None, now=hand_clock.push(days=30)
    )
    assert later.duplicates
    assert not later.has_same_fault(component="brake", symptom="slips")


def test_the_last_feedback_of_the_unit_is_remembered(db: WriteSession, agent: Actor, hand_clock: HandClock) -> None:
    add_unit(db, now=hand_clock.now())
    call = Call(caller_phone="13800000001", sentence="异响", serial_number="ZJ5510-50")
    for poor in (True, False, None):
        complaint = queries.by_number(db, take(db, call, actor=agent, now=hand_clock.push(days=1)).number)
        complaint.feedback_poor = poor
        db.flush()
        context = queries.call_context(
            db, serial_number="ZJ5510-50", customer_id=None, caller_phone=None, site_id=None, now=hand_clock.now()
        )
        assert context.last_feedback_poor == (poor is True)


@pytest.mark.committed
def test_what_grades_is_known_of_every_region_and_nothing_else_of_it(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_unit(db, now=NOW, region="south")
        add_region(db, "north")
        call = Call(
            caller_phone="13800000001", sentence="异响", serial_number="ZJ5510-50", component="Brake", symptom="slips"
        )
        number = take(db, call, actor=token_of("south"), now=NOW).number
        queries.by_number(db, number).feedback_poor = True
    for scope in (token_of("north").scope, token_of("south").scope):
        with reading(sessions, scope) as look:
            known = queries.call_context(
                look, serial_number="ZJ5510-50", customer_id=None, caller_phone=None, site_id=None,
                now=NOW + timedelta(days=3),
            )  # fmt: skip
            assert known.has_same_fault(component="brake", symptom=None)
            assert not known.has_same_fault(component="jib", symptom=None)
            assert known.last_feedback_poor
            seen = look.scalar(text("SELECT count(*) FROM complaints"))
            assert (len(known.earlier), seen) == ((0, 0) if scope.regions == frozenset({"north"}) else (1, 1))


def test_a_caller_known_by_phone_brings_their_customer(db: WriteSession, now: datetime) -> None:
    unit = add_unit(db, now=now)
    context = queries.call_context(
        db, serial_number=None, customer_id=None, caller_phone="0731-5555 0101", site_id=None, now=now
    )
    assert context.customer_id == unit.customer_id
    assert context.region_code == "north"


def test_danger_is_marked_from_a_mere_suspicion(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_region(db)
    call = Call(caller_phone="110", sentence="有人受伤", facts=GradeFacts(injury=Injury.SUSPECTED))
    assert queries.by_number(db, take(db, call, actor=agent, now=now).number).injury_or_danger


@pytest.mark.committed
def test_numbers_have_no_gap_whoever_rolls_back(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_region(db)

    def interrupt() -> None:
        raise InterruptedError

    def one_call(turn: int) -> bool:
        try:
            with unit_of_work(sessions) as db:
                take(db, LEAST, actor=token_of("north"), now=NOW, graded=GRADED)
                if turn % 3 == 0:
                    interrupt()
                if turn % 7 == 0:  # As a killed process leaves it: the connection is gone, nobody said rollback.
                    db.connection().connection.dbapi_connection.close()  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001 -- half of them are meant to fail, each in its own way
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        done = list(pool.map(one_call, range(120)))
    with reading(sessions) as look:
        numbers = list(look.scalars(select(Complaint.number).order_by(Complaint.number)))
        assert look.scalar(text("SELECT last FROM number_counters")) == len(numbers)
    assert numbers == [f"2026-{number:06d}" for number in range(1, sum(done) + 1)]
    assert 0 < sum(done) < len(done)


@pytest.mark.committed
def test_a_token_logs_a_call_for_a_region_that_it_may_not_read(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        add_unit(db, now=NOW, region="south")
        add_region(db, "north")
    actor = token_of("north")
    with unit_of_work(sessions, actor.scope) as db:
        call = Call(caller_phone="13800000001", sentence="停了", serial_number="ZJ5510-50")
        number = take(db, call, actor=actor, now=NOW).number
    with reading(sessions) as look:
        assert queries.by_number(look, number).region_code == "south"
    with reading(sessions, actor.scope) as look:
        for table in ("complaints", "deadlines", "customer_links", "ledger_entries", "ledger_private_facts"):
            assert look.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_logging_after_the_year_has_turned_starts_again_at_one(db: WriteSession, agent: Actor) -> None:
    add_region(db)
    take(db, LEAST, actor=agent, now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert take(db, LEAST, actor=agent, now=datetime(2027, 1, 1, tzinfo=UTC)).number == "2027-000001"


def test_taking_a_call_is_two_statements(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_unit(db, now=now)
    said: list[str] = []
    engine = db.connection().engine

    def hear(*heard: object) -> None:
        said.append(str(heard[2]))

    event.listen(engine, "before_cursor_execute", hear)
    take(db, Call(caller_phone="13800000001", sentence="停了", serial_number="ZJ5510-50"), actor=agent, now=now)
    event.remove(engine, "before_cursor_execute", hear)
    assert len([statement for statement in said if not statement.startswith("SAVEPOINT")]) == 2
