import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select, text

from foundation.accounts.roles import system
from foundation.database.session import Sessions, engine_for, reading, unit_of_work
from foundation.problems import FieldWrong
from intake import importing, registers
from intake.csv_lines import Part
from intake.importing import ImportReport
from intake.models import Customer, Equipment, Site
from tests.integration.intake.conftest import add_region

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OPERATOR = system("operator")
#: A register of real lifts that may lie beside the project.
REGISTER = Path(__file__).resolve().parents[4] / "shared" / "data" / "equipment-nyc.csv.gz"

pytestmark = pytest.mark.committed

HEADER = "serial_number,family,model,manufacturer,commissioned_on,site,address,region,latitude,longitude,datum,speed\n"


def units(sessions: Sessions, *lines: str, zone: str | None = None) -> ImportReport:
    return importing.import_equipment(sessions, [HEADER, *lines], actor=OPERATOR, now=NOW, region_zone=zone)


@pytest.fixture
def north(sessions: Sessions) -> Sessions:
    with unit_of_work(sessions) as db:
        add_region(db)
    return sessions


def test_good_lines_are_kept_and_every_bad_one_is_named(north: Sessions) -> None:
    report = units(
        north,
        "zj5510-50,tower crane,ZJ5510,华跃,2026-02-05,一号工地,长沙市岳麓区,北区,28.2,112.9,,2.5\n",
        ",tower crane,,,,,,,,,,\n",
        "B-2,,,,,,,,,,,\n",
        f"B-3,{'x' * 201},,,,,,,,,,\n",
        "B-4,hoi\x07st,,,,,,,,,,\n",
        "B-5,hoist,,,yesterday,二号工地,长沙市岳麓区,atlantis,0,0,,fast\n",
        "B-6,hoist,,,,三号工地,,north,39.915,116.404,bd09,\n",
        "B-7,hoist,,,,三号工地,,north,39.915,116.404,mars,\n",
        "B-8,hoist,,,1066-01-01,四号工地,,north,95,NaN,,\n",
    )
    assert (report.lines, report.added, report.refused) == (9, 4, 5)
    refused = [(fault.line, fault.field, fault.reason) for fault in report.faults if not fault.kept]
    assert refused == [
        (3, "serial_number", "blank"), (4, "family", "blank"), (5, "family", "too-long"),
        (6, "family", "control-character"), (9, "datum", "unknown"),
    ]  # fmt: skip
    remarked = {(fault.line, fault.field, fault.reason) for fault in report.faults if fault.kept}
    assert remarked >= {
        (7, "commissioned_on", "not-a-date"), (7, "region", "unknown"), (7, "latitude", "nowhere"),
        (10, "latitude", "out-of-range"), (10, "longitude", "not-a-number"), (10, "commissioned_on", "out-of-range"),
    }  # fmt: skip
    with reading(north) as look:
        unit = registers.unit(look, "ZJ5510-50")
        assert (unit.region_code, unit.facts, str(unit.commissioned_on)) == ("north", {"speed": "2.5"}, "2026-02-05")
        by_district = look.scalars(select(Site).where(Site.name == "二号工地")).one()
        assert by_district.position_source == "gazetteer"
        converted = look.scalars(select(Site).where(Site.name == "三号工地")).one()
        assert converted.latitude == pytest.approx(39.90725, abs=1e-4)
        assert converted.given_latitude == 39.915


def test_the_same_file_again_changes_nothing_and_a_changed_line_one_unit(north: Sessions) -> None:
    lines = [f"A-{number},hoist,SC200,,,工地{number % 3},长沙,north,28.2,112.9,,\n" for number in range(2500)]
    first = units(north, *lines)
    assert (first.added, first.changed, first.unchanged) == (2500, 0, 0)
    again = units(north, *lines)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2500)
    lines[7] = "A-7,hoist,SC270,,,工地1,长沙,north,28.2,112.9,,\n"
    third = units(north, *lines)
    assert (third.added, third.changed, third.unchanged) == (0, 1, 2499)
    with reading(north) as look:
        assert look.scalar(text("SELECT count(*) FROM sites")) == 3
        assert look.scalars(select(Equipment.model).where(Equipment.serial_number == "A-7")).one() == "SC270"
        assert look.scalar(text("SELECT count(*) FROM ledger_entries WHERE subject_kind = 'import'")) == 3


def test_a_line_that_only_the_database_refuses_costs_no_other(north: Sessions, owner_url: str) -> None:
    owner = engine_for(owner_url, pool_size=1)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE equipment ADD CONSTRAINT ck_cursed CHECK (model <> 'cursed')"))
    owner.dispose()
    lines = [f"A-{number},hoist,{'cursed' if number in {7, 8, 99} else 'SC'},,,,,north,,,,\n" for number in range(100)]
    report = units(north, *lines)
    assert (report.added, report.refused) == (97, 3)
    assert [(fault.line, fault.reason, fault.value) for fault in report.faults] == [
        (9, "refused-by-database", "A-7"),
        (10, "refused-by-database", "A-8"),
        (101, "refused-by-database", "A-99"),
    ]


def test_a_serial_number_given_twice_counts_once_and_the_later_line_wins(north: Sessions) -> None:
    report = units(north, "A-1,hoist,,,,,,,,,,\n", "a-1 ,tower crane,,,,,,,,,,\n")
    assert (report.added, report.unchanged) == (1, 1)
    assert [(fault.line, fault.reason) for fault in report.faults] == [(2, "given-again-below")]
    with reading(north) as look:
        assert registers.unit(look, "A-1").family == "tower crane"


def test_a_file_without_the_needed_columns_is_refused_before_any_line(sessions: Sessions) -> None:
    with pytest.raises(FieldWrong) as refused:
        importing.import_equipment(sessions, ["family,model\n", "a,b\n"], actor=OPERATOR, now=NOW)
    assert refused.value.facts["columns"] == ["serial_number"]


def test_regions_are_made_on_the_way_when_their_zone_is_named(sessions: Sessions) -> None:
    lines = ["A-1,hoist,,,,,,Staten Island,,,,\n", "A-2,hoist,,,,,,staten island,,,,\n"]
    report = units(sessions, *lines, zone="America/New_York")
    assert (report.added, report.faults) == (2, [])
    with reading(sessions) as look:
        assert look.execute(text("SELECT code, name_en, timezone FROM regions")).all() == [
            ("staten-island", "Staten Island", "America/New_York")
        ]


def test_customers_are_known_again_by_reference_or_by_name_and_phone(north: Sessions) -> None:
    lines = [
        "external_ref,name,kind,phone,language,region\n", "C-1,华跃建筑,company,0731-55550101,,north\n",
        ",Acme Ltd,company,+1 212 555 0100,en,\n", ",Bad,alien,,,\n", "C-2,,,,,\n", "C-3,Late,,x,,mars\n",
    ]  # fmt: skip
    report = importing.import_customers(north, lines, actor=OPERATOR, now=NOW)
    assert (report.added, report.refused, len([one for one in report.faults if one.kept])) == (3, 2, 2)
    again = importing.import_customers(north, lines, actor=OPERATOR, now=NOW)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    with reading(north) as look:
        assert registers.customers(look, asked="hyjz")[0].phone == "+8673155550101"
        assert look.scalar(select(Customer.language).where(Customer.name == "Acme Ltd")) == "en"


def test_a_file_is_read_as_an_office_saves_it(tmp_path: Path, sessions: Sessions) -> None:
    for number, (encoding, packed) in enumerate(product(["utf-8", "utf-8-sig", "gb18030"], [False, True])):
        path = tmp_path / f"register-{number}.csv"
        content = f"serial_number,family,site\nA-{number},塔机,梅溪湖\n".encode(encoding)
        path.write_bytes(gzip.compress(content) if packed else content)
        with importing.opened(path) as lines:
            report = importing.import_equipment(sessions, lines, actor=OPERATOR, now=NOW)
        assert (report.added, report.faults) == (1, [])
    with reading(sessions) as look:
        assert set(look.scalars(select(Equipment.family))) == {"塔机"}


def the_register() -> Iterator[str]:
    """35,042 lines: the register of real lifts where it lies beside the project, else invented ones of its shape."""
    if REGISTER.exists():
        with importing.opened(REGISTER) as lines:
            yield from lines
        return
    yield "serial_number,family,manufacturer,commissioned_on,address,zip_code,region,latitude,longitude\n"
    for number in range(35_042):
        borough = ("Manhattan", "Brooklyn", "Queens", "Bronx", "Staten Island")[number % 5]
        yield f"1P{number},Passenger Elevator,,,{number % 15_000} BROADWAY,10019,{borough},40.{number:05},-73.98\n"


def test_thirty_five_thousand_units_are_all_accounted_for(sessions: Sessions) -> None:
    heard: list[int] = []
    report = importing.import_equipment(
        sessions, the_register(), actor=OPERATOR, now=NOW, progress=heard.append, region_zone="America/New_York"
    )
    assert report.lines == 35_042
    assert report.added + report.changed + report.unchanged + report.refused == report.lines
    assert heard[-1] == report.lines
    with reading(sessions) as look:
        assert look.scalar(text("SELECT count(*) FROM equipment")) == report.added
        assert look.scalar(text("SELECT count(*) FROM regions")) == 5
        assert (look.scalar(text("SELECT count(*) FROM sites WHERE latitude IS NOT NULL")) or 0) > 10_000


def test_a_quote_too_many_costs_its_own_line_and_no_other(north: Sessions) -> None:
    whole = [f"{name},hoist,,,,,,,,,,\n" for name in ("A1", "C3", "D4")]
    report = units(north, whole[0], '"B2,hoist,,,,,,,,,,\n', *whole[1:])
    assert (report.lines, report.added, report.refused) == (4, 3, 1)
    assert [(fault.line, fault.reason) for fault in report.faults] == [(3, "not-csv")]
    with reading(north) as look:
        assert set(look.scalars(select(Equipment.serial_number))) == {"A1", "C3", "D4"}


def test_the_parts_of_a_file_are_together_the_file(north: Sessions) -> None:
    lines = [
        HEADER,
        *(f"A{number},hoist,,,,,,,,,,\n" for number in range(4)),
        ",hoist,,,,,,,,,,\n",
        "A0,lift,,,,,,,,,,\n",
    ]
    after, told = 0, list[ImportReport]()
    while not told or not told[-1].is_ended:
        part = Part(after=after, most=4)
        told.append(importing.import_equipment(north, lines, actor=OPERATOR, now=NOW, part=part))
        after = told[-1].reached
    assert [(each.lines, each.added, each.changed, each.refused) for each in told] == [(4, 4, 0, 0), (2, 0, 1, 1)]
    assert [fault.line for fault in told[-1].faults] == [6]
    with reading(north) as look:
        assert look.scalar(text("SELECT count(*) FROM ledger_entries WHERE subject_kind = 'import'")) == 0
