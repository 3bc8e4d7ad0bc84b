"""Lists of complaints: the board by next live deadline, and the search by anything a caller may say. Keyset paging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Row, TextClause, text

from foundation.database.session import ReadSession
from intake import searching

#: Rows one look may ask for.
MOST: Final = 100
#: A deadline within this time is counted as close.
SOON: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One complaint in a list."""

    id: UUID
    number: str
    stage: str
    grade: str
    region_code: str
    called_at: datetime
    next_due_at: datetime | None
    next_due_kind: str | None
    #: The next deadline has passed and was announced.
    fired: bool
    customer_name: str | None
    site_name: str | None
    address: str | None
    serial_number: str | None
    family: str | None
    model: str | None
    component: str | None
    sentence: str
    caller_name: str | None
    injury_or_danger: bool
    to_be_identified: bool
    to_be_placed: bool
    acknowledged: bool
    reopened_count: int
    latitude: float | None
    longitude: float | None


_COLUMNS: Final = """
    c.id, c.number, c.stage, c.grade, c.region_code, c.called_at, c.next_due_at, c.next_due_kind,
    customers.name AS customer_name, sites.name AS site_name, COALESCE(c.address, sites.address) AS address,
    COALESCE(equipment.serial_number, c.serial_number_given) AS serial_number, c.family, equipment.model, c.component,
    left(c.sentence, 200) AS sentence, c.caller_name, c.injury_or_danger, c.to_be_identified, c.to_be_placed,
    c.first_acknowledged_at IS NOT NULL AS acknowledged, c.reopened_count, c.latitude, c.longitude,
    EXISTS (SELECT 1 FROM deadlines d WHERE d.complaint_id = c.id AND d.closed_at IS NULL AND d.fired_at IS NOT NULL)
        AS fired
"""
_JOINS: Final = """
    LEFT JOIN customers ON customers.id = c.customer_id
    LEFT JOIN sites ON sites.id = c.site_id
    LEFT JOIN equipment ON equipment.id = c.equipment_id
"""
#: What a list may be narrowed by; only what is asked for stands in its statement, so that each is planned for itself.
_NARROWED: Final = {
    "regions": "region_code = ANY (:regions)",
    "grades": "grade = ANY (:grades)",
    "stages": "stage = ANY (:stages)",
    "equipment_id": "equipment_id = CAST(:equipment_id AS uuid)",
    "question": """id IN (
        SELECT complaint_id FROM complaint_words WHERE search @@ CAST(CAST(:question AS text) AS tsquery)
        UNION SELECT id FROM complaints WHERE number = ANY (CAST(:numbers AS text[])))""",
}


@cache
def _listing(start: str, order: str, narrowed: frozenset[str]) -> TextClause:
    """A list's statement: the page is cut first, so that names are looked up for the shown lines only."""
    wanted = " AND ".join([start, *(_NARROWED[name] for name in sorted(narrowed))])
    page_order, line_order = order.format(row=""), order.format(row="c.")
    return text(
        f"""
        WITH page AS (SELECT * FROM complaints WHERE {wanted} ORDER BY {page_order} LIMIT :limit)
        SELECT {_COLUMNS} FROM page c {_JOINS} ORDER BY {line_order}
        """  # noqa: S608 -- constants of this file
    )


_BOARD: Final = (
    "next_due_at IS NOT NULL AND (next_due_at, id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))",
    "{row}next_due_at, {row}id",
)
_SEARCH: Final = (
    "(called_at, id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))",
    "{row}called_at DESC, {row}id DESC",
)
#: Complaints that a call could be about again: the same unit or site, or the caller's where the unit is unknown; open,
#: or called in lately. Two indexes bound what is looked at, the open ones and the last days.
_ALIKE: Final = (
    """(next_due_at IS NOT NULL OR called_at >= :since) AND stage <> 'merged' AND (
        equipment_id = CAST(:equipment_id AS uuid) OR site_id = CAST(:site_id AS uuid)
        OR serial_number_given = CAST(:serial_number AS text) OR caller_phone = CAST(:caller_phone AS text))""",
    "{row}next_due_at IS NULL, {row}called_at DESC, {row}id DESC",
)
_INCOMPLETE: Final = (f"{_BOARD[0]} AND (to_be_identified OR to_be_placed)", _BOARD[1])
_ONE: Final = text(f"SELECT {_COLUMNS} FROM complaints c {_JOINS} WHERE c.id = :complaint_id")  # noqa: S608 -- constants of this file
#: Every open complaint has a live deadline, so the partial index that the board reads counts them, too.
_COUNTS: Final = text(
    """
    SELECT count(*) AS open, count(*) FILTER (WHERE grade = 'major') AS major,
           count(*) FILTER (WHERE next_due_at < :now) AS overdue,
           count(*) FILTER (WHERE next_due_at >= :now AND next_due_at < :soon) AS soon
    FROM complaints WHERE next_due_at IS NOT NULL
    """
)
_FIRST: Final = ("-infinity", "00000000-0000-0000-0000-000000000000")
_LAST: Final = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")


def board(
    look: ReadSession,
    *,
    limit: int = MOST,
    after: tuple[str, str] | None = None,
    regions: Sequence[str] | None = None,
    grades: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
) -> list[Line]:
    """Open complaints by their next live deadline, the most urgent first; `after` is (next_due_at ISO, id) of the last.

    One statement on a partial index: as quick with a million open complaints as with a thousand.
    """
    after_at, after_id = after or _FIRST
    narrowed = _given(regions=regions, grades=grades, stages=stages)
    rows = look.execute(
        _listing(*_BOARD, frozenset(narrowed)),
        {"after_at": after_at, "after_id": after_id, "limit": min(limit, MOST + 1), **narrowed},
    )
    return [_line(row) for row in rows]


def incomplete(look: ReadSession, *, limit: int = MOST, after: tuple[str, str] | None = None) -> list[Line]:
    """Open complaints whose unit or place is not known yet, the most urgent first; `after` as in `board`."""
    after_at, after_id = after or _FIRST
    asking = {"after_at": after_at, "after_id": after_id, "limit": min(limit, MOST + 1)}
    return [_line(row) for row in look.execute(_listing(*_INCOMPLETE, frozenset()), asking)]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many complaints are open, how many of them major, how many past their next deadline or close before it."""

    open: int
    major: int
    overdue: int
    soon: int


def counts(look: ReadSession, *, now: datetime) -> Counts:
    """The figures above the board, of what the reader may see."""
    row = look.execute(_COUNTS, {"now": now, "soon": now + SOON}).one()
    return Counts(open=row.open, major=row.major, overdue=row.overdue, soon=row.soon)


def alike(
    look: ReadSession, *, since: datetime, equipment_id: UUID | None, site_id: UUID | None, serial_number: str | None,
    caller_phone: str | None, limit: int = 5,
) -> list[Line]:  # fmt: skip
    """Complaints that a call could be about again, that the reader may see: open ones first, then those since `since`.

    A caller with several machines calls about each: whoever knows the unit leaves `caller_phone` out.
    """
    asking = {
        "since": since, "equipment_id": equipment_id, "site_id": site_id, "serial_number": serial_number,
        "caller_phone": caller_phone, "limit": limit,
    }  # fmt: skip
    return [_line(row) for row in look.execute(_listing(*_ALIKE, frozenset()), asking)]


def first(look: ReadSession, *, count: int) -> list[Line]:
    """The `count` most urgent open complaints, read page by page."""
    lines: list[Line] = []
    while len(lines) < count:
        last = lines[-1] if lines else None
        after = (last.next_due_at.isoformat(), str(last.id)) if last and last.next_due_at else None
        found = board(look, limit=min(MOST, count - len(lines)), after=after)
        lines += found
        if len(found) < MOST:
            break
    return lines


def line_of(look: ReadSession, complaint_id: UUID) -> Line:
    """One complaint as a line, open or not. NoResultFound if the reader may not see it: ask `by_number` before."""
    return _line(look.execute(_ONE, {"complaint_id": complaint_id}).one())


def search(
    look: ReadSession,
    *,
    asked: str | None = None,
    now: datetime,
    limit: int = MOST,
    after: tuple[str, str] | None = None,
    regions: Sequence[str] | None = None,
    grades: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    equipment_id: UUID | None = None,
) -> list[Line]:
    """Complaints by number, caller, customer, phone or its last four digits, serial number, pinyin or initials.

    The newest call first; `after` is (called_at ISO, id) of the last line seen. Signs alone find nothing.
    """
    if searching.says_nothing(asked):
        return []
    after_at, after_id = after or _LAST
    question = searching.question(asked or "")
    narrowed = _given(
        regions=regions,
        grades=grades,
        stages=stages,
        question=question,
        equipment_id=None if equipment_id is None else str(equipment_id),
    )
    numbers = {"numbers": searching.numbers_meant(asked or "", year=now.year)} if question else {}
    rows = look.execute(
        _listing(*_SEARCH, frozenset(narrowed)),
        {"after_at": after_at, "after_id": after_id, "limit": min(limit, MOST + 1), **narrowed, **numbers},
    )
    return [_line(row) for row in rows]


def _given(**wanted: Sequence[str] | None) -> dict[str, object]:
    """What was asked for, as PostgreSQL takes it."""
    return {name: value if isinstance(value, str) else list(value) for name, value in wanted.items() if value}


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(**row._asdict())
