"""The customer's word that comes too late to be the case's feedback: kept whole, shown, and never in another's place."""

import json
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import select

import intake.queries
import visits.queries
from feedback import answers, queries, record, sheets, testimony
from feedback.entries import RefusedForm, SignedForm
from feedback.errors import FeedbackReused, RecordChanged
from feedback.events import FeedbackLate
from feedback.lateness import Circumstances, Late, why_late
from feedback.models import CustomerFeedback, LateFeedback, State, Via
from foundation.accounts.roles import Actor, ActorKind
from foundation.database.session import ReadSession, WriteSession
from foundation.database.widening import seeing_everything
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from foundation.problems import NotAllowed
from intake.lifecycle import Stage
from intake.models import Complaint


def known(
    db: WriteSession, complaint: Complaint, feedback_id: UUID, *, digest: str
) -> CustomerFeedback | LateFeedback | None:
    """What is kept under this id, if it is the same form. Raises FeedbackReused."""
    found = db.get(CustomerFeedback, feedback_id) or db.get(LateFeedback, feedback_id)
    if found is not None and (found.body_sha256 != digest or found.complaint_id != complaint.id):
        raise FeedbackReused(feedback=feedback_id)
    return found


def lateness(look: ReadSession, complaint: Complaint, form: SignedForm | RefusedForm, *, actor: Actor) -> Late | None:
    """Why the form is too late to be the feedback of the case as it stands; None when it isn't."""
    seen = Circumstances(
        stage=Stage(complaint.stage), round=complaint.reopened_count,
        signed=queries.feedback_of(look, complaint, State.SIGNED) is not None, shown_round=_shown_round(form),
        by_link=actor.kind is ActorKind.CUSTOMER, lost_job=visits.queries.lost_job(look, complaint.id, actor=actor),
    )  # fmt: skip
    return why_late(seen)


def keep(
    db: WriteSession, complaint: Complaint, form: SignedForm | RefusedForm, *, why: Late, actor: Actor, now: datetime
) -> LateFeedback:
    """Keep the form beside the locked case, with everything it says; poor or refused, it is brought before somebody.

    Nothing of the case changes: not its stage, not what was signed. Raises FieldWrong for a text of another case.
    """
    at = testimony.time_of(form, complaint=complaint, now=now)
    via = Via.LINK if actor.kind is ActorKind.CUSTOMER else Via.PHONE
    if isinstance(form, SignedForm):
        said = testimony.signed(form, at=at, via=via, now=now)
    else:
        said = testimony.refused(form, at=at, via=via, now=now)
    text = record.text_of({**_shown(db, complaint, form), "late": why, "stage": complaint.stage, **said})
    row = LateFeedback(
        id=form.id, complaint_id=complaint.id, round=complaint.reopened_count, stage=complaint.stage, why=why,
        state=said["state"], via=via, satisfaction=form.answers.satisfaction if form.answers else None,
        form=cast("dict[str, object]", msgspec.to_builtins(form)), record=text, record_sha256=record.digest(text),
        body_sha256=testimony.digest(form), signed_at=at.at, received_at=now, author_id=actor.id,
        author_label=actor.label,
    )  # fmt: skip
    db.add(row)
    facts: Facts = {
        "feedback_id": row.id, "state": row.state, "via": via, "late": why, "stage": row.stage,
        "satisfaction": row.satisfaction, "record_sha256": row.record_sha256, "flags": at.flags, "skew_s": form.skew_s,
    }  # fmt: skip
    recording.record(
        db, complaint.id, "feedback.late", actor=actor, facts=facts, now=now, done_at=at.at,
        private=testimony.private(form),
    )  # fmt: skip
    poor = answers.what_is_poor(form.answers) if isinstance(form, SignedForm) else ("refused",)
    event = FeedbackLate(subject_id=complaint.id, feedback_id=row.id, why=why, satisfaction=row.satisfaction, poor=poor)
    announce(db, event, now=now)
    return row


def from_former_crew(
    db: WriteSession, number: str, form: SignedForm | RefusedForm, *, actor: Actor, now: datetime
) -> LateFeedback:
    """Keep what somebody brings who worked on the case and may not see it any more. Raises NotAllowed for anybody else,
    SignatureEmpty, WitnessNeeded, FeedbackReused.

    They are checked against the job itself, like a phone's commands: the customer signed on their screen all the same.
    """
    testimony.checked(form)
    with seeing_everything(db):
        complaint_id = intake.queries.id_for_change(db, number)
        if not visits.queries.had_job(db, complaint_id, actor=actor):
            raise NotAllowed(complaint=number)
        complaint = intake.queries.for_change(db, complaint_id)
        found = known(db, complaint, form.id, digest=testimony.digest(form))
        if isinstance(found, LateFeedback):
            return found
        if found is not None:
            raise FeedbackReused(feedback=form.id)
        return keep(db, complaint, form, why=Late.JOB_LOST, actor=actor, now=now)


def late_of(look: ReadSession, complaint_id: UUID) -> list[LateFeedback]:
    """Everything of a case that came too late, first one first."""
    return list(
        look.scalars(
            select(LateFeedback)
            .where(LateFeedback.complaint_id == complaint_id)
            .order_by(LateFeedback.received_at, LateFeedback.id)
        )
    )


def _shown(look: ReadSession, complaint: Complaint, form: SignedForm | RefusedForm) -> Facts:
    """What the customer saw, with what differs by now; a form shown without its text keeps only the text's hash."""
    if isinstance(form, RefusedForm):
        return {"shown": None, "shown_sha256": None, "differs": ()}
    present = sheets.content(queries.sheet(look, complaint))
    try:
        shown = record.agreed(present, shown_sha256=form.shown_sha256, shown_text=form.shown_text)
    except RecordChanged:
        return {"shown": None, "shown_sha256": form.shown_sha256, "differs": ("unknown",)}
    return {"shown": shown.content, "shown_sha256": shown.sha256, "differs": shown.differs}


def _shown_round(form: SignedForm | RefusedForm) -> int | None:
    """The round of work on the form, where its text came along and says one."""
    if isinstance(form, RefusedForm) or form.shown_text is None:
        return None
    try:
        content = json.loads(form.shown_text)
    except ValueError:
        return None  # Refused by whoever reads the text for the record.
    found = content.get("round") if isinstance(content, dict) else None
    return found if isinstance(found, int) else None
