"""Primary keys: UUID version 7 (RFC 9562), so that rows written together lie together and keys are in order of time."""

from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

#: SQL for the key of the n-th row (from 1, at most 4095) that one statement writes: a UUIDv7 of `:moment` whose twelve
#: bits after the version count the rows up. A random key instead would stand before or after everything for ever.
KEY_OF_NTH: Final = (
    "CAST(:moment || '-7' || lpad(to_hex(n), 3, '0') || substr(CAST(gen_random_uuid() AS text), 19) AS uuid)"
)


def new_id() -> UUID:
    """A fresh UUIDv7, monotonic within the process."""
    return uuid7()


def moment() -> str:
    """The time of a fresh UUIDv7 as its first thirteen characters, for statements that make their keys themselves."""
    return str(new_id())[:13]
