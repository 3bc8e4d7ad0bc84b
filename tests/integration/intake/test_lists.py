from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from foundation.accounts.roles import Actor
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import Scope, WriteSession
from foundation.problems import FieldWrong, NotAllowed, NotFound
from intake import boards, queries, registering, registers
from intake.calls import Call
from intake.errors import ReferenceTaken, SerialTaken
from intake.lifecycle import Stage
from intake.models import Complaint
from intake.registering import NewCustomer, NewSite, NewUnit
from tests.integration.intake.conftest import add_complaint, add_region, add_unit, take


@pytest.fixture
def logged(db: WriteSession, agent: Actor, now: datetime) -> str:
    add_unit(db, now=now)
    other = Call(caller_phone="13900000002", sentence="别的事", caller_name="王五")
    take(db, other, actor=agent, now=now)
    call = Call(caller_phone="13812345678", sentence="停了", caller_name="张伟明", serial_number="ZJ5510-50")
    return take(db, call, actor=agent, now=now).number


@pytest.mark.parametrize(
    "asked",
    ["2026-000002", "2", "张伟明", "伟明", "zhangweiming", "weim", "zwm", "5678", "138 1234 5678", "zj5510-50", "551050",
     "华跃", "huayue", "hyjz", "0101", "张伟 5678"],
)  # fmt: skip
def test_a_complaint_is_found_by_whatever_the_caller_may_say(
    db: WriteSession, logged: str, asked: str, now: datetime
) -> None:
    if asked == "0101":  # The customer's own phone finds the customer, not the complaint.
        assert [one.name for one in registers.customers(db, asked=asked)] == ["华跃建筑"]
        return
    assert [line.number for line in boards.search(db, asked=asked, now=now)] == [logged]


def test_what_nobody_said_finds_nothing(db: WriteSession, logged: str, now: datetime) -> None:
    assert boards.search(db, asked="李 zj", now=now) == []
    assert len(boards.search(db, asked="", now=now)) == 2
    assert [line.number for line in boards.search(db, now=now, grades=["major"])] == []


@pytest.mark.parametrize("asked", ["？", "#", "😀", "- _ ("])
def test_a_question_of_signs_alone_finds_nothing_instead_of_everything(
    db: WriteSession, logged: str, asked: str, now: datetime
) -> None:
    assert boards.search(db, asked=asked, now=now) == []
    assert (registers.customers(db, asked=asked), registers.sites(db, asked=asked)) == ([], [])
    assert registers.equipment(db, asked=asked) == []
    assert len(registers.equipment(db, asked=" ")) == 1


def test_pages_of_a_search_meet_without_overlap(db: WriteSession, agent: Actor, hand_clock: HandClock) -> None:
    add_region(db)
    numbers = [
        take(
            db, Call(caller_phone="13800000001", sentence="x"), actor=agent, now=hand_clock.push(minutes=turn % 2)
        ).number
        for turn in range(7)
    ]
    seen: list[str] = []
    after = None
    while lines := boards.search(db, now=hand_clock.now(), limit=3, after=after):
        seen += [line.number for line in lines]
        after = (lines[-1].called_at.isoformat(), str(lines[-1].id))
    assert sorted(seen) == sorted(numbers)
    assert len(seen) == len(set(seen))


def test_the_board_shows_the_most_urgent_first_and_nothing_closed(
    db: WriteSession, agent: Actor, hand_clock: HandClock
) -> None:
    add_region(db)
    later = take(
        db, Call(caller_phone="13800000001", sentence="x"), actor=agent, now=hand_clock.push(minutes=30)
    ).number
    earlier = take(
        db, Call(caller_phone="13800000001", sentence="x", called_at=hand_clock.now() - timedelta(minutes=20)),
        actor=agent, now=hand_clock.now(),
    ).number  # fmt: skip
    add_complaint(db, now=hand_clock.now(), stage=Stage.WITHDRAWN)
    lines = boards.board(db)
    assert [line.number for line in lines] == [earlier, later]
    assert lines[0].next_due_kind == "accept"
    at, last = lines[0].next_due_at, lines[0].id
    assert at is not None
    assert [line.number for line in boards.board(db, after=(at.isoformat(), str(last)))] == [later]
    assert boards.board(db, regions=["south"]) == []
    assert boards.board(db, stages=["graded"], grades=["serious"], limit=1)[0].number == earlier


def test_the_board_reads_one_page_from_a_partial_index(db: WriteSession, now: datetime) -> None:
    add_region(db)
    db.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        db.scalars(
            text(
                "EXPLAIN SELECT * FROM complaints WHERE next_due_at IS NOT NULL "
                "AND (next_due_at, id) > ('-infinity', '00000000-0000-0000-0000-000000000000') "
                "ORDER BY next_due_at, id LIMIT 100"
            )
        )
    )
    assert "ix_complaints_board" in plan
    assert "Sort" not in plan


def test_words_are_looked_up_in_their_index_whoever_asks(db: WriteSession, now: datetime) -> None:
    db.execute(text("SET LOCAL enable_seqscan = off"))
    scoped(db, Scope(regions=frozenset({"north"})))
    statement = boards._listing(*boards._SEARCH, frozenset({"question"}))
    plan = "\n".join(
        db.scalars(
            text(f"EXPLAIN {statement.text}"),
            {"question": "'zwm':*", "numbers": [], "limit": 10, "after_at": "infinity", "after_id": str(new_id())},
        )
    )
    assert "ix_complaint_words_search" in plan


def scoped(db: WriteSession, scope: Scope) -> None:
    db.execute(
        text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)"),
        scope.settings(),
    )


def test_a_case_of_another_region_is_missing_when_read_and_refused_when_changed(
    db: WriteSession, agent: Actor, technician: Actor, now: datetime
) -> None:
    complaint = add_complaint(db, now=now, region="south")
    own = add_complaint(db, now=now, region="south", owner_id=agent.id)
    add_region(db, "north")
    for actor in (agent, technician):
        scoped(db, actor.scope)
        with pytest.raises(NotFound):
            queries.by_number(db, complaint.number)
        with pytest.raises(NotAllowed):
            queries.for_change(db, complaint.id)
        assert queries.deadlines_of(db, complaint.id) == []
    scoped(db, agent.scope)
    assert queries.by_number(db, own.number) is own
    assert len(queries.deadlines_of(db, own.id)) == 5
    scoped(db, Scope(regions=frozenset({"south"})))
    assert isinstance(queries.by_number(db, complaint.number), Complaint)


def test_a_technician_sees_the_case_shared_with_them_as_long_as_it_is(
    db: WriteSession, technician: Actor, now: datetime
) -> None:
    complaint = add_complaint(db, now=now)
    db.execute(
        text(
            "INSERT INTO case_access (id, case_id, user_id, reason, since) "
            "VALUES (gen_random_uuid(), :case_id, :user_id, 'offer', :now)"
        ),
        {"case_id": complaint.id, "user_id": technician.id, "now": now},
    )
    scoped(db, technician.scope)
    assert queries.for_change(db, complaint.id) is complaint
    db.execute(text("UPDATE case_access SET ended_at = :now"), {"now": now})
    with pytest.raises(NotAllowed):
        queries.for_change(db, complaint.id)


def test_a_reader_sees_the_registers_of_their_regions(db: WriteSession, agent: Actor, now: datetime) -> None:
    add_unit(db, "N-1", now=now, region="north")
    add_unit(db, "S-1", now=now, region="south")
    scoped(db, agent.scope)
    assert [unit.serial_number for unit in registers.equipment(db)] == ["N-1"]
    assert len(registers.customers(db)) == len(registers.sites(db)) == 1
    with pytest.raises(NotFound):
        registers.unit(db, "S-1")
    assert registers.unit(db, "ｎ-1").serial_number == "N-1"


def test_a_unit_that_moved_is_where_it_went_last(db: WriteSession, dispatcher: Actor, now: datetime) -> None:
    unit = add_unit(db, now=now)
    first = unit.site_id
    there = registering.add_site(db, NewSite(name="二号工地", region_code="north"), actor=dispatcher, now=now)
    today = now.date()
    registering.relocate(db, "zj5510-50", to_site_id=there.id, moved_on=today, actor=dispatcher, now=now)
    assert first is not None
    registering.relocate(
        db, "ZJ5510-50", to_site_id=first, moved_on=today - timedelta(days=9), actor=dispatcher, now=now
    )
    assert unit.site_id == there.id
    db.flush()
    assert [move.to_site for move in registers.moves(db, unit.id)] == ["二号工地", "梅溪湖工地"]


def test_what_is_registered_is_found_and_a_second_of_the_same_refused(
    db: WriteSession, dispatcher: Actor, now: datetime
) -> None:
    add_region(db)
    customer = registering.add_customer(
        db, NewCustomer(name="中建五局", phone="0731-5555 0102", external_ref="C-7"), actor=dispatcher, now=now
    )
    site = registering.add_site(
        db,
        NewSite(name="A", customer_id=customer.id, address="长沙市岳麓区", region_code="north"),
        actor=dispatcher,
        now=now,
    )
    assert site.position_source == "gazetteer"
    unit = registering.add_unit(
        db, NewUnit(serial_number="sc200/200-1", family="hoist", site_id=site.id), actor=dispatcher, now=now
    )
    db.flush()
    assert (unit.customer_id, unit.region_code) == (customer.id, "north")
    assert registers.customers(db, asked="zjwj")[0].id == customer.id
    assert registers.equipment(db, asked="2001")[0].id == unit.id
    for refused in (
        lambda: registering.add_unit(db, NewUnit(serial_number="SC200/200-1", family="x"), actor=dispatcher, now=now),
        lambda: registering.add_customer(db, NewCustomer(name="x", external_ref="C-7"), actor=dispatcher, now=now),
        lambda: registering.add_site(db, NewSite(name="x", latitude=0.0, longitude=0.0), actor=dispatcher, now=now),
        lambda: registering.add_site(db, NewSite(name="x", latitude=1.0), actor=dispatcher, now=now),
        lambda: registering.add_site(db, NewSite(name="x", region_code="mars"), actor=dispatcher, now=now),
    ):
        with pytest.raises((SerialTaken, ReferenceTaken, FieldWrong)):
            refused()
