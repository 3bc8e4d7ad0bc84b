"""What one look writes, as one statement: offers claimed, the decision, the ledger, the complaint, and who hears of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from foundation.database.session import WriteSession, swiftly

#: One JSON document carries all rows, as at the intake. Round and offers are written whatever happens: the unique indexes
#: on open offers decide between two looks. Everything else says who was rung, so it is written only if all offers were
#: claimed and the chain still ends where its entry follows. Foreign keys are checked when the statement ends.
_WRITE: Final = text(
    """
    WITH given AS MATERIALIZED (SELECT CAST(:doc AS jsonb) AS doc),
    begun AS (
        INSERT INTO rounds SELECT r.* FROM given, jsonb_populate_record(NULL::rounds, doc->'begun') r
        WHERE doc ? 'begun'
    ),
    claimed AS (
        INSERT INTO offers SELECT r.* FROM given, jsonb_populate_recordset(NULL::offers, doc->'claims') r
        ORDER BY r.technician_id ON CONFLICT DO NOTHING RETURNING id
    ),
    chain AS (
        SELECT seq FROM ledger_heads WHERE subject_id = CAST(:complaint_id AS uuid) FOR NO KEY UPDATE
    ),
    whole AS MATERIALIZED (
        SELECT doc FROM given WHERE (SELECT count(*) FROM claimed) = jsonb_array_length(doc->'claims')
            AND coalesce((SELECT seq FROM chain), 0) = CAST(doc->'head'->>'seq' AS integer) - 1
    ),
    decision AS (
        INSERT INTO decisions SELECT r.* FROM whole, jsonb_populate_record(NULL::decisions, doc->'decision') r
    ),
    head AS (
        INSERT INTO ledger_heads (subject_id, subject_kind, seq, hash, changed_at)
        SELECT r.subject_id, r.subject_kind, r.seq, r.hash, r.changed_at
        FROM whole, jsonb_populate_record(NULL::ledger_heads, doc->'head') r
        ON CONFLICT (subject_id) DO UPDATE
        SET seq = EXCLUDED.seq, hash = EXCLUDED.hash, changed_at = EXCLUDED.changed_at
    ),
    entry AS (
        INSERT INTO ledger_entries SELECT r.* FROM whole, jsonb_populate_record(NULL::ledger_entries, doc->'entry') r
    ),
    announced AS (
        INSERT INTO announcements SELECT r.*
        FROM whole, jsonb_populate_recordset(NULL::announcements, doc->'announced') r
    ),
    let_in AS (
        INSERT INTO case_access SELECT r.* FROM whole, jsonb_populate_recordset(NULL::case_access, doc->'let_in') r
        ON CONFLICT (case_id, user_id, reason) WHERE ended_at IS NULL DO NOTHING
    ),
    due AS (
        INSERT INTO deadlines SELECT r.* FROM whole, jsonb_populate_recordset(NULL::deadlines, doc->'due') r
    ),
    moved AS (
        UPDATE complaints c SET (stage, version, next_due_at, next_due_kind) = (
            SELECT r.stage, r.version, r.next_due_at, r.next_due_kind FROM jsonb_populate_record(c, doc->'changed') r)
        FROM whole WHERE c.id = CAST(:complaint_id AS uuid) AND doc->'changed' <> '{}'
    )
    SELECT EXISTS (SELECT 1 FROM whole) AS is_whole, (SELECT array_agg(id) FROM claimed) AS claimed
    """
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as JSON by the table's own names. `begun` is the round, unless it stands already; `due` opens deadlines."""

    complaint_id: UUID
    claims: Sequence[Mapping[str, object]]
    decision: Mapping[str, object]
    head: Mapping[str, object]
    entry: Mapping[str, object]
    announced: Sequence[Mapping[str, object]]
    let_in: Sequence[Mapping[str, object]]
    due: Sequence[Mapping[str, object]] = ()
    #: Columns of the complaint: stage and version, the next deadline.
    changed: Mapping[str, object] = field(default_factory=dict)
    begun: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Whether all of it was written, or only the round and the offers that were `claimed`."""

    is_whole: bool
    claimed: frozenset[UUID]


def write(db: WriteSession, sheet: Sheet) -> Written:
    """Write the sheet; the complaint must be locked."""
    document = {name: getattr(sheet, name) for name in _PARTS}
    if sheet.begun is not None:
        document["begun"] = sheet.begun
    given = {"doc": msgspec.json.encode(document).decode(), "complaint_id": sheet.complaint_id}
    row = swiftly(db, _WRITE, given).one()
    if row.is_whole and sheet.announced:
        db.info["announced"] = True
    return Written(is_whole=bool(row.is_whole), claimed=frozenset(row.claimed or ()))


_PARTS: Final = ("claims", "decision", "head", "entry", "announced", "let_in", "due", "changed")
