"""Migrations are the only way the database gets its shape, and they end where the models are."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from foundation.database import migrating
from foundation.database.server import Server
from migrations import tables

#: Functions and types of ours that are left; extensions bring their own.
LEFT: Final = """
SELECT 'function ' || p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT 'table ' || c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
  AND c.relkind IN ('r', 'v', 'm', 'S') AND c.relname <> 'alembic_version'
UNION ALL SELECT 'schema ' || n.nspname FROM pg_namespace n
  WHERE n.nspname NOT IN ('public', 'information_schema') AND n.nspname !~ '^pg_'
ORDER BY 1
"""


def connected(url: str) -> Connection:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool).connect()


def left(owner_url: str) -> list[str]:
    with connected(owner_url) as connection:
        return list(connection.scalars(text(LEFT)))


def test_the_chain_has_one_end_and_every_file_is_a_link_of_its_name() -> None:
    script = ScriptDirectory(str(migrating.MIGRATIONS))
    assert len(script.get_heads()) == 1
    links = list(script.walk_revisions())
    assert all(Path(link.path).stem == link.revision for link in links)
    assert len(links) == len(list((migrating.MIGRATIONS / "versions").glob("*.py")))


# Alembic can't compare indexes on expressions and says so; the tests of their packages use them.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Computed default on")
def test_the_newest_migration_equals_the_models(shared_database: Server) -> None:
    with connected(shared_database.owner_url) as connection:
        assert migrating.present(connection) == migrating.newest()
        found = compare_metadata(MigrationContext.configure(connection), tables.metadata())
        assert found == [], "\n".join(str(difference) for difference in found)


def test_every_table_has_a_model(shared_database: Server) -> None:
    with connected(shared_database.owner_url) as connection:
        in_database = set(inspect(connection).get_table_names()) - {"alembic_version"}
    assert in_database == {table.name for table in tables.metadata().sorted_tables}


@pytest.mark.committed
def test_every_migration_can_be_taken_back_and_applied_again(owner_url: str) -> None:
    whole = left(owner_url)
    migrating.downgrade(owner_url, to="base")
    assert left(owner_url) == []
    migrating.upgrade(owner_url)
    assert left(owner_url) == whole


@pytest.mark.committed
def test_two_starters_migrate_one_after_the_other(owner_url: str) -> None:
    whole = left(owner_url)
    migrating.downgrade(owner_url, to="base")
    program = "import sys; from foundation.database import migrating; migrating.upgrade(sys.argv[1])"
    starters = [subprocess.Popen([sys.executable, "-c", program, owner_url]) for _ in range(2)]
    assert [starter.wait() for starter in starters] == [0, 0]
    assert left(owner_url) == whole


@pytest.mark.committed
def test_migrating_twice_changes_nothing(owner_url: str) -> None:
    before = left(owner_url)
    migrating.upgrade(owner_url)
    assert left(owner_url) == before
