"""Forgetting rows in batches, a transaction for each, so that no sweep holds many locks or runs into a time-out."""

from collections.abc import Callable

from foundation.database.session import Sessions, WriteSession, unit_of_work


def forget_all(sessions: Sessions, forget: Callable[[WriteSession], int], *, limit: int) -> int:
    """Call `forget`, which deletes up to `limit` rows and says how many, until fewer are left; returns them all."""
    total = 0
    while True:
        with unit_of_work(sessions) as db:
            gone = forget(db)
        total += gone
        if gone < limit:
            return total
