"""Brings the database to the newest shape and makes the demo data, then ends.

A program of its own, since it loads every table and action, which the supervisor that starts it never needs again.
"""

from app import program
from app.assembly import assemble
from app.demo import seeding
from app.place import outside
from app.settings import Settings
from foundation.database import migrating


def prepare(settings: Settings) -> None:
    """Migrate the database that the environment names, and fill it if demo data are wanted and it is empty."""
    server = outside(settings)
    if server is None:
        raise SystemExit(program.refused("Preparing needs DATABASE_URL."))
    migrating.upgrade(server.owner_url)
    if settings.demo:
        system = assemble(settings, server.app_url, part="demo", pool_size=2)
        program.keep_what_is_loaded()
        seeding.seed(system, say=program.say)
        system.sessions.engine.dispose()


if __name__ == "__main__":
    program.run(prepare)
