"""The order in which rows are locked, written here and nowhere else.

complaint → offer round → assignment → visit → feedback → escalation case → technician; within a kind by id.
Lock `FOR NO KEY UPDATE` unless a key changes. The yearly counter of complaint numbers comes last of all, just
before the commit, so that its row is held only while the commit is written.

Whoever saves the next version of a policy locks its table (`SHARE ROW EXCLUSIVE`), which hinders no reader.

Advisory locks are numbered here so that no two uses share a number.
"""

from enum import IntEnum


class AdvisoryLock(IntEnum):
    """First key of `pg_advisory_lock(int, int)` and its kin; the second is chosen by the user of the lock."""

    MIGRATION = 1  # one migration at a time
    CHECKPOINT = 3  # one signer of ledger checkpoints
