"""JSON routes of messages."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.types import ControllerRouterHandler

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.language.tongues import Language, negotiate
from foundation.notifications import actions, permissions, queries
from foundation.notifications.models import Message
from foundation.notifications.queries import Doubt
from foundation.notifications.wording import words_of
from foundation.wire import Cursor, Line, Page, PageSize, Wire, cursor_id, page

#: Tasks that one answer lists; the others come when these are done.
MOST_TASKS: Final = 500


class MessageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A message in its reader's language."""

    id: UUID
    template: str
    subject: str
    body: str
    urgency: str
    case_id: UUID | None
    created_at: datetime
    acknowledged_at: datetime | None


class TaskAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A message somebody has to look into."""

    id: UUID
    case_id: UUID | None
    #: The number of the complaint it was about, where it names one.
    number: str | None
    template: str
    channel: str
    reason: str
    opened_at: datetime
    done_at: datetime | None
    outcome: str | None


class TaskOutcome(Wire, frozen=True, kw_only=True):
    """What a person found out."""

    outcome: Line


@get("/messages", operation_id="listMessages", sync_to_thread=True, opt={"permission": permissions.READ_OWN})
def list_messages(
    look: ReadSession,
    actor: Actor,
    limit: PageSize = 50,
    cursor: Cursor | None = None,
    unacknowledged: bool = False,  # noqa: FBT001, FBT002 -- a query parameter
) -> Page[MessageAnswer]:
    """One's own messages, newest first."""
    language = negotiate(None, actor.language)
    rows = queries.own(
        look, actor.id, before=cursor_id(cursor), limit=limit + 1, acknowledged=False if unacknowledged else None
    )
    return page(rows, size=limit, shape=lambda row: _message(row, language), key=lambda row: (str(row.id),))


@post("/messages/{message_id:uuid}/acknowledgement", operation_id="acknowledgeMessage", sync_to_thread=True,
      opt={"permission": permissions.ACKNOWLEDGE_OWN})  # fmt: skip
def acknowledge(message_id: UUID, db: WriteSession, actor: Actor, now: datetime) -> MessageAnswer:
    """Say that one has read it."""
    message = actions.acknowledge(db, message_id, actor=actor, now=now)
    return _message(message, negotiate(None, actor.language))


@get("/message-tasks", operation_id="listMessageTasks", sync_to_thread=True,
     opt={"permission": permissions.SETTLE_TASKS})  # fmt: skip
def list_tasks(look: ReadSession) -> list[TaskAnswer]:
    """Messages whose fate a person has to find out, oldest first."""
    return [_task(doubt) for doubt in queries.open_tasks(look, limit=MOST_TASKS)]


@post("/message-tasks/{task_id:uuid}/outcome", operation_id="settleMessageTask", sync_to_thread=True,
      opt={"permission": permissions.SETTLE_TASKS})  # fmt: skip
def settle_task(task_id: UUID, data: TaskOutcome, db: WriteSession, actor: Actor, now: datetime) -> TaskAnswer:
    """Say what became of the message."""
    settled = actions.settle_task(db, task_id, outcome=data.outcome, actor=actor, now=now)
    return _task(queries.task(db, settled.id))


def _message(row: Message, language: Language) -> MessageAnswer:
    words = words_of(row.template, row.facts, language=language)
    return MessageAnswer(
        id=row.id, template=row.template, subject=words.subject, body=words.body, urgency=row.urgency,
        case_id=row.case_id, created_at=row.created_at, acknowledged_at=row.acknowledged_at,
    )  # fmt: skip


def _task(doubt: Doubt) -> TaskAnswer:
    task = doubt.task
    return TaskAnswer(
        id=task.id, case_id=task.case_id, number=doubt.number, template=doubt.template, channel=doubt.channel,
        reason=task.reason, opened_at=task.opened_at, done_at=task.done_at, outcome=task.outcome,
    )  # fmt: skip


ROUTES: Final[list[ControllerRouterHandler]] = [list_messages, acknowledge, list_tasks, settle_task]
