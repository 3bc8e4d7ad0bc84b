"""A place to plant what must never be: constraints and triggers are taken away first, for one rolled-back transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection

from foundation.database.server import Server
from foundation.database.session import ReadSession

#: A value for each type, for columns that a violation doesn't depend on.
FILLER: Mapping[str, object] = {
    "text": "x",
    "varchar": "x",
    "int4": 1,
    "int8": 1,
    "float8": 1.0,
    "bool": False,
    "jsonb": Jsonb({}),
    "bytea": b"x",
    "tsvector": "",
    "date": "2026-11-24",
    "tstzrange": "[2026-11-24,2026-11-25)",
    "cube": "(0)",
}


@dataclass
class Garden:
    """Plants rows in spite of every constraint, as the superuser; forgets them afterwards."""

    connection: Connection
    now: datetime

    def plant(self, table: str, **given: object) -> UUID:
        """Add a row with the given columns; what else must be filled gets a filler. Returns its id, if it has one."""
        self._loosen(table)
        values = self._fillers(table) | given
        row_id = values.setdefault("id", self.new_id()) if "id" in self._columns(table) else uuid4()
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        holes = sql.SQL(", ").join(sql.Placeholder() * len(values))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, holes)
        self._cursor().execute(statement, [Jsonb(v) if isinstance(v, dict | list) else v for v in values.values()])
        assert isinstance(row_id, UUID)
        return row_id

    def new_id(self) -> UUID:
        """A key as a row of this moment has it."""
        return UUID(int=(int(self.now.timestamp() * 1000) << 80) | uuid4().int & (1 << 80) - 1)

    def run(self, statement: str, *values: object) -> None:
        self._cursor().execute(statement.encode(), values)

    def look(self) -> ReadSession:
        return ReadSession(self.connection, join_transaction_mode="create_savepoint")

    def _cursor(self) -> psycopg.Cursor[tuple[object, ...]]:
        return cast("psycopg.Connection", self.connection.connection.dbapi_connection).cursor()

    def _columns(self, table: str) -> dict[str, tuple[str, bool]]:
        rows = self._cursor().execute(
            "SELECT column_name, udt_name, is_nullable = 'NO' AND column_default IS NULL "
            "FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
            [table],
        )
        return {str(name): (str(kind), bool(needed)) for name, kind, needed in rows}

    def _fillers(self, table: str) -> dict[str, object]:
        fillers: dict[str, object] = {}
        for name, (kind, needed) in self._columns(table).items():
            if needed:
                fillers[name] = uuid4() if kind == "uuid" else self.now if kind == "timestamptz" else FILLER[kind]
        return fillers

    def _loosen(self, table: str) -> None:
        """Take away every constraint and unique index."""
        cursor = self._cursor()
        for (name,) in cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'x', 'f', 'p')",
            [table],
        ).fetchall():
            cursor.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(
                    sql.Identifier(table), sql.Identifier(str(name))
                )
            )
        for (name,) in cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique "
            "AND NOT indisprimary",
            [table],
        ).fetchall():
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(name))))


@pytest.fixture
def garden(shared_database: Server, now: datetime) -> Iterator[Garden]:
    engine = create_engine(shared_database.superuser_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        transaction = connection.begin()
        made = Garden(connection, now)
        made.run("SET LOCAL session_replication_role = replica")  # No triggers, no foreign keys.
        yield made
        transaction.rollback()
    engine.dispose()
