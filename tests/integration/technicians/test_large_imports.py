"""Large files: imported part by part by the worker, each line once, whatever dies or is rung twice in between."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import func, select, text

from foundation.clock import HandClock
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.documents.files import FolderStore, StoredFile
from foundation.jobs.job import JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.ledger import relay
from intake.models import Customer
from technicians.errors import ImportNotReady
from technicians.imports import actions, jobs
from technicians.models import Import
from technicians.words import ImportState, Register
from tests.integration.technicians.conftest import DESK

pytestmark = pytest.mark.committed

#: More customers than are imported at once: two parts.
MANY = actions.AT_ONCE[Register.CUSTOMERS] + 1
#: A file with a wrong line at its beginning and one at its end.
FILE = "external_ref,name,kind\n" + "".join(
    f"R{number},客户{number},{'alien' if number in {0, MANY - 1} else 'company'}\n" for number in range(MANY)
)


class Store(FolderStore):
    """A store on which something may happen when an uploaded file is read, or a report is put."""

    reads: Callable[[], None] | None = None
    puts: Callable[[], None] | None = None

    def read(self, sha256: str) -> bytes:
        """As the folder, after what is to happen."""
        if self.reads is not None:
            self.reads()
        return super().read(sha256)

    def put(self, content: bytes | BinaryIO) -> StoredFile:
        """As the folder, after what is to happen."""
        if self.puts is not None:
            self.puts()
        return super().put(content)


@dataclass
class Office:
    """Somebody with a large file, and the way that its jobs really take."""

    sessions: Sessions
    clock: HandClock
    files: Store
    rung: deque[relay.Errand] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.jobs = by_name(jobs.jobs(files=self.files))
        self.context = JobContext(self.sessions, self.clock)

    def announce(self) -> None:
        relay.relay_once(
            self.sessions, subscriptions=subscriptions(self.jobs), ring=self.rung.extend, now=self.clock.machine_now()
        )

    def next(self) -> relay.Errand:
        """What the queue rings for next, be it for the first time or again, an hour later."""
        self.announce()
        if not self.rung:
            self.clock.push(minutes=60)
            relay.ring_again(self.sessions, ring=self.rung.extend, now=self.clock.machine_now())
        return self.rung.popleft()

    def run(self, errand: relay.Errand) -> bool:
        return run_errand(self.context, self.jobs, *errand)

    def rest(self) -> None:
        """Run what is rung until nobody rings any more."""
        while True:
            try:
                self.run(self.next())
            except IndexError:
                return

    def preview(self) -> Import:
        with unit_of_work(self.sessions) as db:
            made = actions.preview(
                db, self.files, register=Register.CUSTOMERS, content=FILE.encode(), name="x.csv", actor=DESK,
                now=self.clock.now(),
            )  # fmt: skip
        self.rest()
        return self.found(made)

    def press(self, which: Import) -> Import:
        with unit_of_work(self.sessions) as db:
            return actions.carry_out(
                db, self.files, which.id, sha256=which.file_sha256, actor=DESK, now=self.clock.now()
            )

    def found(self, which: Import) -> Import:
        with reading(self.sessions) as look:
            return actions.one(look, which.id)

    def is_stopped(self, which: Import) -> bool:
        with reading(self.sessions) as look:
            return bool(actions.stopped(look, [actions.one(look, which.id)]))

    def customers(self) -> int:
        with reading(self.sessions) as look:
            return look.scalar(select(func.count()).select_from(Customer)) or 0

    def errands(self, state: str) -> int:
        with reading(self.sessions) as look:
            return look.scalar(text("SELECT count(*) FROM errands WHERE state = :state"), {"state": state}) or 0


@pytest.fixture
def office(sessions: Sessions, hand_clock: HandClock, tmp_path: Path) -> Office:
    return Office(sessions, hand_clock, Store(tmp_path / "files"))


def die() -> None:
    """The process ends here, and nobody is told."""
    raise SystemExit


def fail() -> None:
    raise OSError("the disk is full")


def assert_whole(office: Office, which: Import) -> None:
    """The file was imported, and what is told of it is right for the file as a whole."""
    ended = office.found(which)
    assert (ended.state, ended.lines_done) == (ImportState.IMPORTED, MANY)
    assert ended.done == ended.told == {
        "lines": MANY, "added": MANY - 2, "changed": 0, "unchanged": 0, "refused": 2, "noted": 0,
    }  # fmt: skip
    assert office.customers() == MANY - 2
    assert ended.report_sha256 is not None
    report = office.files.read(ended.report_sha256).decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in report] == ["line", "2", str(MANY + 1)]
    assert ended.shown is not None
    assert [fault["line"] for fault in ended.shown["faults"]] == [2, MANY + 1]  # type: ignore[attr-defined]
    assert [good["line"] for good in ended.shown["sample"]] == list(range(3, 23))  # type: ignore[attr-defined]
    with reading(office.sessions) as look:
        told = look.scalars(text("SELECT facts FROM ledger_entries WHERE step = 'customers.imported'")).all()
    assert told == [{name: count for name, count in ended.done.items() if name != "noted"}], "once, of the whole file"


def test_a_large_file_is_checked_and_imported_by_the_worker(office: Office) -> None:
    checked = office.preview()
    assert (checked.state, checked.lines_done) == (ImportState.CHECKED, MANY)
    assert office.customers() == 0
    office.press(checked)
    office.rest()
    assert_whole(office, checked)
    with pytest.raises(ImportNotReady):
        office.press(checked)


def test_the_same_line_in_an_earlier_lot_is_told_apart_by_a_check(sessions: Sessions, office: Office) -> None:
    most = MANY - 1
    content = "external_ref,name\n" + "".join(f"R{n % most},客户{n % most}\n" for n in range(MANY))
    with unit_of_work(sessions) as db:
        made = actions.preview(
            db, office.files, register=Register.CUSTOMERS, content=content.encode(), name="x", actor=DESK,
            now=office.clock.now(),
        )  # fmt: skip
    office.rest()
    told = office.found(made).told
    assert told is not None
    assert (told["added"], told["unchanged"]) == (most, 1)


def test_a_second_ring_during_an_import_does_nothing_and_marks_nothing_done(office: Office) -> None:
    checked = office.preview()
    office.press(checked)
    errand = office.next()
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        office.files.reads = None
        inside.set()
        go_on.wait(20)

    office.files.reads = wait
    first = threading.Thread(target=office.run, args=(errand,))
    first.start()
    inside.wait(20)
    try:
        assert office.run(errand) is False
        assert office.run(errand._replace(after=0)) is False
        assert (office.errands("waiting"), office.customers()) == (1, 0)
    finally:
        go_on.set()
        first.join()
    office.rest()
    assert_whole(office, checked)


def test_a_ring_for_lines_that_are_imported_already_changes_nothing(office: Office) -> None:
    checked = office.preview()
    office.press(checked)
    errand = office.next()
    assert office.run(errand) is True
    with unit_of_work(office.sessions) as db:
        db.execute(text("UPDATE errands SET state = 'waiting' WHERE job = :job"), {"job": errand.job})
    before = office.found(checked)
    assert office.run(errand._replace(after=1)) is True
    after = office.found(checked)
    assert (after.lines_done, after.done) == (before.lines_done, before.done)
    office.rest()
    assert_whole(office, checked)


def test_a_busy_database_refuses_no_line(office: Office) -> None:
    checked = office.preview()
    office.press(checked)
    errand = office.next()
    with office.sessions.engine.connect() as other:
        other.execute(text("LOCK TABLE customers IN SHARE MODE"))
        assert office.run(errand) is False
        other.rollback()
    assert office.found(checked).lines_done == 0
    office.rest()
    assert_whole(office, checked)


@pytest.mark.parametrize("part", [0, 1])
def test_after_a_crash_the_import_goes_on_and_counts_no_line_twice(office: Office, part: int) -> None:
    checked = office.preview()
    office.press(checked)
    for _ in range(part):
        office.run(office.next())
    office.files.puts = die
    with pytest.raises(SystemExit):
        office.run(office.next())
    office.files.puts = None
    office.rest()
    assert_whole(office, checked)


def test_an_import_that_was_given_up_says_so_and_goes_on_where_it_stopped(office: Office) -> None:
    checked = office.preview()
    office.press(checked)
    assert not office.is_stopped(checked), "what waits to be done has not stopped"
    office.run(office.next())
    office.files.puts = fail
    office.rest()
    stopped = office.found(checked)
    assert office.is_stopped(checked)
    assert (stopped.state, stopped.lines_done) == (ImportState.IMPORTING, MANY - 1)
    assert stopped.done is not None
    assert stopped.done["added"] == office.customers() == MANY - 2, "nothing that was imported is lost"
    office.files.puts = None
    office.press(checked)
    assert not office.is_stopped(checked)
    with pytest.raises(ImportNotReady):
        office.press(checked)
    office.rest()
    assert_whole(office, checked)


def test_a_check_that_was_given_up_says_so_and_begins_again(office: Office) -> None:
    office.files.reads = fail
    stopped = office.preview()
    assert (stopped.state, office.is_stopped(stopped)) == (ImportState.CHECKING, True)
    office.files.reads = None
    office.press(stopped)
    assert not office.is_stopped(stopped)
    office.rest()
    assert office.found(stopped).state == ImportState.CHECKED


def test_a_slow_second_check_disturbs_no_import(office: Office) -> None:
    with unit_of_work(office.sessions) as db:
        made = actions.preview(
            db, office.files, register=Register.CUSTOMERS, content=FILE.encode(), name="x", actor=DESK,
            now=office.clock.now(),
        )  # fmt: skip
    errand = office.next()

    def be_overtaken() -> None:
        office.files.reads = None
        office.run(errand._replace(after=1))
        office.press(office.found(made))

    office.files.reads = be_overtaken
    office.run(errand)
    found = office.found(made)
    assert (found.state, found.lines_done) == (ImportState.IMPORTING, 0)
    office.rest()
    assert_whole(office, made)
