"""Taking the customer's word: signed, refused, and a refusal answered for."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

import intake.progress
import intake.queries
from feedback import answers, calls, late, queries, record, sheets, testimony
from feedback.entries import RefusedForm, SignedForm
from feedback.errors import AlreadyRefused, NoRefusal
from feedback.events import FeedbackPoor, FeedbackRefused, FeedbackSigned, RefusalAnswered
from feedback.models import CustomerFeedback, LateFeedback, RefusalAnswer, State, Via
from foundation.accounts.roles import Actor, ActorKind
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.announcing import announce
from foundation.ledger.chain import Facts
from intake.lifecycle import Stage, Step, move_for
from intake.models import Complaint
from visits.skew import PhoneTime


def sign(
    db: WriteSession, complaint_id: UUID, form: SignedForm, *, actor: Actor, now: datetime
) -> CustomerFeedback | LateFeedback:
    """Take the signed form: the case is confirmed, the follow-up call becomes due, a poor one escalates.

    One that comes too late is kept beside the case, see `late`. Raises SignatureEmpty, RecordChanged, FeedbackReused,
    StepNotAllowed (too early), NotAllowed.
    """
    testimony.checked(form)
    complaint = intake.queries.for_change(db, complaint_id)
    digest = testimony.digest(form)
    known = late.known(db, complaint, form.id, digest=digest)
    if known is not None:
        return known
    why = late.lateness(db, complaint, form, actor=actor)
    if why is not None:
        return late.keep(db, complaint, form, why=why, actor=actor, now=now)
    move_for(complaint.stage, Step.CONFIRM)
    sheet = queries.sheet(db, complaint)
    shown = record.agreed(sheets.content(sheet), shown_sha256=form.shown_sha256, shown_text=form.shown_text)
    at = testimony.time_of(form, complaint=complaint, now=now)
    via = Via.LINK if actor.kind is ActorKind.CUSTOMER else Via.PHONE
    text, sha256 = record.sealed(shown, testimony.signed(form, at=at, via=via, now=now))
    row = CustomerFeedback(
        **_frame(db, complaint, form.id, via=via, actor=actor, at=at, now=now), state=State.SIGNED,
        visit_id=sheet.visit.id if sheet.visit else None, **msgspec.structs.asdict(form.answers),
        signer_name=form.signer_name, signer_role=form.signer_role,
        strokes=cast("dict[str, object]", msgspec.to_builtins(form.signature)), record=text, record_sha256=sha256,
        body_sha256=digest,
    )  # fmt: skip
    db.add(row)
    facts = {
        "feedback_id": row.id, "state": row.state, "via": via, "satisfaction": row.satisfaction, "version": row.version,
        "record_sha256": sha256, "shown_differs": shown.differs, "flags": at.flags, "skew_s": form.skew_s,
    }  # fmt: skip
    _confirm(db, complaint, facts=facts, private=testimony.private(form), actor=actor, at=at.at, now=now)
    _announce_signed(db, complaint, row, form, now=now)
    return row


def refuse(
    db: WriteSession, complaint_id: UUID, form: RefusedForm, *, actor: Actor, now: datetime
) -> CustomerFeedback | LateFeedback:
    """Write down that the customer would not sign. The case stays where it is until somebody answers for it.

    One that comes too late is kept beside the case, see `late`. Raises WitnessNeeded, AlreadyRefused, FeedbackReused,
    StepNotAllowed (too early), NotAllowed.
    """
    testimony.checked(form)
    complaint = intake.queries.for_change(db, complaint_id)
    digest = testimony.digest(form)
    known = late.known(db, complaint, form.id, digest=digest)
    if known is not None:
        return known
    why = late.lateness(db, complaint, form, actor=actor)
    if why is not None:
        return late.keep(db, complaint, form, why=why, actor=actor, now=now)
    move_for(complaint.stage, Step.CONFIRM)
    if queries.feedback_of(db, complaint, State.REFUSED) is not None:
        raise AlreadyRefused(number=complaint.number)
    at = testimony.time_of(form, complaint=complaint, now=now)
    sheet = queries.sheet(db, complaint)
    shown = record.agreed(sheets.content(sheet), shown_sha256=_present_hash(sheet), shown_text=None)
    via = Via.LINK if actor.kind is ActorKind.CUSTOMER else Via.PHONE
    text, sha256 = record.sealed(shown, testimony.refused(form, at=at, via=via, now=now))
    given = {} if form.answers is None else msgspec.structs.asdict(form.answers)
    row = CustomerFeedback(
        **_frame(db, complaint, form.id, via=via, actor=actor, at=at, now=now), state=State.REFUSED,
        visit_id=sheet.visit.id if sheet.visit else None, **given, refusal_reason=form.reason, witness=form.witness,
        record=text, record_sha256=sha256, body_sha256=digest,
    )  # fmt: skip
    db.add(row)
    intake.progress.note_feedback(complaint, poor=True)
    facts = {
        "feedback_id": row.id, "via": via, "reason": form.reason, "version": row.version, "record_sha256": sha256,
        "flags": at.flags,
    }  # fmt: skip
    recording.record(
        db, complaint.id, "feedback.refused", actor=actor, facts=facts, now=now, done_at=at.at,
        private=testimony.private(form),
    )  # fmt: skip
    announce(db, FeedbackRefused(subject_id=complaint.id, feedback_id=row.id, reason=form.reason), now=now)
    return row


def confirm_refusal(db: WriteSession, complaint_id: UUID, *, outcome: str, actor: Actor, now: datetime) -> Complaint:
    """A refusal was escalated and somebody answered for it: the case goes on to the follow-up call.

    Called by the escalation that ends. Raises NoRefusal when none of this round waits for an answer.
    """
    complaint = intake.queries.for_change(db, complaint_id)
    refusal = queries.feedback_of(db, complaint, State.REFUSED)
    if refusal is None or complaint.stage != Stage.REPAIRED or queries.answer_of(db, refusal.id) is not None:
        raise NoRefusal(number=complaint.number)
    answered_by = actor.id if actor.kind is ActorKind.USER else None
    db.add(
        RefusalAnswer(
            feedback_id=refusal.id, complaint_id=complaint.id, outcome=outcome, answered_at=now, answered_by=answered_by
        )
    )
    facts = {"feedback_id": refusal.id, "state": refusal.state, "outcome": outcome}
    _confirm(db, complaint, facts=facts, private={}, actor=actor, at=now, now=now)
    announce(db, RefusalAnswered(subject_id=complaint.id, feedback_id=refusal.id), now=now)
    return complaint


def _confirm(
    db: WriteSession,
    complaint: Complaint,
    *,
    facts: Facts,
    private: Mapping[str, str | None],
    actor: Actor,
    at: datetime,
    now: datetime,
) -> None:
    intake.progress.advance(db, complaint, Step.CONFIRM, actor=actor, now=now, facts=facts, done_at=at, private=private)
    calls.open_call(db, complaint, now=now)


def _announce_signed(
    db: WriteSession, complaint: Complaint, row: CustomerFeedback, form: SignedForm, *, now: datetime
) -> None:
    poor = answers.what_is_poor(form.answers)
    intake.progress.note_feedback(complaint, poor=bool(poor))
    satisfaction = form.answers.satisfaction
    announce(db, FeedbackSigned(subject_id=complaint.id, feedback_id=row.id, satisfaction=satisfaction), now=now)
    if poor:
        event = FeedbackPoor(subject_id=complaint.id, feedback_id=row.id, satisfaction=satisfaction, poor=poor)
        announce(db, event, now=now)


def _frame(
    db: WriteSession, complaint: Complaint, feedback_id: UUID, *, via: Via, actor: Actor, at: PhoneTime, now: datetime
) -> dict[str, object]:
    """What signed and refused forms have in common."""
    return {
        "id": feedback_id, "complaint_id": complaint.id, "round": complaint.reopened_count,
        "version": queries.next_version(db, complaint.id), "via": via, "signed_at": at.at, "received_at": now,
        "author_id": actor.id, "author_label": actor.label,
    }  # fmt: skip


def _present_hash(sheet: queries.Sheet) -> str:
    return record.digest(record.text_of(sheets.content(sheet)))
