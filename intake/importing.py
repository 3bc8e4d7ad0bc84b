"""Registers from CSV files: every good line is kept, every bad one is reported with its number, field and reason.

Equipment needs `serial_number, family`; customers need `name`. Known columns are listed in `rows_from`; any other column
of an equipment file is kept among the unit's facts. Lines are read one by one, checked, and written in lots of one
statement; a lot that the database refuses is halved until the bad line stands alone. A quote too many costs its own line
(`csv_lines`). The same file again changes nothing.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias

import msgspec
from sqlalchemy import exc, select, text

from foundation.accounts.models import Region
from foundation.accounts.roles import Actor
from foundation.database import conflicts
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, unit_of_work
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.problems import Family, FieldWrong
from intake import csv_lines, csv_rows
from intake.csv_lines import WHOLE, Part, Record
from intake.csv_rows import Row
from intake.events import UnitsRegistered

#: Lines of one statement.
LOT: Final = 1000
#: Good lines that a report shows.
SAMPLE: Final = 20
#: Columns without which a file of the register can't be read.
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"equipment": ("serial_number", "family"), "customers": ("name",)}

#: What an import's entry in the ledger counts.
COUNTS: Final = ("lines", "added", "changed", "unchanged", "refused")

Progress: TypeAlias = Callable[[int], None]
#: What becomes of a line that is taken.
Outcome: TypeAlias = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that was left out, or (`kept`) taken without the field: its number (the header is 1), field and reason."""

    line: int
    field: str
    reason: str
    value: str = ""
    kept: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class GoodLine:
    """A line that makes sense, by its number (the header is 1), with its fields by column."""

    line: int
    fields: Mapping[str, str]


@dataclass(slots=True)
class ImportReport:
    """What became of the lines, or would; `lines` doesn't count the header, `sample` has the first good ones.

    `reached` counts the lines below the header that were read, blank ones too, and those above a part; `is_ended` says
    that no line is left.
    """

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[LineFault] = field(default_factory=list)
    sample: list[GoodLine] = field(default_factory=list)
    reached: int = 0
    is_ended: bool = True

    def count(self, outcome: Outcome) -> None:
        """Count one more line of which this has become."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def take_sample(self, record: Record) -> None:
        """Keep the line if it is among the first good ones."""
        if len(self.sample) < SAMPLE:
            self.sample.append(GoodLine(record.line, dict(record.fields)))


class Undone(Exception):
    """Raised to take back what was only tried."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The statement that writes a lot and counts what it `added` and `changed`, and what is announced if it did either."""

    statement: str
    announces: type[UnitsRegistered] | None = None


#: A transaction, or a part of one, for one lot.
Work: TypeAlias = Callable[[], AbstractContextManager[WriteSession]]
#: Where lines are written: lot by lot, each committed by itself, or all within one transaction of somebody else's.
Place: TypeAlias = Sessions | WriteSession


@contextmanager
def within(place: Place) -> Iterator[WriteSession]:
    """One transaction, committed at the end, or a part of the one that is open."""
    if isinstance(place, Sessions):
        with unit_of_work(place) as db:
            yield db
    else:
        with place.begin_nested():
            yield place


def _work(place: Place, *, trial: bool = False) -> Work:
    """How a lot is written; in a trial what it did is taken back at once, so that nothing stays locked."""

    @contextmanager
    def tried() -> Iterator[WriteSession]:
        with suppress(Undone), within(place) as db:
            yield db
            raise Undone

    return tried if trial else partial(within, place)


def _nobody(done: int) -> None:
    del done


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The file as text: gzip by its first bytes; UTF-8 with or without mark, else GB 18030, as Chinese offices save it."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    encoding = "utf-8-sig" if _is_utf8(path, packed=packed) else "gb18030"
    opener = gzip.open if packed else open
    with opener(path, "rt", encoding=encoding, errors="replace", newline="") as file:
        yield file


def _is_utf8(path: Path, *, packed: bool) -> bool:
    opener = gzip.open if packed else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def import_equipment(
    place: Place,
    lines: Iterable[str],
    *,
    actor: Actor,
    now: datetime,
    progress: Progress = _nobody,
    region_zone: str | None = None,
    trial: bool = False,
    part: Part = WHOLE,
) -> ImportReport:
    """Put units and their sites into the registers. `progress` hears the number of lines done.

    Regions are named by code or name; an unknown one is made when `region_zone` (an IANA zone) is given, else the unit
    is kept without a region and reported. A `trial` tells what would become of the lines and writes nothing. Of a `part`
    only is told what became of it, and whoever divides the file calls `record` at its end. Raises FieldWrong for a header
    without the needed columns.
    """
    regions = csv_rows.Regions(_regions(place), zone=region_zone)
    return _import(
        place,
        lines,
        trial=trial,
        part=part,
        needed=NEEDED["equipment"],
        read=lambda row: csv_rows.unit(row, regions=regions),
        write=Writing(_EQUIPMENT, UnitsRegistered),
        what="equipment",
        regions=regions,
        actor=actor,
        now=now,
        progress=progress,
    )


def import_customers(
    place: Place,
    lines: Iterable[str],
    *,
    actor: Actor,
    now: datetime,
    progress: Progress = _nobody,
    region_zone: str | None = None,
    trial: bool = False,
    part: Part = WHOLE,
) -> ImportReport:
    """Put customers into the register, known again by `external_ref`, else by name and phone."""
    regions = csv_rows.Regions(_regions(place), zone=region_zone)
    return _import(
        place,
        lines,
        trial=trial,
        part=part,
        needed=NEEDED["customers"],
        read=lambda row: csv_rows.customer(row, regions=regions),
        write=Writing(_CUSTOMERS),
        what="customers",
        regions=regions,
        actor=actor,
        now=now,
        progress=progress,
    )


def _import(
    place: Place,
    lines: Iterable[str],
    *,
    trial: bool,
    part: Part,
    needed: Sequence[str],
    read: Callable[[Mapping[str, str]], Row],
    write: Writing,
    what: str,
    regions: csv_rows.Regions,
    actor: Actor,
    now: datetime,
    progress: Progress,
) -> ImportReport:
    records = csv_lines.Records(lines, fits=lambda fields: _fits(fields, read=read), part=part)
    missing = records.lacking(needed)
    if missing:
        raise FieldWrong(field="header", reason="column-missing", columns=missing)
    report, work, before = ImportReport(), _work(place, trial=trial), set[str]()
    while lot := records.take(LOT):
        report.lines, report.reached = report.lines + len(lot), records.reached
        good = _readable(lot, read=read, report=report)
        if trial:
            _pass_over(good, before, report)
        with work() as db:
            regions.save(db)
        _write(work, good, write=write, now=now, report=report)
        progress(report.lines)
    report.is_ended = records.is_at_end()
    if not trial and part == WHOLE:
        with work() as db:
            record(db, what, {name: getattr(report, name) for name in COUNTS}, actor=actor, now=now)
    return report


def _pass_over(good: dict[str, tuple[int, Row]], before: set[str], report: ImportReport) -> None:
    """A trial forgets each lot, so a key that stood in an earlier one is told apart here and counted as the same again."""
    for key in [key for key in good if key in before]:
        report.unchanged += 1
        report.faults.append(LineFault(good.pop(key)[0], "key", "given-again-above", key, kept=True))
    before.update(good)


def _fits(fields: Mapping[str, str], *, read: Callable[[Mapping[str, str]], Row]) -> bool:
    try:
        read(fields)
    except FieldWrong:
        return False
    return True


def _readable(
    lot: Sequence[Record], *, read: Callable[[Mapping[str, str]], Row], report: ImportReport
) -> dict[str, tuple[int, Row]]:
    """The lines that make sense, by their key; of two with the same key the later one counts."""
    good: dict[str, tuple[int, Row]] = {}
    for record in lot:
        number, line = record.line, record.fields
        try:
            row = _row(record, read=read)
        except FieldWrong as wrong:
            report.refused += 1
            name = str(wrong.facts["field"])
            value = str(line.get(name) or "")[:100]
            report.faults.append(LineFault(number, name, str(wrong.facts["reason"]), value, text=record.text))
            continue
        report.take_sample(record)
        report.faults += [
            LineFault(number, name, reason, value, kept=True, text=record.text) for name, reason, value in row.remarks
        ]
        if row.key in good:
            report.unchanged += 1
            report.faults.append(LineFault(good[row.key][0], "key", "given-again-below", row.key, kept=True))
        good[row.key] = (number, row)
    return good


def _row(record: Record, *, read: Callable[[Mapping[str, str]], Row]) -> Row:
    if record.fault is not None:
        raise FieldWrong(field="line", reason=record.fault)
    return read(record.fields)


def _write(
    work: Work, good: Mapping[str, tuple[int, Row]], *, write: Writing, now: datetime, report: ImportReport
) -> None:
    """One statement for the lot; if the database refuses it, each half by itself."""
    if not good:
        return
    document = msgspec.json.encode([row.columns | {"id": new_id()} for _, row in good.values()]).decode()
    try:
        with work() as db:
            outcome = db.execute(text(write.statement), {"rows": document, "now": now}).one()
            if write.announces is not None and (outcome.added or outcome.changed):
                announce(db, write.announces(subject_id=new_id()), now=now)
    except exc.DBAPIError as error:
        problem = conflicts.problem_from(error)
        # A database that is busy or full refuses no line: whoever asked tries the whole again.
        if problem is None or problem.family is Family.UNAVAILABLE or error.connection_invalidated:
            raise
        _halve(work, good, write=write, now=now, report=report)
        return
    report.added += outcome.added
    report.changed += outcome.changed
    report.unchanged += len(good) - outcome.added - outcome.changed


def _halve(
    work: Work, good: Mapping[str, tuple[int, Row]], *, write: Writing, now: datetime, report: ImportReport
) -> None:
    keys = list(good)
    if len(keys) == 1:
        report.refused += 1
        report.faults.append(LineFault(good[keys[0]][0], "line", "refused-by-database", keys[0]))
        return
    for half in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
        _write(work, {key: good[key] for key in half}, write=write, now=now, report=report)


def _regions(place: Place) -> dict[str, str]:
    """Every way a region is named, folded → its code."""
    with _work(place)() as look:
        return {
            name.casefold(): region.code
            for region in look.scalars(select(Region))
            for name in (region.code, region.name_en, region.name_zh)
        }


def record(db: WriteSession, what: str, counts: Mapping[str, int], *, actor: Actor, now: datetime) -> None:
    """One ledger entry for the whole file."""
    facts = {name: counts[name] for name in COUNTS}
    recording.record(db, new_id(), f"{what}.imported", actor=actor, facts=facts, now=now, kind="import")


#: Sites first, known again by their key; then the units. A row that is the same already isn't written again.
_EQUIPMENT: Final = """
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (
            id uuid, serial_number text, family text, model text, manufacturer text, commissioned_on date,
            left_works_on date, warranty_until date, customer_ref text, site_key text, site_name text, address text,
            district text, region_code text, latitude float8, longitude float8, datum text, given_latitude float8,
            given_longitude float8, position_radius_m float8, position_source text, facts jsonb, search text,
            site_search text)
    ),
    owner AS (
        SELECT given.id, customers.id AS customer_id FROM given
        JOIN customers ON customers.external_ref = given.customer_ref
    ),
    site AS (
        INSERT INTO sites (id, external_ref, customer_id, name, address, district, region_code, latitude, longitude,
                           datum, given_latitude, given_longitude, position_radius_m, position_source, search,
                           created_at)
        SELECT DISTINCT ON (site_key) gen_random_uuid(), site_key, owner.customer_id, site_name, address, district,
               region_code, latitude, longitude, datum, given_latitude, given_longitude, position_radius_m,
               position_source, CAST(site_search AS tsvector), :now
        FROM given LEFT JOIN owner USING (id) WHERE site_key IS NOT NULL
        ORDER BY site_key, latitude NULLS LAST
        ON CONFLICT (external_ref) DO UPDATE SET
            latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude, datum = EXCLUDED.datum,
            given_latitude = EXCLUDED.given_latitude, given_longitude = EXCLUDED.given_longitude,
            position_radius_m = EXCLUDED.position_radius_m, position_source = EXCLUDED.position_source
        WHERE sites.latitude IS NULL AND EXCLUDED.latitude IS NOT NULL
        RETURNING id, external_ref
    ),
    known AS (
        SELECT id, external_ref FROM site
        UNION ALL
        SELECT id, external_ref FROM sites WHERE external_ref IN (SELECT site_key FROM given)
          AND external_ref NOT IN (SELECT external_ref FROM site)
    ),
    unit AS (
        INSERT INTO equipment AS e (id, serial_number, family, model, manufacturer, commissioned_on, left_works_on,
                                    warranty_until, customer_id, site_id, region_code, facts, search, created_at)
        SELECT given.id, serial_number, family, model, manufacturer, commissioned_on, left_works_on, warranty_until,
               owner.customer_id, known.id, region_code, facts, CAST(given.search AS tsvector), :now
        FROM given LEFT JOIN owner USING (id) LEFT JOIN known ON known.external_ref = given.site_key
        ON CONFLICT (serial_number) DO UPDATE SET
            family = EXCLUDED.family, model = COALESCE(EXCLUDED.model, e.model),
            manufacturer = COALESCE(EXCLUDED.manufacturer, e.manufacturer),
            commissioned_on = COALESCE(EXCLUDED.commissioned_on, e.commissioned_on),
            left_works_on = COALESCE(EXCLUDED.left_works_on, e.left_works_on),
            warranty_until = COALESCE(EXCLUDED.warranty_until, e.warranty_until),
            customer_id = COALESCE(EXCLUDED.customer_id, e.customer_id),
            site_id = COALESCE(EXCLUDED.site_id, e.site_id),
            region_code = COALESCE(EXCLUDED.region_code, e.region_code), facts = e.facts || EXCLUDED.facts,
            search = EXCLUDED.search
        WHERE (e.family, e.facts || EXCLUDED.facts) IS DISTINCT FROM (EXCLUDED.family, e.facts)
           OR EXCLUDED.model <> COALESCE(e.model, '') OR EXCLUDED.manufacturer <> COALESCE(e.manufacturer, '')
           OR (EXCLUDED.commissioned_on IS NOT NULL AND EXCLUDED.commissioned_on IS DISTINCT FROM e.commissioned_on)
           OR (EXCLUDED.left_works_on IS NOT NULL AND EXCLUDED.left_works_on IS DISTINCT FROM e.left_works_on)
           OR (EXCLUDED.warranty_until IS NOT NULL AND EXCLUDED.warranty_until IS DISTINCT FROM e.warranty_until)
           OR (EXCLUDED.customer_id IS NOT NULL AND EXCLUDED.customer_id IS DISTINCT FROM e.customer_id)
           OR (EXCLUDED.site_id IS NOT NULL AND EXCLUDED.site_id IS DISTINCT FROM e.site_id)
           OR EXCLUDED.region_code <> COALESCE(e.region_code, '')
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM unit
"""
_CUSTOMERS: Final = """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (
            id uuid, external_ref text, name text, name_pinyin text, name_initials text, kind text, phone text,
            language text, region_code text, search text)
    ),
    customer AS (
        INSERT INTO customers AS c (id, external_ref, name, name_pinyin, name_initials, kind, phone, language,
                                    region_code, search, created_at)
        SELECT id, external_ref, name, name_pinyin, name_initials, kind, phone, language, region_code,
               CAST(search AS tsvector), :now
        FROM given
        ON CONFLICT (external_ref) DO UPDATE SET
            name = EXCLUDED.name, name_pinyin = EXCLUDED.name_pinyin, name_initials = EXCLUDED.name_initials,
            kind = EXCLUDED.kind, phone = COALESCE(EXCLUDED.phone, c.phone), language = EXCLUDED.language,
            region_code = COALESCE(EXCLUDED.region_code, c.region_code), search = EXCLUDED.search
        WHERE (c.name, c.kind, c.language) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.kind, EXCLUDED.language)
           OR EXCLUDED.phone <> COALESCE(c.phone, '') OR EXCLUDED.region_code <> COALESCE(c.region_code, '')
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM customer
"""
