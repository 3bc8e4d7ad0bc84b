"""Keeping `technician_reach` in step: the only place that writes it.

The place of a person is their measured position while they are signed on and it is fresh, else home, else outlet; the
same rule stands in `queries`, which tells the source and age. Inactive people and lost skills leave the table.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import WriteSession
from technicians.field import POSITION_FRESH

_REFRESH = text(
    """
    WITH wanted AS (
        SELECT s.technician_id, s.family,
            CASE WHEN p.at >= :fresh_from AND d.state <> 'off' THEN ll_to_earth(p.latitude, p.longitude)
                 ELSE ll_to_earth(coalesce(t.home_latitude, o.latitude), coalesce(t.home_longitude, o.longitude))
            END AS spot
        FROM technicians t
        JOIN outlets o ON o.id = t.outlet_id
        JOIN skills s ON s.technician_id = t.id
        LEFT JOIN positions p ON p.technician_id = t.id
        LEFT JOIN duty d ON d.technician_id = t.id
        WHERE t.id = ANY(CAST(:ids AS uuid[])) AND t.active
    ), gone AS (
        DELETE FROM technician_reach r
        WHERE r.technician_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (
            SELECT 1 FROM wanted w WHERE w.technician_id = r.technician_id AND w.family = r.family
        )
    )
    INSERT INTO technician_reach (technician_id, family, spot)
    SELECT technician_id, family, spot FROM wanted
    ON CONFLICT (technician_id, family) DO UPDATE SET spot = EXCLUDED.spot
    WHERE technician_reach.spot <> EXCLUDED.spot
    """
)

#: Who still stands at a position that has gone stale or was taken before they signed off.
_STALE = text(
    """
    SELECT p.technician_id FROM positions p
    LEFT JOIN duty d ON d.technician_id = p.technician_id
    WHERE (p.at < :fresh_from OR coalesce(d.state, 'off') = 'off') AND EXISTS (
        SELECT 1 FROM technician_reach r
        WHERE r.technician_id = p.technician_id AND r.spot = ll_to_earth(p.latitude, p.longitude)
    )
    LIMIT :limit
    """
)


def refresh(db: WriteSession, technician_ids: Collection[UUID], *, now: datetime) -> None:
    """Put these people where they are now taken to be, for each of their families. Safe to repeat."""
    db.flush()  # the statement reads what the caller has just added
    db.execute(_REFRESH, {"ids": [str(one) for one in technician_ids], "fresh_from": now - POSITION_FRESH})


def send_stale_home(db: WriteSession, *, now: datetime, limit: int = 1000) -> int:
    """Take people off positions that say nothing any more; returns how many."""
    found = db.execute(_STALE, {"fresh_from": now - POSITION_FRESH, "limit": limit}).scalars().all()
    if found:
        refresh(db, found, now=now)
    return len(found)
