"""A disk that is full at the very last moment: every COMMIT of a change is refused by the database while it is on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.integration.promises.fingerprints import BESIDE

_MAKE = """
CREATE TABLE commit_switch (is_on boolean NOT NULL);
INSERT INTO commit_switch VALUES (false);
GRANT SELECT ON commit_switch TO callout;
CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT is_on FROM commit_switch) THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END IF;
    RETURN NULL;
END $$;
"""


@dataclass(frozen=True, slots=True)
class FullDisk:
    """Deferred triggers on every table, which speak up at the COMMIT and only while the switch is on."""

    owner: psycopg.Connection

    def install(self) -> None:
        """Put the triggers in place, switched off."""
        with self.owner.transaction():
            self.owner.execute(_MAKE)
            names = self.owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in names:
                if name not in BESIDE:
                    trigger = (
                        "CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT OR UPDATE OR DELETE ON {} DEFERRABLE "
                        "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()"
                    )
                    self.owner.execute(sql.SQL(trigger).format(sql.Identifier(name)))

    @contextmanager
    def full(self) -> Iterator[None]:
        """While the block runs nothing can be committed."""
        self._switch(is_on=True)
        try:
            yield
        finally:
            self._switch(is_on=False)

    def _switch(self, *, is_on: bool) -> None:
        self.owner.execute("UPDATE commit_switch SET is_on = %s", [is_on])
