"""Questions about people who repair: the nearest qualified, the state of the field, who is listed.

`nearest` and `field` are one statement each, because every dispatch decision asks them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Row, TextClause, select, text

from foundation.database.session import ReadSession, WriteSession, swiftly
from foundation.problems import NotAllowed, NotFound
from technicians.field import POSITION_FRESH, FieldState, Position, Window
from technicians.hours import Period, WorkingTime
from technicians.models import Technician
from technicians.words import DutyState, PositionSource, ShiftKind

#: Shifts and absences are told from a day before the instant to four days after: a 24 h promise and 72 h beyond it.
LOOK_BACK: Final = timedelta(hours=24)
LOOK_AHEAD: Final = timedelta(hours=96)
#: Recorded duty: the seven days of the weekly limit and the day of the work itself.
RECORD_BACK: Final = timedelta(days=8)

# One row per person with everything a decision needs. Ranges leave as pairs of epoch seconds in JSON, which is cheaper
# to read than range objects. The effective position follows the same rule as `reach`.
_COLUMNS = """
SELECT t.id, t.user_id, t.code, t.name, t.region_code, g.timezone, t.outlet_id, o.name AS outlet_name,
    t.senior, t.active, coalesce(v.carries_heavy, false) AS carries_heavy,
    t.max_daily_hours, t.max_weekly_hours, t.min_rest_hours,
    t.home_latitude, t.home_longitude, o.latitude AS outlet_latitude, o.longitude AS outlet_longitude,
    p.latitude, p.longitude, p.accuracy_m, p.at AS position_at, p.source,
    coalesce(d.state, 'off') AS duty, d.since AS duty_since, near.distance_km,
    (SELECT array_agg(s.family ORDER BY s.family) FROM skills s WHERE s.technician_id = t.id) AS families,
    (SELECT jsonb_object_agg(c.family, c.until) FROM (
        SELECT family, max(valid_until) AS until FROM certificates WHERE technician_id = t.id GROUP BY family
    ) c) AS certificates,
    (SELECT jsonb_agg(jsonb_build_array(
        extract(epoch FROM lower(during)), extract(epoch FROM upper(during)), kind) ORDER BY lower(during))
        FROM shifts WHERE technician_id = t.id AND upper(during) > :shifts_from AND lower(during) < :shifts_until
    ) AS shifts,
    (SELECT jsonb_agg(jsonb_build_array(
        extract(epoch FROM lower(during)), extract(epoch FROM upper(during))) ORDER BY lower(during))
        FROM absences WHERE technician_id = t.id AND during && tstzrange(:shifts_from, :shifts_until)) AS absences,
    (SELECT jsonb_agg(jsonb_build_array(
        extract(epoch FROM lower(during)), extract(epoch FROM upper(during))) ORDER BY lower(during))
        FROM duty_periods
        WHERE technician_id = t.id AND upper(during) > :record_from AND lower(during) < :at AND state = 'on'
    ) AS worked"""
_TABLES = """
FROM near
JOIN technicians t ON t.id = near.technician_id
JOIN regions g ON g.code = t.region_code
JOIN outlets o ON o.id = t.outlet_id
LEFT JOIN vehicles v ON v.id = t.vehicle_id
LEFT JOIN positions p ON p.technician_id = t.id AND p.at >= :fresh_from
LEFT JOIN duty d ON d.technician_id = t.id
"""
_NEAR = """
WITH near AS MATERIALIZED (
    SELECT r.technician_id,
        sec_to_gc(r.spot <-> ll_to_earth(:latitude, :longitude)) / 1000 AS distance_km
    FROM technician_reach r
    WHERE r.family = :family {sieves}
    ORDER BY r.spot <-> ll_to_earth(:latitude, :longitude)
    LIMIT {limit}
)
"""
_NAMED = """
WITH near AS MATERIALIZED (
    SELECT unnest(CAST(:ids AS uuid[])) AS technician_id, NULL::float AS distance_km
)
"""
# Scalar subqueries on purpose: as EXISTS the planner may turn them into a join and lose the order of distance.
_SIEVES: Final = {
    "askable": """
    AND (coalesce((SELECT d.state <> 'off' FROM duty d WHERE d.technician_id = r.technician_id), false)
        OR coalesce((SELECT true FROM shifts s WHERE s.technician_id = r.technician_id
            AND upper(s.during) > :at AND lower(s.during) < :askable_until LIMIT 1), false))""",
    "certified": """
    AND coalesce((SELECT true FROM certificates c WHERE c.technician_id = r.technician_id
        AND c.family = r.family AND c.valid_until >= :certified_on LIMIT 1), false)""",
    "carrying": """
    AND coalesce((SELECT v.carries_heavy FROM technicians t JOIN vehicles v ON v.id = t.vehicle_id
        WHERE t.id = r.technician_id), false)""",
    "of_region": """
    AND (SELECT t.region_code FROM technicians t WHERE t.id = r.technician_id) = :region_code""",
    "besides": """
    AND r.technician_id <> ALL(CAST(:besides AS uuid[]))""",
}


_ON_DUTY: Final = text(
    "SELECT count(*) FROM duty d JOIN technicians t ON t.id = d.technician_id WHERE d.state = 'on' AND t.active"
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a package above asks about the same people in the same statement: SQL over the technician `t`.

    `columns` begins with a comma and uses names of its own; the values of its parameters are given with each question.
    """

    columns: str
    joins: str


def nearest(
    look: ReadSession,
    *,
    family: str,
    latitude: float,
    longitude: float,
    at: datetime,
    limit: int = 24,
    askable_within: timedelta | None = None,
    certified_on: date | None = None,
    carries_heavy: bool = False,
    region_code: str | None = None,
    besides: Collection[UUID] = (),
) -> list[FieldState]:
    """The `limit` people nearest to the place (WGS-84) who work on the family, nearest first, each with their state.

    Exact on the sphere and found by index: about log n without sieves. The sieves leave out people before they are
    counted: those neither signed on nor rostered within `askable_within`, without a certificate on the day, without a
    vehicle for heavy parts, of other regions, or named in `besides`; each costs what it passes over. Distances are great-circle.
    """
    found = nearest_beside(
        look, family=family, latitude=latitude, longitude=longitude, at=at, limit=limit, askable_within=askable_within,
        certified_on=certified_on, carries_heavy=carries_heavy, region_code=region_code, besides=besides,
        beside=NOTHING, values={},
    )  # fmt: skip
    return [state for state, _ in found]


def nearest_beside(
    look: ReadSession,
    *,
    family: str,
    latitude: float,
    longitude: float,
    at: datetime,
    beside: Beside,
    values: Mapping[str, object],
    limit: int = 24,
    askable_within: timedelta | None = None,
    certified_on: date | None = None,
    carries_heavy: bool = False,
    region_code: str | None = None,
    besides: Collection[UUID] = (),
) -> list[tuple[FieldState, Row[tuple[object, ...]]]]:
    """`nearest` with the row of each person, which holds what is asked `beside`."""
    sieves: dict[str, object] = {
        "askable": askable_within and {"askable_until": at + askable_within},
        "certified": certified_on and {"certified_on": certified_on},
        "of_region": region_code and {"region_code": region_code},
        "besides": besides and {"besides": [str(one) for one in besides]},
    }
    used = frozenset(name for name, given in sieves.items() if given)
    given = {key: value for name in used for key, value in cast("Mapping[str, object]", sieves[name]).items()}
    used |= {"carrying"} if carries_heavy else set()
    place = {"family": family, "latitude": latitude, "longitude": longitude}
    statement = _nearest_statement(used, limit, beside)
    return [(_state(row, at=at), row) for row in _rows(look, statement, {**place, **given, **values}, at=at)]


def field(look: ReadSession, technician_ids: Collection[UUID], at: datetime) -> list[FieldState]:
    """The state of these people at `at`, by code; whoever isn't visible is left out."""
    rows = _rows(look, _FIELD, {"ids": [str(one) for one in technician_ids]}, at=at)
    return sorted((_state(row, at=at) for row in rows), key=lambda state: state.code)


def on_duty(look: ReadSession) -> int:
    """How many people are signed on for duty, of those this reader may see."""
    return int(look.execute(_ON_DUTY).scalar_one())


def for_change(db: WriteSession, technician_id: UUID) -> Technician:
    """The technician, locked. Raises NotAllowed when this transaction may not see them."""
    query = select(Technician).where(Technician.id == technician_id).with_for_update(key_share=True)
    found = db.scalars(query).one_or_none()
    if found is None:
        raise NotAllowed
    return found


def of_user(look: ReadSession, user_id: UUID | None) -> Technician:
    """The technician that this user is. Raises NotFound for anybody else."""
    found = look.scalars(select(Technician).where(Technician.user_id == user_id)).one_or_none() if user_id else None
    if found is None:
        raise NotFound
    return found


def _statement(near: str, order: str, beside: Beside) -> TextClause:
    return text(near + _COLUMNS + beside.columns + _TABLES + beside.joins + order)


#: For who asks about nothing else.
NOTHING: Final = Beside(columns="", joins="")
#: One statement per set of sieves, limit and asker, a handful of each: the driver prepares it once and the server then
#: keeps its plan. The limit is written into the text, since a plan for an unknown limit looks dearer than planning anew.
_NEAREST: Final[dict[tuple[frozenset[str], int, Beside], TextClause]] = {}
_FIELD: Final = _statement(_NAMED, "", NOTHING)


def _nearest_statement(used: frozenset[str], limit: int, beside: Beside) -> TextClause:
    """The statement with these sieves, made once."""
    if (used, limit, beside) not in _NEAREST:
        near = _NEAR.format(sieves="".join(_SIEVES[name] for name in sorted(used)), limit=int(limit))
        _NEAREST[used, limit, beside] = _statement(near, "ORDER BY near.distance_km, t.code", beside)
    return _NEAREST[used, limit, beside]


def _rows(
    look: ReadSession, statement: TextClause, given: Mapping[str, object], *, at: datetime
) -> Sequence[Row[tuple[object, ...]]]:
    times = {
        "at": at,
        "fresh_from": at - POSITION_FRESH,
        "shifts_from": at - LOOK_BACK,
        "shifts_until": at + LOOK_AHEAD,
        "record_from": at - RECORD_BACK,
    }
    return swiftly(look, statement, {**times, **given}).all()


def _state(row: Row[tuple[object, ...]], *, at: datetime) -> FieldState:
    """One row as a value."""
    duty = DutyState(row.duty)
    since = row.duty_since.astimezone(UTC) if row.duty_since is not None else None
    running = [Period(since, at)] if duty is DutyState.ON and since is not None and since < at else []
    return FieldState(
        id=row.id,
        user_id=row.user_id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        timezone=row.timezone,
        outlet_id=row.outlet_id,
        outlet_name=row.outlet_name,
        position=_position(row, duty=duty),
        families=tuple(row.families or ()),
        certificates={family: date.fromisoformat(until) for family, until in (row.certificates or {}).items()},
        senior=row.senior,
        active=row.active,
        carries_heavy=row.carries_heavy,
        duty=duty,
        duty_since=since,
        shifts=tuple(Window(_period(one), ShiftKind(one[2])) for one in row.shifts or ()),
        absences=tuple(_period(one) for one in row.absences or ()),
        worked=(*(_period(one) for one in row.worked or ()), *running),
        limits=WorkingTime(row.max_daily_hours, row.max_weekly_hours, row.min_rest_hours),
        at=at,
        distance_km=row.distance_km,
    )


def _position(row: Row[tuple[object, ...]], *, duty: DutyState) -> Position:
    """Measured while signed on and fresh, else home, else outlet."""
    if row.position_at is not None and duty is not DutyState.OFF:
        measured_at = row.position_at.astimezone(UTC)
        return Position(row.latitude, row.longitude, PositionSource(row.source), measured_at, row.accuracy_m)
    if row.home_latitude is not None:
        return Position(row.home_latitude, row.home_longitude, PositionSource.HOME)
    return Position(row.outlet_latitude, row.outlet_longitude, PositionSource.OUTLET)


def _period(pair: Sequence[float | None]) -> Period:
    """A pair of epoch seconds as a period; an absence without an end lasts as long as time is written here."""
    start, end = pair[0], pair[1]
    return Period(
        datetime.fromtimestamp(float(start or 0), UTC),
        datetime.fromtimestamp(float(end), UTC) if end is not None else datetime.max.replace(tzinfo=UTC),
    )
