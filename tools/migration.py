"""Draft a migration from the difference between the models and the chain, on a throw-away database.

    python tools/migration.py "add the customer's preferred hours"

The draft is a beginning: constraints that Alembic can't see (exclusion, CHECK, policies) are written by hand.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from foundation.database import migrating, server


def main(message: str) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="callout-draft-") as folder,
        server.start(Path(folder) / "postgres", say=print, durable=False) as running,
    ):
        migrating.upgrade(running.server.owner_url)
        command.revision(migrating.configuration(running.server.owner_url), message, autogenerate=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
