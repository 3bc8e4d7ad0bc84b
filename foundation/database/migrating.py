"""Bring a database to the newest shape, or say which it has; no command line of Alembic needed."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine

#: The folder of migrations stands beside the packages.
MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"


def configuration(owner_url: str) -> Config:
    """Alembic's settings for one database; the address stays out of files and logs."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.attributes["owner_url"] = owner_url
    return found


def upgrade(owner_url: str, *, to: str = "head") -> None:
    """Apply all missing migrations, each in its own transaction. Safe to repeat and to run twice at once."""
    command.upgrade(configuration(owner_url), to)


def downgrade(owner_url: str, *, to: str) -> None:
    """Take migrations back down to `to` (`base` is an empty database). Data is lost; for tests and drafts."""
    command.downgrade(configuration(owner_url), to)


def is_due(owner_url: str) -> bool:
    """Whether the database lacks migrations; asking costs less than running none."""
    engine = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with engine.connect() as connection:
        found = present(connection)
    engine.dispose()
    return found != newest()


def newest() -> str | None:
    """The newest migration in the code."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def present(connection: Connection) -> str | None:
    """The newest migration in the database; None when there is none. Differs from `newest` when migrating is due."""
    return MigrationContext.configure(connection).get_current_revision()
