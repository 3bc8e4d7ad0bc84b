"""What the customer is told, and when: the call is logged, somebody comes, is there, has finished, and the signed paper.

A customer has no account: they are told at the number to call back and by e-mail where it is known, in their language,
each news at most once. What becomes of a message that can't be delivered is a person's task, see `notifications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select

import intake.links
from feedback import queries
from feedback.customers import FOLLOW, SIGN
from feedback.events import DocumentMade
from feedback.models import CustomerFeedback, Document, State
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor, system
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.ledger import recording
from foundation.ledger.chain import Facts
from foundation.notifications import routing, sending
from foundation.notifications.channels import Attachment
from foundation.notifications.enclosing import Enclosed, Enclosing, Enclosures, Leaving
from foundation.notifications.models import ChannelName, Message
from intake.clocks import Kind
from intake.events import ComplaintLogged, ComplaintMoved
from intake.lifecycle import FINAL, Stage, Step
from intake.models import Complaint, Customer, Deadline

LOGGED: Final = "customer-logged"
ACCEPTED: Final = "customer-accepted"
ARRIVED: Final = "customer-arrived"
FINISHED: Final = "customer-finished"
SIGNED: Final = "customer-signed"
_ACTOR: Final[Actor] = system("customer news")


@dataclass(frozen=True, slots=True)
class News:
    """What a step is to the customer, and the stages in which it is still news."""

    template: str
    stages: frozenset[Stage]


#: A phone without signal may hand in a whole visit at once: who has arrived is not announced as coming.
NEWS: Final[Mapping[Step, News]] = MappingProxyType(
    {
        Step.ACCEPT: News(ACCEPTED, frozenset({Stage.ASSIGNED, Stage.EN_ROUTE})),
        Step.ARRIVE: News(ARRIVED, frozenset({Stage.ON_SITE})),
    }
)

#: Steps after which there may be something to tell.
TOLD_OF: Final = (*NEWS, Step.FINISH)


def logged(db: WriteSession, event: ComplaintLogged, now: datetime) -> None:
    """The call is taken: its number, until when somebody comes, and a link to follow it."""
    complaint = db.get_one(Complaint, event.subject_id)
    if complaint.stage not in FINAL:
        facts = {"due_at": _promised(db, complaint.id)}
        _tell(db, complaint, template=LOGGED, facts=facts, about=complaint.id, now=now)


def moved(db: WriteSession, event: ComplaintMoved, now: datetime) -> None:
    """Somebody accepted and when they are expected; somebody is there."""
    complaint = db.get_one(Complaint, event.subject_id)
    if event.step == Step.FINISH:
        _finished(db, complaint, now=now)
    news = NEWS.get(Step(event.step))
    if news is None:
        return
    lead = queries.lead_of(db, complaint.id)
    if lead is None or complaint.stage not in news.stages:
        return
    assignment, technician = lead
    facts = {
        "technician": technician.name,
        "expected_at": assignment.arrive_at,
        "arrived_at": assignment.arrived_at,
        "due_at": _promised(db, complaint.id),
    }
    _tell(db, complaint, template=news.template, facts=facts, about=assignment.id, now=now)


def _finished(db: WriteSession, complaint: Complaint, *, now: datetime) -> None:
    """The work is done: the customer confirms it on their own phone, unless they have done so on the technician's."""
    if complaint.stage == Stage.REPAIRED:
        about = f"{complaint.id}:{complaint.reopened_count}"
        _tell(db, complaint, template=FINISHED, facts={}, about=about, now=now)


def signed(db: WriteSession, event: DocumentMade, now: datetime) -> None:
    """The paper of what the customer signed is made: it is theirs at once. A refusal is nobody's receipt."""
    row = db.get_one(CustomerFeedback, event.feedback_id)
    if row.state != State.SIGNED:
        return
    complaint = db.get_one(Complaint, event.subject_id)
    facts = {"document_id": event.document_id, "signed_at": row.signed_at}
    _tell(db, complaint, template=SIGNED, facts=facts, about=row.id, now=now)


def addresses(complaint: Complaint) -> tuple[str, ...]:
    """Where the customer is told: the first number that can be written to, and the e-mail address, as far as known."""
    phones = (complaint.call_back_phone, complaint.caller_phone)
    reachable = [number for number in phones if number and routing.channels_of(number)]
    mail = complaint.call_back_email
    return (*reachable[:1], *((mail,) if mail and routing.channels_of(mail) else ()))


def enclosures(*, files: FileStore, public_url: str) -> Enclosures:
    """What letters to customers carry beside their text: a link of their own each, and by e-mail the signed paper."""

    def link(db: WriteSession, message: Message, leaving: Leaving, now: datetime, *, purpose: str = FOLLOW) -> Enclosed:
        secret = _secret(db, message, leaving, now=now, purpose=purpose)
        return Enclosed(facts={"link": public_url + intake.links.path_of(secret)})

    def paper(db: WriteSession, message: Message, leaving: Leaving, now: datetime) -> Enclosed:
        papers = _papers(db, message, files=files) if leaving.channel is ChannelName.EMAIL else ()
        return replace(link(db, message, leaving, now), attachments=papers)

    to_sign = partial(link, purpose=SIGN)

    given: dict[str, Enclosing] = {LOGGED: link, ACCEPTED: link, ARRIVED: link, FINISHED: to_sign, SIGNED: paper}
    return given


def _tell(
    db: WriteSession, complaint: Complaint, *, template: str, facts: Facts, about: UUID | str, now: datetime
) -> None:
    """Say it once per address. When there is none, the case's timeline says that the customer was not told."""
    reader = _reader(db, complaint)
    told = {
        **{name: value for name, value in facts.items() if value is not None},
        "number": complaint.number,
        "timezone": reader.timezone,
    }
    reached = addresses(complaint)
    for address in reached:
        sending.tell(
            db, address=address, template=template, facts=told, case_id=complaint.id,
            dedup_key=f"{template}:{about}", language=reader.language, now=now,
        )  # fmt: skip
    if not reached:
        recording.record(db, complaint.id, "customer.not_told", actor=_ACTOR, facts={"news": template}, now=now)


@dataclass(frozen=True, slots=True)
class _Reader:
    """By whose clock times are told, and in which language: that of the customer's papers, else the one of the call."""

    timezone: str
    language: str


def _reader(look: ReadSession, complaint: Complaint) -> _Reader:
    found = look.execute(
        select(Region.timezone, Customer.language)
        .outerjoin(Customer, Customer.id == complaint.customer_id)
        .where(Region.code == complaint.region_code)
    ).one()
    return _Reader(timezone=found.timezone, language=found.language or complaint.language)


def _promised(look: ReadSession, complaint_id: UUID) -> datetime | None:
    """Until when somebody was promised to be on site, this round."""
    return look.scalar(
        select(Deadline.due_at)
        .where(Deadline.complaint_id == complaint_id, Deadline.kind == Kind.ON_SITE_PROMISE)
        .order_by(Deadline.opened_at.desc())
        .limit(1)
    )


def _secret(db: WriteSession, message: Message, leaving: Leaving, *, now: datetime, purpose: str) -> str:
    """That of a fresh link: the one from the call was known only then, so each letter has its own."""
    if message.case_id is None:
        raise ValueError("a customer's letter is about a case")
    return intake.links.issue(db, message.case_id, purpose=purpose, now=now, letter_id=leaving.delivery_id)


def _papers(look: ReadSession, message: Message, *, files: FileStore) -> tuple[Attachment, ...]:
    """The paper itself. Raises FileMissing, FileDamaged: then a person has to look, and the letter waits."""
    row = look.get_one(Document, UUID(str(message.facts["document_id"])))
    name = f"{message.facts['number']}-{row.kind}-{row.version}.pdf"
    return (Attachment(name=name, content=files.read(row.sha256)),)
