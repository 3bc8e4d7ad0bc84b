"""Runs the chain of migrations on one connection, in one transaction each, and never waits long for a lock.

A migration that waits for a lock makes everybody behind it wait too; after 4 s it gives up and is tried again later.
"""

from typing import Final

from alembic import context
from sqlalchemy import create_engine, pool, text

from foundation.database.locks import AdvisoryLock
from migrations.tables import metadata

LOCK_TIMEOUT_MS: Final = 4_000
STATEMENT_TIMEOUT_MS: Final = 5_000


def address() -> str:
    """The owner's URL: from `foundation.database.migrating`, or `alembic -x url=postgresql://…`."""
    given: str | None = context.config.attributes.get("owner_url") or context.get_x_argument(as_dictionary=True).get(
        "url"
    )
    if given is None:
        raise SystemExit("Say which database: alembic -x url=postgresql://owner:…@host/name …")
    return given.replace("postgresql://", "postgresql+psycopg://", 1)


def run() -> None:
    engine = create_engine(address(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        # Two starters at once: the second waits here, without limit, and then finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_lock(:one, 0)"), {"one": int(AdvisoryLock.MIGRATION)})
        connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
        connection.execute(text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
