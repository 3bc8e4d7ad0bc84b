"""What is there for one person: calls to be made, letters of unknown fate, messages; each with its case, if they may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import escalation.permissions
import feedback.calls
import feedback.permissions
import feedback.queries
import intake.permissions
import intake.queries
import technicians.permissions
from foundation.accounts.roles import Actor, Permission, may
from foundation.database.session import ReadSession
from foundation.language import Language
from foundation.notifications import permissions, queries
from foundation.notifications.models import Message, Urgency
from foundation.notifications.queries import Doubt
from foundation.notifications.wording import words_of
from foundation.wire import Page, cursor_id
from foundation.wire import page as cut
from intake.models import Complaint
from intake.schemas import sees_personal
from web.pages.rendering import COMPANY_ZONE

#: Calls and tasks shown at once, the longest due first; the others follow when these are done.
MOST_TO_DO: Final = 20
#: Messages of one page, read or not.
MOST_MESSAGES: Final = 20
#: What a message's own link opens, by the beginning of its path, and who may open it.
LINKS: Final[Mapping[str, Permission]] = {
    "/escalations/": escalation.permissions.LOOK,
    "/complaints/": escalation.permissions.MAJOR_REPORT_LOOK,
}
#: Of the messages: the first of both lists, or the further ones of one.
Show = Literal["all", "unread", "read"]


@dataclass(frozen=True, slots=True)
class Call:
    """A follow-up call: whom to ring, when, how often nobody answered. `phone` and `name` are None for who may not see them."""

    number: str
    grade: str
    sentence: str
    due_at: datetime
    attempts: int
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A letter somebody has to ask after. `number` is the case it was about, `is_open` whether this reader may open it."""

    id: UUID
    subject: str
    channel: str
    reason: str
    opened_at: datetime
    number: str | None
    is_open: bool
    phone: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message in its reader's words. `number` and `link` lead to its case, and are None where they can't be followed."""

    id: UUID
    subject: str
    body: str
    is_urgent: bool
    at: datetime
    number: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Matters:
    """All of it. `unread` and `read` are None where the other list goes on alone."""

    calls: Sequence[Call]
    doubtful: Sequence[Doubtful]
    unread: Page[Said] | None
    read: Page[Said] | None
    #: What may come for this person at all, so that an empty page says what it is for.
    makes_calls: bool
    looks_after_letters: bool
    is_of_the_field: bool

    @property
    def is_quiet(self) -> bool:
        """Nothing waits for them."""
        return not (self.calls or self.doubtful or (self.unread and self.unread.items))


def matters(
    look: ReadSession, *, actor: Actor, language: Language, now: datetime, show: Show = "all", cursor: str = ""
) -> Matters:
    """What waits first, then what was read. Raises FieldWrong for a cursor nobody was given."""
    calls, settles = may(actor, feedback.permissions.FOLLOW_UP), may(actor, permissions.SETTLE_TASKS)
    is_first = show == "all"
    before = None if is_first else cursor_id(cursor)
    wanted = {read: _said(look, actor, language, before=before, read=read) for read in (False, True)
              if is_first or (show == "read") == read}  # fmt: skip
    return Matters(
        calls=_calls(look, actor, now=now) if calls and is_first else (),
        doubtful=_doubtful(look, actor, language) if settles and is_first else (),
        unread=wanted.get(False), read=wanted.get(True), makes_calls=calls, looks_after_letters=settles,
        is_of_the_field=may(actor, technicians.permissions.SIGN_ON),
    )  # fmt: skip


def _calls(look: ReadSession, actor: Actor, *, now: datetime) -> list[Call]:
    due = feedback.queries.due_follow_ups(look, until=now + feedback.calls.AHEAD, limit=MOST_TO_DO)
    return [
        Call(
            number=case.number, grade=case.grade, sentence=case.sentence, due_at=call.due_at,
            attempts=len(call.attempts), name=case.caller_name if sees_personal(actor) else None,
            phone=_phone(case, actor),
        )
        for call, case in due
    ]  # fmt: skip


def _doubtful(look: ReadSession, actor: Actor, language: Language) -> list[Doubtful]:
    found = queries.open_tasks(look, limit=MOST_TO_DO)
    cases = _cases(look, [each.task.case_id for each in found])
    return [_doubt(each, cases, actor, language) for each in found]


def _doubt(doubt: Doubt, cases: Mapping[UUID, Complaint], actor: Actor, language: Language) -> Doubtful:
    task, case = doubt.task, cases.get(doubt.task.case_id) if doubt.task.case_id else None
    words = words_of(doubt.template, doubt.facts, language=language, otherwise=COMPANY_ZONE)
    return Doubtful(
        id=task.id, subject=words.subject, channel=doubt.channel, reason=task.reason, opened_at=task.opened_at,
        number=case.number if case else doubt.number, is_open=case is not None and _reads(actor),
        phone=_phone(case, actor) if case else None,
    )  # fmt: skip


def _said(look: ReadSession, actor: Actor, language: Language, *, before: UUID | None, read: bool) -> Page[Said]:
    rows = queries.own(look, actor.id, before=before, limit=MOST_MESSAGES + 1, acknowledged=read)
    cases = _cases(look, [row.case_id for row in rows])
    return cut(
        rows, size=MOST_MESSAGES, shape=lambda row: _message(row, cases, actor, language),
        key=lambda row: (str(row.id),),
    )  # fmt: skip


def _message(row: Message, cases: Mapping[UUID, Complaint], actor: Actor, language: Language) -> Said:
    """The path that a letter ends with is a link of its own here."""
    case = cases.get(row.case_id) if row.case_id else None
    plain = {**row.facts, "link": ""}
    words = words_of(row.template, plain, language=language, otherwise=COMPANY_ZONE)
    body = words.body.strip()
    return Said(
        id=row.id, subject=words.subject, body="" if body == words.subject else body,
        is_urgent=row.urgency == Urgency.ALARM, at=row.created_at, number=case.number if case and _reads(actor) else None,
        link=_link(row.facts.get("link"), actor) if case else None,
    )  # fmt: skip


def _link(path: object, actor: Actor) -> str | None:
    """The message's own page, where it is one of ours that this person may open."""
    text = path if isinstance(path, str) else ""
    opens = next((permission for start, permission in LINKS.items() if text.startswith(start)), None)
    return text if opens is not None and may(actor, opens) else None


def _cases(look: ReadSession, ids: Sequence[UUID | None]) -> Mapping[UUID, Complaint]:
    """The cases that this person may see."""
    return intake.queries.by_ids(look, [each for each in ids if each is not None])


def _reads(actor: Actor) -> bool:
    """Whether the pages of cases are theirs to open."""
    return may(actor, intake.permissions.READ)


def _phone(case: Complaint, actor: Actor) -> str | None:
    return (case.call_back_phone or case.caller_phone) if sees_personal(actor) else None
