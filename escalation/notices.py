"""What owners are told, and how loudly."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from escalation import queries
from escalation.ladder import Ladder, Level
from escalation.models import EscalationCase, Rung
from foundation.accounts import entering
from foundation.accounts import queries as people
from foundation.accounts.roles import Role
from foundation.database.session import WriteSession
from foundation.notifications import sending
from foundation.notifications.enclosing import Enclosed, Enclosures, Leaving
from foundation.notifications.models import Message, Urgency
from intake.models import Complaint

#: Everything that people are told about a case; each names the page on which it is answered.
TEMPLATES: Final = (
    "escalation-opened", "escalation-raised", "escalation-graver", "escalation-said-again", "escalation-deputy",
    "escalation-handed-over", "escalation-reassigned", "escalation-returned", "escalation-appraisal", "escalation-negotiation",
    "escalation-unfinished", "escalation-copy", "escalation-without-owner", "major-report",
)  # fmt: skip
#: Those that ask their reader to take the case.
TO_OWNERS: Final = tuple(
    name for name in TEMPLATES if name not in {"escalation-copy", "escalation-without-owner", "major-report"}
)
#: A level that must be answered within this time rings as an alarm.
LOUD: Final = timedelta(minutes=30)


def tell_owner(
    db: WriteSession, complaint: Complaint, case: EscalationCase, rung: Rung, *, template: str, now: datetime
) -> None:
    """Tell the rung's owner; the message is kept on the rung, so that silence repeats it on the next channel.

    Without an owner the administrators are told instead: somebody has to be appointed.
    """
    if rung.owner_user_id is None:
        _tell_administrators(db, complaint, case, rung, now=now)
        return
    rung.message_id = sending.tell(
        db,
        recipient_user_id=rung.owner_user_id,
        template=template,
        facts=_facts(complaint, case, rung),
        case_id=complaint.id,
        urgency=_urgency(rung),
        now=now,
        dedup_key=f"escalation:{rung.id}:{rung.opened_at.isoformat()}:{rung.owner_user_id}:{template}{_owed(rung)}",
    )
    rung.notices += 1


def repeat(db: WriteSession, rung: Rung, *, now: datetime) -> None:
    """Say it again on the owner's next channel."""
    if rung.message_id is not None:
        sending.repeat(db, rung.message_id, now=now)
    rung.notices += 1


def answered(db: WriteSession, rung: Rung, *, by: UUID | None, now: datetime) -> None:
    """Whoever has the case has read what was said of it; nobody need say so a second time."""
    if rung.message_id is not None:
        sending.answered(db, message_id=rung.message_id, by=by, now=now)


def remind(db: WriteSession, complaint: Complaint, case: EscalationCase, rung: Rung, *, now: datetime) -> None:
    """The owner has it and nothing came of it yet; each further time it is said on their next channel."""
    before = rung.message_id
    tell_owner(db, complaint, case, rung, template="escalation-unfinished", now=now)
    if rung.message_id is not None and rung.message_id == before:
        sending.repeat(db, before, now=now)


def tell_others(
    db: WriteSession,
    complaint: Complaint,
    case: EscalationCase,
    rung: Rung,
    *,
    ladder: Ladder,
    levels: tuple[Level, ...],
    now: datetime,
) -> None:
    """Tell the people of other levels what is going on; they need not acknowledge."""
    for level in levels:
        found = queries.appointed(db, ladder, level, region_code=complaint.region_code, now=now)
        if found is not None and found.owner_id != rung.owner_user_id:
            sending.tell(
                db,
                recipient_user_id=found.owner_id,
                template="escalation-copy",
                case_id=complaint.id,
                facts=_facts(complaint, case, rung),
                urgency=_urgency(rung),
                now=now,
                dedup_key=f"escalation:{case.id}:{case.reason}:copy:{found.owner_id}",
            )


def _tell_administrators(
    db: WriteSession, complaint: Complaint, case: EscalationCase, rung: Rung, *, now: datetime
) -> None:
    for admin in people.on_call_for(db, Role.ADMIN, None, now=now):
        sending.tell(
            db,
            recipient_user_id=admin.user_id,
            template="escalation-without-owner",
            case_id=complaint.id,
            facts=_facts(complaint, case, rung),
            urgency=Urgency.ALARM,
            now=now,
            dedup_key=f"escalation:{rung.id}:{rung.opened_at.isoformat()}:nobody",
        )


def page_of(case_id: UUID) -> str:
    """Where a person answers for the case; letters put the address of the house before it (`whole_links`)."""
    return f"/escalations/{case_id}"


def whole_links(*, public_url: str) -> Enclosures:
    """What leaves the house names the whole address; in the app the path is enough.

    Letters to owners carry a one-time link: at night nobody types a password to say "I take it".
    """

    def whole(db: WriteSession, message: Message, leaving: Leaving, now: datetime) -> Enclosed:
        del db, leaving, now
        return Enclosed(facts={"link": f"{public_url}{message.facts.get('link', '')}"})

    def once(db: WriteSession, message: Message, leaving: Leaving, now: datetime) -> Enclosed:
        if message.recipient_user_id is None:
            return whole(db, message, leaving, now)
        about, path = UUID(str(message.facts["case_id"])), str(message.facts["link"])
        case = db.get(EscalationCase, about)
        if case is None or case.ended_at is not None:
            return whole(db, message, leaving, now)  # A letter that was held up opens nothing that has ended.
        token = entering.issue(
            db, message.recipient_user_id, about_id=about, path=path, now=now, letter_id=leaving.delivery_id
        )
        return Enclosed(facts={"link": f"{public_url}{entering.path_of(token)}"})

    return dict.fromkeys(TEMPLATES, whole) | dict.fromkeys(TO_OWNERS, once)


def _owed(rung: Rung) -> str:
    """What is owed anew is asked for anew."""
    return "" if rung.act_due_at is None else f":{rung.act_due_at.isoformat()}"


def _urgency(rung: Rung) -> Urgency:
    due = rung.answer_due_at
    return Urgency.ALARM if due is not None and due - rung.opened_at <= LOUD else Urgency.NORMAL


def _facts(complaint: Complaint, case: EscalationCase, rung: Rung) -> Mapping[str, object]:
    """Ids for links, words for the text; names and telephone numbers stay in the case."""
    found: dict[str, object] = {
        "number": complaint.number,
        "case_id": case.id,
        "link": page_of(case.id),
        "reason": case.reason,
        "level": str(rung.level),
        "grade": case.grade,
        "stage": complaint.stage,
        "opened_at": case.opened_at,
    }
    if rung.answer_due_at is not None:
        found["answer_due_at"] = rung.answer_due_at
    if rung.act_due_at is not None:
        found["act_due_at"] = rung.act_due_at
    return found
