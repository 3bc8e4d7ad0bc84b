"""What the database refuses becomes the Problem it stands for."""

import pytest
from sqlalchemy import create_engine, exc, text

from foundation.database import conflicts
from foundation.database.conflicts import AlreadySo, DatabaseAway, DatabaseBusy, RowRefused
from foundation.database.session import Sessions, WriteSession, unit_of_work
from foundation.problems import Family, NotAllowed, Problem

REGION = "INSERT INTO regions VALUES ('XX', 'x', 'x', 'UTC')"


class RegionThere(Problem):
    code = "region-there"
    family = Family.CONFLICT


def problem(db: WriteSession, *statements: str) -> Problem | None:
    try:
        with db.begin_nested():
            for statement in statements:
                db.execute(text(statement))
    except exc.SQLAlchemyError as error:
        return conflicts.problem_from(error)
    return None


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((REGION, REGION), AlreadySo),
        (("INSERT INTO user_regions VALUES (gen_random_uuid(), 'XX')",), RowRefused),
        (("SELECT 1 / 0",), RowRefused),
        (("SELECT 99999999999::int",), RowRefused),
        (("SET LOCAL statement_timeout = 5", "SELECT pg_sleep(1)"), DatabaseBusy),
        (("DO $$ BEGIN RAISE serialization_failure; END $$",), DatabaseBusy),
        (("DO $$ BEGIN RAISE deadlock_detected; END $$",), DatabaseBusy),
        (("DO $$ BEGIN RAISE insufficient_privilege USING MESSAGE = 'row-level security policy'; END $$",), NotAllowed),
        (("DO $$ BEGIN RAISE admin_shutdown; END $$",), DatabaseAway),
        (("SELECT no_such_column",), type(None)),
        (("INSERT INTO regions VALUES ('XX', NULL, 'x', 'UTC')",), type(None)),
    ],
)
def test_a_refusal_has_its_problem(db: WriteSession, statements: tuple[str, ...], expected: type) -> None:
    assert isinstance(problem(db, *statements), expected)


def test_a_named_constraint_stands_for_its_problem(db: WriteSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "_NAMED", dict(conflicts._NAMED))
    conflicts.means("pk_regions", RegionThere)
    assert isinstance(problem(db, REGION, REGION), RegionThere)


def test_a_database_that_is_away_is_unavailable() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(exc.OperationalError) as refused:
        engine.connect()
    found = conflicts.problem_from(refused.value)
    assert isinstance(found, DatabaseAway)
    assert found.facts["retry_after_s"] == 3


def ask_again_after_losing_the_connection(sessions: Sessions) -> None:
    with unit_of_work(sessions) as other, unit_of_work(sessions) as db:
        pid = db.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})
        try:
            db.execute(text("SELECT 1"))
        except exc.OperationalError:
            db.execute(text("SELECT 2"))


@pytest.mark.committed
def test_asking_again_after_the_connection_was_lost_says_that_the_database_is_away(sessions: Sessions) -> None:
    with pytest.raises(exc.PendingRollbackError) as refused:
        ask_again_after_losing_the_connection(sessions)
    assert isinstance(conflicts.problem_from(refused.value), DatabaseAway)


def test_an_error_of_ours_is_no_problem() -> None:
    assert conflicts.problem_from(ValueError()) is None
    assert isinstance(conflicts.problem_from(exc.TimeoutError()), DatabaseBusy)


@pytest.mark.committed
def test_an_error_says_nothing_of_the_values_that_were_sent(sessions: Sessions) -> None:
    with pytest.raises(exc.DBAPIError) as caught, unit_of_work(sessions) as db:
        db.execute(text("SELECT CAST(:phone AS text), 1 / CAST(:zero AS integer)"), {"phone": "13800138000", "zero": 0})
    assert "13800138000" not in str(caught.value)
