"""Technicians from a CSV file: every good line is kept, every bad one is reported with its number, field and reason.

Columns: `code, name, region, outlet, families` are needed; `phone, senior, home_latitude, home_longitude, hired_on,
vehicle, certificates, max_daily_hours, max_weekly_hours, min_rest_hours` may be left out or empty. `families` is
`tower crane:3;hoist` (level after the colon), `certificates` is `tower crane=operator/12345678/2027-05-01;…`. Outlets and
vehicles are named and must exist. The same file again changes nothing.

Lines are written in lots, so that people who are being dispatched aren't kept locked while a long file is read; a line
that is refused is undone alone.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exc, select

import intake.importing
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor
from foundation.database import conflicts
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Family, FieldWrong, Problem
from foundation.wire import tidy_text
from intake import csv_lines
from intake.csv_lines import WHOLE, Part, Record
from intake.importing import ImportReport as ImportReport  # noqa: PLC0414 -- the report is this module's answer too
from intake.importing import LineFault, Outcome, Undone, within
from technicians import people, roster
from technicians.hours import WorkingTime
from technicians.models import Certificate, Outlet, Technician, Vehicle
from technicians.people import ABLE, Person, Place

NEEDED: Final = ("code", "name", "region", "outlet", "families")
#: Longest text of one field, as on the wire.
LONGEST: Final = 200
YES: Final = frozenset({"1", "yes", "true", "是"})
NO: Final = frozenset({"", "0", "no", "false", "否"})
#: Lines of one transaction, less than a second of work: whoever waits longer for a lock gives up after three.
#: `progress` is told after each.
LOT: Final = 50


@dataclass(frozen=True, slots=True)
class Papers:
    """A certificate as a line names it."""

    family: str
    kind: str
    number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class _Known:
    """What lines refer to by name."""

    regions: frozenset[str]
    outlets: Mapping[str, UUID]
    vehicles: Mapping[str, UUID]


def import_technicians(
    place: intake.importing.Place,
    lines: Iterable[str],
    *,
    actor: Actor,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    trial: bool = False,
    part: Part = WHOLE,
) -> ImportReport:
    """Add or change a technician per line, lot by lot, each in its own transaction or in the one that is open.

    A bad line is undone alone and reported. A `trial` tells what would become of the lines and takes each back at once.
    `progress` is told the number of lines read. Raises FieldWrong when a needed column is missing, and what the database
    says when it is busy or away: then the lots before are kept.
    """
    report = ImportReport()
    with within(place) as look:
        known = _known(look)
    records = csv_lines.Records(lines, fits=lambda fields: _fits(fields, known), part=part)
    missing = records.lacking(NEEDED)
    if missing:
        raise FieldWrong(field=missing[0], reason="column-missing")
    while lot := records.take(LOT):
        with within(place) as db:
            for record in lot:
                _take(db, record, known, report, trial=trial, actor=actor, now=now)
        report.lines, report.reached = report.lines + len(lot), records.reached
        if progress:
            progress(report.lines)
    report.is_ended = records.is_at_end()
    return report


def _fits(fields: Mapping[str, str], known: _Known) -> bool:
    try:
        _said(fields, known)
    except FieldWrong:
        return False
    return True


def _said(fields: Mapping[str, str], known: _Known) -> tuple[Person, list[Papers]]:
    """What the fields say once they are tidy. Raises FieldWrong."""
    tidied = {name: _text(name, value) for name, value in fields.items()}
    return parse(tidied, known.regions, known.outlets, known.vehicles)


def _take(
    db: WriteSession, record: Record, known: _Known, report: ImportReport, *, trial: bool, actor: Actor, now: datetime
) -> None:
    """One line, counted once it is known to hold."""
    try:
        outcome = _written(db, record, known, trial=trial, actor=actor, now=now)
    except Problem as problem:
        fault = _fault(record, problem)
    except exc.DBAPIError as error:
        problem_met = conflicts.problem_from(error)
        if problem_met is None or problem_met.family is Family.UNAVAILABLE:
            raise  # Nothing is wrong with the line: the lot must be tried again.
        fault = LineFault(record.line, "line", "refused-by-database", text=record.text)
    else:
        report.count(outcome)
        report.take_sample(record)
        return
    report.refused += 1
    report.faults.append(fault)


def _written(db: WriteSession, record: Record, known: _Known, *, trial: bool, actor: Actor, now: datetime) -> Outcome:
    """Write the line, or only try it, so that either all of it holds or nothing."""
    outcome: Outcome = "unchanged"
    with suppress(Undone), db.begin_nested():
        outcome = _kept(db, record, known, actor=actor, now=now)
        if trial:
            db.flush()  # What the database refuses, it refuses here.
            raise Undone
    return outcome


def _kept(db: WriteSession, record: Record, known: _Known, *, actor: Actor, now: datetime) -> Outcome:
    """Parse, compare with what is there, add or change."""
    if record.fault is not None:
        raise FieldWrong(field="", reason=record.fault)
    person, papers = _said(record.fields, known)
    present = db.scalars(select(Technician).where(Technician.code == person.code)).one_or_none()
    if present is None:
        technician = people.add_technician(db, person, actor=actor, now=now)
    else:
        technician = present
        same = replace(people.person_of(db, present), user_id=None) == person
        if same and not _lacking(db, present.id, papers):
            return "unchanged"
        if not same:
            linked = replace(person, user_id=present.user_id)  # the account isn't in the file and stays
            people.change_technician(db, present.id, linked, actor=actor, now=now)
    for paper in _lacking(db, technician.id, papers):
        roster.grant_certificate(
            db, technician.id, family=paper.family, kind=paper.kind, number=paper.number,
            valid_until=paper.valid_until, actor=actor, now=now,
        )  # fmt: skip
    return "added" if present is None else "changed"


def parse(
    fields: Mapping[str, str], regions: frozenset[str], outlets: Mapping[str, UUID], vehicles: Mapping[str, UUID]
) -> tuple[Person, list[Papers]]:
    """What a line says. Pure; raises FieldWrong with the field and why."""
    for name in NEEDED:
        if not fields[name]:
            raise FieldWrong(field=name, reason="missing")
    if fields["region"] not in regions:
        raise FieldWrong(field="region", reason="unknown")
    vehicle = fields.get("vehicle", "")
    person = Person(
        code=fields["code"],
        name=fields["name"],
        region_code=fields["region"],
        outlet_id=_named("outlet", fields["outlet"], outlets),
        phone=fields.get("phone") or None,
        vehicle_id=_named("vehicle", vehicle, vehicles) if vehicle else None,
        senior=_yes(fields, "senior"),
        home=_home(fields),
        hired_on=_date("hired_on", fields["hired_on"]) if fields.get("hired_on") else None,
        limits=_limits(fields),
        families=_families(fields["families"]),
    )
    return person, _papers(fields.get("certificates", ""))


def _text(name: str, value: str) -> str:
    """A field as it may be stored."""
    try:
        tidied = tidy_text(value)
    except ValueError as wrong:
        if not value.strip():
            return ""
        raise FieldWrong(field=name, reason=str(wrong)) from None
    if len(tidied) > LONGEST and name not in {"families", "certificates"}:
        raise FieldWrong(field=name, reason="too-long")
    return tidied


def _named(name: str, value: str, known: Mapping[str, UUID]) -> UUID:
    if value not in known:
        raise FieldWrong(field=name, reason="unknown")
    return known[value]


def _yes(fields: Mapping[str, str], name: str) -> bool:
    value = fields.get(name, "").lower()
    if value not in YES | NO:
        raise FieldWrong(field=name, reason="yes-or-no")
    return value in YES


def _home(fields: Mapping[str, str]) -> Place | None:
    latitude, longitude = fields.get("home_latitude", ""), fields.get("home_longitude", "")
    if not latitude and not longitude:
        return None
    return Place(_degrees("home_latitude", latitude, 90), _degrees("home_longitude", longitude, 180))


def _degrees(name: str, value: str, limit: float) -> float:
    try:
        degrees = float(value)
    except ValueError:
        raise FieldWrong(field=name, reason="not-a-number") from None
    if not -limit <= degrees <= limit:  # also refuses not-a-number, which compares as false
        raise FieldWrong(field=name, reason="out-of-range")
    return degrees


def _date(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise FieldWrong(field=name, reason="not-a-date") from None


def _limits(fields: Mapping[str, str]) -> WorkingTime:
    usual = WorkingTime()
    return WorkingTime(
        max_daily_h=_hours(fields, "max_daily_hours", usual.max_daily_h, 1, 24),
        max_weekly_h=_hours(fields, "max_weekly_hours", usual.max_weekly_h, 1, 168),
        min_rest_h=_hours(fields, "min_rest_hours", usual.min_rest_h, 0, 24),
    )


def _hours(fields: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    value = fields.get(name, "")
    if not value:
        return usual
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise FieldWrong(field=name, reason="out-of-range")
    return int(value)


def _families(value: str) -> dict[str, int]:
    """`tower crane:3;hoist` → levels by family."""
    families: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in value.split(";"))):
        family, _, level = part.partition(":")
        if level.strip() not in {"", "1", "2", "3"} or not family.strip():
            raise FieldWrong(field="families", reason="not-a-level")
        families[family.strip()] = int(level) if level.strip() else ABLE
    if not families:
        raise FieldWrong(field="families", reason="missing")
    return families


def _papers(value: str) -> list[Papers]:
    """`tower crane=operator/12345678/2027-05-01;…` → certificates."""
    papers: list[Papers] = []
    for part in filter(None, (piece.strip() for piece in value.split(";"))):
        family, _, rest = part.partition("=")
        pieces = [piece.strip() for piece in rest.split("/")]
        if len(pieces) != len(("kind", "number", "valid_until")) or not all((family.strip(), *pieces)):
            raise FieldWrong(field="certificates", reason="not-a-certificate")
        papers.append(Papers(family.strip(), pieces[0], pieces[1], _date("certificates", pieces[2])))
    return papers


def _known(look: ReadSession) -> _Known:
    return _Known(
        regions=frozenset(look.scalars(select(Region.code))),
        outlets={row.name: row.id for row in look.execute(select(Outlet.name, Outlet.id))},
        vehicles={row.plate: row.id for row in look.execute(select(Vehicle.plate, Vehicle.id))},
    )


def _lacking(look: ReadSession, technician_id: UUID, papers: Iterable[Papers]) -> list[Papers]:
    """Certificates of the line that aren't kept as it names them."""
    kept = {
        Papers(row.family, row.kind, row.number, row.valid_until)
        for row in look.scalars(select(Certificate).where(Certificate.technician_id == technician_id))
    }
    return [paper for paper in papers if paper not in kept]


def _fault(record: Record, problem: Problem) -> LineFault:
    """The problem as a line of the report."""
    name, reason = problem.facts.get("field", ""), problem.facts.get("reason", problem.code)
    return LineFault(record.line, str(name), str(reason), text=record.text)
