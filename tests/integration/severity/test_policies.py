"""Rule books: shipped, saved as versions, in force by date, never changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from foundation.accounts.roles import Role
from foundation.database.session import WriteSession
from foundation.ledger.models import LedgerEntry
from foundation.problems import FieldWrong, NotFound
from severity import actions, queries
from severity.errors import PolicyChanged, PolicyUnfit
from severity.invariants import INVARIANTS
from severity.models import PolicyKind
from severity.policy import SHIPPED, TABLE_1, TABLE_2, Policies, ServiceLevels
from tests.integration.technicians.conftest import DESK, add_user

QUICKER = msgspec.structs.replace(TABLE_2, major=msgspec.structs.replace(TABLE_2.major, accept=10))


def saved(
    db: WriteSession, now: datetime, *, based_on: int = 1, after_h: float = 0, levels: ServiceLevels = QUICKER
) -> Policies:
    return actions.save_policy(
        db, levels=levels, based_on=based_on, valid_from=now + timedelta(hours=after_h), actor=DESK, now=now
    )


def test_the_shipped_rule_book_is_tables_1_and_2(db: WriteSession, now: datetime) -> None:
    assert queries.in_force(db, now=now) == SHIPPED
    assert (SHIPPED.grading, SHIPPED.levels) == (TABLE_1, TABLE_2)


def test_saving_one_document_makes_the_next_version_of_both(db: WriteSession, now: datetime) -> None:
    saved(db, now)
    book = queries.in_force(db, now=now)
    assert (book.version, book.grading, book.levels) == (2, TABLE_1, QUICKER)
    assert queries.of_version(db, 1) == SHIPPED
    assert [row.version for row in queries.versions(db, PolicyKind.GRADING)] == [2, 1]


def test_a_version_counts_from_its_date(db: WriteSession, now: datetime) -> None:
    saved(db, now, after_h=5)
    assert queries.in_force(db, now=now + timedelta(hours=4.9)).version == 1
    assert queries.in_force(db, now=now + timedelta(hours=5)).version == 2


def test_a_saved_version_is_witnessed_with_its_author(db: WriteSession, now: datetime) -> None:
    head = add_user(db, Role.HEAD, now=now)
    actions.save_policy(db, levels=QUICKER, based_on=1, valid_from=now, actor=head, now=now)
    db.flush()
    assert {row.author_id for row in queries.versions(db, PolicyKind.SERVICE_LEVELS)} == {None, head.id}
    entries = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "policy.saved")).all()
    assert {entry.facts["policy"] for entry in entries} == {"grading", "service_levels"}
    assert {entry.actor_id for entry in entries} == {head.id}


def test_a_version_based_on_an_old_one_is_refused(db: WriteSession, now: datetime) -> None:
    saved(db, now)
    with pytest.raises(PolicyChanged) as refused:
        saved(db, now, based_on=1)
    assert refused.value.facts == {"latest": 2, "based_on": 1}


def test_an_unfit_rule_book_is_refused_with_every_fault(db: WriteSession, now: datetime) -> None:
    unfit = msgspec.structs.replace(TABLE_2, major=msgspec.structs.replace(TABLE_2.major, accept=4, follow_up=9999))
    with pytest.raises(PolicyUnfit) as refused:
        saved(db, now, levels=unfit)
    assert refused.value.facts["faults"] == [
        {"field": "major.accept", "reason": "out-of-order"},
        {"field": "major.follow_up", "reason": "graver-waits-longer"},
    ]
    assert queries.latest_version(db) == 1


def test_nothing_counts_from_the_past(db: WriteSession, now: datetime) -> None:
    with pytest.raises(FieldWrong):
        saved(db, now, after_h=-1)


def test_an_unknown_version_is_missing(db: WriteSession) -> None:
    with pytest.raises(NotFound):
        queries.of_version(db, 99)


@pytest.mark.parametrize("change", ["UPDATE policies SET version = 7", "DELETE FROM policies", "TRUNCATE policies"])
def test_the_database_refuses_to_change_a_saved_version(db: WriteSession, change: str) -> None:
    with pytest.raises(Exception, match=r"never changed|permission denied") as refused, db.begin_nested():
        db.execute(text(change))
    assert refused.type.__module__.startswith("sqlalchemy")


@pytest.fixture
def statements(db: WriteSession) -> Iterator[list[str]]:
    """The statements that the test's connection runs from now on."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    connection = db.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def test_a_rule_book_is_read_once_and_checked_by_one_short_query(
    db: WriteSession, now: datetime, statements: list[str]
) -> None:
    queries.in_force(db, now=now)
    statements.clear()
    queries.in_force(db, now=now)
    assert len(statements) == 1
    assert "document" not in statements[0]


def broken(db: WriteSession, now: datetime) -> set[str]:
    return {name for name, query in INVARIANTS.items() if db.execute(text(query), {"now": now}).first() is not None}


def test_shipped_and_saved_rule_books_break_no_invariant(db: WriteSession, now: datetime) -> None:
    saved(db, now)
    db.flush()
    assert broken(db, now) == set()


def test_half_a_version_breaks_an_invariant(db: WriteSession, now: datetime) -> None:
    db.execute(
        text(
            "INSERT INTO policies (id, kind, version, valid_from, document, created_at) "
            "VALUES (gen_random_uuid(), 'grading', 2, :now, '{}', :now)"
        ),
        {"now": now},
    )
    assert broken(db, now) == {"policy-half"}


def test_a_time_without_any_rule_book_breaks_an_invariant(db: WriteSession) -> None:
    assert broken(db, datetime(2019, 1, 1, tzinfo=UTC)) == {"policy-none-in-force"}


def test_a_version_is_saved_once(db: WriteSession, now: datetime) -> None:
    row = text(
        "INSERT INTO policies (id, kind, version, valid_from, document, created_at) "
        "VALUES (gen_random_uuid(), 'grading', 1, :now, '{}', :now)"
    )
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(row, {"now": now})
