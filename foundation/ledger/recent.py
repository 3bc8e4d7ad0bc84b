"""How far back an invariant looks: to what changed lately, every minute; over everything, when somebody asks for it.

Queries are the same in both forms. They compare with a setting of the transaction; where it isn't set they look at
everything. That what changed is found by an index is the point: the minute's check must not read all history.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import ReadSession

#: What changed within this time is looked at every minute.
RECENT: Final = timedelta(days=1)

#: SQL: the domain's instant since which changes are looked at.
SINCE: Final = "COALESCE(CAST(NULLIF(current_setting('callout.since', true), '') AS timestamptz), '-infinity')"
#: SQL: the key since which new rows are looked at. Our keys (UUIDv7) are in order of machine time.
SINCE_ID: Final = (
    "COALESCE(CAST(NULLIF(current_setting('callout.since_id', true), '') AS uuid), "
    "'00000000-0000-0000-0000-000000000000')"
)
#: SQL: the key before all others where everything is looked at, else the one after them. A condition without a column
#: would do, too, but the planner takes each of those for true, expects the whole table and then reads it.
_FROM_ID: Final = (
    f"CASE WHEN {SINCE} = '-infinity' THEN CAST('00000000-0000-0000-0000-000000000000' AS uuid) "
    "ELSE CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS uuid) END"
)
_SET: Final = text("SELECT set_config('callout.since', :since, true), set_config('callout.since_id', :since_id, true)")


def changed(table: str) -> str:
    """SQL: the ids of this table's rows whose chain of entries grew lately; all of them, where everything is asked."""
    return f"""(
        SELECT subject_id FROM ledger_entries WHERE recorded_at >= {SINCE}
        UNION ALL SELECT id FROM {table} WHERE id >= {_FROM_ID})"""  # noqa: S608 -- our own names


def only_since(look: ReadSession, *, now: datetime, machine_now: datetime, speed: float = 1.0) -> None:
    """From here on this transaction's invariants look at recent changes only. A fast clock's day is as many times longer."""
    first_id = UUID(int=int((machine_now - RECENT).timestamp() * 1000) << 80)
    since = now - RECENT * max(1.0, speed)
    look.execute(_SET, {"since": since.isoformat(), "since_id": str(first_id)})
