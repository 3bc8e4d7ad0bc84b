"""A CSV of technicians: good lines are kept, bad ones reported, the same file again changes nothing."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, text

from foundation.database.session import Sessions, WriteSession, engine_for, reading, unit_of_work
from foundation.ledger.models import LedgerEntry
from foundation.problems import FieldWrong
from intake.csv_lines import Part
from intake.importing import ImportReport
from technicians import importing, people, queries
from technicians.hours import WorkingTime
from technicians.models import Technician
from technicians.people import Place
from technicians.words import OutletKind
from tests.integration.technicians.conftest import CENTRE, DESK, add_region

HEADER = (
    "code,name,region,outlet,families,phone,senior,home_latitude,home_longitude,hired_on,vehicle,certificates,"
    "max_daily_hours\n"
)
GOOD = (
    "T1,王伟,east,Pudong,tower crane:3;hoist,+86 138 0000 0002,yes,31.2,121.5,2020-02-03,沪A1,"
    "hoist=operator/77/2027-05-01,10\n"
)


@pytest.fixture
def outlet(db: WriteSession, now: datetime) -> None:
    add_pudong(db, now)


def add_pudong(db: WriteSession, now: datetime) -> None:
    add_region(db)
    made = people.add_outlet(
        db, name="Pudong", kind=OutletKind.OWN, region_code="east", place=CENTRE, actor=DESK, now=now
    )
    people.add_vehicle(db, outlet_id=made.id, plate="沪A1", carries_heavy=True, actor=DESK, now=now)
    db.flush()


def imported(db: WriteSession, now: datetime, *lines: str) -> ImportReport:
    return importing.import_technicians(db, [HEADER, *lines], actor=DESK, now=now)


def test_a_line_becomes_a_technician(db: WriteSession, now: datetime, outlet: None) -> None:
    report = imported(db, now, GOOD)
    assert (report.lines, report.added, report.faults) == (1, 1, [])
    technician = db.scalars(select(Technician)).one()
    (state,) = queries.field(db, [technician.id], now)
    assert (state.code, state.families, state.senior, state.carries_heavy) == (
        "T1",
        ("hoist", "tower crane"),
        True,
        True,
    )
    assert state.certificates == {"hoist": date(2027, 5, 1)}
    assert state.limits == WorkingTime(max_daily_h=10)
    assert technician.home_latitude == Place(31.2, 121.5).latitude


def test_the_same_file_again_changes_nothing(db: WriteSession, now: datetime, outlet: None) -> None:
    imported(db, now, GOOD)
    entries = len(db.scalars(select(LedgerEntry)).all())
    report = imported(db, now, GOOD)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 1)
    assert len(db.scalars(select(LedgerEntry)).all()) == entries


def test_a_changed_line_changes_the_technician(db: WriteSession, now: datetime, outlet: None) -> None:
    imported(db, now, GOOD)
    assert imported(db, now, GOOD.replace("王伟", "王大伟")).changed == 1
    assert imported(db, now, GOOD.replace("王伟", "王大伟").replace("2027-05-01", "2028-05-01")).changed == 1
    assert db.scalars(select(Technician.name)).all() == ["王大伟"]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        pytest.param("T2,x,east,Pudong,", "families", "missing", id="no family"),
        pytest.param(",x,east,Pudong,hoist", "code", "missing", id="no code"),
        pytest.param("T2,x,mars,Pudong,hoist", "region", "unknown", id="no such region"),
        pytest.param("T2,x,east,Nowhere,hoist", "outlet", "unknown", id="no such outlet"),
        pytest.param("T2,x,east,Pudong,hoist:9", "families", "not-a-level", id="no such level"),
        pytest.param("T2,x,east,Pudong,hoist,,maybe", "senior", "yes-or-no", id="neither yes nor no"),
        pytest.param("T2,x,east,Pudong,hoist,,,north,1", "home_latitude", "not-a-number", id="no number"),
        pytest.param("T2,x,east,Pudong,hoist,,,nan,1", "home_latitude", "out-of-range", id="not a number at all"),
        pytest.param("T2,x,east,Pudong,hoist,,,91,1", "home_latitude", "out-of-range", id="beyond the pole"),
        pytest.param("T2,x,east,Pudong,hoist,,,0,0", "position", "not-a-place", id="an empty field as a place"),
        pytest.param("T2,x,east,Pudong,hoist,,,,,3.2.2020", "hired_on", "not-a-date", id="no date"),
        pytest.param("T2,x,east,Pudong,hoist,,,,,,沪B", "vehicle", "unknown", id="no such vehicle"),
        pytest.param("T2,x,east,Pudong,hoist,,,,,,,hoist", "certificates", "not-a-certificate", id="half a paper"),
        pytest.param("T2,x,east,Pudong,hoist,,,,,,,,99", "max_daily_hours", "out-of-range", id="a day of 99 hours"),
        pytest.param("T2,x\x00,east,Pudong,hoist", "name", "control-character", id="a control character"),
        pytest.param("T2," + "x" * 300 + ",east,Pudong,hoist", "name", "too-long", id="too long a name"),
        pytest.param("T2,x,east,Pudong,hoist,,,,,,,,,,more", "", "too-many-fields", id="too many fields"),
        pytest.param('T2,"x"y,east,Pudong,hoist', "", "not-csv", id="not CSV"),
    ],
)
def test_a_bad_line_is_reported_and_the_good_ones_around_it_are_kept(
    db: WriteSession, now: datetime, outlet: None, *, line: str, field: str, reason: str
) -> None:
    report = imported(db, now, GOOD, line + "\n", GOOD.replace("T1", "T3"))
    assert [(fault.line, fault.field, fault.reason) for fault in report.faults] == [(3, field, reason)]
    assert (report.lines, report.added, report.refused) == (3, 2, 1)
    assert db.scalars(select(Technician.code).order_by(Technician.code)).all() == ["T1", "T3"]


def test_a_file_without_a_needed_column_is_refused(db: WriteSession, now: datetime, outlet: None) -> None:
    with pytest.raises(FieldWrong) as refused:
        importing.import_technicians(db, ["code,name,region,outlet\n"], actor=DESK, now=now)
    assert refused.value.facts["field"] == "families"


def test_progress_is_told_and_ends_with_the_number_of_lines(db: WriteSession, now: datetime, outlet: None) -> None:
    told: list[int] = []
    lines = [HEADER, *(GOOD.replace("T1", f"N{number}") for number in range(120))]
    importing.import_technicians(db, lines, actor=DESK, now=now, progress=told.append)
    assert told == [50, 100, 120]


def test_a_quote_too_many_costs_its_own_line_and_no_other(db: WriteSession, now: datetime, outlet: None) -> None:
    report = imported(db, now, GOOD, '"' + GOOD, *(GOOD.replace("T1", code) for code in ("T3", "T4")))
    assert [(fault.line, fault.reason) for fault in report.faults] == [(3, "not-csv")]
    assert db.scalars(select(Technician.code).order_by(Technician.code)).all() == ["T1", "T3", "T4"]


@pytest.fixture
def staffed(sessions: Sessions, now: datetime) -> Sessions:
    with unit_of_work(sessions) as db:
        add_pudong(db, now)
    return sessions


@pytest.mark.committed
def test_a_lot_is_kept_and_nobody_stays_locked_while_the_next_one_is_read(staffed: Sessions, now: datetime) -> None:
    lot = importing.LOT
    kept: list[int] = []

    def look_on(_: int) -> None:
        with unit_of_work(staffed) as other:
            kept.append(len(other.scalars(select(Technician.id).with_for_update(nowait=True)).all()))

    lines = [HEADER, *(GOOD.replace("T1", f"N{number}") for number in range(lot + 20))]
    report = importing.import_technicians(staffed, lines, actor=DESK, now=now, progress=look_on)
    assert (kept, report.added) == ([lot, lot + 20], lot + 20)


@pytest.mark.committed
def test_a_line_that_only_the_database_refuses_costs_no_other_and_counts_once(
    staffed: Sessions, now: datetime, owner_url: str
) -> None:
    owner = engine_for(owner_url, pool_size=1)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE certificates ADD CONSTRAINT ck_cursed CHECK (number <> 'cursed')"))
    owner.dispose()
    lines = [HEADER, GOOD, GOOD.replace("T1", "T2").replace("/77/", "/cursed/"), GOOD.replace("T1", "T3")]
    for trial in (True, False):
        report = importing.import_technicians(staffed, lines, actor=DESK, now=now, trial=trial)
        assert (report.lines, report.added, report.refused) == (3, 2, 1)
        assert [(fault.line, fault.reason) for fault in report.faults] == [(3, "refused-by-database")]
    with reading(staffed) as look:
        assert look.scalars(select(Technician.code).order_by(Technician.code)).all() == ["T1", "T3"]


def test_the_parts_of_a_file_are_together_the_file(db: WriteSession, now: datetime, outlet: None) -> None:
    lines = [HEADER, *(GOOD.replace("T1", f"N{number}") for number in range(5)), "\n", "N9,x,mars,Pudong,hoist\n"]
    after, told = 0, list[ImportReport]()
    while not told or not told[-1].is_ended:
        part = Part(after=after, most=2)
        told.append(importing.import_technicians(db, lines, actor=DESK, now=now, part=part))
        after = told[-1].reached
    assert [(each.lines, each.added, each.refused, each.reached) for each in told] == [
        (2, 2, 0, 2), (2, 2, 0, 4), (2, 1, 1, 7),
    ]  # fmt: skip
    assert [fault.line for fault in told[-1].faults] == [8]
