"""What the database refused, said as a Problem: named constraints by what they guard, the rest by SQLSTATE.

Constraints are the last word in every race; the one that fired says which promise would have been broken.
"""

from typing import Final

import psycopg
from sqlalchemy import exc

from foundation.problems import Family, NotAllowed, Problem

#: Classes of SQLSTATE (first two characters) and whole states, PostgreSQL manual, appendix A.
_CLASH: Final = frozenset({"23505", "23P01"})
_REFUSED: Final = frozenset({"23503", "23514"})
_BUSY: Final = frozenset({"40001", "40P01", "55P03", "57014"})
_GONE: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
_DATA: Final = "22"
#: Connection lost, resources used up (disk, memory, connections), the machine below the database.
_AWAY_CLASSES: Final = ("08", "53", "58")
_NO_RIGHT: Final = "42501"
#: Seconds after which asking again is worth while.
BUSY_RETRY_S: Final = 1
GONE_RETRY_S: Final = 3


class AlreadySo(Problem):
    """A clash with what is already there, decided by the named constraint."""

    code = "already-so"
    family = Family.CONFLICT


class RowRefused(Problem):
    """The database refuses the value itself: out of range, unknown reference, unknown word."""

    code = "row-refused"
    family = Family.INVALID


class DatabaseBusy(Problem):
    """Somebody else holds what is needed; nothing was changed, ask again."""

    code = "database-busy"
    family = Family.UNAVAILABLE


class DatabaseAway(Problem):
    """The database can't be reached; look whether the request had its effect before doing it again."""

    code = "database-away"
    family = Family.UNAVAILABLE


#: Constraint → the Problem that it stands for; packages add theirs with `means`.
_NAMED: Final[dict[str, type[Problem]]] = {}


def means(constraint: str, problem: type[Problem]) -> None:
    """Say which Problem a violation of the constraint is. The Problem is raised with the fact `constraint` only."""
    _NAMED[constraint] = problem


def problem_from(error: BaseException) -> Problem | None:
    """The Problem that a database error is; None for an error of ours, which is a 500."""
    if isinstance(error, exc.TimeoutError):
        return DatabaseBusy(retry_after_s=BUSY_RETRY_S)
    if isinstance(error, exc.PendingRollbackError) and error.__context__ is not None:
        return problem_from(error.__context__)  # Something asked again after the connection was lost.
    if not isinstance(error, exc.DBAPIError):
        return None
    if not isinstance(error.orig, psycopg.Error):
        return DatabaseAway(retry_after_s=GONE_RETRY_S) if error.connection_invalidated else None
    return _by_state(error.orig, gone=error.connection_invalidated)


def _by_state(error: psycopg.Error, *, gone: bool) -> Problem | None:
    state = error.sqlstate or ""
    constraint = error.diag.constraint_name
    named = _NAMED.get(constraint or "")
    if named is not None:
        return named(constraint=constraint)
    if gone or _is_away(state, error):
        return DatabaseAway(retry_after_s=GONE_RETRY_S)
    return _said(state, constraint, error)


def _is_away(state: str, error: psycopg.Error) -> bool:
    if not state:
        return isinstance(error, psycopg.OperationalError)
    return state in _GONE or state.startswith(_AWAY_CLASSES)


def _said(state: str, constraint: str | None, error: psycopg.Error) -> Problem | None:
    if state in _CLASH:
        return AlreadySo(constraint=constraint)
    if state in _REFUSED or state.startswith(_DATA):
        return RowRefused(constraint=constraint)
    if state in _BUSY:
        return DatabaseBusy(retry_after_s=BUSY_RETRY_S)
    if state == _NO_RIGHT and "row-level security" in str(error):
        return NotAllowed(permission="scope")
    return None
