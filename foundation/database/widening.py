"""Seeing every row for a while: for what is checked against the thing itself and not against the present scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from foundation.database.session import WriteSession

_SCOPE: Final = text("SELECT current_setting('callout.regions', true)")
_SET_SCOPE: Final = text("SELECT set_config('callout.regions', :regions, true)")


@contextmanager
def seeing_everything(db: WriteSession) -> Iterator[None]:
    """See every row for a while, then only what the actor may see again. Whoever uses it checks the actor's right."""
    before = db.scalar(_SCOPE) or ""
    db.execute(_SET_SCOPE, {"regions": "*"})
    try:
        yield
        db.flush()  # What was written here may be invisible afterwards.
    except SQLAlchemyError:
        raise  # The transaction is lost and its scope with it; another statement would only hide why.
    except BaseException:
        db.execute(_SET_SCOPE, {"regions": before})
        raise
    db.execute(_SET_SCOPE, {"regions": before})
