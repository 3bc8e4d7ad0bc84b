"""The harness keeps its own promises: rolled back, or committed in a database of its own."""

import pytest
from sqlalchemy import text

from foundation.database.session import Sessions, WriteSession, reading, unit_of_work


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_test_writes_is_gone_in_the_next(db: WriteSession, turn: str) -> None:
    assert db.execute(text("SELECT to_regclass('kept')")).scalar() is None
    db.execute(text("CREATE TEMPORARY TABLE kept (turn text)"))
    db.execute(text("INSERT INTO kept VALUES (:turn)"), {"turn": turn})
    db.commit()
    assert db.execute(text("SELECT turn FROM kept")).scalars().all() == [turn]


def test_the_scope_of_the_system_survives_a_rolled_back_step(db: WriteSession) -> None:
    db.rollback()
    assert db.execute(text("SELECT sees_everything()")).scalar() is True


@pytest.mark.committed
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_committed_test_has_a_database_of_its_own(sessions: Sessions, owner_url: str, turn: str) -> None:
    with unit_of_work(sessions) as db:
        db.execute(text("SELECT pg_advisory_xact_lock(99)"))
        name = db.execute(text("SELECT current_database()")).scalar()
    with reading(sessions) as look:
        assert look.execute(text("SELECT current_database()")).scalar() == name
    assert str(name).startswith("test_own_"), turn
    assert str(name) in owner_url
