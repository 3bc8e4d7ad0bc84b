from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from intake.calls import Call
from intake.invariants import INVARIANTS
from tests.integration.intake.conftest import add_region, take

NOW = datetime(2026, 11, 24, tzinfo=UTC)

KEPT = "(key_sha256, actor_key, route, body_mark, status, headers, response, made, created_at)"
TAKEN = "'POST /api/v1/complaints', '', 201, '{}'::jsonb"

#: What is planted → the invariant that must see it.
PLANTED = {
    "UPDATE deadlines SET closed_at = :now, closed_how = 'void' WHERE kind = 'accept'": "lacks a live deadline",
    "UPDATE complaints SET next_due_at = NULL": "no deadline at all",
    "UPDATE complaints SET stage = 'repaired', next_due_at = next_due_at": "doesn't ask for",
    "UPDATE complaints SET next_due_at = next_due_at + interval '1 hour'": "another deadline",
    "DELETE FROM announcements": "without ledger entry or announcement",
    "UPDATE deadlines SET due_at = CAST(:now AS timestamptz) - interval '61 s', "
    "opened_at = CAST(:now AS timestamptz) - interval '2 min' WHERE kind = 'accept'": "has not fired",
    "UPDATE number_counters SET last = last + 1": "gap",
    "UPDATE complaints SET number = '2026-000009', year = 2026": "gap",
    f"INSERT INTO idempotency {KEPT} SELECT 'k', 'a', {TAKEN}, '', '2026-000777', :now": "one key",
    f"INSERT INTO idempotency {KEPT} SELECT 'k', 'a', {TAKEN}, '', NULL, :now": "one key",
    f"INSERT INTO idempotency {KEPT} SELECT k::bytea, 'a', {TAKEN}, '', '2026-000001', :now "
    "FROM unnest(ARRAY['k1', 'k2']) k": "one key",
}


def violated(db: WriteSession, *, now: datetime) -> set[str]:
    return {name for name, query in INVARIANTS.items() if db.execute(text(query), {"now": now}).all()}


@pytest.mark.parametrize(("plant", "seen"), PLANTED.items(), ids=[*PLANTED.values()])
def test_a_planted_violation_is_seen(db: WriteSession, agent: Actor, plant: str, seen: str) -> None:
    add_region(db)
    take(db, Call(caller_phone="13800000001", sentence="停了"), actor=agent, now=NOW)
    assert violated(db, now=NOW) == set()
    assert any(seen in name for name in INVARIANTS)
    db.execute(text(plant), {"now": NOW})
    assert [name for name in violated(db, now=NOW) if seen in name]


def test_a_healthy_case_violates_nothing_however_late_it_is(db: WriteSession, agent: Actor) -> None:
    add_region(db)
    late = Call(caller_phone="13800000001", sentence="停了", called_at=NOW - timedelta(days=29))
    take(db, late, actor=agent, now=NOW)
    assert violated(db, now=NOW) == set()
