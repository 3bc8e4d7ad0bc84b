"""Registers from uploaded files: a preview writes nothing, and exactly what was previewed is imported."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import func, select

from foundation.database.session import WriteSession
from foundation.documents.files import FileStore, FolderStore
from foundation.problems import FieldWrong
from intake.models import Customer, Equipment
from technicians.errors import ImportNotReady, ImportUnreadable
from technicians.imports import actions
from technicians.imports.reading import MOST_BYTES
from technicians.models import Import, Outlet, Technician
from technicians.words import ImportState, Register
from tests.integration.technicians.conftest import DESK, add_outlet, add_region

UNITS = (
    "serial_number,family,model,warranty_until\n"
    "A1,tower_crane,ZJ5510,2028-01-01\n"
    ",tower_crane,ZJ5510,\n"
    "A2,tower_crane,ZJ5510,never\n"
)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FolderStore(tmp_path / "files")


def previewed(
    db: WriteSession, files: FileStore, now: datetime, text: str, register: Register = Register.EQUIPMENT
) -> Import:
    return actions.preview(
        db, files, register=register, content=text.encode(), name="C:\\lists\\units.csv", actor=DESK, now=now
    )


def shown(found: Import, what: str) -> list[dict[str, object]]:
    assert found.shown is not None
    return cast("list[dict[str, object]]", found.shown[what])


def test_a_preview_tells_every_line_and_writes_nothing(db: WriteSession, files: FileStore, now: datetime) -> None:
    found = previewed(db, files, now, UNITS)
    assert (found.state, found.file_name) == (ImportState.CHECKED, "units.csv")
    assert found.told == {"lines": 3, "added": 2, "changed": 0, "unchanged": 0, "refused": 1, "noted": 1}
    wrong, remark = shown(found, "faults")
    assert wrong == {
        "line": 3, "field": "serial_number", "reason": "blank", "value": "", "kept": False, "text": ",tower_crane,ZJ5510,"
    }  # fmt: skip
    assert (remark["line"], remark["field"], remark["value"], remark["kept"]) == (4, "warranty_until", "never", True)
    assert [good["line"] for good in shown(found, "sample")] == [2, 4]
    assert db.scalar(select(func.count()).select_from(Equipment)) == 0


def test_exactly_the_file_that_was_previewed_is_imported_and_once(
    db: WriteSession, files: FileStore, now: datetime
) -> None:
    found = previewed(db, files, now, UNITS)
    with pytest.raises(FieldWrong):
        actions.carry_out(db, files, found.id, sha256="0" * 64, actor=DESK, now=now)
    actions.carry_out(db, files, found.id, sha256=found.file_sha256, actor=DESK, now=now)
    assert found.state == ImportState.IMPORTED
    assert found.done == found.told
    assert set(db.scalars(select(Equipment.serial_number))) == {"A1", "A2"}
    with pytest.raises(ImportNotReady):
        actions.carry_out(db, files, found.id, sha256=found.file_sha256, actor=DESK, now=now)


def test_the_same_file_again_would_change_nothing(db: WriteSession, files: FileStore, now: datetime) -> None:
    first = previewed(db, files, now, UNITS)
    actions.carry_out(db, files, first.id, sha256=first.file_sha256, actor=DESK, now=now)
    again = previewed(db, files, now, UNITS.replace("A2,tower_crane,ZJ5510", "A2,tower_crane,ZJ6015"))
    assert again.told is not None
    assert (again.told["added"], again.told["changed"], again.told["unchanged"]) == (0, 1, 1)


def test_technicians_and_customers_are_previewed_alike(db: WriteSession, files: FileStore, now: datetime) -> None:
    add_region(db)
    outlet = add_outlet(db, now=now)
    name = next(each.name for each in actions_outlets(db) if each.id == outlet)
    text = f"code,name,region,outlet,families\nT1,王伟,east,{name},hoist:3\nT2,李强,nowhere,{name},hoist\n"
    people = previewed(db, files, now, text, Register.TECHNICIANS)
    assert people.told is not None
    assert (people.told["added"], people.told["refused"]) == (1, 1)
    assert db.scalar(select(func.count()).select_from(Technician)) == 0
    actions.carry_out(db, files, people.id, sha256=people.file_sha256, actor=DESK, now=now)
    assert list(db.scalars(select(Technician.code))) == ["T1"]
    customers = previewed(db, files, now, "name,phone\n上海建工,021 5555 5555\n,1\n", Register.CUSTOMERS)
    assert customers.told is not None
    assert (customers.told["added"], customers.told["refused"]) == (1, 1)
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def actions_outlets(db: WriteSession) -> list[Outlet]:
    return list(db.scalars(select(Outlet)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_offices_save_it(db: WriteSession, files: FileStore, now: datetime, encoding: str) -> None:
    content = "name,kind\n上海建工集团股份有限公司,company\n".encode(encoding)
    found = actions.preview(db, files, register=Register.CUSTOMERS, content=content, name="x.csv", actor=DESK, now=now)
    assert shown(found, "sample")[0]["fields"] == {"name": "上海建工集团股份有限公司", "kind": "company"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"x" * (MOST_BYTES + 1), "too-large"),
        (b"PK\x03\x04spreadsheet", "not-text"),
        (b"serial_number,family\nA1,\xff\xfe\xff\n", "encoding"),
        (b"serial_number;family\nA1;hoist\n", "delimiter"),
        ("serial_number\tfamily\nA1\thoist\n".encode("utf-16"), "delimiter"),
        (b"serial,family\nA1,hoist\n", "columns"),
        (b"serial_number,family\n\n", "no-lines"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    db: WriteSession, files: FileStore, now: datetime, content: bytes, why: str
) -> None:
    with pytest.raises(ImportUnreadable) as refused:
        actions.preview(db, files, register=Register.EQUIPMENT, content=content, name="x", actor=DESK, now=now)
    assert refused.value.facts["why"] == why
    assert db.scalar(select(func.count()).select_from(Import)) == 0


def test_the_report_has_every_fault_and_no_formula(db: WriteSession, files: FileStore, now: datetime) -> None:
    found = previewed(db, files, now, "serial_number,family\n" + "".join(f",=cmd{n}\n" for n in range(150)))
    assert found.shown is not None
    assert found.report_sha256 is not None
    assert (len(shown(found, "faults")), found.shown["more"]) == (100, 50)
    rows = list(csv.DictReader(io.StringIO(files.read(found.report_sha256).decode("utf-8-sig"))))
    assert [row["line"] for row in rows] == [str(n) for n in range(2, 152)]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
