"""Positions: taken from people on duty only, one each, forgotten after thirty days.

They are sensitive (PIPL Art. 28) and therefore stand in no ledger, log or announcement; lists show them coarsely.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import WriteSession
from foundation.problems import FieldWrong
from technicians.field import POSITION_FRESH, Position
from technicians.words import PositionSource

#: A phone's clock may be ahead by this much before its time is disbelieved.
CLOCK_AHEAD: Final = timedelta(minutes=5)
#: How long a last position is kept at most.
KEPT_FOR: Final = timedelta(days=30)
#: Decimals of a degree in lists: a hundredth is about a kilometre.
COARSE_DECIMALS: Final = 2

# One statement: who is signed on, keep the position if it is newer, move their places by index. `at` before signing on
# belongs to somebody's free time, whenever it arrives.
_REPORT: Final = text(
    """
    WITH asked AS (
        SELECT t.id, d.since FROM technicians t JOIN duty d ON d.technician_id = t.id
        WHERE t.id = :technician_id AND t.active AND d.state <> 'off'
    ), kept AS (
        INSERT INTO positions (technician_id, latitude, longitude, accuracy_m, at, source)
        SELECT id, :latitude, :longitude, :accuracy_m, :at, :source FROM asked WHERE since <= :at
        ON CONFLICT (technician_id) DO UPDATE SET latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude,
            accuracy_m = EXCLUDED.accuracy_m, at = EXCLUDED.at, source = EXCLUDED.source
        WHERE positions.at < EXCLUDED.at
        RETURNING technician_id
    ), moved AS (
        UPDATE technician_reach SET spot = ll_to_earth(:latitude, :longitude)
        WHERE technician_id IN (SELECT technician_id FROM kept) AND CAST(:at AS timestamptz) >= :fresh_from
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM asked) AS asked, (SELECT count(*) FROM kept) AS kept
    """
)
_FORGET: Final = text(
    """
    DELETE FROM positions WHERE technician_id IN (
        SELECT technician_id FROM positions WHERE at < :before ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING technician_id
    """
)


class Report(StrEnum):
    """What became of a reported position."""

    KEPT = "kept"
    #: Older than the one that is there, or from before signing on; phones deliver late and in any order.
    TOO_OLD = "too_old"
    #: Nobody's position is taken off duty.
    OFF_DUTY = "off_duty"


def report(
    db: WriteSession,
    technician_id: UUID,
    *,
    latitude: float,
    longitude: float,
    accuracy_m: float,
    at: datetime,
    now: datetime,
    source: PositionSource = PositionSource.PHONE,
) -> Report:
    """Keep where the technician was `at`, WGS-84 degrees, if they are signed on and nothing newer is there.

    Raises FieldWrong for (0, 0), which is an empty field and no place, and for a time in the future.
    """
    if latitude == 0 and longitude == 0:
        raise FieldWrong(field="position", reason="not-a-place")
    if at > now + CLOCK_AHEAD:
        raise FieldWrong(field="at", reason="future")
    found = db.execute(
        _REPORT,
        {
            "technician_id": technician_id,
            "latitude": latitude,
            "longitude": longitude,
            "accuracy_m": accuracy_m,
            "at": min(at, now),
            "source": source.value,
            "fresh_from": now - POSITION_FRESH,
        },
    ).one()
    if not found.asked:
        return Report.OFF_DUTY
    return Report.KEPT if found.kept else Report.TOO_OLD


def forget_old(db: WriteSession, *, now: datetime, limit: int = 1000) -> int:
    """Delete positions older than thirty days; returns how many."""
    return len(db.execute(_FORGET, {"before": now - KEPT_FOR, "limit": limit}).all())


def coarse(position: Position) -> tuple[float, float]:
    """Latitude and longitude to about a kilometre, for lists: enough to see who is near, not where somebody lives."""
    return round(position.latitude, COARSE_DECIMALS), round(position.longitude, COARSE_DECIMALS)
