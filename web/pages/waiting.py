"""How much waits for the reader: the figure beside their messages in the navigation of every page, by one statement."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import text

import feedback.permissions
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, swiftly
from foundation.notifications import permissions
from web.reader import PageRequest, actor_of, look_of

#: Nobody counts further than this, neither does the database: the page says that there are more.
MOST: Final = 99

#: Each part reads a partial index that holds only what still waits, and at most `most` entries of it.
_WAITING = text(
    """
    SELECT (SELECT count(*) FROM (
        SELECT FROM messages WHERE recipient_user_id = :reader AND acknowledged_at IS NULL LIMIT :most) AS unread)
    + (SELECT count(*) FROM (
        SELECT FROM message_tasks WHERE :settles AND done_at IS NULL LIMIT :most) AS doubtful)
    + (SELECT count(*) FROM (
        SELECT FROM follow_ups WHERE :calls AND state = 'open' AND due_at <= :now LIMIT :most) AS due)
    """
)


def for_reader(request: PageRequest, *, now: datetime) -> int:
    """What waits for whoever reads the page; 0 for visitors and on pages that read nothing, such as a refusal's.

    A page with a key of its own sees more than its reader may, so nothing is counted there.
    """
    actor, look = actor_of(request), look_of(request)
    if actor is None or look is None or look.info.get("scope") != actor.scope or not may(actor, permissions.READ_OWN):
        return 0
    return count(look, actor=actor, now=now)


def count(look: ReadSession, *, actor: Actor, now: datetime) -> int:
    """Messages not read yet, doubtful letters and calls that are due, as far as this person answers for them."""
    given = {
        "reader": actor.id, "settles": may(actor, permissions.SETTLE_TASKS),
        "calls": may(actor, feedback.permissions.FOLLOW_UP), "now": now, "most": MOST + 1,
    }  # fmt: skip
    return cast("int", swiftly(look, _WAITING, given).scalar_one())
